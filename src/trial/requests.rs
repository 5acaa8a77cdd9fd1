//! The requests of a trial: in each subnet those of a stranger and of one host for each profile, as every kind of client,
//! and that of one client of each class.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use anyhow::Result;

use super::network::{Network, Way};
use crate::dhcp::{Address, Answer, Client, Policy, answer};
use crate::model::{Class, Range, Site};
use crate::probe::{Relay, discover};
use crate::report::Report;
use crate::source::Span;
use crate::trace::{TracedKind, Who, follow};
use crate::wire::Discover;

/// The most machines: strangers first, then hosts.
const MACHINES: usize = 256;

/// A request, and what the site answers.
pub(super) struct Request<'s> {
    /// The client, in words.
    pub(super) what: String,
    pub(super) discover: Discover,
    pub(super) way: Way,
    pub(super) answers: Vec<Answer<'s>>,
    /// Where the site describes its subnet, its host and its class.
    pub(super) places: Vec<Span>,
    /// Whether there should be an answer: a proxy is silent to clients that get no file.
    pub(super) is_answered: bool,
}

/// All requests to a server.
pub(super) fn requests<'s>(
    site: &'s Site<'s>,
    policy: &Policy<'s>,
    network: &Network,
) -> Result<Vec<Request<'s>>> {
    let kinds: Vec<TracedKind> = TracedKind::all().collect();
    let mut list = List { site, policy, network, free: Free::default(), all: Vec::new() };
    for who in machines(site) {
        if !list.has_room(&Client::plain(who.subnet, who.mac)) {
            continue;
        }
        let name = who.host.map_or("a stranger", |host| host.name).to_owned();
        let place = who.host.and_then(|host| host.macs.first()).map(|mac| mac.span);
        let trace = follow(site, who, &kinds, &Report::new(), None)?;
        let first = list.all.len();
        for client in &trace.clients {
            for asks in client.stages.iter().filter_map(|stage| stage.asks.as_ref()) {
                let then = if asks.is_ipxe() && client.kind != TracedKind::Ipxe { ", then iPXE" } else { "" };
                list.add(asks, (&name, place), &format!(" as {}{then}", client.kind.name()), first);
            }
        }
    }
    for (at, class) in site.classes.iter().enumerate().take(MACHINES) {
        if let Some(client) = member(site, network, at, class).filter(|client| list.has_room(client)) {
            let first = list.all.len();
            let name = format!("a client of the class {}", class.name.value);
            list.add(&client, (&name, Some(class.span)), "", first);
        }
    }
    Ok(list.all)
}

/// The requests so far.
struct List<'s, 'p> {
    site: &'s Site<'s>,
    policy: &'p Policy<'s>,
    network: &'p Network,
    free: Free,
    all: Vec<Request<'s>>,
}

impl List<'_, '_> {
    /// Whether the server has an address for one more client. Takes it.
    fn has_room(&mut self, client: &Client) -> bool {
        answer(self.policy, client).iter().all(|answer| self.free.takes(&answer.address))
    }

    /// Adds the request of a client, unless the same one was added since `first`.
    fn add(&mut self, client: &Client, (name, place): (&str, Option<Span>), kind: &str, first: usize) {
        let Some(way) = self.network.ways.get(client.subnet).copied() else { return };
        let relay = match way {
            Way::Direct(_) => None,
            Way::Relay(address) => Some(Relay { address, network: None }),
        };
        let discover = discover(client, relay);
        if self.all.iter().skip(first).any(|known| known.discover == discover) {
            return;
        }
        let at = self.site.subnets.get(client.subnet);
        let subnet = at.map_or("", |subnet| subnet.name.value.as_str());
        let places = place.into_iter().chain(at.map(|subnet| subnet.cidr.span)).collect();
        let answers = answer(self.policy, client);
        let is_answered = match self.site.dhcp.as_ref().is_some_and(|dhcp| dhcp.proxy) {
            true => answers.iter().any(|answer| answer.file.get().is_some()),
            false => !answers.is_empty(),
        };
        let what = format!("{name} in {subnet}{kind}");
        self.all.push(Request { what, discover, way, answers, places, is_answered });
    }
}

/// A client of a class, in a subnet in which the class counts. Only a relay adds option 82, so a class that asks for it is
/// left out if no relay forwards the requests of such a subnet.
fn member(site: &Site<'_>, network: &Network, at: usize, class: &Class) -> Option<Client> {
    let [.., high, low] = u32::try_from(at).unwrap_or_default().to_be_bytes();
    let by_relay = !class.matches.circuit_id.is_empty() || !class.matches.remote_id.is_empty();
    let has_way =
        |at: usize| network.ways.get(at).is_some_and(|way| !by_relay || matches!(way, Way::Relay(_)));
    let mut subnets = class.ip_subnet.into_iter().chain(class.here.iter().map(|here| here.subnet));
    let subnet = subnets.find(|at| *at < site.subnets.len() && has_way(*at))?;
    Client::plain(subnet, [0x02, 0x1b, 0xe1, 0, high, low]).member(&[&class.matches])
}

/// The addresses of ranges that were offered: a server keeps one for each client, and the trial does not wait until it
/// is free again.
#[derive(Default)]
struct Free(BTreeMap<Ipv4Addr, u32>);

impl Free {
    /// Takes one address of a pool, of whichever range; returns whether one is left there.
    fn takes(&mut self, address: &Address) -> bool {
        let Address::Pool(ranges) = address else { return true };
        let taken = |range: &Range| self.0.get(&range.low).copied().unwrap_or(0);
        let left = |range: &Range| {
            (u32::from(range.high) - u32::from(range.low)).saturating_add(1).saturating_sub(taken(range))
        };
        if !ranges.is_empty() && ranges.iter().all(|range| left(range) == 0) {
            return false;
        }
        for range in ranges {
            *self.0.entry(range.low).or_default() += 1;
        }
        true
    }
}

/// A stranger in each subnet, and a host of each profile in each.
fn machines<'s>(site: &'s Site<'s>) -> Vec<Who<'s>> {
    let strangers = (0..site.subnets.len()).map(|at| {
        let [.., high, low] = u32::try_from(at).unwrap_or_default().to_be_bytes();
        Who::new(None, [0x02, 0x1b, 0xe0, 0, high, low], at)
    });
    let mut seen: BTreeSet<(u32, Option<u32>)> = BTreeSet::new();
    let cards = site.hosts.iter().flat_map(|host| host.cards().map(move |card| (host, card)));
    let hosts =
        cards.filter(|(host, card)| seen.insert((host.profile, card.subnet))).filter_map(|(host, card)| {
            let mac = card.macs.first()?.value.octets();
            Some(Who::new(Some(host), mac, card.subnet.map_or(0, |at| at as usize)))
        });
    let mut all: Vec<Who<'s>> = strangers.collect();
    all.extend(hosts);
    all.truncate(MACHINES);
    all
}
