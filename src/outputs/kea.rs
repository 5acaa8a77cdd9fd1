//! `/etc/kea/kea-dhcp4.conf`, in the words of the server's version of Kea, or those that 2.2 to 3.0 share.
//!
//! Kea puts the fields of a class over those of the subnet, and the options of the subnet over those of a class. So
//! boot files are said by classes only, which exclude each other, and an option by the subnet or by a class, never by
//! both. A reservation overrides both. Evidence: `Dhcpv4Srv` of Kea 2.2 to 3.0, and the wire.

mod boot_files;
mod class_files;
mod class_match;
mod class_options;
pub(super) mod classes;
pub(super) mod client_kinds;
pub(super) mod document;
mod guards;
pub(super) mod options;
pub(super) mod pair;
pub(super) mod raw;
mod reservations;
pub(super) mod source_map;
mod version;

use std::borrow::Cow;
use std::io::Write;

use anyhow::Result;
use serde_json::{Map, Value, json};

use self::classes::Classes;
use self::guards::Guard;
use self::pair::Pair;
use self::reservations::Reservations;
pub(super) use self::version::KeaVersion;
use super::checkers::{Checker, kea::KEA};
use super::{Action, ManualStep, Output, PlannedFile, Port, RawScope};
use crate::dhcp::{Policy, SubnetScope, has_secret};
use crate::dialects::Dialect;
use crate::diff::{Reader, read_kea};
use crate::model::{Class, ClientId, Dhcp, DhcpDaemon, Raw, Server, Site};
use crate::parallel::in_order;

pub(super) struct Kea;

impl Output for Kea {
    fn name(&self) -> &'static str {
        "kea"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Json
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[KEA]
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site, RawScope::Dhcp, RawScope::Clients]
    }

    fn own_keys(&self, scope: RawScope) -> &'static [(&'static str, &'static str)] {
        raw::own_keys(scope)
    }

    fn reader(&self) -> Option<Reader> {
        Some(read_kea)
    }

    fn action(&self, unit: &str) -> Option<Action> {
        // Debian's unit has no `ExecReload`.
        (unit == "kea-dhcp4-server.service").then_some(Action::ControlSocket {
            socket: "/run/kea/kea4-ctrl-socket",
            file: "/etc/kea/kea-dhcp4.conf",
        })
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        let Some(dhcp) = here(site, server) else { return Vec::new() };
        let pair = Pair::of(site, dhcp, server).map(|pair| Port::tcp(pair.port(), "Kea's pair"));
        std::iter::once(Port::udp(67, "kea-dhcp4")).chain(pair).collect()
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(dhcp) = here(site, server) else { return Vec::new() };
        let Some(machine) = site.servers.get(server) else { return Vec::new() };
        let write = move |out: &mut dyn Write| config(&Policy::new(site), dhcp, server, machine, out);
        let file = PlannedFile::written("/etc/kea/kea-dhcp4.conf", Box::new(write))
            .reload("kea-dhcp4-server.service")
            .check(&["kea-dhcp4", "-t", "/etc/kea/kea-dhcp4.conf"])
            .for_system_of(machine)
            .source_map(source_map::source_map(site, dhcp, machine, self.name()));
        let mut handouts = site.handouts();
        let secret = handouts.any(has_secret)
            || raw::has_secret(site, Some(dhcp), self.name())
            || site.disks_with_more().any(|(.., more)| more.chap.is_some());
        // Accounts of disks are among option 175's bytes, anywhere in a line.
        let file = if secret { file.secret(&[]) } else { file };
        // Debian's packages give the folder to this group, and the daemon is no root.
        vec![file.group("_kea", 0o640)]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        if here(site, server).is_none() {
            return Vec::new();
        }
        let mut needs = vec![ManualStep::new("package", "kea-dhcp4-server", "Kea, the DHCP server")];
        needs.extend(super::dhcpd::relays(site, server));
        needs
    }
}

/// The service, where this server runs it with Kea.
pub(super) fn here<'s>(site: &'s Site<'_>, server: usize) -> Option<&'s Dhcp> {
    site.dhcp.as_ref().filter(|dhcp| dhcp.runs_on(server, DhcpDaemon::Kea))
}

/// Writes the configuration of a server of the site.
fn config(
    policy: &Policy<'_>,
    dhcp: &Dhcp,
    server: usize,
    machine: &Server,
    out: &mut dyn Write,
) -> Result<()> {
    let version = KeaVersion::of(machine);
    let pair = Pair::of(policy.site, dhcp, server);
    let mut head = head(policy, dhcp, version, machine);
    let mut hooks: Vec<Value> = pair.iter().flat_map(|pair| pair.hooks(version, false)).collect();
    hooks.extend(ping_check(policy.site, dhcp, version));
    document::set_hooks(&mut head, hooks);
    let pair = pair.as_ref().filter(|pair| pair.shares_load());
    write(policy, version, pair, head, &dhcp.raw, out)
}

/// Writes the configuration of a server that ipxegen does not manage: which clients get what, in the words that Kea
/// 2.2 to 3.0 share.
pub(super) fn external(policy: &Policy<'_>, out: &mut dyn Write) -> Result<()> {
    let version = KeaVersion::COMMON;
    let mut head = Map::new();
    head.insert("interfaces-config".to_owned(), json!({ "interfaces": ["*"] }));
    host_lookup(policy, &mut head);
    write(policy, version, None, head, &[], out)
}

/// Writes a file: a value a line, so that a difference shows what it is about, and lines can be led back.
fn write(
    policy: &Policy<'_>,
    version: KeaVersion,
    pair: Option<&Pair<'_>>,
    mut head: Map<String, Value>,
    raw: &[Raw],
    out: &mut dyn Write,
) -> Result<()> {
    let classes = Classes::new(policy, version, pair);
    let reservations = Reservations::new(policy, &classes);
    document::header(&policy.site.name, out)?;
    let mut raw = raw::object(raw.iter().chain(&policy.site.raw), "kea");
    let more_classes = raw::take_list(&mut raw, "client-classes");
    if let Some(definition) = classes::definitions(policy) {
        head.insert("option-def".to_owned(), definition);
    }
    raw::merge(&mut head, raw);
    writeln!(out, "{{ \"Dhcp4\": {{")?;
    document::members(out, "  ", &head)?;
    document::list(out, "  ", "client-classes", classes.all().into_iter().chain(more_classes))?;
    out.write_all(b",\n  \"reservations\": [")?;
    let mut pieces: Vec<Piece<'_, '_>> = reservations.global().map(Piece::Reservations).collect();
    let (shared, alone): (Vec<_>, Vec<_>) =
        policy.networks.iter().partition(|network| network.shared.is_some());
    pieces.push(Piece::text("\n  ],\n  \"shared-networks\": [\n"));
    for (at, network) in shared.iter().enumerate() {
        pieces.push(Piece::text(format!("    {{ \"name\": {}, \"subnet4\": [\n", json!(network.shared))));
        subnet_pieces(&network.subnets, &reservations, &mut pieces);
        pieces.push(Piece::text(format!("    ] }}{}\n", document::comma(at, shared.len()))));
    }
    pieces.push(Piece::text("  ],\n  \"subnet4\": [\n"));
    let alone: Vec<usize> = alone.iter().flat_map(|network| network.subnets.iter().copied()).collect();
    subnet_pieces(&alone, &reservations, &mut pieces);
    pieces.push(Piece::text("  ]\n} }\n"));
    write_pieces(&pieces, &reservations, &classes, out)
}

/// A piece of the file; several are made at once.
enum Piece<'r, 's> {
    Text(Cow<'static, str>),
    /// A subnet, up to its reservations.
    Subnet(usize),
    /// Some reservations of a list.
    Reservations(reservations::Part<'r, 's>),
}

impl Piece<'_, '_> {
    fn text(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Text(text.into())
    }
}

/// The pieces of subnets.
fn subnet_pieces<'r, 's>(
    subnets: &[usize],
    reservations: &'r Reservations<'s, 's>,
    pieces: &mut Vec<Piece<'r, 's>>,
) {
    for (nth, at) in subnets.iter().enumerate() {
        pieces.push(Piece::Subnet(*at));
        pieces.extend(reservations.of_subnet(*at).map(Piece::Reservations));
        pieces.push(Piece::text(format!("\n      ]\n    }}{}\n", document::comma(nth, subnets.len()))));
    }
}

fn write_pieces<'s>(
    pieces: &[Piece<'_, 's>],
    reservations: &Reservations<'s, 's>,
    classes: &Classes<'s>,
    out: &mut dyn Write,
) -> Result<()> {
    let make = |nth: usize| -> Result<Cow<'_, str>> {
        Ok(match pieces.get(nth) {
            None => Cow::default(),
            Some(Piece::Text(text)) => Cow::Borrowed(text.as_ref()),
            Some(Piece::Subnet(at)) => subnet_start(*at, classes)?.into(),
            Some(Piece::Reservations(part)) => reservations.write(*part).into(),
        })
    };
    let (mut nth, mut is_first) = (0, true);
    in_order(pieces.len(), make, |made| {
        let text = made?;
        let in_list = matches!(pieces.get(nth), Some(Piece::Reservations(_)));
        // Nothing is before the first reservation of a list, which may be in the second piece.
        let text = text.strip_prefix(',').filter(|_| in_list && is_first).unwrap_or(&text);
        is_first = !in_list || (is_first && text.is_empty());
        nth += 1;
        Ok(out.write_all(text.as_bytes())?)
    })
}

/// A subnet, up to its reservations.
fn subnet_start(at: usize, classes: &Classes<'_>) -> Result<String> {
    let Some(scope) = classes.policy.subnets.get(at) else { return Ok(String::new()) };
    let subnet = subnet_members(classes.policy, scope, at, classes);
    let cidr = scope.subnet.cidr.value;
    let mut out = Vec::new();
    document::subnet_head(&mut out, &format!("{}/{}", cidr.network(), cidr.prefix()), &subnet)?;
    out.extend_from_slice(b"      \"reservations\": [");
    Ok(String::from_utf8(out)?)
}

/// The hook that pings an address before it is offered, if the site asks for it. It has to be on in the whole server to
/// be on in a subnet; a subnet turns it off.
fn ping_check(site: &Site<'_>, dhcp: &Dhcp, version: KeaVersion) -> Option<Value> {
    let mut all = site.subnets.iter().map(|subnet| &subnet.ping_check).chain([&dhcp.ping_check]);
    let is_on = version.is_3_0 && all.any(|ping| ping.as_ref().is_some_and(|ping| ping.value));
    is_on.then(|| {
        json!({
            "library": version.hook("libdhcp_ping_check.so"),
            "parameters": { "enable-ping-check": true },
        })
    })
}

/// The settings of the whole server, but its classes, reservations and subnets.
fn head(policy: &Policy<'_>, dhcp: &Dhcp, version: KeaVersion, machine: &Server) -> Map<String, Value> {
    let interfaces: Vec<&str> = machine.interfaces.iter().map(|interface| interface.value.as_str()).collect();
    let interfaces = if interfaces.is_empty() { vec!["*"] } else { interfaces };
    let mut head = Map::new();
    let mut set = |name: &str, value: Value| head.insert(name.to_owned(), value);
    // Without this word Kea starts, opens no socket, and answers nobody.
    set("interfaces-config", json!({ "interfaces": interfaces }));
    set("control-socket", json!({ "socket-type": "unix", "socket-name": "/run/kea/kea4-ctrl-socket" }));
    set(
        "lease-database",
        json!({ "type": "memfile", "persist": true, "name": "/var/lib/kea/kea-leases4.csv" }),
    );
    set("authoritative", json!(dhcp.authoritative));
    if dhcp.client_id == ClientId::Ignore {
        set("match-client-id", json!(false));
    }
    if let Some(logger) = logger(dhcp, "kea-dhcp4") {
        set("loggers", logger);
    }
    if version.remembers_offers {
        // Else a client that asks several times is offered several addresses.
        set("offer-lifetime", json!(60));
    }
    let by_relay =
        |class: &Class| !class.matches.circuit_id.is_empty() || !class.matches.remote_id.is_empty();
    if version.stashes_relay_options && policy.site.classes.iter().any(by_relay) {
        // As dhcpd does by default. It is kept with the lease.
        head.insert("store-extended-info".to_owned(), json!(true));
        head.insert("stash-agent-options".to_owned(), json!(true));
    }
    host_lookup(policy, &mut head);
    head
}

/// Logging to a facility of syslog: what follows `syslog:` is one (`LoggingInfo::toSpec` in lib/process/logging_info.cc).
/// Kea 2.2 knows `output_options`, later versions know it as well as `output-options`.
pub(super) fn logger(dhcp: &Dhcp, name: &str) -> Option<Value> {
    let output = format!("syslog:{}", dhcp.log_facility.as_ref()?.value);
    Some(json!([{ "name": name, "output_options": [{ "output": output }], "severity": "INFO" }]))
}

/// How hosts are found.
fn host_lookup(policy: &Policy<'_>, head: &mut Map<String, Value>) {
    let mut set = |name: &str, value: bool| head.insert(name.to_owned(), json!(value));
    set("reservations-global", true);
    set("reservations-in-subnet", true);
    // Kea loads no two reservations of one address, unless told so.
    let mut cards = policy.site.hosts.iter().flat_map(crate::model::Host::cards);
    if cards.any(|card| card.ip.is_some() && card.macs.len() > 1) {
        set("ip-reservations-unique", false);
    }
}

/// All of a subnet but its reservations.
fn subnet_members(
    policy: &Policy<'_>,
    scope: &SubnetScope<'_>,
    at: usize,
    classes: &Classes<'_>,
) -> Map<String, Value> {
    let cidr = scope.subnet.cidr.value;
    let mut subnet = Map::new();
    let mut set = |name: &str, value: Value| subnet.insert(name.to_owned(), value);
    // Leases carry the number: it must not change when other subnets come, go or are renamed.
    set("id", json!(u32::from(cidr.network()).max(1)));
    let times = policy.lease_times(scope.subnet);
    // With dhcpd the least wins over the most; Kea wants them in order.
    let max = times.max.max(times.min);
    set("valid-lifetime", json!(times.of(None)));
    set("min-valid-lifetime", json!(times.min));
    set("max-valid-lifetime", json!(max));
    if let Some(next) = scope.next_server {
        set("next-server", json!(next.value));
    }
    set("option-data", Value::from(options::of_subnet(at, scope, classes)));
    let mut pools = Vec::new();
    for (nth, pool) in scope.pools.iter().enumerate() {
        let class = match classes.guard(at, scope, nth) {
            Guard::Nobody => continue,
            Guard::Open => None,
            Guard::Class(class) => Some(class),
        };
        for range in &pool.ranges {
            for (class, low, high) in classes.shares(class.as_deref(), *range, pool.only.is_some()) {
                let mut one = json!({ "pool": format!("{low} - {high}") });
                if let Some(class) = class {
                    classes.version.guard(&mut one, &class);
                }
                pools.push(one);
            }
        }
    }
    set("pools", Value::from(pools));
    if classes.version.is_3_0 && scope.subnet.ping_check.as_ref().is_some_and(|ping| !ping.value) {
        set("user-context", json!({ "ping-check": { "enable-ping-check": false } }));
    }
    let required = classes.required_in(at);
    if !required.is_empty() {
        set(classes.version.required(), json!(required));
    }
    let mut own = raw::object(&scope.subnet.handout.raw, "kea");
    own.shift_remove(classes.version.required_elsewhere());
    raw::merge(&mut subnet, own);
    subnet
}
