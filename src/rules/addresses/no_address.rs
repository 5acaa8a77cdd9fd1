//! A host without `ip` gets an address from a range. If no subnet has a range, it never gets one.
//!
//! Evidence: dhcpd.conf(5), "fixed-address"; dhcpd logs "no free leases" and does not answer (ISC DHCP 4.4.3);
//! `dhcpd -t` accepts it.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24 } }
//! hosts: { pc: { mac: "52:54:00:00:00:01" } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24 } }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11 } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("no-address", "a host has no address, and no subnet has a range"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let by_hand = site.dhcp.as_ref().is_some_and(|dhcp| !dhcp.raw.is_empty()) || !site.raw.is_empty();
    let elsewhere =
        site.subnets.iter().any(|subnet| !subnet.ranges.is_empty() || !subnet.handout.raw.is_empty())
            || site.dhcp.as_ref().is_some_and(|dhcp| dhcp.proxy);
    if site.gaps.subnets || site.subnets.is_empty() || elsewhere || by_hand {
        return;
    }
    for host in site.hosts.iter().filter(|host| host.cards().any(|card| card.ip.is_none())) {
        let message = format!("the host `{}` never gets an address", host.name);
        found.push(host.span, message, |finding| {
            finding
                .cause(0, "host", host.name)
                .help("give it an `ip`, or a subnet `ranges`: no subnet of this site has any")
        });
    }
}
