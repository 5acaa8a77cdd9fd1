//! The addresses of the server: the URLs of a file name them, and those that the site makes need them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv6Addr;

use super::super::coverage::Coverage;
use super::super::draft::{Draft, Value};
use super::{Ipv6, Network, Sends};
use crate::model::Range6;

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

/// The server that each address of a URL is of: those of a pair may serve files together.
fn servers(six: &Ipv6, draft: &Draft) -> BTreeMap<Ipv6Addr, String> {
    let of = |service: &str| draft.site.submap(service)?.text("server").map(str::to_owned);
    let services = [("tftp://", of("tftp")), ("http://", of("http"))];
    let mut all = BTreeMap::new();
    for send in six.networks.iter().flat_map(|network| &network.sends) {
        let Sends::Url(Some(url), _) = send else { continue };
        let server =
            services.iter().find(|(scheme, _)| url.starts_with(scheme)).and_then(|(_, of)| of.clone());
        if let (Some(ip), Some(server)) = (address_of(url), server) {
            all.entry(ip).or_insert(server);
        }
    }
    all
}

/// Writes the addresses of the server; `boots` says of each network whether its clients get files of it.
pub fn write(six: &Ipv6, boots: &[bool], draft: &mut Draft, coverage: &mut Coverage) {
    let servers = servers(six, draft);
    let own = draft.server.clone();
    let mut chosen: Vec<(Ipv6Addr, u8)> = Vec::new();
    // In the order of the files.
    let places: BTreeMap<Ipv6Addr, usize> =
        six.own.iter().enumerate().rev().map(|(place, ip)| (*ip, place)).collect();
    for network in &six.networks {
        let range = Range6::from(network.cidr);
        let mut inside: Vec<_> =
            places.range(range.low..=range.high).map(|(ip, place)| (*place, *ip)).collect();
        inside.sort_unstable();
        chosen.extend(inside.into_iter().map(|(_, ip)| (ip, network.cidr.prefix())));
    }
    if chosen.is_empty() {
        chosen.extend(six.own.first().map(|ip| (*ip, 0)));
    }
    let mut note = None;
    if chosen.is_empty()
        && let Some((network, _)) = six.networks.iter().zip(boots).find(|(_, boots)| **boots)
        && let Some(ip) = free(network, six)
    {
        chosen.push((ip, network.cidr.prefix()));
        let text = "no file says its IPv6 address; this one is free: correct it";
        coverage.remark(network.head.origin.clone(), format!("the server gets the address {ip}: {text}"));
        note = Some(text);
    }
    let mut texts: BTreeMap<&String, Vec<Value>> = BTreeMap::new();
    for (ip, prefix) in &chosen {
        let text = if *prefix == 0 { ip.to_string() } else { format!("{ip}/{prefix}") };
        texts.entry(servers.get(ip).unwrap_or(&own)).or_default().push(text.into());
    }
    for (name, texts) in texts {
        let entry = draft.site.map("servers").map(name).set("ip6", Value::one_or_list(texts));
        if let Some(note) = note {
            entry.note(note);
        }
    }
}

/// The first address of a network that no host, range or name server has.
fn free(network: &Network, six: &Ipv6) -> Option<Ipv6Addr> {
    let names = network.dns.iter().flat_map(|dns| &dns.value).copied();
    let single = six.hosts.iter().filter_map(|host| host.ip).chain(names).map(|ip| (ip, ip));
    let ranges = network.ranges.iter().map(|said| (said.value.range.low, said.value.range.high));
    let mut taken: Vec<(Ipv6Addr, Ipv6Addr)> = single.chain(ranges).collect();
    taken.sort_unstable();
    let mut at = u128::from(network.cidr.network()).checked_add(1)?;
    for (low, high) in taken {
        if u128::from(low) <= at {
            at = at.max(u128::from(high).checked_add(1)?);
        }
    }
    Some(Ipv6Addr::from(at)).filter(|ip| network.cidr.contains(*ip))
}
