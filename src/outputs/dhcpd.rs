//! `dhcpd.conf`.
//!
//! Each subnet has all of its options, with the site's defaults. Hosts are declared outside of subnets: dhcpd applies
//! the scopes around a host wherever its client is (a host declared in subnet A gave a client in subnet B the routers of
//! A on the wire).

mod hosts;
pub(super) mod source_map;
pub(super) mod statement;

use rustc_hash::FxHashSet;
use serde::Serialize;
use tera::Context;

use self::statement::Statement;
use super::checkers::{Checker, dhcpd::DHCPD};
use super::{ManualStep, Output, PlannedFile, Port, RawScope, handout, view};
use crate::dhcp::{BootFiles, Policy, SubnetScope, file_name, has_secret as is_secret};
use crate::dialects::{Dialect, Raw as Verbatim};
use crate::diff::{Reader, read_dhcpd};
use crate::model::{
    Asks, Cidr, ClientId, ClientKind, Clients, Dhcp, DhcpDaemon, DhcpOption, Loader, Server, Site, Subnet,
};

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
            ("dhcpd/is_rpi", include_str!("../../templates/dhcpd/is_rpi.tera")),
            ("dhcpd/forget", include_str!("../../templates/dhcpd/forget.tera")),
            ("dhcpd/profile", include_str!("../../templates/dhcpd/profile.tera")),
            ("dhcpd/group", include_str!("../../templates/dhcpd/group.tera")),
            ("dhcpd/group_end", include_str!("../../templates/dhcpd/group_end.tera")),
            ("dhcpd/host", include_str!("../../templates/dhcpd/host.tera")),
        ]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[DHCPD]
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site, RawScope::Dhcp, RawScope::Clients]
    }

    fn reader(&self) -> Option<Reader> {
        Some(read_dhcpd)
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(dhcp) = site.dhcp.as_ref().filter(|dhcp| dhcp.runs_on(server, DhcpDaemon::Isc)) else {
            return Vec::new();
        };
        let file = PlannedFile::new("/etc/dhcp/dhcpd.conf", "dhcpd/dhcpd.conf", head(site, dhcp, server))
            .reload("isc-dhcp-server.service")
            .check(&["dhcpd", "-t", "-cf", "/etc/dhcp/dhcpd.conf"])
            .source_map(source_map::dhcpd(site, dhcp))
            .pieces(Box::new(move |sink| hosts::write(site, sink)));
        vec![if has_raw_secret(site, dhcp) {
            file.secret(handout::RAW_SECRETS)
        } else if has_secret(site) {
            file.secret(SECRETS)
        } else {
            file
        }]
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        let Some(dhcp) = site.dhcp.as_ref().filter(|dhcp| dhcp.runs_on(server, DhcpDaemon::Isc)) else {
            return Vec::new();
        };
        let mut ports = vec![Port::udp(67, "dhcpd")];
        if let Some(failover) = &dhcp.failover {
            let is_primary = dhcp.servers.first() == Some(&server);
            let port = if is_primary { &failover.port } else { &failover.peer_port };
            ports.push(Port::tcp(port.value, "failover"));
        }
        ports
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        if !site.dhcp.as_ref().is_some_and(|dhcp| dhcp.runs_on(server, DhcpDaemon::Isc)) {
            return Vec::new();
        }
        let mut needs = vec![ManualStep::new("package", "isc-dhcp-server", "dhcpd")];
        needs.extend(relays(site, server));
        needs
    }
}

/// The subnets whose clients reach a DHCP server by a relay only: DISCOVER is a broadcast, and stays on its wire
/// (RFC 2131, section 4.1). Subnets with a relay of the site are left out.
pub(super) fn relays(site: &Site<'_>, server: usize) -> Vec<ManualStep> {
    let Some(own) = site.servers.get(server) else { return Vec::new() };
    // The server itself, and the relays that forward to it, each with the wires that several subnets share and
    // that it is on.
    let agents = site.relays.iter().filter(|relay| relay.to.iter().any(|to| to.value.0 == Some(server)));
    let agents = agents.filter_map(|relay| site.servers.get(relay.server));
    let near: Vec<(&Server, FxHashSet<&str>)> = agents
        .chain([own])
        .map(|machine| {
            let subnets = site.subnets.iter().filter(|subnet| has_address(machine, subnet));
            (machine, subnets.filter_map(shared).collect())
        })
        .collect();
    let is_near = |subnet: &Subnet| {
        near.iter().any(|(machine, wires)| {
            has_address(machine, subnet) || shared(subnet).is_some_and(|wire| wires.contains(wire))
        })
    };
    let used = site.used_subnets();
    let subnets = site.subnets.iter().zip(used);
    // Without a range and a host, nobody gets an address there.
    let subnets = subnets.filter(|(subnet, used)| *used || !subnet.ranges.is_empty());
    subnets
        .map(|(subnet, _)| subnet)
        .filter(|subnet| !is_near(subnet))
        .filter_map(|subnet| {
            let to = own.address_in(subnet.cidr.value)?;
            let what = format!("{} ({})", subnet.name.value, subnet.cidr.value);
            let why = format!(
                "{} has no address there: a relay in that subnet, or the router's `ip helper-address`, forwards DHCP to {to}",
                own.name
            );
            Some(ManualStep::new("relay", what, why))
        })
        .collect()
}

fn has_address(server: &Server, subnet: &Subnet) -> bool {
    server.ips.iter().any(|ip| subnet.cidr.value.contains(ip.value))
}

/// The wire that a subnet shares with others.
fn shared(subnet: &Subnet) -> Option<&str> {
    subnet.shared_network.as_ref().map(|name| name.value.as_str())
}

/// What stands before a password in dhcpd.conf.
const SECRETS: &[&str] = &["option ipxe.password", "option ipxe.reverse-password"];

/// Whether a password is handed out somewhere.
fn has_secret(site: &Site<'_>) -> bool {
    let handouts = site.subnets.iter().map(|subnet| &subnet.handout);
    let mut handouts = handouts.chain(site.profiles.iter().map(|profile| &profile.handout));
    handouts.any(is_secret) || site.disks_with_more().any(|(.., more)| more.chap.is_some())
}

/// Whether verbatim text in it has a secret, in any scope.
fn has_raw_secret(site: &Site<'_>, dhcp: &Dhcp) -> bool {
    let handouts = site.subnets.iter().map(|subnet| &subnet.handout);
    let mut handouts = handouts.chain(site.profiles.iter().map(|profile| &profile.handout));
    [&dhcp.raw, &site.raw].iter().any(|raw| handout::has_raw_secret(raw, "dhcpd"))
        || handouts.any(|handout| handout::has_raw_secret(&handout.raw, "dhcpd"))
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
    view.insert("ignore_client_id", &(dhcp.client_id == ClientId::Ignore));
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
    #[serde(skip_serializing_if = "Option::is_none")]
    auto_partner_down: Option<u32>,
}

fn failover(site: &Site<'_>, dhcp: &Dhcp, server: usize) -> Option<Failover> {
    let settings = dhcp.failover.as_ref()?;
    let primary = dhcp.servers.first() == Some(&server);
    let peer = *dhcp.servers.iter().find(|other| **other != server)?;
    let address = |at: usize| site.servers.get(at)?.ips.first().map(|ip| ip.value.to_string());
    let (port, peer_port) =
        if primary { (&settings.port, &settings.peer_port) } else { (&settings.peer_port, &settings.port) };
    Some(Failover {
        name: PAIR,
        primary,
        address: address(server)?,
        port: port.value,
        peer_address: address(peer)?,
        peer_port: peer_port.value,
        max_response_delay: settings.max_response_delay.value,
        max_unacked_updates: settings.max_unacked_updates.value,
        mclt: settings.mclt.value,
        split: settings.split.value,
        load_balance_max: settings.load_balance_max.value,
        auto_partner_down: settings.auto_partner_down.as_ref().map(|time| time.value),
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
    /// An empty declaration: dhcpd needs the network of its own interface declared.
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
    /// `netboot: none`: dhcpd sends nothing here that belongs to booting.
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
    let policy = Policy::new(site);
    let subnets = |network: &crate::dhcp::Network<'_>| -> Vec<SubnetView> {
        let scopes = network.subnets.iter().filter_map(|at| policy.subnets.get(*at));
        scopes.map(|scope| subnet_view(scope, pair)).collect()
    };
    let mut networks: Vec<Network<'s>> = (policy.networks.iter())
        .map(|network| Network { shared: network.shared, subnets: subnets(network) })
        .collect();
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

fn subnet_view(scope: &SubnetScope<'_>, failover: Option<&'static str>) -> SubnetView {
    let subnet = scope.subnet;
    let seconds = |time: &Option<crate::model::Spanned<u32>>| time.as_ref().map(|time| time.value);
    let pools: Vec<Pool> = scope
        .pools
        .iter()
        .map(|pool| Pool {
            clients: (pool.clients != Clients::All).then(|| pool.clients.word()),
            ranges: pool.ranges.iter().map(|range| [range.low.to_string(), range.high.to_string()]).collect(),
        })
        .collect();
    SubnetView {
        name: subnet.name.value.clone(),
        network: subnet.cidr.value.network().to_string(),
        netmask: subnet.cidr.value.netmask().to_string(),
        broadcast: subnet.broadcast.to_string(),
        empty: false,
        next_server: scope.next_server.map(ToString::to_string),
        default_lease_time: seconds(&subnet.default_lease_time),
        max_lease_time: seconds(&subnet.max_lease_time),
        min_lease_time: seconds(&subnet.min_lease_time),
        ping_check: subnet.ping_check.as_ref().map(|ping| ping.value),
        unknown_clients: subnet.unknown_clients.value,
        options: statement::options(&scope.options),
        failover: failover.filter(|_| !pools.is_empty()),
        pools,
        lid: !subnet.boots(),
        ipxe: statement::ipxe(&scope.ipxe),
        switch: scope.files.as_ref().map(Switch::new),
        known_only: scope.known_only,
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
    /// It has none, and would be given the file of BIOS clients, as which it presents itself.
    rpi_like_bios: bool,
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
    fn new(files: &BootFiles<'_>) -> Self {
        let BootFiles { script, loaders } = files;
        let case = |kind: ClientKind, loader: &Loader| {
            let info = kind.info();
            Case { kind: info.name, what: info.what, arch: info.arch, file: file_name(loader).to_owned() }
        };
        let of = |asks: Asks| -> Vec<Case> {
            loaders
                .iter()
                .filter(|(kind, _)| kind.info().asks == asks)
                .map(|(kind, loader)| case(*kind, &loader.value))
                .collect()
        };
        let has = |kind: ClientKind| loaders.iter().any(|(known, _)| *known == kind);
        Self {
            script: (*script).map(str::to_owned),
            http: of(Asks::Http),
            pxe: of(Asks::Pxe),
            uboot: of(Asks::Uboot),
            rpi: of(Asks::Rpi).pop().map(|case| case.file),
            rpi_like_bios: has(ClientKind::Bios) && !has(ClientKind::Rpi),
        }
    }
}
