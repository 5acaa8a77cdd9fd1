//! The requests of a trial: in each subnet those of a stranger and of one host for each profile, as every kind of client.

use std::collections::BTreeSet;

use anyhow::Result;

use super::network::{Network, Way};
use crate::dhcp::{Answer, Policy, answer};
use crate::model::Site;
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
}

/// All requests to a server.
pub(super) fn requests<'s>(
    site: &'s Site<'s>,
    policy: &Policy<'s>,
    network: &Network,
) -> Result<Vec<Request<'s>>> {
    let kinds: Vec<TracedKind> = TracedKind::all().collect();
    let mut all = Vec::new();
    for who in machines(site) {
        let Some(way) = network.ways.get(who.subnet).copied() else { continue };
        let relay = match way {
            Way::Direct(_) => None,
            Way::Relay(address) => Some(Relay { address, network: None }),
        };
        let name = who.host.map_or("a stranger", |host| host.name).to_owned();
        let subnet = site.subnets.get(who.subnet).map_or("", |subnet| subnet.name.value.as_str());
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
                all.push(Request { what, discover, way, answers: answer(policy, asks) });
            }
        }
    }
    Ok(all)
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
