//! The system of a server has no package of a daemon that it should run. Debian 14 has neither isc-dhcp-server nor
//! isc-dhcp-relay: their development ended in 2022, and Debian 13 is the last release that has them.
//!
//! Evidence: the package lists of Debian 12 to 14. The relay of Debian 14 is dhcp-helper, or dnsmasq with
//! `dhcp-relay=`.
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
    for (at, server) in site.servers.iter().enumerate() {
        let Some(os) = server.os.as_ref().filter(|os| !os.value.has_isc_dhcp()) else { continue };
        let mut lacks = |daemon: &str, help: &str| {
            let message = format!("{} has no {daemon}, which `{}` should run", os.value.name(), server.name);
            found.push(os.span, message, |finding| finding.help(help));
        };
        if site.dhcp.as_ref().is_some_and(|dhcp| dhcp.runs_on(at, DhcpDaemon::Isc)) {
            let help = "`dhcp: { daemon: kea }`, or have a server of another system answer DHCP";
            lacks("isc-dhcp-server", help);
        }
        if site.relays.iter().any(|relay| relay.server == at) {
            lacks(
                "isc-dhcp-relay",
                "dhcp-helper or dnsmasq relay there; set them up by hand, without `relays`",
            );
        }
    }
}
