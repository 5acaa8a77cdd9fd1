//! DHCPv6 in the draft.

use std::collections::BTreeSet;
use std::net::Ipv6Addr;

use super::super::Imported;
use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Draft, Mapping, Value};
use super::super::durations::duration;
use super::compare::implied_lease_time;
use super::hosts::HostsByMac;
use super::join::{Joined, join, texts};
use super::{Expectation, Expectations, Ipv6, Network, hosts, script, server};
use crate::dhcp::LeaseTimes;
use crate::model::Range6;

/// Why a network is left out.
const ALONE: &str = "a subnet of the site has a network of IPv4 too, and the files do not say which one is on the same wire; \
                     add `cidr6` to it by hand";

/// Writes the DHCPv6 part of imported files into the draft.
pub fn write(mut six: Ipv6, imported: &mut Imported) {
    server::of_urls(&mut six);
    let Imported { draft, coverage, expected6, interfaces6, .. } = imported;
    let mut known = HostsByMac::of(&draft.site);
    let joined = join(&six, &known.pairs(&six.hosts), &draft.site, &draft.server);
    let is_silent = |name: &str| {
        let subnet = draft.site.submap("subnets").and_then(|subnets| subnets.submap(name));
        subnet.is_some_and(|subnet| subnet.text("netboot") == Some("none"))
    };
    let boots = |joined: &Option<Joined>| joined.as_ref().is_some_and(|at| !is_silent(&at.subnet));
    let boots: Vec<bool> = joined.iter().map(boots).collect();
    server::write(&six, &boots, draft, coverage);
    script::by_path(&six, draft);
    lease_time(&six, &mut draft.site);
    for part in &six.raw {
        part.to_raw(draft.site.map("dhcp"), "no key expresses it", coverage);
    }
    let mut expected = Expectations {
        daemon: six.daemon,
        first: six.networks.first().map(|network| network.head.clone()),
        lease_time: six.lease_time,
        max_lease_time: six.max_lease_time,
        authoritative: six.authoritative,
        subnets: Vec::new(),
        silent: hosts::write(six.hosts, &mut known, &mut draft.site, coverage),
    };
    let denies = |map: Option<&Mapping>| map.and_then(|map| map.text("unknown_clients")) == Some("deny");
    let all_deny = denies(draft.site.submap("dhcp"));
    // A statement of an outer scope counts by the networks that have it.
    for (network, _) in six.networks.iter().zip(&joined).filter(|(_, joined)| joined.is_none()) {
        lose(network, coverage);
    }
    let own: BTreeSet<Ipv6Addr> = six.own.iter().copied().collect();
    for (network, joined) in six.networks.into_iter().zip(joined) {
        let Some(Joined { subnet, guess }) = joined else { continue };
        if let Some(guess) = guess {
            let text = format!("{} becomes `cidr6` of the subnet {subnet}: {guess}; check it", network.cidr);
            coverage.remark(network.head.origin.clone(), text);
        }
        let map = draft.site.map("subnets").map(&subnet);
        let inside = || {
            let range = Range6::from(network.cidr);
            own.range(range.low..=range.high).next()
        };
        if six.names_itself
            && network.dns.is_none()
            && let Some(own) = inside().or(six.own.first())
        {
            map.set("dns6", own.to_string()).note("dnsmasq names itself unless a line says otherwise");
        }
        let known_only = all_deny || denies(Some(map));
        expected.subnets.push(put(network, &subnet, known_only, map, coverage));
    }
    if let Some((number, names)) = interfaces6.take().filter(|_| !expected.subnets.is_empty()) {
        coverage.set(number, interfaces(&names, draft));
    }
    *expected6 = Some(Box::new(expected));
}

/// Sets the lease time of the whole site, if it changes nothing by IPv4: each subnet has one of its own.
fn lease_time(six: &Ipv6, site: &mut Mapping) {
    let said = six.lease_time.as_ref();
    let seconds = said.map_or_else(|| implied_lease_time(six.daemon), |said| said.value);
    let subnets = site.submap("subnets").map(Mapping::entries).unwrap_or_default();
    let has_own =
        |value: &Value| matches!(value, Value::Map(subnet) if subnet.get("default_lease_time").is_some());
    let is_open = site.submap("dhcp").is_none_or(|dhcp| dhcp.get("default_lease_time").is_none());
    if !is_open || !subnets.iter().all(|entry| has_own(&entry.value)) {
        return;
    }
    // Without a key, the site has this one.
    if said.is_none() && seconds == LeaseTimes::DEFAULT.default {
        return;
    }
    let text = duration(seconds.into());
    let dhcp = site.map("dhcp");
    // The longest lease is a day unless the site says otherwise.
    if seconds > 86_400 && dhcp.get("max_lease_time").is_none() {
        dhcp.set("max_lease_time", text.as_str());
    }
    let entry = dhcp.set("default_lease_time", text);
    match said {
        Some(said) => entry.from(&said.part.origin),
        None => entry.note("the lease time of the DHCPv6 server if its file says none"),
    };
}

/// The interfaces of DHCPv6: a server has one list of them.
fn interfaces(names: &[String], draft: &mut Draft) -> Outcome {
    let name = draft.server.clone();
    let server = draft.site.map("servers").map(&name);
    if texts(server.get("interfaces")).eq(names.iter().map(String::as_str)) {
        return Outcome::Words;
    }
    Outcome::Lost("`interfaces` of the server is for IPv4 as well, and says otherwise".into())
}

/// Writes a network into its subnet.
fn put(
    network: Network,
    name: &str,
    known_only: bool,
    subnet: &mut Mapping,
    coverage: &mut Coverage,
) -> Expectation {
    let Network { cidr, head, ranges, dns, domains, boot, sends, raw, .. } = network;
    let (fitting, others): (Vec<_>, Vec<_>) =
        ranges.into_iter().partition(|range| range.value.known_only == known_only);
    let parts =
        fitting.iter().map(|range| &range.part).chain(dns.as_ref().map(|dns| &dns.part)).chain([&head]);
    for part in parts.chain(domains.as_ref().map(|domains| &domains.part)).chain(&boot) {
        part.set_words(coverage);
    }
    subnet.set("cidr6", cidr.to_string()).from(&head.origin);
    if !fitting.is_empty() {
        let texts = fitting.iter().map(|range| Value::from(range.value.range.to_string()));
        let entry = subnet.set("ranges6", Value::one_or_list(texts.collect()));
        for range in &fitting {
            entry.from(&range.part.origin);
        }
    }
    if let Some(dns) = dns {
        let texts = dns.value.iter().map(|ip| Value::from(ip.to_string()));
        subnet.set("dns6", Value::one_or_list(texts.collect())).from(&dns.part.origin);
    }
    let why = "`unknown_clients` of a subnet is for both its networks, and says otherwise";
    // The first range of a pool has its whole text.
    for range in others.iter().filter(|range| !range.part.numbers.is_empty()) {
        range.part.to_raw(subnet, why, coverage);
    }
    for part in raw {
        part.to_raw(subnet, "no key expresses it", coverage);
    }
    Expectation { subnet: name.to_owned(), head, domains, boot, sends }
}

/// Leaves out a network.
fn lose(network: &Network, coverage: &mut Coverage) {
    let lost = Outcome::Lost(ALONE.to_owned());
    let parts = network.ranges.iter().map(|range| &range.part).chain(&network.raw);
    let parts = parts.chain(network.dns.as_ref().map(|dns| &dns.part)).chain([&network.head]);
    for part in parts.chain(network.domains.as_ref().map(|domains| &domains.part)).chain(&network.boot) {
        part.set(&lost, coverage);
    }
}
