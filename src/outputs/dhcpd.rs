//! `dhcpd.conf`.
//!
//! Everything that a client of a subnet is told stands in that subnet, all inheritance settled;
//! hosts stand outside of it, because a host's enclosing subnet would reach its clients wherever
//! they are (a host declared in subnet A gave a client in subnet B the routers of A on the wire).

pub(super) mod origins;

use rustc_hash::FxHashMap;
use serde::Serialize;
use tera::Context;

use super::handout::{self, Statement};
use super::stencil::{self, Hosts, Stencils};
use super::{Need, Output, PIECE, PlannedFile, Sink, view};
use crate::dialects::{Dialect, Raw as Verbatim, Rendered};
use crate::model::{
    Addresses, Asks, Cidr, ClientKind, Clients, Dhcp, DhcpOption, Dotted, Host, IscsiPath, Loader, Loaders,
    Netboot, Profile, RootPath, Server, Site, Subnet,
};
use crate::parallel::in_pieces;

pub(super) struct Dhcpd;

/// The name of the failover pair in dhcpd.conf.
const PAIR: &str = "netboot";

impl Output for Dhcpd {
    fn name(&self) -> &'static str {
        "dhcpd"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Dhcpd
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("dhcpd/dhcpd.conf", include_str!("../../templates/dhcpd/dhcpd.conf.tera")),
            ("dhcpd/options", include_str!("../../templates/dhcpd/options.tera")),
            ("dhcpd/subnet", include_str!("../../templates/dhcpd/subnet.tera")),
            ("dhcpd/switch", include_str!("../../templates/dhcpd/switch.tera")),
            ("dhcpd/profile", include_str!("../../templates/dhcpd/profile.tera")),
            ("dhcpd/group", include_str!("../../templates/dhcpd/group.tera")),
            ("dhcpd/group_end", include_str!("../../templates/dhcpd/group_end.tera")),
            ("dhcpd/host", include_str!("../../templates/dhcpd/host.tera")),
        ]
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(dhcp) = site.dhcp.as_ref().filter(|dhcp| dhcp.servers.contains(&server)) else {
            return Vec::new();
        };
        let file = PlannedFile::new("/etc/dhcp/dhcpd.conf", "dhcpd/dhcpd.conf", head(site, dhcp, server))
            .reload("isc-dhcp-server.service")
            .check(&["dhcpd", "-t", "-cf", "/etc/dhcp/dhcpd.conf"])
            .origins(origins::dhcpd(site, dhcp))
            .pieces(Box::new(move |sink| hosts(site, sink)));
        vec![if has_secret(site) { file.secret(SECRETS) } else { file }]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<Need> {
        if site.dhcp.as_ref().is_some_and(|dhcp| dhcp.servers.contains(&server)) {
            return vec![Need::new("package", "isc-dhcp-server", "dhcpd")];
        }
        Vec::new()
    }
}

/// What stands before a password in dhcpd.conf.
const SECRETS: &[&str] = &["option ipxe.password", "option ipxe.reverse-password"];

/// Whether a password is handed out somewhere.
fn has_secret(site: &Site<'_>) -> bool {
    let handouts = site.subnets.iter().map(|subnet| &subnet.handout);
    let mut handouts = handouts.chain(site.profiles.iter().map(|profile| &profile.handout));
    handouts.any(handout::has_secret) || site.disks_with_more().any(|(.., more)| more.chap.is_some())
}

/// All but the hosts.
fn head(site: &Site<'_>, dhcp: &Dhcp, server: usize) -> Context {
    let mut view = view(site);
    view.insert("authoritative", &dhcp.authoritative);
    for (name, time) in [
        ("default_lease_time", &dhcp.default_lease_time),
        ("max_lease_time", &dhcp.max_lease_time),
        ("min_lease_time", &dhcp.min_lease_time),
    ] {
        if let Some(time) = time {
            view.insert(name, &time.value);
        }
    }
    if let Some(ping) = &dhcp.ping_check {
        view.insert("ping_check", &ping);
    }
    view.insert("definitions", &definitions(site));
    if let Some(failover) = failover(site, dhcp, server) {
        view.insert("failover", &failover);
    }
    view.insert("networks", &networks(site, dhcp, server));
    let mut raw = handout::raw(&dhcp.raw, "dhcpd");
    raw.extend(handout::raw(&site.raw, "dhcpd"));
    view.insert("raw", &raw);
    view
}

/// An option of the user's own that must be defined before it is used.
#[derive(Serialize)]
struct Definition {
    name: String,
    code: u8,
    is: &'static str,
}

fn definitions(site: &Site<'_>) -> Vec<Definition> {
    let subnets = site.subnets.iter().map(|subnet| &subnet.handout);
    let profiles = site.profiles.iter().map(|profile| &profile.handout);
    let mut found: Vec<&DhcpOption> = Vec::new();
    for option in subnets.chain(profiles).flat_map(|handout| &handout.options) {
        if option.own.is_some() && !found.iter().any(|known| known.name == option.name) {
            found.push(option);
        }
    }
    let code = |option: &DhcpOption| option.own.as_ref().map(|own| own.value.0);
    found.sort_by(|one, other| code(one).cmp(&code(other)).then(one.name.cmp(&other.name)));
    let definition = |option: &DhcpOption| {
        let (code, is) = option.own.as_ref()?.value;
        Some(Definition { name: option.name.clone(), code, is: is.definition() })
    };
    found.into_iter().filter_map(definition).collect()
}

/// The failover pair, as one of the two sees it.
#[derive(Serialize)]
struct Failover {
    name: &'static str,
    primary: bool,
    address: String,
    port: u16,
    peer_address: String,
    peer_port: u16,
    max_response_delay: u32,
    max_unacked_updates: u32,
    mclt: u32,
    split: u8,
    load_balance_max: u32,
}

fn failover(site: &Site<'_>, dhcp: &Dhcp, server: usize) -> Option<Failover> {
    let settings = dhcp.failover.as_ref()?;
    let primary = dhcp.servers.first() == Some(&server);
    let peer = *dhcp.servers.iter().find(|other| **other != server)?;
    let address = |at: usize| site.servers.get(at)?.ips.first().map(|ip| ip.value.to_string());
    let (port, peer_port) =
        if primary { (settings.port, settings.peer_port) } else { (settings.peer_port, settings.port) };
    Some(Failover {
        name: PAIR,
        primary,
        address: address(server)?,
        port,
        peer_address: address(peer)?,
        peer_port,
        max_response_delay: settings.max_response_delay,
        max_unacked_updates: settings.max_unacked_updates,
        mclt: settings.mclt.value,
        split: settings.split,
        load_balance_max: settings.load_balance_max,
    })
}

/// A wire: one subnet, or those that share it.
#[derive(Serialize)]
struct Network<'s> {
    #[serde(skip_serializing_if = "Option::is_none")]
    shared: Option<&'s str>,
    subnets: Vec<SubnetView>,
}

/// A subnet as its template sees it.
#[derive(Serialize)]
struct SubnetView {
    name: String,
    network: String,
    netmask: String,
    broadcast: String,
    /// Nothing but the declaration: dhcpd wants the network of its own interface declared.
    empty: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_server: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_lease_time: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_lease_time: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_lease_time: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ping_check: Option<bool>,
    unknown_clients: bool,
    options: Vec<Statement>,
    /// The pair that shares the ranges, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    failover: Option<&'static str>,
    pools: Vec<Pool>,
    /// Nothing that has to do with booting leaves here.
    lid: bool,
    ipxe: Vec<Statement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    switch: Option<Switch>,
    /// Only clients with a host declaration get a file name.
    known_only: bool,
    raw: Vec<Verbatim>,
}

fn networks<'s>(site: &'s Site<'_>, dhcp: &Dhcp, server: usize) -> Vec<Network<'s>> {
    let pair = dhcp.failover.is_some().then_some(PAIR);
    let differing = Differing::of(site);
    let mut networks: Vec<Network<'s>> = Vec::new();
    for subnet in &site.subnets {
        let shared = subnet.shared_network.as_ref().map(|name| name.value.as_str());
        let seen = subnet_view(subnet, pair, &differing);
        match networks.iter_mut().find(|network| shared.is_some() && network.shared == shared) {
            Some(network) => network.subnets.push(seen),
            None => networks.push(Network { shared, subnets: vec![seen] }),
        }
    }
    let own = site.servers.get(server).map_or(&[][..], |server: &Server| &server.nets);
    for net in own.iter().filter(|net| !site.subnets.iter().any(|subnet| subnet.cidr.value.overlaps(**net))) {
        networks.push(Network { shared: None, subnets: vec![undeclared(*net)] });
    }
    networks
}

fn undeclared(net: Cidr) -> SubnetView {
    SubnetView {
        name: String::new(),
        network: net.network().to_string(),
        netmask: net.netmask().to_string(),
        broadcast: net.broadcast().to_string(),
        empty: true,
        next_server: None,
        default_lease_time: None,
        max_lease_time: None,
        min_lease_time: None,
        ping_check: None,
        unknown_clients: true,
        options: Vec::new(),
        failover: None,
        pools: Vec::new(),
        lid: false,
        ipxe: Vec::new(),
        switch: None,
        known_only: false,
        raw: Vec::new(),
    }
}

/// Which addresses differ between subnets: those travel to the script in DHCP.
struct Differing {
    http: bool,
    tftp: bool,
    nfs: bool,
    smb: bool,
}

impl Differing {
    fn of(site: &Site<'_>) -> Self {
        let all: Vec<&Addresses> =
            site.subnets.iter().filter(|subnet| subnet.boots()).map(|subnet| &subnet.addresses).collect();
        let differs =
            |same: fn(&Addresses, &Addresses) -> bool| all.windows(2).any(|pair| !same(pair[0], pair[1]));
        Self {
            http: differs(|one, other| one.http == other.http),
            tftp: differs(|one, other| one.tftp == other.tftp),
            nfs: differs(|one, other| one.nfs == other.nfs),
            smb: differs(|one, other| one.smb == other.smb),
        }
    }

    fn statements(&self, addresses: &Addresses) -> Vec<Statement> {
        let ip = |ip: Option<std::net::Ipv4Addr>| ip.map(|ip| ip.to_string());
        let all = [
            (self.http, "ipxe.http-root", addresses.http.clone()),
            (self.tftp, "ipxe.tftp-server", ip(addresses.tftp)),
            (self.nfs, "ipxe.nfs-server", ip(addresses.nfs)),
            (self.smb, "ipxe.smb-server", ip(addresses.smb)),
        ];
        all.into_iter()
            .filter(|(differs, ..)| *differs)
            .filter_map(|(_, name, value)| Some(handout::text(name, &value?)))
            .collect()
    }
}

fn subnet_view(subnet: &Subnet, failover: Option<&'static str>, differing: &Differing) -> SubnetView {
    let boots = subnet.boots();
    let mut ipxe = Vec::new();
    if boots {
        ipxe = handout::ipxe(&subnet.handout);
        ipxe.extend(differing.statements(&subnet.addresses));
    }
    let pools = pools(subnet);
    SubnetView {
        name: subnet.name.value.clone(),
        network: subnet.cidr.value.network().to_string(),
        netmask: subnet.cidr.value.netmask().to_string(),
        broadcast: subnet.broadcast.to_string(),
        empty: false,
        next_server: subnet.next_server.as_ref().filter(|_| boots).map(ToString::to_string),
        default_lease_time: subnet.default_lease_time.as_ref().map(|time| time.value),
        max_lease_time: subnet.max_lease_time.as_ref().map(|time| time.value),
        min_lease_time: subnet.min_lease_time.as_ref().map(|time| time.value),
        ping_check: subnet.ping_check.as_ref().map(|ping| ping.value),
        unknown_clients: subnet.unknown_clients.value,
        options: handout::options(&subnet.handout),
        failover: failover.filter(|_| !pools.is_empty()),
        pools,
        lid: !boots,
        ipxe,
        switch: boots.then(|| Switch::new(subnet.script.as_deref(), &subnet.loaders)),
        known_only: subnet.netboot == Netboot::Known,
        raw: handout::raw(&subnet.handout.raw, "dhcpd"),
    }
}

/// Ranges that are for the same clients.
#[derive(Serialize)]
struct Pool {
    /// `known` or `unknown`; none where everybody gets them.
    #[serde(skip_serializing_if = "Option::is_none")]
    clients: Option<&'static str>,
    ranges: Vec<[String; 2]>,
}

fn pools(subnet: &Subnet) -> Vec<Pool> {
    let mut pools: Vec<Pool> = Vec::new();
    for range in &subnet.free {
        let clients = (range.clients != Clients::All).then(|| range.clients.word());
        let ends = [range.low.to_string(), range.high.to_string()];
        match pools.iter_mut().find(|pool| pool.clients == clients) {
            Some(pool) => pool.ranges.push(ends),
            None => pools.push(Pool { clients, ranges: vec![ends] }),
        }
    }
    pools
}

/// Which file each kind of client gets.
#[derive(Serialize)]
struct Switch {
    /// iPXE gets the script.
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<String>,
    /// UEFI's HTTP boot.
    http: Vec<Case>,
    /// PXE.
    pxe: Vec<Case>,
    /// U-Boot.
    uboot: Vec<Case>,
    /// The Raspberry Pi's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    rpi: Option<String>,
}

/// One kind of client and its loader.
#[derive(Serialize)]
struct Case {
    kind: &'static str,
    what: &'static str,
    arch: &'static [&'static str],
    file: String,
}

impl Switch {
    fn new(script: Option<&str>, loaders: &Loaders) -> Self {
        let case = |kind: ClientKind, loader: &Loader| {
            let info = kind.info();
            let file = match loader {
                Loader::File(path) => path.clone(),
                Loader::Url(url) => url.clone(),
            };
            Case { kind: info.name, what: info.what, arch: info.arch, file }
        };
        let of = |asks: Asks| -> Vec<Case> {
            loaders
                .iter()
                .filter(|(kind, _)| kind.info().asks == asks)
                .map(|(kind, loader)| case(*kind, &loader.value))
                .collect()
        };
        Self {
            script: script.map(str::to_owned),
            http: of(Asks::Http),
            pxe: of(Asks::Pxe),
            uboot: of(Asks::Uboot),
            rpi: of(Asks::Rpi).pop().map(|case| case.file),
        }
    }
}

/// How what a host boots is held back where `netboot: none` is a lid on its subnet.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Lid {
    /// No subnet has one.
    Absent,
    /// The host has no address of its own, so it may turn up under one.
    Guarded,
    /// Its subnet has one.
    Closed,
}

/// Cards that are told the same: a host's number, and which of its cards.
struct Alike {
    profile: u32,
    lid: Lid,
    cards: Vec<(u32, u32)>,
}

/// All that are told the same, in the order of the first ones.
#[derive(Default)]
struct Order {
    all: Vec<Alike>,
    known: FxHashMap<(u32, Lid), usize>,
    /// Where the last ones are.
    last: Option<((u32, Lid), usize)>,
}

impl Order {
    /// The cards that are told the same.
    fn cards(&mut self, (profile, lid): (u32, Lid)) -> &mut Vec<(u32, u32)> {
        let like = (profile, lid);
        // Most hosts are like the one before.
        let place = match self.last {
            Some((last, place)) if last == like => place,
            _ => *self.known.entry(like).or_insert(self.all.len()),
        };
        self.last = Some((like, place));
        if place == self.all.len() {
            self.all.push(Alike { profile, lid, cards: Vec::new() });
        }
        &mut self.all[place].cards
    }
}

/// How many hosts are looked at in one go.
const MANY: usize = 1 << 15;

/// The hosts: those that are told the same stand in one group.
fn hosts(site: &Site<'_>, sink: &mut dyn Sink) -> anyhow::Result<()> {
    let any_rpi =
        site.subnets.iter().any(|subnet| subnet.loaders.iter().any(|(kind, _)| *kind == ClientKind::Rpi));
    let any_lid = site.subnets.iter().any(|subnet| !subnet.boots());
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let alike = in_pieces(&site.hosts, MANY, |first, hosts| {
        let mut alike = Order::default();
        for (at, host) in (first..).zip(hosts) {
            for (nth, card) in host.cards().enumerate() {
                let lid = match site.subnet_at(card).filter(|_| any_lid) {
                    Some(subnet) if !subnet.boots() => Lid::Closed,
                    None if any_lid => Lid::Guarded,
                    _ => Lid::Absent,
                };
                alike.cards((host.profile, lid)).push((number(at), number(nth)));
            }
        }
        alike
    });
    let mut order = Order::default();
    for Alike { profile, lid, cards } in alike.into_iter().flat_map(|alike| alike.all) {
        order.cards((profile, lid)).extend(cards);
    }
    let order = order.all;
    let (pieces, stencils) = (pieces(&order), Stencils::default());
    sink.each(pieces.len(), &|piece, sink| {
        let mut lines = Hosts::new("dhcpd/host", &stencils, sink);
        for part in pieces.get(piece).into_iter().flatten() {
            of_one_profile(site, part, any_rpi, &mut lines)?;
        }
        lines.finish()
    })
}

/// Cards that are told the same, or some of them where they are many.
struct Part<'o> {
    alike: &'o Alike,
    from: usize,
    upto: usize,
}

/// What is rendered in one go each: a part of many cards, or the parts of several that are few.
fn pieces(order: &[Alike]) -> Vec<Vec<Part<'_>>> {
    let mut pieces: Vec<Vec<Part<'_>>> = Vec::new();
    let mut room = 0;
    for alike in order {
        let mut from = 0;
        while from < alike.cards.len() {
            if room == 0 {
                pieces.push(Vec::new());
                room = PIECE;
            }
            let upto = alike.cards.len().min(from + room);
            if let Some(piece) = pieces.last_mut() {
                piece.push(Part { alike, from, upto });
            }
            room -= upto - from;
            from = upto;
        }
    }
    pieces
}

fn of_one_profile(
    site: &Site<'_>,
    part: &Part<'_>,
    any_rpi: bool,
    lines: &mut Hosts<'_>,
) -> anyhow::Result<()> {
    let Part { alike: Alike { profile, lid, cards }, from, upto } = *part;
    let Some(profile) = site.profiles.get(*profile as usize) else { return Ok(()) };
    let body = lines.sink()?.render("dhcpd/profile", &profile_view(profile, *lid, any_rpi))?;
    // A group is worth its lines when several hosts share what it says.
    let group = cards.len() > 1 && !body.is_empty();
    if group && from == 0 {
        let mut open = Context::new();
        open.insert("groups", &profile.groups);
        open.insert("body", &Rendered::new(body.clone()));
        lines.sink()?.write("dhcpd/group", &open)?;
    }
    lines.set(stencil::BODY, Some(body.as_str()).filter(|body| !group && !body.is_empty()));
    for (at, nth) in cards.get(from..upto).unwrap_or_default() {
        if let Some(host) = site.hosts.get(*at as usize) {
            one_card(host, *nth as usize, *lid, lines)?;
        }
    }
    if group && upto == cards.len() {
        lines.sink()?.write("dhcpd/group_end", &Context::new())?;
    }
    Ok(())
}

fn one_card(host: &Host<'_>, nth: usize, lid: Lid, lines: &mut Hosts<'_>) -> anyhow::Result<()> {
    // Nearly all have one card.
    let (card, before) = match nth {
        0 => (host.first_card(), 0),
        _ => {
            let Some(card) = host.cards().nth(nth) else { return Ok(()) };
            (card, host.cards().take(nth).map(|card| card.macs.len()).sum())
        }
    };
    lines.set(stencil::IP, card.ip.map(|ip| Dotted(ip.value)));
    lines.set(stencil::HOST_NAME, host.host_name);
    let root_path = host.root_path.as_ref().filter(|_| lid != Lid::Closed).map(|at| &at.value);
    lines.set(stencil::ROOT_PATH, root_path);
    match root_path {
        Some(RootPath::Iscsi(IscsiPath { initiator: Some(iqn), .. })) => {
            lines.set(stencil::INITIATOR, Some(iqn.as_str()));
        }
        // Without a name from DHCP iPXE would call itself by the machine's UUID.
        Some(RootPath::Iscsi(_)) if host.host_name.is_none() => {
            lines.set(stencil::INITIATOR, Some(host.initiator().as_str()));
        }
        _ => lines.set(stencil::INITIATOR, None::<&str>),
    }
    lines.disk(match root_path {
        Some(RootPath::Iscsi(IscsiPath { more: Some(more), .. })) => handout::disk(host.disk(), more),
        _ => Vec::new(),
    });
    lines.guard(lid == Lid::Guarded && root_path.is_some());
    for (at, mac) in (before..).zip(card.macs) {
        if at == 0 {
            lines.set(stencil::NAME, Some(host.name));
        } else {
            // A host block takes one card; names have no dots, so this cannot be another host's.
            lines.set(stencil::NAME, Some(format!("{}.{}", host.name, at + 1).as_str()));
        }
        lines.set(stencil::MAC, Some(mac.value));
        lines.write()?;
    }
    Ok(())
}

fn profile_view(profile: &Profile, lid: Lid, any_rpi: bool) -> Context {
    let mut view = Context::new();
    view.insert("options", &handout::options(&profile.handout));
    let boots = lid != Lid::Closed;
    let ipxe = if boots { handout::ipxe(&profile.handout) } else { Vec::new() };
    let no_file = profile.netboot == Some(Netboot::None);
    let switch = profile
        .loaders
        .as_ref()
        .filter(|_| boots && !no_file)
        .map(|loaders| Switch::new(profile.script.as_deref().filter(|_| !profile.no_script), loaders));
    let no_script = boots && !no_file && profile.no_script && switch.is_none();
    view.insert("guarded", &(lid == Lid::Guarded && (!ipxe.is_empty() || switch.is_some() || no_script)));
    view.insert("ipxe", if no_file { &[][..] } else { &ipxe });
    view.insert("no_file", &(boots && no_file));
    view.insert("no_script", &no_script);
    // A Raspberry Pi goes by option 43, not by the file's name.
    view.insert("no_rpi", &(any_rpi && boots && (no_file || switch.is_some())));
    if let Some(switch) = switch {
        view.insert("switch", &switch);
    }
    view.insert("raw", &handout::raw(&profile.handout.raw, "dhcpd"));
    view
}
