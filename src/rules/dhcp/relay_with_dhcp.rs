//! A relay forwards the requests of clients from each of its interfaces. If dhcpd on the same machine answers on
//! one of them, those clients get two answers: from this dhcpd, and from the server behind the relay.
//!
//! Evidence: dhcpd and dhcrelay of isc-dhcp 4.4.3 run side by side on one machine, and each hears every broadcast;
//! `/etc/default/isc-dhcp-relay` of Debian has `-i`, which is both directions.
//!
//! Fails:
//! ```yaml fails
//! servers: { boot: { ip: 10.0.0.2, interfaces: [eth0] } }
//! relays: { boot: { interfaces: [eth0, eth1], to: 10.0.9.1 } }
//! ```
//! Passes:
//! ```yaml passes
//! servers: { boot: { ip: 10.0.0.2, interfaces: [eth0] } }
//! relays: { boot: { interfaces: [eth1, eth2], to: 10.0.9.1 } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "relay-with-dhcp",
        "a server answers DHCP and relays it on the same interface",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(dhcp) = &site.dhcp else { return };
    for relay in site.relays.iter().filter(|relay| dhcp.servers.contains(&relay.server)) {
        let Some(server) = site.servers.get(relay.server) else { continue };
        for interface in &relay.interfaces {
            let Some(own) = server.interfaces.iter().find(|own| own.value == interface.value) else {
                continue;
            };
            let message = format!("`{}` answers clients on `{interface}` and also relays them", server.name);
            found.push(interface.span, message, |finding| {
                finding
                    .and(own.span, "DHCP answers here")
                    .help("relay only from interfaces without a DHCP server; a network to which dhcpd is attached needs no relay")
            });
        }
    }
}
