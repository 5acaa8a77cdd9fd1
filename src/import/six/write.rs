//! DHCPv6 in the draft.

use super::super::Imported;
use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Mapping, Value};
use super::hosts::HostsByMac;
use super::join::{Joined, join};
use super::{Expectation, Expectations, Ipv6, Network, hosts, server};

/// Why a network is left out.
const ALONE: &str = "a subnet of the site has a network of IPv4 too, and the files do not say which one is on the same wire; \
                     add `cidr6` to it by hand";

/// Writes the DHCPv6 part of imported files into the draft.
pub fn write(mut six: Ipv6, imported: &mut Imported) {
    server::of_urls(&mut six);
    let Imported { draft, coverage, expected6, .. } = imported;
    let mut known = HostsByMac::of(&draft.site);
    let joined = join(&six, &known.pairs(&six.hosts), &draft.site, &draft.server);
    let is_silent = |name: &str| {
        let subnet = draft.site.submap("subnets").and_then(|subnets| subnets.submap(name));
        subnet.is_some_and(|subnet| subnet.text("netboot") == Some("none"))
    };
    let silent: Vec<bool> =
        joined.iter().map(|joined| joined.as_ref().is_none_or(|at| is_silent(&at.subnet))).collect();
    let at = |network: &Network| six.networks.iter().position(|other| std::ptr::eq(other, network));
    server::write(
        &six,
        |network| at(network).is_some_and(|at| silent.get(at) == Some(&false)),
        draft,
        coverage,
    );
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
    for (network, joined) in six.networks.into_iter().zip(joined) {
        let Some(Joined { subnet, guess }) = joined else {
            lose(&network, coverage);
            continue;
        };
        if let Some(guess) = guess {
            let text = format!("{} becomes `cidr6` of the subnet {subnet}: {guess}; check it", network.cidr);
            coverage.remark(network.head.origin.clone(), text);
        }
        let map = draft.site.map("subnets").map(&subnet);
        let known_only = all_deny || denies(Some(map));
        expected.subnets.push(put(network, &subnet, known_only, map, coverage));
    }
    *expected6 = Some(Box::new(expected));
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
    subnet.set("cidr6", cidr.to_string()).from(&head.origin);
    let (fitting, others): (Vec<_>, Vec<_>) =
        ranges.into_iter().partition(|range| range.value.known_only == known_only);
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
    let mut last = None;
    for range in others {
        // A pool of several ranges is one text.
        if last != Some(range.part.numbers.clone()) {
            range.part.to_raw(subnet, why, coverage);
        }
        last = Some(range.part.numbers);
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
