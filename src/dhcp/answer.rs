//! What one client gets, and which scopes had a say in it.

use std::net::Ipv4Addr;

use super::scope::{BootFile, Setting, encapsulated};
use super::{Client, HostFiles, Policy, ProfileScope, SubnetScope};
use crate::model::{Asks, Card, ClientKind, Clients, Host, Range};
use crate::source::Span;

/// A scope that says something, the innermost last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Nobody said it.
    Default,
    /// The site.
    Site,
    /// The subnet.
    Subnet,
    /// The host or one of its groups; the place says which.
    Group,
    /// The host itself: its address, name and disk.
    Host,
    /// A subnet with `netboot: none`.
    NetbootNone,
}

/// What one scope says of a value.
#[derive(Clone, Debug)]
pub struct Said<T> {
    /// The scope.
    pub layer: Layer,
    /// The value; none where the scope says that nothing is sent.
    pub value: Option<T>,
    /// Where it was written, if it was.
    pub span: Option<Span>,
}

/// A value, and all that was said of it.
#[derive(Clone, Debug)]
pub struct Value<T> {
    /// Every scope that said something, the one that counts first.
    pub said: Vec<Said<T>>,
}

impl<T> Default for Value<T> {
    fn default() -> Self {
        Self { said: Vec::new() }
    }
}

impl<T> Value<T> {
    /// What the client gets.
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        self.said.first().and_then(|said| said.value.as_ref())
    }

    fn say(&mut self, layer: Layer, value: Option<T>, span: Option<Span>) {
        self.said.insert(0, Said { layer, value, span });
    }
}

/// The address of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Its own.
    Fixed(Ipv4Addr),
    /// One of these ranges.
    Pool(Vec<Range>),
}

impl Address {
    /// Whether an address is one that the client may get.
    #[must_use]
    pub fn contains(&self, ip: Ipv4Addr) -> bool {
        match self {
            Self::Fixed(own) => *own == ip,
            Self::Pool(ranges) => ranges.iter().any(|range| range.contains(ip)),
        }
    }
}

/// What a client gets.
#[derive(Clone, Debug)]
pub struct Answer<'s> {
    /// The subnet of its address, by index.
    pub subnet: usize,
    /// The host that it is, if it gets that host's options.
    pub host: Option<&'s str>,
    /// Its address.
    pub address: Address,
    /// The boot server.
    pub next_server: Value<Ipv4Addr>,
    /// The boot file.
    pub file: Value<&'s str>,
    /// The lease time in seconds.
    pub lease_time: Value<u32>,
    /// The options by code, those of iPXE as option 175. The server sends those that the client asks for.
    pub options: Vec<(u8, Value<Vec<u8>>)>,
    /// iPXE's options by code: the parts of option 175.
    pub ipxe: Vec<(u8, Value<Vec<u8>>)>,
}

/// The firmware of a Raspberry Pi goes on only when option 43 has this PXE menu (raspberrypi/documentation,
/// boot-net.adoc): discovery control, a prompt, and the entry "Raspberry Pi Boot". The boot ROM of the 3B counts three
/// bytes too few of the text, hence the blanks.
pub const RASPBERRY_PI_MENU: &[u8] =
    b"\x06\x01\x03\x0a\x04\x00PXE\x09\x17\x00\x00\x14Raspberry Pi Boot   \xff";

/// What a client gets; one answer for each subnet of a shared network that has an address for it, in the order of
/// the site. None if nobody answers it.
#[must_use]
pub fn answer<'s>(policy: &Policy<'s>, client: &Client) -> Vec<Answer<'s>> {
    let Some(network) = policy.network_of(client.subnet) else { return Vec::new() };
    let hosts = policy.hosts_of(client.mac);
    let here = |card: &Card<'_>| card.subnet.filter(|at| network.subnets.contains(&(*at as usize)));
    // A host with an address elsewhere gives nothing here but that the client is known.
    let fixed = hosts.iter().find_map(|(host, card)| Some((*host, here(card)? as usize, card.ip?.value)));
    if let Some((host, at, ip)) = fixed {
        return one(policy, client, at, Address::Fixed(ip), Some(host), true).into_iter().collect();
    }
    let known = !hosts.is_empty();
    let host = hosts.iter().find(|(_, card)| card.ip.is_none()).map(|(host, _)| *host);
    let in_subnet = |at: &usize| {
        let scope = policy.subnets.get(*at)?;
        // dhcpd's `deny unknown-clients` asks for a host without an address, `known` and pools for any host.
        if host.is_none() && !scope.subnet.unknown_clients.value {
            return None;
        }
        let open = scope.pools.iter().filter(|pool| match pool.clients {
            Clients::All => true,
            Clients::Known => known,
            Clients::Unknown => !known,
        });
        let ranges: Vec<Range> = open.flat_map(|pool| &pool.ranges).copied().collect();
        let address = (!ranges.is_empty()).then_some(Address::Pool(ranges))?;
        one(policy, client, *at, address, host, known)
    };
    network.subnets.iter().filter_map(in_subnet).collect()
}

fn one<'s>(
    policy: &Policy<'s>,
    client: &Client,
    at: usize,
    address: Address,
    host: Option<&'s Host<'s>>,
    known: bool,
) -> Option<Answer<'s>> {
    let scope = policy.subnets.get(at)?;
    let profile = host.and_then(|host| policy.profile(host.profile));
    let mut answer = Answer {
        subnet: at,
        host: host.map(|host| host.name),
        address,
        next_server: Value::default(),
        file: Value::default(),
        lease_time: lease_time(policy, scope, client),
        options: Vec::new(),
        ipxe: Vec::new(),
    };
    let own = |options: &mut Vec<_>, code, bytes: &[u8], span| {
        say(options, Layer::Default, code, Some(bytes.to_vec()), span);
    };
    let subnet = scope.subnet;
    own(&mut answer.options, 1, &subnet.cidr.value.netmask().octets(), Some(subnet.cidr.span));
    own(&mut answer.options, 28, &subnet.broadcast.value.octets(), Some(subnet.broadcast.span));
    lay(&mut answer.options, |span| subnet_layer(scope, span), &scope.options);
    if let Some(profile) = &profile {
        lay(&mut answer.options, |_| Layer::Group, &profile.options);
    }
    if let Some(host) = host {
        lay(&mut answer.options, |_| Layer::Host, &policy.host_options(host));
    }
    if subnet.boots() {
        boot(policy, client, scope, host, profile.as_ref(), known, &mut answer);
    } else {
        answer.file.say(Layer::NetbootNone, None, Some(subnet.name.span));
    }
    Some(answer)
}

/// What belongs to booting, where the subnet allows it.
fn boot<'s>(
    policy: &Policy<'s>,
    client: &Client,
    scope: &SubnetScope<'s>,
    host: Option<&'s Host<'s>>,
    profile: Option<&ProfileScope<'s>>,
    known: bool,
    answer: &mut Answer<'s>,
) {
    if let Some(next) = scope.next_server {
        answer.next_server.say(subnet_layer(scope, Some(next.span)), Some(next.value), Some(next.span));
    }
    let of_subnet = scope.files.filter(|_| known || !scope.known_only).and_then(|files| files.of(client));
    if let Some(file) = of_subnet {
        answer.file.say(subnet_layer(scope, file.span), Some(file.file), file.span);
    }
    let mut chosen = of_subnet;
    let own = profile.map(|profile| (profile, profile.files));
    let place = |profile: &ProfileScope<'s>| profile.profile.groups.last().map(|group| group.span);
    match own {
        Some((_, HostFiles::Own(files))) => {
            chosen = files.of(client);
            answer.file.say(Layer::Group, chosen.map(|file| file.file), chosen.and_then(|file| file.span));
        }
        Some((profile, HostFiles::Nothing)) => {
            chosen = None;
            answer.file.say(Layer::Group, None, place(profile));
        }
        Some((profile, HostFiles::WithoutScript)) if client.is_ipxe() => {
            chosen = None;
            answer.file.say(Layer::Group, None, place(profile));
        }
        _ => {}
    }
    if let Some(file) = chosen {
        with_file(file, scope, answer);
    }
    if let Some(host) = host {
        lay(&mut answer.options, |_| Layer::Host, &policy.root_path(host));
    }
    let mut ipxe = Vec::new();
    lay(&mut ipxe, |span| subnet_layer(scope, span), &scope.ipxe);
    let mut all = scope.ipxe.clone();
    if let Some(profile) = profile {
        lay(&mut ipxe, |_| Layer::Group, &profile.ipxe);
        all.extend(profile.ipxe.iter().cloned());
    }
    if let Some(host) = host {
        let disk = policy.disk(host);
        lay(&mut ipxe, |_| Layer::Host, &disk);
        all.extend(disk);
    }
    let whole = encapsulated(&all);
    if !whole.is_empty() {
        let layer = ipxe.iter().filter_map(|(_, value)| value.said.first()).map(|said| said.layer).max();
        say(&mut answer.options, layer.unwrap_or(Layer::Subnet), 175, Some(whole), None);
    }
    answer.ipxe = ipxe;
}

/// The options that some firmware wants beside its file.
fn with_file(file: BootFile<'_>, scope: &SubnetScope<'_>, answer: &mut Answer<'_>) {
    let mut own = |code, bytes: &[u8]| {
        say(&mut answer.options, Layer::Default, code, Some(bytes.to_vec()), file.span);
    };
    match file.kind.map(|kind: ClientKind| kind.info().asks) {
        // UEFI takes a URL only from an answer that says HTTPClient too.
        Some(Asks::Http) => own(60, b"HTTPClient"),
        Some(Asks::Rpi) => {
            own(60, b"PXEClient");
            own(43, RASPBERRY_PI_MENU);
            // bootcode.bin does not look at siaddr (raspberrypi/firmware#801).
            if let Some(next) = scope.next_server {
                own(66, next.value.to_string().as_bytes());
            }
        }
        _ => {}
    }
}

fn lease_time(policy: &Policy<'_>, scope: &SubnetScope<'_>, client: &Client) -> Value<u32> {
    let mut value = Value::default();
    let times = policy.lease_times(scope.subnet);
    let dhcp = policy.site.dhcp.as_ref();
    let written = scope.subnet.default_lease_time.as_ref();
    let written = written.or_else(|| dhcp.and_then(|dhcp| dhcp.default_lease_time.as_ref()));
    let span = written.map(|time| time.span);
    let layer = span.map_or(Layer::Default, |span| subnet_layer(scope, Some(span)));
    value.say(layer, Some(times.of(client.lease_time)), span);
    value
}

/// The layer of what a subnet hands out: its own, or what it has from the site.
fn subnet_layer(scope: &SubnetScope<'_>, span: Option<Span>) -> Layer {
    match span {
        None => Layer::Default,
        Some(span) if span == Span::default() => Layer::Default,
        Some(span) if scope.subnet.span.contains(span) => Layer::Subnet,
        Some(_) => Layer::Site,
    }
}

/// Lays a scope's options over those that are there.
fn lay(
    into: &mut Vec<(u8, Value<Vec<u8>>)>,
    layer: impl Fn(Option<Span>) -> Layer,
    settings: &[Setting<'_>],
) {
    for setting in settings {
        say(into, layer(setting.span), setting.code, setting.data.bytes(), setting.span);
    }
}

fn say(
    into: &mut Vec<(u8, Value<Vec<u8>>)>,
    layer: Layer,
    code: u8,
    bytes: Option<Vec<u8>>,
    span: Option<Span>,
) {
    let at = into.iter().position(|(known, _)| *known == code).unwrap_or_else(|| {
        into.push((code, Value::default()));
        into.len() - 1
    });
    if let Some((_, value)) = into.get_mut(at) {
        value.say(layer, bytes, span);
    }
}

impl Answer<'_> {
    /// The option of a code, if the client gets it.
    #[must_use]
    pub fn option(&self, code: u8) -> Option<&[u8]> {
        self.options.iter().find(|(known, _)| *known == code)?.1.get().map(Vec::as_slice)
    }
}
