//! IPv6 addresses, ranges and networks that contradict each other: a range outside its subnet's `cidr6`, two ranges
//! or networks that overlap, a host's address in no subnet, or one address for two machines.
//!
//! `dhcpd -6 -t` refuses a range outside its subnet and accepts the others (ISC DHCP 4.4.3).
//!
//! Fails:
//! ```yaml fails
//! subnets:
//!   lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.90-10.0.0.99, cidr6: "2001:db8:1::/64", netboot: none }
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip6: "2001:db8:2::5" }
//! ```
//! Passes:
//! ```yaml passes
//! subnets:
//!   lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.90-10.0.0.99, cidr6: "2001:db8:1::/64", netboot: none }
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip6: "2001:db8:1::5" }
//! ```

use std::net::Ipv6Addr;

use crate::model::{Range6, Site, Spanned, Subnet6};
use crate::report::FindingKind;
use crate::rules::duplicates::duplicates;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("ipv6-addresses", "an IPv6 address, range or network contradicts another"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let subnets: Vec<&Subnet6> = site.subnets.iter().filter_map(|subnet| subnet.v6.as_deref()).collect();
    networks(&subnets, found);
    ranges(&subnets, found);
    hosts(site, &subnets, found);
}

fn networks(subnets: &[&Subnet6], found: &mut Findings<'_>) {
    let mut sorted = subnets.to_vec();
    sorted.sort_by_key(|subnet| (subnet.cidr.value, subnet.cidr.span));
    // Two networks overlap only if one contains the other. Sorted, a network comes before those that it contains.
    let mut outer: Option<&Subnet6> = None;
    for subnet in sorted {
        match outer.filter(|outer| outer.cidr.value.overlaps(subnet.cidr.value)) {
            Some(other) => {
                let message = format!("the networks {} and {} overlap", other.cidr.value, subnet.cidr.value);
                found.push(subnet.cidr.span, message, |finding| {
                    let finding = finding.and(other.cidr.span, "the other one");
                    finding.help("a client belongs to one subnet; give them different networks")
                });
            }
            None => outer = Some(subnet),
        }
    }
}

fn ranges(subnets: &[&Subnet6], found: &mut Findings<'_>) {
    for subnet in subnets {
        let cidr = subnet.cidr.value;
        for range in &subnet.ranges {
            if !cidr.contains(range.value.low) || !cidr.contains(range.value.high) {
                let message = format!("the range {} is not inside its subnet {cidr}", range.value);
                found.push(range.span, message, |finding| finding.and(subnet.cidr.span, "the subnet"));
            }
        }
    }
    let mut sorted: Vec<&Spanned<Range6>> = subnets.iter().flat_map(|subnet| &subnet.ranges).collect();
    sorted.sort_by_key(|range| (range.value, range.span));
    let mut furthest: Option<&Spanned<Range6>> = None;
    for range in sorted {
        if let Some(other) = furthest.filter(|other| range.value.low <= other.value.high) {
            found.push(
                range.span,
                format!("the ranges {} and {} overlap", other.value, range.value),
                |finding| finding.and(other.span, "the other one"),
            );
        }
        if furthest.is_none_or(|other| other.value.high < range.value.high) {
            furthest = Some(range);
        }
    }
}

fn hosts(site: &Site<'_>, subnets: &[&Subnet6], found: &mut Findings<'_>) {
    let servers = site.servers.iter().flat_map(|server| &server.ips6);
    let hosts: Vec<_> = site.hosts_with_ip6().collect();
    let all = servers.chain(hosts.iter().map(|(_, ip)| *ip));
    for (first, ip) in duplicates(hosts.len(), all, |ip: &Spanned<Ipv6Addr>| Some(ip.value)) {
        found.push(ip.span, format!("the address {} is already in use", ip.value), |finding| {
            finding.here("used again here").and(first.span, "first used here")
        });
    }
    if site.gaps.subnets {
        return;
    }
    for (host, ip) in hosts {
        if !subnets.iter().any(|subnet| subnet.cidr.value.contains(ip.value)) {
            let message = format!("{} of the host `{}` lies in no subnet's `cidr6`", ip.value, host.name);
            found.push(ip.span, message, |finding| {
                let finding = finding.cause((ip.value.to_bits() >> 64) as u64, "host", host.name);
                finding.help("dhcpd would never assign it; give the host an address of a `cidr6`")
            });
        }
    }
}
