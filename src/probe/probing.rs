//! The probe of one machine: asks for each kind of client, then fetches the files.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use sha2::{Digest as _, Sha256};

use super::files::{Fetcher, Known};
use super::offers::{compare, compare_proxy};
use super::outcome::{Check, Probed, Section, State};
use super::question::{Relay, discover};
use crate::dhcp::{Answer, Policy, answer};
use crate::model::{Asks, ClientKind, Site};
use crate::report::Report;
use crate::trace::{ClientTrace, Step, TracedKind, Who, follow};
use crate::wire::{Asker, Discover, Heard, Interface};

/// The way to the DHCP servers.
pub struct Line {
    asker: Asker,
    relay: Option<Relay>,
}

impl Line {
    /// Opens it: as clients ask, or as a relay in a subnet of the site does.
    ///
    /// # Errors
    /// When the port cannot be opened, or there is no server to relay to.
    pub fn open(site: &Site<'_>, interface: &Interface, relay: Option<usize>) -> Result<Self> {
        let number = number()?;
        let Some(at) = relay else {
            let asker = Asker::client(interface, number);
            return Ok(Self { asker: asker.context(needs(68))?, relay: None });
        };
        let servers = site.dhcp.iter().flat_map(|dhcp| &dhcp.servers);
        let servers: Vec<Ipv4Addr> =
            servers.filter_map(|at| site.servers.get(*at)?.ips.first()).map(|ip| ip.value).collect();
        let first = servers.first().context("--relay: the site has no DHCP server to ask")?;
        let subnet = site.subnets.get(at).context("no such subnet")?.cidr.value;
        let inside = Ipv4Addr::from(u32::from(subnet.network()).saturating_add(1));
        let inside = interface.address_to(inside).filter(|own| subnet.contains(*own));
        let relay = match inside {
            Some(address) => Relay { address, network: None },
            None => {
                let no_address = || {
                    anyhow!("--relay: {} has no address, which the servers would answer to", interface.name)
                };
                let address = interface.address_to(*first).ok_or_else(no_address)?;
                Relay { address, network: Some(subnet.network()) }
            }
        };
        let asker = Asker::relay(interface, &servers, number).context(needs(67))?;
        Ok(Self { asker, relay: Some(relay) })
    }

    /// The relay's address, and whether it names the network by an option (RFC 3527).
    #[must_use]
    pub fn relay(&self) -> Option<(Ipv4Addr, bool)> {
        self.relay.map(|relay| (relay.address, relay.network.is_some()))
    }
}

pub(super) fn needs(port: u16) -> String {
    format!(
        "cannot use UDP port {port}: this needs root, and no other program with the port for itself (`ss -lunp sport = {port}`)"
    )
}

/// The number of the first request.
pub(super) fn number() -> Result<u32> {
    let mut bytes = [0; 4];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty()).context("no random number")?;
    Ok(u32::from_ne_bytes(bytes))
}

/// The MAC address of a stranger behind an interface: administered locally, and the same in each run, so that one address
/// of a range is offered to it and not one for each run.
#[must_use]
pub fn stranger(interface: &Interface) -> [u8; 6] {
    let address = interface.address_to(Ipv4Addr::BROADCAST);
    let hash = Sha256::digest(format!("ipxegen probe {} {} {address:?}", interface.name, interface.mac));
    let mut mac = [2; 6];
    for (byte, of_hash) in mac.iter_mut().skip(1).zip(hash) {
        *byte = of_hash;
    }
    mac
}

/// The subnet that an interface has an address in, by index.
#[must_use]
pub fn subnet_of(site: &Site<'_>, interface: &Interface) -> Option<usize> {
    let of = |ip: Ipv4Addr| site.subnets.iter().position(|subnet| subnet.cidr.value.contains(ip));
    interface.address_to(Ipv4Addr::BROADCAST).and_then(of).or_else(|| {
        // A further address of the card.
        site.subnets.iter().position(|subnet| {
            let cidr = subnet.cidr.value;
            let inside = Ipv4Addr::from(u32::from(cidr.network()).saturating_add(1));
            interface.address_to(inside).is_some_and(|own| cidr.contains(own))
        })
    })
}

/// A site that is asked for.
pub struct Probing<'p, 's, 'k> {
    /// The site.
    pub site: &'s Site<'s>,
    /// Its policy.
    pub policy: &'p Policy<'s>,
    /// The way to the DHCP servers.
    pub line: &'p mut Line,
    /// The longest wait for offers, and for a packet of a server.
    pub timeout: Duration,
    /// The expected files.
    pub known: &'p mut Known<'k>,
    /// Called before each request and file with what comes.
    pub says: &'p mut dyn FnMut(&str),
}

impl<'s> Probing<'_, 's, '_> {
    /// Probes a machine as some kinds of client; without any, as those that boot.
    ///
    /// # Errors
    /// When nothing can be sent, or the known files cannot be read.
    pub fn probe(&mut self, who: Who<'s>, kinds: &[TracedKind]) -> Result<Probed> {
        let possible = who.possible_kinds();
        let asked = if kinds.is_empty() { &possible } else { kinds };
        let mut trace = follow(self.site, who, asked, &Report::new(), None)?;
        if kinds.is_empty() {
            let boots = |client: &ClientTrace| {
                client.stage(Step::FirstStage).is_some() || client.stage(Step::Script).is_some()
            };
            if trace.clients.iter().any(boots) {
                trace.clients.retain(boots);
            } else {
                trace.clients.retain(|client| client.kind == TracedKind::Plain);
            }
        }
        let mut sections = Vec::new();
        self.ask(&trace.clients, &mut sections)?;
        let Some(subnet) = self.site.subnets.get(trace.who.subnet) else {
            return Err(anyhow!("no such subnet"));
        };
        let mut fetcher = Fetcher::new(self.site, subnet, self.known, self.timeout);
        let mut checks = Vec::new();
        for client in &trace.clients {
            (self.says)(&format!("{}: the files", client.kind.name()));
            checks.extend(fetcher.fetch(client)?);
        }
        if !checks.is_empty() {
            sections.push(Section { title: "files".to_owned(), checks });
        }
        let host = trace.who.host.map(|host| host.name.to_owned());
        Ok(Probed { host, mac: trace.who.mac, subnet: trace.who.subnet, sections })
    }

    /// The proxy of the site that a kind of client asks once more, on port 4011: UEFI does.
    fn proxy_of(&self, kind: TracedKind, heard: &[Heard]) -> Option<Ipv4Addr> {
        let TracedKind::Firmware(kind) = kind else { return None };
        let dhcp = self.site.dhcp.as_ref().filter(|dhcp| dhcp.proxy && self.line.relay.is_none())?;
        if kind.info().asks != Asks::Pxe || kind == ClientKind::Bios {
            return None;
        }
        let own = |ip: Ipv4Addr| {
            let servers = dhcp.servers.iter().filter_map(|at| self.site.servers.get(*at));
            servers.flat_map(|server| &server.ips).any(|own| own.value == ip)
        };
        let proxied = heard.iter().filter(|heard| heard.offer.address.is_unspecified());
        proxied.map(Heard::server).find(|server| own(*server))
    }

    /// Asks a proxy on port 4011.
    fn ask_proxy(
        &mut self,
        kind: TracedKind,
        proxy: Ipv4Addr,
        request: &Discover,
        answers: &[Answer<'_>],
    ) -> Section {
        let title = format!("{}, UDP port 4011 of the proxy", kind.name());
        (self.says)(&title);
        let checks = match self.line.asker.ask_proxy(proxy, request, self.timeout) {
            Ok(heard) => compare_proxy(self.site, answers, proxy, heard.as_ref()),
            Err(error) => {
                vec![Check::new(State::NotAsked, format!("this machine cannot reach {proxy}: {error}"))]
            }
        };
        Section { title, checks }
    }

    /// Asks DHCP for each kind. Kinds that ask in the same way ask once.
    fn ask(&mut self, clients: &[ClientTrace], sections: &mut Vec<Section>) -> Result<()> {
        let mut asked: Vec<(Discover, usize)> = Vec::new();
        let mut enough = None;
        for client in clients {
            for stage in &client.stages {
                let Some(asks) = &stage.asks else { continue };
                let title = match client.kind {
                    TracedKind::Plain | TracedKind::Ipxe => client.kind.name().to_owned(),
                    TracedKind::Firmware(_) => format!("{}, {}", client.kind.name(), stage.step.words().1),
                };
                let request = discover(asks, self.line.relay);
                if let Some((_, at)) = asked.iter().find(|(known, _)| *known == request) {
                    if let Some(section) = sections.get_mut(*at) {
                        section.title = format!("{}; {title}", section.title);
                    }
                    continue;
                }
                (self.says)(&title);
                let heard = self
                    .line
                    .asker
                    .ask(&request, self.timeout, enough, None)
                    .context("cannot send a DISCOVER")?;
                // All servers had their time once: later, one that is slower than these is not waited for.
                if enough.is_none() && !heard.is_empty() {
                    enough = Some(heard.len());
                }
                let answers = answer(self.policy, asks);
                let checks = compare(self.site, &answers, &heard, self.timeout.as_secs());
                let proxy = self.proxy_of(client.kind, &heard);
                asked.push((request.clone(), sections.len()));
                sections.push(Section { title, checks });
                if let Some(proxy) = proxy.filter(|_| stage.step == Step::FirmwareDhcp) {
                    sections.push(self.ask_proxy(client.kind, proxy, &request, &answers));
                }
            }
        }
        Ok(())
    }
}
