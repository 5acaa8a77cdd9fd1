//! If a host that is not the router has the router's address, clients of the subnet send that host their packets for
//! other networks, and do not reach these networks.
//!
//! Evidence: RFC 5227 section 1; `dhcpd -t` accepts it (ISC DHCP 4.4.3).
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, routers: 10.0.0.1 } }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.1 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, routers: 10.0.0.1 } }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11 } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("host-is-router", "a host has the address of its subnet's router"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for (host, card) in site.hosts.iter().flat_map(|host| host.cards().map(move |card| (host, card))) {
        let (Some(ip), Some(subnet)) = (card.ip, site.subnet_at(card)) else { continue };
        let Some(router) = subnet.handout.routers.iter().flatten().find(|router| *router == ip) else {
            continue;
        };
        let message = format!("the host `{}` has the address {ip} of the router", host.name);
        found.push(ip.span, message, |finding| {
            let finding = finding.and(router.span, "the router");
            finding.help(format!(
                "give one of them another address; if the host is the router, accept it: `allow: {{ {}: … }}`",
                RULE.kind.id
            ))
        });
    }
}
