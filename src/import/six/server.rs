//! The addresses of the server: the URLs of a file name them, and those that the site makes need them.

use std::collections::BTreeSet;
use std::net::Ipv6Addr;

use super::super::coverage::Coverage;
use super::super::draft::{Draft, Value};
use super::{Ipv6, Network, Sends};

/// The address in a URL.
pub fn address_of(url: &str) -> Option<Ipv6Addr> {
    url.split_once("://")?.1.strip_prefix('[')?.split_once(']')?.0.parse().ok()
}

/// Adds the addresses that URLs name.
pub fn of_urls(six: &mut Ipv6) {
    let mut known: BTreeSet<Ipv6Addr> = six.own.iter().copied().collect();
    for send in six.networks.iter().flat_map(|network| &network.sends) {
        if let Sends::Url(Some(url), _) = send
            && let Some(ip) = address_of(url).filter(|ip| known.insert(*ip))
        {
            six.own.push(ip);
        }
    }
}

/// Writes the addresses of the server; `boots` says that the clients of a network get files of it.
pub fn write(six: &Ipv6, boots: impl Fn(&Network) -> bool, draft: &mut Draft, coverage: &mut Coverage) {
    let mut chosen: Vec<(Ipv6Addr, u8)> = Vec::new();
    for network in &six.networks {
        let inside = six.own.iter().find(|ip| network.cidr.contains(**ip));
        chosen.extend(inside.map(|ip| (*ip, network.cidr.prefix())));
    }
    let outside = || six.own.first().map(|ip| (*ip, 0));
    let mut note = None;
    if chosen.is_empty() {
        chosen.extend(outside());
    }
    if chosen.is_empty()
        && let Some(network) = six.networks.iter().find(|network| boots(network))
        && let Some(ip) = free(network, six)
    {
        chosen.push((ip, network.cidr.prefix()));
        let text = "no file says its IPv6 address; this one is free: correct it";
        coverage.remark(network.head.origin.clone(), format!("the server gets the address {ip}: {text}"));
        note = Some(text);
    }
    let texts = chosen.iter().map(|(ip, prefix)| match prefix {
        0 => Value::from(ip.to_string()),
        prefix => Value::from(format!("{ip}/{prefix}")),
    });
    let texts: Vec<Value> = texts.collect();
    if texts.is_empty() {
        return;
    }
    let name = draft.server.clone();
    let entry = draft.site.map("servers").map(&name).set("ip6", Value::one_or_list(texts));
    if let Some(note) = note {
        entry.note(note);
    }
}

/// The first address of a network that no host, range or name server has.
fn free(network: &Network, six: &Ipv6) -> Option<Ipv6Addr> {
    let names = network.dns.iter().flat_map(|dns| &dns.value).copied();
    let taken: BTreeSet<Ipv6Addr> = six.hosts.iter().filter_map(|host| host.ip).chain(names).collect();
    let mut at = u128::from(network.cidr.network());
    // Each step passes an address or a range.
    for _ in 0..=taken.len() + network.ranges.len() {
        at = at.checked_add(1)?;
        let ip = Ipv6Addr::from(at);
        match network.ranges.iter().find(|range| range.value.range.contains(ip)) {
            Some(range) => at = u128::from(range.value.range.high),
            None if taken.contains(&ip) => {}
            None => return network.cidr.contains(ip).then_some(ip),
        }
    }
    None
}
