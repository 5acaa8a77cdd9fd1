//! The trial of DHCPv6: the daemon is asked as every kind of client by IPv6, for an address and for options only.

use std::collections::BTreeSet;
use std::net::Ipv6Addr;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;

use super::askers6::Askers6;
use super::asking::{Asked, is_accepted};
use super::network::Network;
use super::{Difference, Options, Trial, Trialled, server_of, start_and_ask};
use crate::dhcp::{Address6, Answer6, Client, Client6, Policy6, answer6_as};
use crate::model::{DhcpDaemon, Host, Site, Subnet};
use crate::probe::{State, WANTED6, compare6};
use crate::source::Span;
use crate::wire::Solicit;

/// The longest wait for an answer.
const WAIT: Duration = Duration::from_secs(6);

/// The wait where no answer has to come.
const SILENCE: Duration = Duration::from_secs(1);

/// So many requests without an answer in a row are enough.
const UNANSWERED: usize = 3;

/// The most machines that are asked for: strangers first, then hosts.
const MACHINES: usize = 256;

/// A request, and what the site answers.
struct Request<'s> {
    what: String,
    solicit: Solicit,
    /// The interface of the clients; `None` for relays.
    nic: Option<usize>,
    subnet: &'s Subnet,
    answer: Answer6<'s>,
    /// Where the site describes its subnet and its host.
    places: Vec<Span>,
}

impl Request<'_> {
    /// Whether there has to be an answer.
    fn is_answered(&self) -> bool {
        self.solicit.stateless || self.answer.address != Address6::Nothing
    }
}

/// Whether a server answers by DHCPv6.
#[must_use]
pub fn has_dhcp6(site: &Site<'_>) -> bool {
    let is_proxy = site.dhcp.as_ref().is_none_or(|dhcp| dhcp.proxy);
    !is_proxy && site.subnets.iter().any(|subnet| subnet.v6.is_some())
}

/// Starts the DHCPv6 server with its files and asks it.
///
/// # Errors
/// If this is not root's run, or the namespaces cannot be made.
pub fn run6(site: &Site<'_>, server: usize, daemon: &Trialled, options: &Options<'_>) -> Result<Trial> {
    let machine = server_of(site, server, daemon)?;
    let policy = Policy6::new(site);
    let network = Network::new(site, machine)?.with_ipv6(site, machine);
    let requests = requests(&policy, &network, daemon.daemon);
    start_and_ask(daemon, &network, 547, options, || ask(site, &network, &requests, options))
}

/// The requests of a stranger in each subnet, and of a host of each profile.
fn requests<'s>(policy: &Policy6<'s>, network: &Network, daemon: DhcpDaemon) -> Vec<Request<'s>> {
    let site = policy.site;
    let mut machines: Vec<(Option<&'s Host<'s>>, [u8; 6], usize)> = Vec::new();
    for at in 0..policy.subnets.len() {
        let [.., high, low] = u32::try_from(at).unwrap_or_default().to_be_bytes();
        machines.push((None, [0x02, 0x1b, 0xe0, 6, high, low], at));
    }
    // Networks do not overlap (`ipv6-addresses`), so an address can only be in the last one that begins before it.
    let mut networks: Vec<_> =
        policy.subnets.iter().enumerate().map(|(at, scope)| (scope.v6.cidr.value, at)).collect();
    networks.sort_unstable_by_key(|(network, _)| network.network());
    let inside = |ip: Ipv6Addr| {
        let before = networks.partition_point(|(network, _)| network.network() <= ip);
        let (network, at) = networks.get(before.checked_sub(1)?)?;
        network.contains(ip).then_some(*at)
    };
    let mut seen: BTreeSet<(u32, Option<usize>)> = BTreeSet::new();
    for host in &site.hosts {
        if machines.len() >= MACHINES {
            break;
        }
        let Some(mac) = host.macs.first() else { continue };
        let own = host.ip6.as_ref().and_then(|ip| inside(ip.value));
        if seen.insert((host.profile, own)) {
            machines.push((Some(host), mac.value.octets(), own.unwrap_or(0)));
        }
    }
    machines.truncate(MACHINES);
    let mut all = Vec::new();
    for (host, mac, at) in machines {
        let Some(scope) = policy.subnets.get(at) else { continue };
        let index = site.subnets.iter().position(|subnet| std::ptr::eq(subnet, scope.subnet));
        let (nic, link) = network.way6(index.unwrap_or_default(), scope.v6);
        // dnsmasq knows a host by its card, and all machines ask by one card here; a relay names the card.
        if host.is_some() && daemon == DhcpDaemon::Dnsmasq && link.is_none() {
            continue;
        }
        let place = host.and_then(|host| host.macs.first()).map(|mac| mac.span);
        let name = host.map_or("a stranger", |host| host.name);
        for (kind, client) in Client::plain(0, mac).kinds6() {
            let asks =
                Client6 { subnet: at, mac, arch: client.arch.first().copied(), is_ipxe: client.is_ipxe() };
            let Some(answer) = answer6_as(policy, &asks, host) else { continue };
            let sent = client.options6();
            for stateless in [false, true] {
                let solicit =
                    Solicit { mac, options: sent.clone(), wanted: WANTED6.to_vec(), link, stateless };
                let way = if stateless { " without an address" } else { "" };
                all.push(Request {
                    what: format!("{name} in {} as {kind} by IPv6{way}", scope.subnet.name.value),
                    solicit,
                    nic,
                    subnet: scope.subnet,
                    answer: answer.clone(),
                    places: place.into_iter().chain([scope.subnet.cidr.span]).collect(),
                });
            }
        }
    }
    all
}

/// Asks all requests.
fn ask(site: &Site<'_>, network: &Network, requests: &[Request<'_>], options: &Options<'_>) -> Result<Asked> {
    let mut askers = Askers6::new(network);
    let mut asked = Asked::default();
    let mut unanswered = 0;
    for request in requests {
        if options.stop.load(Ordering::Relaxed) {
            return Ok(asked);
        }
        options.check_time(asked.count, requests.len())?;
        let wait = if request.is_answered() { WAIT } else { SILENCE };
        let heard = askers.at(request.nic)?.ask(&request.solicit, wait, options.stop)?;
        asked.count += 1;
        unanswered = if heard.is_none() && request.is_answered() { unanswered + 1 } else { 0 };
        let stateless = request.solicit.stateless;
        let seconds = WAIT.as_secs();
        let checks = compare6(site, request.subnet, &request.answer, stateless, heard.as_ref(), seconds);
        for check in checks.into_iter().filter(|check| check.state == State::Wrong) {
            let accepted = is_accepted(site, &check, &request.places);
            asked.add(Difference { check, requests: vec![request.what.clone()], accepted });
        }
        if unanswered >= UNANSWERED {
            asked.gave_up = true;
            return Ok(asked);
        }
    }
    Ok(asked)
}
