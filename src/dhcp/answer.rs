//! The answer to one client.

use std::net::Ipv4Addr;

use super::files::{BootFileChange, BootFileChanges};
use super::layered_values::{Layer, Value, apply, record, take_back, under};
use super::scope::{self, BesideFile, BootFile, Setting};
use super::{ClassScope, Client, HostFiles, Policy, Pool, ProfileScope, SubnetScope};
use crate::model::{
    CLIENT_KINDS, Card, ClassInSubnet, ClientKind, Clients, Host, Loader, Netboot, Range, Spanned,
};
use crate::source::Span;

/// The address of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Its own.
    Fixed(Ipv4Addr),
    /// One of these ranges; without any, an address that another server gives.
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

/// The answer to a client.
#[derive(Clone, Debug)]
pub struct Answer<'s> {
    /// The subnet of its address, by index.
    pub subnet: usize,
    /// The host that it is, if it gets that host's options.
    pub host: Option<&'s str>,
    /// The classes of the subnet that it is in, weakest first.
    pub classes: Vec<&'s str>,
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
    /// The options that the server sends even if the client does not ask for them, by code.
    pub always: Vec<u8>,
}

/// The firmware of a Raspberry Pi goes on only when option 43 has this PXE menu (raspberrypi/documentation,
/// boot-net.adoc): discovery control, a prompt, and the entry "Raspberry Pi Boot". The boot ROM of the 3B counts three
/// bytes too few of the text, hence the blanks.
pub const RASPBERRY_PI_MENU: &[u8] =
    b"\x06\x01\x03\x0a\x04\x00PXE\x09\x17\x00\x00\x14Raspberry Pi Boot   \xff";

/// The option that names the boot server: bootcode.bin does not look at siaddr (raspberrypi/firmware#801).
const SERVER_NAME: u8 = 66;

/// The answers to a client: one for each subnet of a shared network that has an address for it, in the order of the
/// site. No server answers it if there is none.
#[must_use]
pub fn answer<'s>(policy: &Policy<'s>, client: &Client) -> Vec<Answer<'s>> {
    let Some(network) = policy.network_of(client.subnet) else { return Vec::new() };
    let hosts = policy.hosts_of(client.mac);
    let here = |card: &Card<'_>| card.subnet.filter(|at| network.subnets.contains(&(*at as usize)));
    // A host with an address elsewhere gives nothing here but that the client is known.
    let fixed = hosts.iter().find_map(|(host, card)| Some((*host, here(card)? as usize, card.ip?.value)));
    if let Some((host, at, ip)) = fixed {
        let client = IdentifiedClient { request: client, host: Some(host), known: true };
        return answer_in_subnet(policy, &client, at, Address::Fixed(ip)).into_iter().collect();
    }
    let known = !hosts.is_empty();
    let host = hosts.iter().find(|(_, card)| card.ip.is_none()).map(|(host, _)| *host);
    let client = IdentifiedClient { request: client, host, known };
    let mut with_address = policy.classes_with_address(network);
    let only = with_address
        .find(|at| policy.classes.get(*at).is_some_and(|scope| client.request.is_in(&scope.class.matches)));
    let in_subnet = |at: &usize| {
        let scope = policy.subnets.get(*at)?;
        // dhcpd's `deny unknown-clients` asks for a host without an address, `known` and pools for any host.
        if host.is_none() && !scope.subnet.unknown_clients.value {
            return None;
        }
        let open = scope.pools.iter().filter(|pool| pool.only == only && is_open(policy, pool, &client));
        let ranges: Vec<Range> = open.flat_map(|pool| &pool.ranges).copied().collect();
        // Beside another server, the site need not know its ranges.
        let of_another = policy.site.dhcp.as_ref().is_none_or(|dhcp| dhcp.proxy) && scope.pools.is_empty();
        let address = (of_another || !ranges.is_empty()).then_some(Address::Pool(ranges))?;
        answer_in_subnet(policy, &client, *at, address)
    };
    network.subnets.iter().filter_map(in_subnet).collect()
}

/// A client, and what the site knows of it.
struct IdentifiedClient<'c, 's> {
    request: &'c Client,
    /// The host whose settings it gets.
    host: Option<&'s Host<'s>>,
    /// Whether it is a host of the site, wherever that has its address.
    known: bool,
}

/// Whether a client may get an address of a pool.
fn is_open(policy: &Policy<'_>, pool: &Pool, client: &IdentifiedClient<'_, '_>) -> bool {
    match pool.clients {
        Clients::All => true,
        Clients::Known => client.known,
        Clients::Unknown => !client.known,
        Clients::Classes(_) => policy.class_set(pool.clients).is_some_and(|set| {
            set.classes.iter().any(|class| policy.is_member(client.request, *class)) != set.not
        }),
    }
}

/// The answer to a client in a subnet, while it is built from the outermost layer to the innermost.
struct Layers<'p, 'c, 's> {
    policy: &'p Policy<'s>,
    client: &'p IdentifiedClient<'c, 's>,
    scope: &'p SubnetScope<'s>,
    answer: Answer<'s>,
    /// The options that the current boot file requires, by code. No scope has laid its own over them.
    beside: Vec<u8>,
    /// The host has one boot file for whatever program asks.
    has_own_file: bool,
}

fn answer_in_subnet<'s>(
    policy: &Policy<'s>,
    client: &IdentifiedClient<'_, 's>,
    at: usize,
    address: Address,
) -> Option<Answer<'s>> {
    let scope = policy.subnets.get(at)?;
    let answer = Answer {
        subnet: at,
        host: client.host.map(|host| host.name),
        classes: Vec::new(),
        address,
        next_server: Value::default(),
        file: Value::default(),
        lease_time: Value::default(),
        options: Vec::new(),
        ipxe: Vec::new(),
        always: Vec::new(),
    };
    let mut layers = Layers { policy, client, scope, answer, beside: Vec::new(), has_own_file: false };
    layers.of_site_and_subnet();
    layers.of_classes(at);
    layers.of_host();
    Some(layers.done())
}

impl<'s> Layers<'_, '_, 's> {
    fn of_site_and_subnet(&mut self) {
        let (policy, scope) = (self.policy, self.scope);
        let subnet = scope.subnet;
        let netmask = subnet.cidr.value.netmask().octets().to_vec();
        record(&mut self.answer.options, Layer::Default, 1, Some(netmask), Some(subnet.cidr.span));
        let broadcast = subnet.broadcast.value.octets().to_vec();
        record(&mut self.answer.options, Layer::Default, 28, Some(broadcast), Some(subnet.broadcast.span));
        let defaults = &policy.site.defaults;
        under(&mut self.answer.options, &scope::options(&defaults.handout), &scope.options, subnet.name.span);
        self.root_paths();
        self.apply_options(Layer::Subnet, &scope.options);
        self.lease_times(&[]);
        if !subnet.boots() {
            return;
        }
        under(
            &mut self.answer.ipxe,
            &scope::ipxe(&defaults.handout, policy.site),
            &scope.ipxe,
            subnet.name.span,
        );
        apply(&mut self.answer.ipxe, Layer::Subnet, &scope.ipxe);
        if let Some(next) = scope.next_server {
            let layer = layer_of(scope, Some(next.span));
            self.answer.next_server.override_with(layer, Some(next.value), Some(next.span));
        }
        self.site_file();
        match scope.files.and_then(|files| files.of(self.client.request)) {
            Some(file) => self.file(layer_of(scope, file.span), Some(file), file.span),
            // The subnet has `none` for the kind.
            None if self.answer.file.get().is_some() => {
                self.file(Layer::Subnet, None, Some(subnet.name.span));
            }
            None => {}
        }
    }

    /// The root-paths of the site and of the subnet.
    fn root_paths(&mut self) {
        let scope = self.scope;
        for root in scope.subnet.root_paths.iter().filter(|_| scope.subnet.boots()) {
            let setting = scope::root_path(&root.text);
            let layer = layer_of(scope, setting.span);
            record(&mut self.answer.options, layer, setting.code, setting.data.bytes(), setting.span);
        }
    }

    /// The site's loader, if the subnet overrides it.
    fn site_file(&mut self) {
        let client = self.client.request;
        if client.takes_script(self.policy.needs) {
            return;
        }
        let of = |loaders: &'s [(ClientKind, Spanned<Option<Loader>>)]| {
            let own = loaders.iter().find(|(kind, _)| client.is(*kind));
            let like = || {
                let kind = CLIENT_KINDS.iter().find(|info| client.is(info.kind))?.loads_like?;
                loaders.iter().find(|(known, _)| *known == kind)
            };
            own.or_else(like).map(|(_, loader)| loader)
        };
        let Some(loader) = of(&self.policy.site.defaults.loaders) else { return };
        let subnets = &self.scope.subnet.loaders;
        // A default has the subnet's place there.
        let is_same =
            loader.span == Span::default() || subnets.iter().any(|(_, own)| own.span == loader.span);
        if !is_same {
            self.answer.file.override_with(
                Layer::Site,
                loader.value.as_ref().map(scope::file_name),
                Some(loader.span),
            );
        }
    }

    /// The classes of the client, weakest first.
    fn of_classes(&mut self, at: usize) {
        let client = self.client.request;
        let policy = self.policy;
        let own = policy.classes_in(at).filter(|(_, scope, _)| client.is_in(&scope.class.matches));
        let own: Vec<(&ClassScope<'s>, &'s ClassInSubnet)> =
            own.map(|(_, scope, here)| (scope, here)).collect();
        let boots = self.scope.subnet.boots();
        if boots {
            for (class, here) in &own {
                self.changes(Layer::Class, &class.files(here));
            }
            self.netboot(&own);
        }
        for (class, here) in &own {
            self.answer.classes.push(class.class.name.value.as_str());
            self.apply_options(Layer::Class, &class.options);
            if boots {
                if let Some(next) = &here.next_server {
                    self.answer.next_server.override_with(Layer::Class, Some(next.value), Some(next.span));
                }
                apply(&mut self.answer.ipxe, Layer::Class, &class.ipxe);
                let root_path: Vec<_> = class.root_path(here).into_iter().collect();
                self.apply_options(Layer::Class, &root_path);
            }
        }
        self.lease_times(&own);
    }

    /// Whether the client may boot at all: what the strongest class says of it, or the subnet.
    fn netboot(&mut self, classes: &[(&ClassScope<'s>, &'s ClassInSubnet)]) {
        let subnet = self.scope.subnet;
        let of_class = classes.iter().rev().find_map(|(class, _)| class.class.netboot.as_ref());
        let (layer, netboot, span) = match of_class {
            Some(netboot) => (Layer::Class, netboot.value, netboot.span),
            None => (Layer::Subnet, subnet.netboot, subnet.name.span),
        };
        let boots = match netboot {
            Netboot::All => true,
            Netboot::Known => self.client.known,
            Netboot::None => false,
        };
        if !boots && self.answer.file.get().is_some() {
            self.file(layer, None, Some(span));
        }
    }

    /// The groups of the host, and the host itself: first the boot files of all of them, then their options. A
    /// host's profile is merged from its groups, so an option of a group overrides the one that a file of the host
    /// requires.
    fn of_host(&mut self) {
        let Some(host) = self.client.host else { return };
        let policy = self.policy;
        let merged = policy.profile(host.profile);
        // `netboot: none` of one layer overrides the disks and the iPXE options of all of them.
        let files = merged.as_ref().map(|profile| profile.files);
        let boots = self.scope.subnet.boots() && !matches!(files, Some(HostFiles::Nothing));
        self.has_own_file = matches!(files, Some(HostFiles::One(_)));
        match policy.layers(host) {
            Some(layers) => {
                let all: Vec<_> = layers
                    .iter()
                    .map(|one| {
                        let (layer, place) = match &one.group {
                            Some(group) => (Layer::Group, group.span),
                            None => (Layer::Host, host.span),
                        };
                        (one, layer, place, policy.profile_scope(&one.profile))
                    })
                    .collect();
                for (_, layer, place, profile) in &all {
                    self.profile_files(*layer, *place, profile);
                }
                for (one, layer, _, profile) in &all {
                    self.server_of_host(*layer, profile, boots);
                    self.profile_options(*layer, profile, boots);
                    // The host's own layer has the root-path below, with its disk.
                    if let Some(path) = one.root_path.as_ref().filter(|_| boots)
                        && host.root_path.as_ref().is_none_or(|own| own.span != path.span)
                    {
                        self.apply_options(*layer, &[scope::root_path(path)]);
                    }
                }
            }
            None => {
                if let Some(profile) = merged {
                    let (layer, place) = match profile.profile.groups.last() {
                        Some(group) => (Layer::Group, group.span),
                        None => (Layer::Host, host.span),
                    };
                    self.profile_files(layer, place, &profile);
                    self.server_of_host(layer, &profile, boots);
                    self.profile_options(layer, &profile, boots);
                }
            }
        }
        self.apply_options(Layer::Host, &policy.host_options(host));
        if boots {
            self.apply_options(Layer::Host, &policy.root_path(host));
            apply(&mut self.answer.ipxe, Layer::Host, &policy.disk(host));
        }
    }

    /// The boot files of a profile.
    fn profile_files(&mut self, layer: Layer, place: Span, profile: &ProfileScope<'s>) {
        // The one file of a host counts under `netboot: none` of its subnet, too.
        let boots = self.scope.subnet.boots();
        if !boots && profile.changes.one.is_none() {
            return;
        }
        let at = |span: Option<Span>| span.map(|_| place);
        let changes = BootFileChanges {
            nothing: at(profile.changes.nothing),
            no_script: at(profile.changes.no_script),
            ..profile.changes
        };
        self.changes(layer, &changes);
    }

    /// The boot server of a profile.
    fn server_of_host(&mut self, layer: Layer, profile: &ProfileScope<'s>, boots: bool) {
        let next = profile.profile.next_server.as_ref();
        if let Some(next) = next.filter(|_| boots || self.has_own_file) {
            self.answer.next_server.override_with(layer, Some(next.value), Some(next.span));
        }
    }

    /// The options of a profile; those of iPXE only if the host boots.
    fn profile_options(&mut self, layer: Layer, profile: &ProfileScope<'s>, boots: bool) {
        self.apply_options(layer, &profile.options);
        if boots {
            apply(&mut self.answer.ipxe, layer, &profile.ipxe);
        }
    }

    /// Lays a scope's options over those that are there.
    fn apply_options(&mut self, layer: Layer, settings: &[Setting<'_>]) {
        for setting in settings {
            self.beside.retain(|code| *code != setting.code);
            self.answer.always.retain(|code| *code != setting.code);
            if setting.always {
                self.answer.always.push(setting.code);
            }
        }
        apply(&mut self.answer.options, layer, settings);
    }

    fn changes(&mut self, layer: Layer, changes: &BootFileChanges<'s>) {
        match changes.of(self.client.request) {
            BootFileChange::Same => {}
            BootFileChange::Nothing(span) => self.file(layer, None, Some(span)),
            BootFileChange::File(file) => self.file(layer, Some(file), file.span),
        }
    }

    /// A boot file with the options that it requires, or none. They go with the file before: without it, the client gets
    /// what the scopes say of them.
    fn file(&mut self, layer: Layer, file: Option<BootFile<'s>>, span: Option<Span>) {
        self.answer.file.override_with(layer, file.map(|file| file.file), span);
        for code in std::mem::take(&mut self.beside) {
            if code != SERVER_NAME {
                take_back(&mut self.answer.options, code);
            }
        }
        let mut require = |code: u8, bytes: &[u8]| {
            self.beside.push(code);
            record(&mut self.answer.options, layer, code, Some(bytes.to_vec()), span);
        };
        match file.map_or(BesideFile::Nothing, |file| file.beside) {
            BesideFile::Nothing => {}
            BesideFile::Http => require(60, b"HTTPClient"),
            BesideFile::RaspberryPi => {
                require(60, b"PXEClient");
                require(43, RASPBERRY_PI_MENU);
                // Its value is known when all classes are.
                self.beside.push(SERVER_NAME);
            }
        }
    }

    /// The boot server as a name, for a Raspberry Pi whose file asks for it: a class may have changed the server since.
    fn server_name(&mut self) {
        if !self.beside.contains(&SERVER_NAME) {
            return;
        }
        let next = self.answer.next_server.said.first();
        let Some((layer, Some(ip), span)) = next.map(|said| (said.layer, said.value, said.span)) else {
            return;
        };
        let bytes = ip.to_string().into_bytes();
        record(&mut self.answer.options, layer, SERVER_NAME, Some(bytes), span);
    }

    /// The lease time after each layer, for the time that the client asks for.
    fn lease_times(&mut self, classes: &[(&ClassScope<'s>, &'s ClassInSubnet)]) {
        let client = self.client.request;
        let mut value = Value::default();
        for (layer, times, span) in
            self.policy.lease_layers(self.scope.subnet, classes.iter().map(|(scope, _)| scope.class))
        {
            value.override_with(layer, Some(times.of(client.lease_time)), span);
        }
        self.answer.lease_time = value;
    }

    fn done(mut self) -> Answer<'s> {
        self.server_name();
        let Self { mut answer, scope, has_own_file, .. } = self;
        if !scope.subnet.boots() {
            if !has_own_file {
                answer.file.override_with(Layer::NetbootNone, None, Some(scope.subnet.name.span));
            }
            return answer;
        }
        let mut whole = Vec::new();
        for (code, value) in &answer.ipxe {
            if let Some(bytes) = value.get() {
                whole.extend([*code, u8::try_from(bytes.len()).unwrap_or(u8::MAX)]);
                whole.extend(bytes);
            }
        }
        if !whole.is_empty() {
            let said = answer.ipxe.iter().filter_map(|(_, value)| value.said.first());
            let layer = said.map(|said| said.layer).max().unwrap_or(Layer::Subnet);
            record(&mut answer.options, layer, 175, Some(whole), None);
        }
        answer
    }
}

/// The layer of a subnet's value: the subnet, or the site that it inherits from.
fn layer_of(scope: &SubnetScope<'_>, span: Option<Span>) -> Layer {
    match span {
        None => Layer::Default,
        Some(span) if span == Span::default() => Layer::Default,
        Some(span) if scope.subnet.span.contains(span) => Layer::Subnet,
        Some(_) => Layer::Site,
    }
}

impl Answer<'_> {
    /// The option of a code, if the client gets it.
    #[must_use]
    pub fn option(&self, code: u8) -> Option<&[u8]> {
        self.options.iter().find(|(known, _)| *known == code)?.1.get().map(Vec::as_slice)
    }
}
