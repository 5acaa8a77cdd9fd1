//! The system of a server has no package of a daemon that it should run. Debian 14 has no isc-dhcp-server: its
//! development ended in 2022, and Debian 13 is the last release that has it.
//!
//! Nor has it isc-dhcp-relay. Its relay is dhcp-helper, which binds port 67 of every address: no DHCP server runs beside
//! it.
//!
//! Evidence: the package lists of Debian 12 to 14; dhcp-helper.c 1.2, which binds `INADDR_ANY` without `SO_REUSEADDR`.
//!
//! Fails:
//! ```yaml fails
//! servers: { boot: { ip: 10.0.0.2/24, interfaces: [eth0], os: debian-14 } }
//! ```
//! Passes:
//! ```yaml passes
//! servers: { boot: { ip: 10.0.0.2/24, interfaces: [eth0], os: debian-13 } }
//! ```

use crate::model::{DhcpDaemon, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "system-lacks",
        "a server's system has no package of a daemon that it is to run",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(dhcp) = &site.dhcp else { return };
    for relay in site.relays.iter().filter(|relay| dhcp.servers.contains(&relay.server)) {
        let Some(server) = site.servers.get(relay.server) else { continue };
        let Some(os) = server.os.as_ref().filter(|os| !os.value.has_isc_dhcp()) else { continue };
        let (system, name) = (os.value.name(), &server.name);
        let message = format!("{system} has no relay that runs beside the DHCP server of `{name}`");
        found.push(relay.span, message, |finding| {
            let finding = finding.and(os.span, "its system");
            finding.help(
                "dhcp-helper binds the same port, so it does not start: relay on another server of the site",
            )
        });
    }
    for (at, server) in site.servers.iter().enumerate() {
        let Some(os) = server.os.as_ref().filter(|os| !os.value.has_isc_dhcp()) else { continue };
        if dhcp.runs_on(at, DhcpDaemon::Isc) {
            let system = os.value.name();
            let message = format!("{system} has no isc-dhcp-server, which `{}` should run", server.name);
            found.push(os.span, message, |finding| {
                finding.help("`dhcp: { daemon: kea }` or `daemon: dnsmasq`, or have a server of another system answer DHCP")
            });
        }
    }
}
