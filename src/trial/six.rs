//! The trial of DHCPv6: the daemon is asked as every kind of client by IPv6, for an address and for options only.

use std::collections::BTreeSet;
use std::fs::File;
use std::net::Ipv6Addr;
use std::os::fd::AsFd as _;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::asking::{Asked, is_accepted};
use super::network::Network;
use super::space::{Came, Space};
use super::{Difference, Options, Trial, Trialled, log};
use crate::dhcp::{Address6, Answer6, Client, Client6, Policy6, answer6_as};
use crate::model::{DhcpDaemon, Host, Site, Subnet};
use crate::probe::{State, WANTED6, compare6};
use crate::source::Span;
use crate::wire::{Asker6, Interface, Solicit};

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
    if !rustix::process::geteuid().is_root() {
        bail!("--probe needs root: it starts {} in a network namespace", daemon.program);
    }
    let machine = site.servers.get(server).context("no such server")?;
    let policy = Policy6::new(site);
    let network = Network::new(site, machine)?.with_ipv6(site, machine);
    let requests = requests(&policy, &network, daemon.daemon);
    let failed = || format!("cannot make a network for {}", daemon.program);
    let mut space = Space::new(daemon, &network, options).with_context(failed)?;
    match space.start(daemon, &network, options).with_context(failed)? {
        Came::Answers => {}
        Came::Ended => return Ok(Trial::Down(log::words(&space.log(), daemon))),
        Came::Late => {
            let seconds = options.limit.as_secs();
            let words = log::words(&space.log(), daemon);
            return Ok(Trial::Down(format!(
                "it does not listen on UDP port 547 within {seconds} s\n{words}"
            )));
        }
        Came::Stopped => return Ok(Trial::Stopped),
    }
    let asked = ask(site, &network, &requests, &space.network()?, options)?;
    if options.stop.load(Ordering::Relaxed) {
        return Ok(Trial::Stopped);
    }
    if space.has_ended() {
        let words = log::words(&space.log(), daemon);
        return Ok(Trial::Down(format!("it ended while it was asked\n{words}")));
    }
    Ok(Trial::Asked { requests: asked.count, differences: asked.differences, gave_up: asked.gave_up })
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

/// Asks all requests in a network namespace. Only the thread that asks is in it.
fn ask(
    site: &Site<'_>,
    network: &Network,
    requests: &[Request<'_>],
    namespace: &File,
    options: &Options<'_>,
) -> Result<Asked> {
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))
                .context("cannot enter the network namespace")?;
            ask_here(site, network, requests, options)
        });
        thread.join().map_err(|_| anyhow!("the thread that asks has ended"))?
    })
}

fn ask_here(
    site: &Site<'_>,
    network: &Network,
    requests: &[Request<'_>],
    options: &Options<'_>,
) -> Result<Asked> {
    let mut askers: Vec<(Option<usize>, Asker6)> = Vec::new();
    let mut asked = Asked::default();
    let mut unanswered = 0;
    for request in requests {
        if options.stop.load(Ordering::Relaxed) {
            return Ok(asked);
        }
        options.check_time(asked.count, requests.len())?;
        if !askers.iter().any(|(nic, _)| *nic == request.nic) {
            let interface = Interface { name: network.client_of(request.nic), mac: String::new() };
            let asker = Asker6::new(&interface, request.nic.is_none(), 0)
                .with_context(|| format!("cannot ask by {}", interface.name))?;
            askers.push((request.nic, asker));
        }
        let asker = askers.iter_mut().find(|(nic, _)| *nic == request.nic);
        let (_, asker) = asker.context("no way to the server")?;
        let wait = if request.is_answered() { WAIT } else { SILENCE };
        let heard = asker.ask(&request.solicit, wait, options.stop)?;
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
