//! Hosts without an `ip` get addresses from the ranges, and the ranges have fewer free addresses than there are
//! such hosts. The last of them to boot get none.
//!
//! Evidence: dhcpd then logs "no free leases" (ISC DHCP 4.4.3); `dhcpd -t` does not count.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100 } }
//! hosts: { a: { mac: "52:54:00:00:00:01" }, b: { mac: "52:54:00:00:00:02" } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.101 } }
//! hosts: { a: { mac: "52:54:00:00:00:01" }, b: { mac: "52:54:00:00:00:02" } }
//! ```

use crate::model::{Clients, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "too-few-addresses",
        "there are more hosts without an `ip` than free addresses",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.subnets {
        return;
    }
    let size = |range: &crate::model::Range| u64::from(u32::from(range.high) - u32::from(range.low)) + 1;
    let theirs = site.subnets.iter().flat_map(|subnet| &subnet.free);
    let free: u64 = theirs.filter(|range| range.clients != Clients::Unknown).map(size).sum();
    let wanting = site.cards_without_subnet().filter(|(_, card)| card.ip.is_none()).count();
    let Some(range) = site.subnets.iter().find_map(|subnet| subnet.ranges.first()).filter(|_| free > 0)
    else {
        return;
    };
    if wanting as u64 > free {
        let message = format!("{wanting} hosts have no `ip`, and the ranges have {free} free addresses");
        found
            .push(range.span, message, |finding| finding.help("widen the ranges, or give the hosts an `ip`"));
    }
}
