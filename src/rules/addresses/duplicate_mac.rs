//! A MAC address identifies one machine. If two hosts have the same one, dhcpd uses the first that has an address
//! on the client's network, and the machine never boots as the other.
//!
//! `dhcpd -t` accepts it (seen on the wire with ISC DHCP 4.4.3; warewulf/warewulf#1264, xcat2/xcat-core#4015).
//!
//! Fails:
//! ```yaml fails
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11 }
//!   b: { mac: "5254.0000.0001", ip: 10.0.0.12 }
//! ```
//! Passes:
//! ```yaml passes
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11 }
//!   b: { mac: "52:54:00:00:00:02", ip: 10.0.0.12 }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::duplicates::duplicates;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("duplicate-mac", "two hosts have the same MAC address"),
    cost: Cost::High,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let cards = site
        .hosts
        .iter()
        .flat_map(|host| host.cards().flat_map(|card| card.macs).map(move |mac| (host, mac)));
    for ((other, first), (host, mac)) in duplicates(site.hosts.len(), cards, |(_, mac)| Some(mac.value)) {
        let message = if other.name == host.name {
            format!("the host `{}` has the MAC address {} twice", host.name, mac.value)
        } else {
            format!("two hosts share the MAC address {}", mac.value)
        };
        found.push(mac.span, message, |finding| {
            let finding = finding.here("used again here").and(first.span, "first used here");
            finding.help(
                "a network card belongs to one host; remove one of the two, or correct a typing mistake",
            )
        });
    }
}
