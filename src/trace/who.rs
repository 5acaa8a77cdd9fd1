//! The machine that a trace follows: a host of the site, or a stranger.

use std::net::Ipv4Addr;

use super::TracedKind;
use crate::dhcp::{Client, Identifiers};
use crate::model::{Card, Class, Host, Mac, Site, Subnet, ipv4};

/// The MAC address of a stranger of whom only the IP address is known: one that is administered locally, which no
/// card has from its maker.
const STRANGER: [u8; 6] = [0x02, 0, 0, 0, 0, 0x01];

/// A machine in a subnet.
#[derive(Clone, Debug)]
pub struct Who<'s> {
    /// The host of the site that it is.
    pub host: Option<&'s Host<'s>>,
    /// The MAC address of the card that boots.
    pub mac: [u8; 6],
    /// The subnet that it is in, by index.
    pub subnet: usize,
    /// The values by which classes may know it; those that are unknown are empty.
    pub identifiers: Identifiers,
    /// The kinds of client that its class allows; empty if it allows any.
    pub kinds: Vec<TracedKind>,
    /// Facts about the choice of card and subnet.
    pub notes: Vec<String>,
}

impl<'s> Who<'s> {
    /// A machine of which nothing else is known.
    #[must_use]
    pub fn new(host: Option<&'s Host<'s>>, mac: [u8; 6], subnet: usize) -> Self {
        Self { host, mac, subnet, identifiers: Identifiers::default(), kinds: Vec::new(), notes: Vec::new() }
    }

    /// The kinds of client that it can be.
    #[must_use]
    pub fn possible_kinds(&self) -> Vec<TracedKind> {
        let plain = self.identifiers.plain(self.subnet, self.mac);
        let allowed = |kind: &TracedKind| self.kinds.is_empty() || self.kinds.contains(kind);
        TracedKind::all().filter(|kind| allowed(kind) && kind.may_be(&plain)).collect()
    }

    /// Why it can be of some kinds only.
    #[must_use]
    pub fn kinds_note(&self) -> Option<String> {
        let plain = self.identifiers.plain(self.subnet, self.mac);
        let by = if plain.has_raspberry_pi_mac() { "MAC address" } else { "option 97" };
        plain.is_raspberry_pi_board().then(|| format!("it is a Raspberry Pi, by its {by}"))
    }
}

/// Why a text does not name a machine.
#[derive(Clone, Debug)]
pub struct NotFound {
    /// The reason.
    pub message: String,
    /// The argument to change.
    pub help: String,
}

/// The machine that a text names: by a host's name, a MAC address or an IP address. `from` is the name of the subnet
/// that it is in; without it, the subnet of the machine's fixed address.
///
/// # Errors
/// When there is no such machine or subnet, or its subnet is not known.
pub fn who<'s>(site: &'s Site<'s>, text: &str, from: Option<&str>) -> Result<Who<'s>, NotFound> {
    let from = from.map(|name| subnet_named(site, name)).transpose()?;
    let name = text.to_ascii_lowercase();
    if let Some(host) = site.hosts.iter().find(|host| host.name == name) {
        return of_host(site, host, from);
    }
    if let Ok(ip) = ipv4(text) {
        return of_ip(site, ip, from);
    }
    match Mac::parse(text) {
        Ok(mac) => of_mac(site, mac, from),
        Err(_) => Err(unknown(site, text, &name)),
    }
}

fn subnet_named(site: &Site<'_>, name: &str) -> Result<usize, NotFound> {
    site.subnets.iter().position(|subnet| subnet.name.value == name).ok_or_else(|| NotFound {
        message: format!("--from: the site has no subnet `{name}`"),
        help: format!("the subnets are {}", subnets(site)),
    })
}

/// The names of the subnets, the first ones if there are many.
fn subnets(site: &Site<'_>) -> String {
    const SHOWN: usize = 12;
    let names = site.subnets.iter().take(SHOWN).map(|subnet| format!("`{}`", subnet.name.value));
    let mut names: Vec<String> = names.collect();
    if site.subnets.len() > SHOWN {
        names.push("…".to_owned());
    }
    names.join(", ")
}

fn unknown(site: &Site<'_>, text: &str, name: &str) -> NotFound {
    let near = site.hosts.iter().map(|host| (crate::report::distance(name, host.name), host.name)).min();
    let near = near.filter(|(distance, near)| *distance <= near.len() / 3);
    NotFound {
        message: format!("`{text}` is no host of the site, and no MAC or IP address"),
        help: match near {
            Some((_, near)) => format!("did you mean `{near}`?"),
            None => "`ipxegen hosts` lists the hosts; name a stranger by a MAC address and --from".to_owned(),
        },
    }
}

fn of_host<'s>(site: &'s Site<'s>, host: &'s Host<'s>, from: Option<usize>) -> Result<Who<'s>, NotFound> {
    let cards: Vec<Card<'s>> = host.cards().collect();
    let here = |card: &&Card<'s>| from.is_some() && card.subnet.map(|at| at as usize) == from;
    let chosen = cards.iter().find(here).or(cards.first());
    let mac = chosen.and_then(|card| card.macs.first()).map_or(STRANGER, |mac| mac.value.octets());
    let macs = cards.iter().map(|card| card.macs.len()).sum::<usize>();
    let mut notes = Vec::new();
    if macs > 1 {
        notes.push(format!("it has {macs} MAC addresses: name another one in place of the host"));
    }
    let subnet = subnet_of(site, chosen.copied(), from, host.name)?;
    Ok(Who { notes, ..Who::new(Some(host), mac, subnet) })
}

fn of_mac<'s>(site: &'s Site<'s>, mac: Mac, from: Option<usize>) -> Result<Who<'s>, NotFound> {
    let cards = site.hosts.iter().flat_map(|host| host.cards().map(move |card| (host, card)));
    let known: Vec<_> = cards.filter(|(_, card)| card.macs.iter().any(|known| known.value == mac)).collect();
    let here =
        |(_, card): &&(&Host<'s>, Card<'s>)| from.is_some() && card.subnet.map(|at| at as usize) == from;
    let chosen = known.iter().find(here).or(known.first());
    let mut notes = Vec::new();
    if known.len() > 1 && from.is_none() {
        notes.push(format!("{} cards of the site have this MAC address: --from chooses", known.len()));
    }
    let subnet = subnet_of(site, chosen.map(|(_, card)| *card), from, &mac.to_string())?;
    let host = chosen.map(|(host, _)| *host);
    Ok(Who { notes, ..Who::new(host, mac.octets(), subnet) })
}

fn of_ip<'s>(site: &'s Site<'s>, ip: Ipv4Addr, from: Option<usize>) -> Result<Who<'s>, NotFound> {
    if let Some(server) = site.servers.iter().find(|server| server.ips.iter().any(|own| own.value == ip)) {
        return Err(NotFound {
            message: format!("{ip} is the server `{}`, which boots from its own disk", server.name),
            help: "name a client".to_owned(),
        });
    }
    let mut cards = site.hosts.iter().flat_map(|host| host.cards().map(move |card| (host, card)));
    if let Some((host, card)) = cards.find(|(_, card)| card.ip.is_some_and(|own| own.value == ip)) {
        let mac = card.macs.first().map_or(STRANGER, |mac| mac.value.octets());
        let subnet = subnet_of(site, Some(card), from, host.name)?;
        return Ok(Who::new(Some(host), mac, subnet));
    }
    let has_ip = |class: &&Class| class.ip.as_ref().is_some_and(|own| own.value == ip);
    if let Some(class) = site.classes.iter().find(has_ip) {
        return of_class(site, class, from);
    }
    let around = site.subnets.iter().position(|subnet| subnet.cidr.value.contains(ip));
    let Some(subnet) = from.or(around) else {
        return Err(NotFound {
            message: format!("{ip} is in no subnet of the site"),
            help: format!("the subnets are {}", subnets(site)),
        });
    };
    if let Some(what) = around.and_then(|at| site.subnets.get(at)).and_then(|subnet| no_machine(subnet, ip)) {
        return Err(NotFound {
            message: format!("{ip} is {what}"),
            help: "name a host, a MAC address or the address of a machine".to_owned(),
        });
    }
    let mut notes = vec![format!("no host of the site has {ip}: it is traced as a stranger")];
    let mut routers =
        site.subnets.get(subnet).into_iter().flat_map(|subnet| subnet.handout.routers.iter().flatten());
    if routers.any(|router| router.value == ip) {
        notes.push(format!("{ip} is a router here"));
    }
    Ok(Who { notes, ..Who::new(None, STRANGER, subnet) })
}

/// A client of a class with one address.
fn of_class<'s>(site: &'s Site<'s>, class: &'s Class, from: Option<usize>) -> Result<Who<'s>, NotFound> {
    let name = &class.name.value;
    let only = || (site.subnets.len() == 1).then_some(0);
    let Some(subnet) = from.or(class.ip_subnet).or_else(only) else {
        return Err(NotFound {
            message: format!("the subnet of the class `{name}` is not known"),
            help: format!("--from names the subnet that its client is in: one of {}", subnets(site)),
        });
    };
    let Some(client) = Client::plain(subnet, STRANGER).member(&[&class.matches]) else {
        return Err(NotFound {
            message: format!("no client was found that is in the class `{name}`"),
            help: "name a MAC address, and the options that the client sends".to_owned(),
        });
    };
    let mac = client.mac;
    let mut identifiers = Identifiers::of(client);
    if class.matches.vendor_class.is_empty() {
        identifiers.vendor_class.clear();
    }
    if class.matches.user_class.is_empty() {
        identifiers.user_class.clear();
    }
    let plain = identifiers.plain(subnet, mac);
    let mut kinds: Vec<TracedKind> =
        TracedKind::all().filter(|kind| kind.client(&plain).is_in(&class.matches)).collect();
    if kinds.len() == TracedKind::all().count() {
        kinds.clear();
    }
    let notes = vec![format!("the class `{name}` has this address: it is traced as a client of that class")];
    Ok(Who { identifiers, kinds, notes, ..Who::new(None, mac, subnet) })
}

/// Why no machine has an address of a subnet.
fn no_machine(subnet: &Subnet, ip: Ipv4Addr) -> Option<String> {
    let (cidr, name) = (subnet.cidr.value, &subnet.name.value);
    // Networks of one or two addresses have no others (RFC 3021).
    let is_small = cidr.prefix() > 30;
    if ip == cidr.network() && !is_small {
        return Some(format!("the network address of `{name}`, which no machine has"));
    }
    let is_broadcast = ip == subnet.broadcast.value || ip == cidr.broadcast();
    (is_broadcast && !is_small).then(|| format!("the broadcast address of `{name}`, which no machine has"))
}

/// The subnet of a machine: the one that is named, that of its fixed address, or the only one.
fn subnet_of(
    site: &Site<'_>,
    card: Option<Card<'_>>,
    from: Option<usize>,
    name: &str,
) -> Result<usize, NotFound> {
    let own = card.and_then(|card| card.subnet).map(|at| at as usize);
    let only = || (site.subnets.len() == 1).then_some(0);
    from.or(own).or_else(only).ok_or_else(|| NotFound {
        message: format!("{name} has no fixed address, so its subnet is not known"),
        help: format!("--from names the subnet that it is in: one of {}", subnets(site)),
    })
}
