//! Addresses that a new machine can have.

use std::net::Ipv4Addr;

use crate::model::{DhcpOption, Host, OptionValue, Site, Spanned, Subnet, ipv4};

/// The lowest addresses of a subnet that are in no range and that the site does not name, at most `most` of them.
///
/// A range is left out even where its addresses are free today: dhcpd leases them to other clients.
#[must_use]
pub fn free_addresses(site: &Site<'_>, subnet: &Subnet, most: usize) -> Vec<Ipv4Addr> {
    let mut taken = taken(site, subnet);
    taken.sort_unstable();
    let (mut next, last) = (u32::from(subnet.cidr.value.network()), u32::from(subnet.cidr.value.broadcast()));
    let mut free = Vec::new();
    // Behind the last address in use everything is free.
    for (low, high) in taken.into_iter().chain([(u32::MAX, u32::MAX)]) {
        while next < low && next <= last && free.len() < most {
            free.push(Ipv4Addr::from(next));
            next += 1;
        }
        if next > last || free.len() >= most {
            break;
        }
        next = next.max(high.saturating_add(1));
    }
    free
}

/// The first and the last address of everything in a subnet that is in use.
fn taken(site: &Site<'_>, subnet: &Subnet) -> Vec<(u32, u32)> {
    let cidr = subnet.cidr.value;
    let mut ips = vec![cidr.network(), cidr.broadcast(), subnet.broadcast.value];
    ips.extend(site.hosts.iter().flat_map(Host::ips).map(|ip| ip.value));
    ips.extend(site.servers.iter().flat_map(|server| &server.ips).map(|ip| ip.value));
    // A portal is an address with or without a port, or a name.
    let portals = site.iscsi.iter().flat_map(|server| &server.portals).map(|portal| portal.value.as_str());
    ips.extend(portals.filter_map(|portal| ipv4(portal.split(':').next().unwrap_or_default()).ok()));
    for handout in site.handouts() {
        let lists = [&handout.routers, &handout.dns, &handout.ntp];
        ips.extend(lists.into_iter().flatten().flatten().map(|ip: &Spanned<Ipv4Addr>| ip.value));
        ips.extend(handout.options.iter().flat_map(in_option));
    }
    ips.extend(site.subnets.iter().filter_map(|subnet| subnet.next_server.as_ref()).map(|ip| ip.value));
    for class in &site.classes {
        ips.extend(class.ip.iter().map(|ip| ip.value));
        ips.extend(class.here.iter().filter_map(|here| here.next_server.as_ref()).map(|ip| ip.value));
    }
    ips.retain(|ip| cidr.contains(*ip));
    let mut all: Vec<(u32, u32)> = ips.into_iter().map(|ip| (ip.into(), ip.into())).collect();
    let ranges = site.subnets.iter().flat_map(|subnet| &subnet.ranges);
    all.extend(ranges.map(|range| (range.value.low.into(), range.value.high.into())));
    all
}

/// The addresses in the value of an option, such as that of the phones' server.
fn in_option(option: &DhcpOption) -> Vec<Ipv4Addr> {
    let words: Vec<&str> = match &option.value.value {
        OptionValue::Text(text) => vec![text.as_str()],
        OptionValue::Bare(words) => words.iter().map(String::as_str).collect(),
        OptionValue::Pairs(pairs) => pairs.iter().flatten().map(String::as_str).collect(),
        OptionValue::Hex(hex) if option.name == "vendor-encapsulated-options" => return in_sub_options(hex),
        OptionValue::Unset | OptionValue::Domains(_) | OptionValue::Hex(_) => Vec::new(),
    };
    words.into_iter().filter_map(|word| ipv4(word).ok()).collect()
}

/// The values of the sub-options in `aa:bb:…` that are as long as an address: a code, a length, a value.
fn in_sub_options(hex: &str) -> Vec<Ipv4Addr> {
    let bytes: Vec<u8> = hex.split(':').filter_map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
    let (mut left, mut found) = (bytes.as_slice(), Vec::new());
    while let [_, length, rest @ ..] = left {
        let Some((value, behind)) = rest.split_at_checked(usize::from(*length)) else { break };
        found.extend(<[u8; 4]>::try_from(value).map(Ipv4Addr::from));
        left = behind;
    }
    found
}
