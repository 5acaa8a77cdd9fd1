//! Which subnet of the site an IPv6 network belongs to. The files for IPv6 do not name the network for IPv4 on the same
//! wire, so it is found by what both say.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use foldhash::HashMap;

use super::super::draft::{Mapping, Value};
use super::super::networks::Networks;
use super::{Ipv6, Network};
use crate::model::{Cidr, Range6, ipv4};

/// A subnet of the draft.
struct Candidate {
    name: String,
    cidr: Option<Cidr>,
    shared: Option<String>,
    interface: Option<String>,
    domain: Option<String>,
    taken: bool,
}

/// The subnet of a network, and whether its neighbours alone say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The name of the subnet.
    pub subnet: String,
    /// The reason, where it is no proof.
    pub guess: Option<&'static str>,
}

/// Joins the networks to the subnets of a site; `hosts` are pairs of the addresses that one machine has.
pub fn join(six: &Ipv6, hosts: &[(Ipv4Addr, Ipv6Addr)], site: &Mapping, server: &str) -> Vec<Option<Joined>> {
    let mut joining = Joining {
        candidates: candidates(site),
        joined: vec![None; six.networks.len()],
        networks: &six.networks,
    };
    joining.by(|network| network.title.clone(), |subnet| Some(subnet.name.clone()), None);
    let ipv4 = |ip: Ipv4Addr| ip.to_string();
    joining.by(|network| network.ipv4.map(ipv4), |subnet| Some(ipv4(subnet.cidr?.network())), None);
    joining.by(|network| network.shared.clone(), |subnet| subnet.shared.clone(), None);
    joining.by(|network| network.shared.clone(), |subnet| Some(subnet.name.clone()), None);
    joining.by_hosts(hosts);
    joining.by(|network| network.interface.clone(), |subnet| subnet.interface.clone(), None);
    let domain = |network: &Network| network.domains.as_ref()?.value.first().cloned();
    joining.by_unique(domain, |subnet| subnet.domain.clone(), None);
    joining.by_unique(number6, number4, Some("their networks have the same number"));
    joining.by_server(six, site, server);
    joining.by_order();
    joining.joined
}

struct Joining<'n> {
    candidates: Vec<Candidate>,
    joined: Vec<Option<Joined>>,
    networks: &'n [Network],
}

impl Joining<'_> {
    fn take(&mut self, network: usize, subnet: usize, guess: Option<&'static str>) {
        let Some(candidate) = self.candidates.get_mut(subnet).filter(|candidate| !candidate.taken) else {
            return;
        };
        if let Some(joined @ None) = self.joined.get_mut(network) {
            candidate.taken = true;
            *joined = Some(Joined { subnet: candidate.name.clone(), guess });
        }
    }

    /// The networks that have no subnet yet, and the subnets that have no network, in their order.
    fn open(&self) -> (Vec<usize>, Vec<usize>) {
        let networks = self.joined.iter().enumerate().filter(|(_, joined)| joined.is_none());
        let subnets = self.candidates.iter().enumerate().filter(|(_, candidate)| !candidate.taken);
        (networks.map(|(at, _)| at).collect(), subnets.map(|(at, _)| at).collect())
    }

    /// Joins those with the same key; of several, the first to the first.
    fn by(
        &mut self,
        of_network: impl Fn(&Network) -> Option<String>,
        of_subnet: impl Fn(&Candidate) -> Option<String>,
        guess: Option<&'static str>,
    ) {
        for (networks, subnets) in self.groups(of_network, of_subnet) {
            for (network, subnet) in networks.into_iter().zip(subnets) {
                self.take(network, subnet, guess);
            }
        }
    }

    /// Joins those with the same key, if only one on each side has it.
    fn by_unique(
        &mut self,
        of_network: impl Fn(&Network) -> Option<String>,
        of_subnet: impl Fn(&Candidate) -> Option<String>,
        guess: Option<&'static str>,
    ) {
        for (networks, subnets) in self.groups(of_network, of_subnet) {
            if let ([network], [subnet]) = (networks.as_slice(), subnets.as_slice()) {
                self.take(*network, *subnet, guess);
            }
        }
    }

    fn groups(
        &self,
        of_network: impl Fn(&Network) -> Option<String>,
        of_subnet: impl Fn(&Candidate) -> Option<String>,
    ) -> Vec<(Vec<usize>, Vec<usize>)> {
        let (networks, subnets) = self.open();
        let mut all: BTreeMap<String, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        for at in networks {
            if let Some(key) = self.networks.get(at).and_then(&of_network) {
                all.entry(key).or_default().0.push(at);
            }
        }
        for at in subnets {
            if let Some(key) = self.candidates.get(at).and_then(&of_subnet) {
                all.entry(key).or_default().1.push(at);
            }
        }
        all.into_values().collect()
    }

    /// Machines that have an address in both.
    fn by_hosts(&mut self, hosts: &[(Ipv4Addr, Ipv6Addr)]) {
        let mut subnets = Networks::default();
        for (at, candidate) in self.candidates.iter().enumerate() {
            if let Some(cidr) = candidate.cidr {
                subnets.add(cidr, at);
            }
        }
        let networks: BTreeMap<Ipv6Addr, usize> =
            self.networks.iter().enumerate().map(|(at, network)| (network.cidr.network(), at)).collect();
        let mut votes: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for (four, six) in hosts {
            let Some((_, network)) = networks.range(..=*six).next_back() else { continue };
            let is_inside = self.networks.get(*network).is_some_and(|found| found.cidr.contains(*six));
            if let Some((_, subnet)) = subnets.around(*four).next().filter(|_| is_inside) {
                *votes.entry((*network, *subnet)).or_default() += 1;
            }
        }
        let mut votes: Vec<((usize, usize), usize)> = votes.into_iter().collect();
        votes.sort_by_key(|(pair, count)| (std::cmp::Reverse(*count), *pair));
        for ((network, subnet), _) in votes {
            self.take(network, subnet, None);
        }
    }

    /// The server is on one wire of those that are left.
    fn by_server(&mut self, six: &Ipv6, site: &Mapping, server: &str) {
        let own = site.submap("servers").and_then(|servers| servers.submap(server));
        let ips: BTreeSet<Ipv4Addr> = texts(own.and_then(|own| own.get("ip")))
            .filter_map(|text| ipv4(text.split('/').next()?).ok())
            .collect();
        let own: BTreeSet<Ipv6Addr> = six.own.iter().copied().collect();
        let (networks, subnets) = self.open();
        let has = |at: &usize| {
            let network = self.networks.get(*at).map(|network| Range6::from(network.cidr));
            network.is_some_and(|network| own.range(network.low..=network.high).next().is_some())
        };
        let is_of = |at: &usize| {
            let cidr = self.candidates.get(*at).and_then(|candidate| candidate.cidr);
            cidr.is_some_and(|cidr| ips.range(cidr.network()..=cidr.broadcast()).next().is_some())
        };
        let networks: Vec<usize> = networks.into_iter().filter(has).collect();
        let subnets: Vec<usize> = subnets.into_iter().filter(is_of).collect();
        if let ([network], [subnet]) = (networks.as_slice(), subnets.as_slice()) {
            self.take(*network, *subnet, Some("the server is in both"));
        }
    }

    /// As many are left on both sides.
    fn by_order(&mut self) {
        let (networks, subnets) = self.open();
        if networks.len() != subnets.len() {
            return;
        }
        let guess = match (self.networks.len(), self.candidates.len()) {
            (1, 1) => None,
            _ if networks.len() == 1 => Some("no other one is left"),
            _ => Some("they are in this order in the files"),
        };
        for (network, subnet) in networks.into_iter().zip(subnets) {
            self.take(network, subnet, guess);
        }
    }
}

/// The number that administrators give a network of IPv6 and one of IPv4: `30` in 2001:db8:30::/64 and in 10.30.0.0/16.
fn number6(network: &Network) -> Option<String> {
    let text = network.cidr.network().to_string();
    let last = text.split(':').rfind(|group| !group.is_empty())?;
    last.parse::<u8>().ok().filter(|number| *number > 0).map(|number| number.to_string())
}

fn number4(subnet: &Candidate) -> Option<String> {
    let octets = subnet.cidr?.network().octets();
    octets.iter().rev().find(|octet| **octet > 0).map(ToString::to_string)
}

fn candidates(site: &Mapping) -> Vec<Candidate> {
    let all = site.submap("subnets").map(Mapping::entries).unwrap_or_default();
    let of_site = site.text("domain");
    let mut known: HashMap<String, usize> = HashMap::default();
    let mut all: Vec<Candidate> = all
        .iter()
        .filter_map(|entry| {
            let Value::Map(subnet) = &entry.value else { return None };
            let kea = subnet.submap("raw").and_then(|raw| raw.submap("kea"));
            let search = texts(subnet.get("domain_search")).next();
            Some(Candidate {
                name: entry.key.to_string(),
                cidr: subnet.text("cidr").and_then(|text| Cidr::parse(text).ok()),
                shared: subnet.text("shared_network").map(str::to_owned),
                interface: kea.and_then(|kea| kea.text("interface")).map(str::to_owned),
                domain: search.or(subnet.text("domain")).or(of_site).map(str::to_owned),
                taken: subnet.get("cidr6").is_some(),
            })
        })
        .collect();
    // A domain of several subnets tells nothing.
    for candidate in &all {
        *known.entry(candidate.domain.clone().unwrap_or_default()).or_default() += 1;
    }
    for candidate in &mut all {
        candidate.domain = candidate.domain.take().filter(|domain| known.get(domain) == Some(&1));
    }
    all
}

/// The texts of a value or of a list.
pub fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let values = match value {
        Some(Value::List(values)) => values.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    values.iter().filter_map(|value| match value {
        Value::Text(text) | Value::Bare(text) => Some(text.as_str()),
        _ => None,
    })
}
