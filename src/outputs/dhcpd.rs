//! `dhcpd.conf`.
//!
//! Each subnet has all of its options, with the site's defaults. Hosts are declared outside of subnets: dhcpd applies
//! the scopes around a host wherever its client is (a host declared in subnet A gave a client in subnet B the routers of
//! A on the wire).

mod boot_files;
mod classes;
mod hosts;
mod marks;
pub(super) mod source_map;
pub(super) mod statement;

use foldhash::HashSet;
use serde::Serialize;
use tera::{Context, Value};

use self::boot_files::BootFileCases;
use self::classes::ClassViews;
use self::marks::Marks;
use self::statement::SharedStatements;
use super::checkers::{Checker, dhcpd::DHCPD};
use super::{ManualStep, Output, PlannedFile, Port, RawScope, verbatim, view};
use crate::dhcp::{Policy, SubnetScope, has_secret as is_secret};
use crate::dialects::{Dialect, Raw as Verbatim};
use crate::diff::{Reader, read_dhcpd};
use crate::model::{
    Asks, Cidr, ClassFile, ClientId, Clients, Dhcp, DhcpDaemon, DhcpOption, Server, Site, Subnet,
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
            ("dhcpd/subnet_files", include_str!("../../templates/dhcpd/subnet_files.tera")),
            ("dhcpd/boot_files", include_str!("../../templates/dhcpd/boot_files.tera")),
            ("dhcpd/is_rpi", include_str!("../../templates/dhcpd/is_rpi.tera")),
            ("dhcpd/is_ipxe", include_str!("../../templates/dhcpd/is_ipxe.tera")),
            ("dhcpd/takes_script", include_str!("../../templates/dhcpd/takes_script.tera")),
            ("dhcpd/is_kind", include_str!("../../templates/dhcpd/is_kind.tera")),
            ("dhcpd/arch", include_str!("../../templates/dhcpd/arch.tera")),
            ("dhcpd/condition", include_str!("../../templates/dhcpd/condition.tera")),
            ("dhcpd/class", include_str!("../../templates/dhcpd/class.tera")),
            ("dhcpd/class_file", include_str!("../../templates/dhcpd/class_file.tera")),
            ("dhcpd/class_files", include_str!("../../templates/dhcpd/class_files.tera")),
            ("dhcpd/class_options", include_str!("../../templates/dhcpd/class_options.tera")),
            ("dhcpd/class_netboot", include_str!("../../templates/dhcpd/class_netboot.tera")),
            ("dhcpd/netboot_mark", include_str!("../../templates/dhcpd/netboot_mark.tera")),
            ("dhcpd/replaced", include_str!("../../templates/dhcpd/replaced.tera")),
            ("dhcpd/unset_vendor_options", include_str!("../../templates/dhcpd/unset_vendor_options.tera")),
            ("dhcpd/profile_boot", include_str!("../../templates/dhcpd/profile_boot.tera")),
            ("dhcpd/host_disk", include_str!("../../templates/dhcpd/host_disk.tera")),
            ("dhcpd/http_vendor_class", include_str!("../../templates/dhcpd/http_vendor_class.tera")),
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
            file.secret(verbatim::RAW_SECRETS)
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
    let near: Vec<(&Server, HashSet<&str>)> = agents
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
    // Without a range and a host, nobody gets an address there.
    let subnets = site.subnets.iter().filter(|subnet| subnet.has_hosts || !subnet.ranges.is_empty());
    subnets
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

/// The words before a password in dhcpd.conf.
const SECRETS: &[&str] = &["option ipxe.password", "option ipxe.reverse-password"];

/// Whether a password is handed out somewhere.
fn has_secret(site: &Site<'_>) -> bool {
    site.handouts().any(is_secret) || site.disks_with_more().any(|(.., more)| more.chap.is_some())
}

/// Whether verbatim text in it has a secret, in any scope.
fn has_raw_secret(site: &Site<'_>, dhcp: &Dhcp) -> bool {
    [&dhcp.raw, &site.raw].iter().any(|raw| verbatim::has_raw_secret(raw, "dhcpd"))
        || site.handouts().any(|handout| verbatim::has_raw_secret(&handout.raw, "dhcpd"))
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
    if let Some(facility) = &dhcp.log_facility {
        view.insert("log_facility", facility.value);
    }
    view.insert("definitions", &definitions(site));
    if let Some(failover) = failover(site, dhcp, server) {
        view.insert("failover", &failover);
    }
    let policy = Policy::new(site);
    let marks = Marks::of(&policy);
    view.insert("always", &marks::codes(&marks.always));
    view.insert("replaced", &marks::replaced_by_files(&marks.replaced));
    view.insert("replaced_codes", &marks.replaced);
    view.insert("needs", &policy.needs);
    view.insert("classes", &classes::declared(&policy));
    view.insert("networks", &networks(&policy, dhcp, server, &marks));
    let mut raw = verbatim::raw(&dhcp.raw, "dhcpd");
    raw.extend(verbatim::raw(&site.raw, "dhcpd"));
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
    let (mut found, mut names): (Vec<&DhcpOption>, HashSet<&str>) = Default::default();
    for option in site.handouts().flat_map(|handout| &handout.options) {
        if option.own.is_some() && names.insert(&option.name) {
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

/// Which options that only some clients may get the subnets send with a file's name.
#[derive(Clone, Copy)]
struct VendorOptions {
    /// UEFI's HTTP boot: option 60.
    http: bool,
    /// A Raspberry Pi: options 60, 43 and 66.
    rpi: bool,
}

impl VendorOptions {
    fn of(site: &Site<'_>) -> Self {
        let subnets = site.subnets.iter().flat_map(|subnet| &subnet.loaders).map(|(kind, _)| *kind);
        let classes = site.classes.iter().flat_map(|class| &class.here).flat_map(|here| &here.loaders);
        let kinds: Vec<_> = subnets.chain(classes.map(|(kind, _)| *kind)).collect();
        let any = |asks: Asks| kinds.iter().any(|kind| kind.info().asks == asks);
        let urls = site.classes.iter().filter_map(|class| class.file.as_ref());
        let by_http = urls.into_iter().any(|file| matches!(file.value, ClassFile::Url(_)));
        Self { http: any(Asks::Http) || by_http, rpi: any(Asks::Rpi) }
    }
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
    // A site with dhcpd has all of these, written or not.
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
        max_unacked_updates: settings.max_unacked_updates.as_ref()?.value,
        mclt: settings.mclt.as_ref()?.value,
        split: settings.split.as_ref()?.value,
        load_balance_max: settings.load_balance_max.as_ref()?.value,
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
    options: Vec<Value>,
    /// The pair that shares the ranges, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    failover: Option<&'static str>,
    pools: Vec<Pool>,
    /// Whether each range stands in a `pool`, so that the pools of the network keep their order.
    in_pools: bool,
    /// `netboot: none`: dhcpd sends nothing here that belongs to booting.
    netboot_none: bool,
    ipxe: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    boot_files: Option<BootFileCases>,
    /// Only clients with a host declaration get a file name.
    known_only: bool,
    netboot: &'static str,
    /// Whom classes let boot, the strongest first.
    class_netboot: Vec<Value>,
    /// The classes that count here, weakest first.
    classes: Vec<Value>,
    raw: Vec<Verbatim>,
}

/// The parts of subnets that several of them share.
struct Views<'p, 's> {
    classes: ClassViews<'p, 's>,
    options: SharedStatements,
    ipxe: SharedStatements,
}

fn networks<'s>(policy: &Policy<'s>, dhcp: &Dhcp, server: usize, marks: &Marks) -> Vec<Network<'s>> {
    let site = policy.site;
    let pair = dhcp.failover.is_some().then_some(PAIR);
    let mut views = Views {
        classes: ClassViews::new(policy, VendorOptions::of(site), marks),
        options: SharedStatements::default(),
        ipxe: SharedStatements::default(),
    };
    let mut subnets = |network: &crate::dhcp::Network<'s>| -> Vec<SubnetView> {
        let scopes = network.subnets.iter().filter_map(|at| Some((*at, policy.subnets.get(*at)?)));
        let mut views: Vec<SubnetView> =
            scopes.map(|(at, scope)| subnet_view(&mut views, network, at, scope, pair, marks)).collect();
        // dhcpd offers an address of the first pool that a client may use, and ranges outside of pools are one pool before all
        // others of the network (parse_address_range and allocate_lease of 4.4.3).
        if pair.is_some() || views.iter().flat_map(|view| &view.pools).any(Pool::has_permits) {
            views.iter_mut().for_each(|view| view.in_pools = true);
        }
        views
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
        in_pools: false,
        netboot_none: false,
        ipxe: Vec::new(),
        boot_files: None,
        known_only: false,
        netboot: "all",
        class_netboot: Vec::new(),
        classes: Vec::new(),
        raw: Vec::new(),
    }
}

fn subnet_view(
    views: &mut Views<'_, '_>,
    network: &crate::dhcp::Network<'_>,
    at: usize,
    scope: &SubnetScope<'_>,
    failover: Option<&'static str>,
    marks: &Marks,
) -> SubnetView {
    let subnet = scope.subnet;
    let classes = views.classes.in_subnet(at, subnet.boots());
    let seconds = |time: &Option<crate::model::Spanned<u32>>| time.as_ref().map(|time| time.value);
    let pools: Vec<Pool> = scope
        .pools
        .iter()
        .map(|pool| {
            let (allow, deny) = classes::permits(views.classes.policy, network, pool);
            let known = matches!(pool.clients, Clients::Known | Clients::Unknown);
            let ends = pool.ranges.iter().map(|range| [range.low.to_string(), range.high.to_string()]);
            let clients = known.then(|| pool.clients.word());
            // dhcpd does not start with both.
            let dynamic_bootp = pool.dynamic_bootp && failover.is_none();
            Pool { clients, allow, deny, dynamic_bootp, ranges: ends.collect() }
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
        options: views.options.values(statement::replaceable(&scope.options, marks)),
        failover: failover.filter(|_| !pools.is_empty()),
        pools,
        in_pools: false,
        netboot_none: !subnet.boots(),
        ipxe: views.ipxe.values(statement::ipxe(&scope.ipxe)),
        boot_files: scope.files.as_ref().map(BootFileCases::new),
        known_only: scope.known_only,
        netboot: subnet.netboot.word(),
        class_netboot: if subnet.boots() { views.classes.netboot(at) } else { Vec::new() },
        classes,
        raw: verbatim::raw(&subnet.handout.raw, "dhcpd"),
    }
}

/// Ranges that are for the same clients.
#[derive(Serialize)]
struct Pool {
    /// `known` or `unknown`; none where everybody gets them.
    #[serde(skip_serializing_if = "Option::is_none")]
    clients: Option<&'static str>,
    /// The classes that get them.
    allow: Vec<String>,
    /// The classes that do not.
    deny: Vec<String>,
    /// Whether BOOTP clients get them, too.
    dynamic_bootp: bool,
    ranges: Vec<[String; 2]>,
}

impl Pool {
    const fn has_permits(&self) -> bool {
        self.clients.is_some() || !self.allow.is_empty() || !self.deny.is_empty()
    }
}
