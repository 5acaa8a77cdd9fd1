//! The requests of a trial: in each subnet those of a stranger and of one host for each profile, as every kind of client.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use anyhow::Result;

use super::network::{Network, Way};
use crate::dhcp::{Address, Answer, Client, Policy, answer};
use crate::model::{Range, Site};
use crate::probe::{Relay, discover};
use crate::report::Report;
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
    let proxy = site.dhcp.as_ref().is_some_and(|dhcp| dhcp.proxy);
    let mut free = Free::default();
    let mut all = Vec::new();
    for who in machines(site) {
        let Some(way) = network.ways.get(who.subnet).copied() else { continue };
        let relay = match way {
            Way::Direct(_) => None,
            Way::Relay(address) => Some(Relay { address, network: None }),
        };
        let name = who.host.map_or("a stranger", |host| host.name).to_owned();
        let subnet = site.subnets.get(who.subnet).map_or("", |subnet| subnet.name.value.as_str());
        let plain = answer(policy, &Client::plain(who.subnet, who.mac));
        if !plain.iter().all(|answer| free.takes(&answer.address)) {
            continue;
        }
        let trace = follow(site, who, &kinds, &Report::new(), None)?;
        let mut known: Vec<Discover> = Vec::new();
        for client in &trace.clients {
            for asks in client.stages.iter().filter_map(|stage| stage.asks.as_ref()) {
                let discover = discover(asks, relay);
                if known.contains(&discover) {
                    continue;
                }
                known.push(discover.clone());
                let then = if asks.is_ipxe() && client.kind != TracedKind::Ipxe { ", then iPXE" } else { "" };
                let what = format!("{name} in {subnet} as {}{then}", client.kind.name());
                let answers = answer(policy, asks);
                let is_answered = match proxy {
                    true => answers.iter().any(|answer| answer.file.get().is_some()),
                    false => !answers.is_empty(),
                };
                all.push(Request { what, discover, way, answers, is_answered });
            }
        }
    }
    Ok(all)
}

/// The addresses of ranges that were offered: a server keeps one for each client, and nobody waits until it is free
/// again.
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
    let who = |host, mac, subnet| Who { host, mac, subnet, vendor_class: String::new(), notes: Vec::new() };
    let strangers = (0..site.subnets.len()).map(|at| {
        let [.., high, low] = u32::try_from(at).unwrap_or_default().to_be_bytes();
        who(None, [0x02, 0x1b, 0xe0, 0, high, low], at)
    });
    let mut seen: BTreeSet<(u32, Option<u32>)> = BTreeSet::new();
    let cards = site.hosts.iter().flat_map(|host| host.cards().map(move |card| (host, card)));
    let hosts =
        cards.filter(|(host, card)| seen.insert((host.profile, card.subnet))).filter_map(|(host, card)| {
            let mac = card.macs.first()?.value.octets();
            Some(who(Some(host), mac, card.subnet.map_or(0, |at| at as usize)))
        });
    let mut all: Vec<Who<'s>> = strangers.collect();
    all.extend(hosts);
    all.truncate(MACHINES);
    all
}
