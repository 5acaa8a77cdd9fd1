//! `/etc/kea/kea-dhcp6.conf`, where a subnet has a `cidr6`.
//!
//! URLs are said by classes only, which exclude each other, as boot files are in `kea-dhcp4.conf`. A host is found by
//! the MAC address in its DUID.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::checkers::{Checker, kea::KEA6};
use super::dhcpd6::spoken;
use super::kea::classes::{HOST, NO_BOOT};
use super::kea::client_kinds::kind_class;
use super::kea::pair::Pair;
use super::kea::{KeaVersion, document, here, options, raw, source_map};
use super::{Action, ManualStep, Output, PlannedFile, Port, RawScope};
use crate::dhcp::{Policy6, SubnetScope6, domain_names};
use crate::dialects::Dialect;
use crate::model::{ClientKind, Dhcp, Host, Server, Site};

pub(super) struct Kea6;

/// iPXE's user class has a length of two octets in front here, as RFC 8415 wants it.
const IPXE: &str = "substring(option[15].hex,2,4) == 'iPXE'";

impl Output for Kea6 {
    fn name(&self) -> &'static str {
        "kea6"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Json
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[KEA6]
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site, RawScope::Dhcp, RawScope::Clients]
    }

    fn own_keys(&self, scope: RawScope) -> &'static [(&'static str, &'static str)] {
        raw::own_keys(scope)
    }

    fn action(&self, unit: &str) -> Option<Action> {
        // Debian's unit has no `ExecReload`.
        (unit == "kea-dhcp6-server.service").then_some(Action::ControlSocket {
            socket: "/run/kea/kea6-ctrl-socket",
            file: "/etc/kea/kea-dhcp6.conf",
        })
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        let Some(dhcp) = here(site, server).filter(|_| spoken(site)) else { return Vec::new() };
        let pair = Pair::of(site, dhcp, server);
        let pair = pair.map(|pair| Port::tcp(pair.port().saturating_add(1), "Kea's pair by IPv6"));
        std::iter::once(Port::udp(547, "kea-dhcp6")).chain(pair).collect()
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(dhcp) = here(site, server).filter(|_| spoken(site)) else { return Vec::new() };
        let Some(machine) = site.servers.get(server) else { return Vec::new() };
        let write = move |out: &mut dyn Write| config(&Policy6::new(site), dhcp, server, machine, out);
        let file = PlannedFile::written("/etc/kea/kea-dhcp6.conf", Box::new(write))
            .reload("kea-dhcp6-server.service")
            .check(&["kea-dhcp6", "-t", "/etc/kea/kea-dhcp6.conf"])
            .for_system_of(machine)
            .source_map(source_map::source_map(site, dhcp, machine, self.name()));
        let file = if raw::has_secret(site, Some(dhcp), self.name()) { file.secret(&[]) } else { file };
        vec![file.group("_kea", 0o640)]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        if here(site, server).is_none() || !spoken(site) {
            return Vec::new();
        }
        vec![ManualStep::new("package", "kea-dhcp6-server", "Kea, the DHCPv6 server")]
    }
}

fn config(
    policy: &Policy6<'_>,
    dhcp: &Dhcp,
    server: usize,
    machine: &Server,
    out: &mut dyn Write,
) -> Result<()> {
    let version = KeaVersion::of(machine);
    let mut head = head(policy, machine);
    if let Some(logger) = super::kea::logger(dhcp, "kea-dhcp6") {
        head.insert("loggers".to_owned(), logger);
    }
    let pair = Pair::of(policy.site, dhcp, server);
    document::set_hooks(&mut head, pair.iter().flat_map(|pair| pair.hooks(version, true)).collect());
    let mut raw = raw::object(dhcp.raw.iter().chain(&policy.site.raw), "kea6");
    let more_classes = raw::take_list(&mut raw, "client-classes");
    raw::merge(&mut head, raw);
    document::header(&policy.site.name, out)?;
    writeln!(out, "{{ \"Dhcp6\": {{")?;
    document::members(out, "  ", &head)?;
    let classes = classes(policy, version).into_iter().chain(more_classes);
    document::list(out, "  ", "client-classes", classes.into_iter())?;
    let hosts = HostsBySubnet::of(policy);
    writeln!(out, ",")?;
    let global = hosts.everywhere.iter().flat_map(|host| reservations(policy, host, false));
    document::list(out, "  ", "reservations", global.into_iter())?;
    writeln!(out, ",\n  \"subnet6\": [")?;
    for (at, scope) in policy.subnets.iter().enumerate() {
        let network = scope.v6.cidr.value.to_string();
        document::subnet_head(out, &network, &subnet_members(scope, machine, version))?;
        let inside = hosts.by_subnet.get(&at).into_iter().flatten();
        let inside = inside.flat_map(|host| reservations(policy, host, true));
        document::list(out, "      ", "reservations", inside.into_iter())?;
        writeln!(out, "\n    }}{}", document::comma(at, policy.subnets.len()))?;
    }
    writeln!(out, "  ]\n}} }}")?;
    Ok(())
}

fn head(policy: &Policy6<'_>, machine: &Server) -> Map<String, Value> {
    let interfaces: Vec<&str> = machine.interfaces.iter().map(|interface| interface.value.as_str()).collect();
    let interfaces = if interfaces.is_empty() { vec!["*"] } else { interfaces };
    let mut head = Map::new();
    let mut set = |name: &str, value: Value| head.insert(name.to_owned(), value);
    set("interfaces-config", json!({ "interfaces": interfaces }));
    set("control-socket", json!({ "socket-type": "unix", "socket-name": "/run/kea/kea6-ctrl-socket" }));
    set(
        "lease-database",
        json!({ "type": "memfile", "persist": true, "name": "/var/lib/kea/kea-leases6.csv" }),
    );
    set("host-reservation-identifiers", json!(["hw-address"]));
    set("reservations-global", json!(true));
    set("reservations-in-subnet", json!(true));
    set("valid-lifetime", json!(policy.lease_time()));
    let mut hosts = policy.site.hosts.iter();
    if hosts.any(|host| host.ip6.is_some() && host.cards().map(|card| card.macs.len()).sum::<usize>() > 1) {
        set("ip-reservations-unique", json!(false));
    }
    head
}

/// Every class: the kinds of clients, and the URLs of each subnet.
fn classes(policy: &Policy6<'_>, version: KeaVersion) -> Vec<Value> {
    let mut all = vec![json!({ "name": HOST }), json!({ "name": NO_BOOT })];
    all.push(json!({ "name": kind_class("ipxe"), "test": IPXE }));
    let mut kinds: Vec<ClientKind> =
        policy.subnets.iter().flat_map(|scope| &scope.v6.loaders).map(|(kind, _)| *kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    all.extend(kinds.into_iter().map(|kind| {
        let arches = kind.arch_numbers();
        let arches: Vec<String> =
            arches.iter().map(|arch| format!("substring(option[61].hex,0,2) == 0x{arch:04x}")).collect();
        let test = format!("not member('{}') and ({})", kind_class("ipxe"), arches.join(" or "));
        json!({ "name": kind_class(kind.name()), "test": test })
    }));
    all.extend(policy.subnets.iter().flat_map(|scope| urls(scope, version)));
    all
}

/// A class for each URL of a subnet.
fn urls(scope: &SubnetScope6<'_>, version: KeaVersion) -> Vec<Value> {
    let Some(urls) = scope.files else { return Vec::new() };
    let known = if scope.known_only { "member('KNOWN') and " } else { "" };
    let class = |kind: &str, url: &str, http: bool| {
        let mut options = vec![options::bytes(59, url.as_bytes())];
        if http {
            // UEFI takes a URL only from an answer that says HTTPClient too: enterprise 0, a length, the text. Kea
            // sends an option only to a client that asks for it, unless told otherwise.
            let mut option = options::bytes(16, b"\0\0\0\0\0\x0aHTTPClient");
            option["always-send"] = json!(true);
            options.push(option);
        }
        let mut class = json!({
            "name": class_name(scope, kind),
            "test": format!("{known}not member('{NO_BOOT}') and member('{}')", kind_class(kind)),
            "option-data": options,
        });
        class[version.on_demand()] = json!(true);
        class
    };
    let script = urls.script.map(|url| class("ipxe", url, false));
    let loaders = urls.loaders.iter();
    let loaders = loaders.map(|(kind, url)| class(kind.name(), url, kind.info().loads_like.is_some()));
    script.into_iter().chain(loaders).collect()
}

fn class_name(scope: &SubnetScope6<'_>, kind: &str) -> String {
    format!("{}.{kind}", scope.subnet.name.value)
}

/// All of a subnet but its reservations.
fn subnet_members(scope: &SubnetScope6<'_>, machine: &Server, version: KeaVersion) -> Map<String, Value> {
    let mut subnet = Map::new();
    let mut set = |name: &str, value: Value| subnet.insert(name.to_owned(), value);
    // Leases carry the number, which is that of the subnet's leases by IPv4.
    set("id", json!(u32::from(scope.subnet.cidr.value.network()).max(1)));
    // A client that asks without a relay is in a subnet by the interface alone. With several, the site says which:
    // the rule `daemon-lacks` asks for it.
    if let [interface] = machine.interfaces.as_slice()
        && machine.ips6.iter().any(|ip| scope.v6.cidr.value.contains(ip.value))
    {
        set("interface", json!(interface.value));
    }
    let mut data = Vec::new();
    if !scope.v6.dns.is_empty() {
        let dns: Vec<String> = scope.v6.dns.iter().map(ToString::to_string).collect();
        data.push(json!({ "code": 23, "data": dns.join(", ") }));
    }
    data.extend(domain_names(&scope.domains()).map(|names| options::bytes(24, &names)));
    set("option-data", Value::from(data));
    let pool = |range: &crate::model::Range6| {
        let mut pool = json!({ "pool": format!("{} - {}", range.low, range.high) });
        if !scope.subnet.unknown_clients.value {
            version.guard(&mut pool, "KNOWN");
        }
        pool
    };
    set("pools", scope.v6.free.iter().map(pool).collect());
    let required: Vec<Value> =
        urls(scope, version).into_iter().map(|mut class| class["name"].take()).collect();
    if !required.is_empty() {
        set(version.required(), json!(required));
    }
    let mut own = raw::object(&scope.subnet.handout.raw, "kea6");
    own.shift_remove(version.required_elsewhere());
    raw::merge(&mut subnet, own);
    subnet
}

/// The hosts by the subnet of their address, and those that every subnet has to know.
struct HostsBySubnet<'s> {
    by_subnet: BTreeMap<usize, Vec<&'s Host<'s>>>,
    everywhere: Vec<&'s Host<'s>>,
}

impl<'s> HostsBySubnet<'s> {
    fn of(policy: &Policy6<'s>) -> Self {
        let mut found = Self { by_subnet: BTreeMap::new(), everywhere: Vec::new() };
        let several = policy.subnets.len() > 1;
        let known_counts = policy.known_counts();
        // Networks do not overlap, so an address is in the last one that begins before it.
        let networks = policy.subnets.iter().enumerate();
        let networks: BTreeMap<_, _> =
            networks.map(|(at, scope)| (scope.v6.cidr.value.network(), (at, scope.v6.cidr.value))).collect();
        for host in policy.hosts(|_| false) {
            let inside = host.ip6.as_ref().and_then(|ip| {
                let (_, (at, cidr)) = networks.range(..=ip.value).next_back()?;
                cidr.contains(ip.value).then_some(*at)
            });
            if let Some(at) = inside {
                found.by_subnet.entry(at).or_default().push(host);
            }
            if inside.is_none() || (several && (known_counts || policy.boots_nothing(host))) {
                found.everywhere.push(host);
            }
        }
        found
    }
}

/// The reservations of a host, one for each MAC address.
fn reservations(policy: &Policy6<'_>, host: &Host<'_>, with_address: bool) -> Vec<Value> {
    // A reservation must say something beside its MAC address (Kea 2.2).
    let mut classes = vec![HOST];
    classes.extend(policy.boots_nothing(host).then_some(NO_BOOT));
    let own = policy.site.profile(host).map(|profile| raw::object(&profile.handout.raw, "kea6"));
    let own = own.unwrap_or_default();
    let address = host.ip6.as_ref().filter(|_| with_address);
    let one = |mac: &crate::model::Spanned<crate::model::Mac>| {
        let mut one = Map::new();
        one.insert("hw-address".to_owned(), json!(mac.value.to_string()));
        if let Some(ip) = address {
            one.insert("ip-addresses".to_owned(), json!([ip.value]));
        }
        one.insert("client-classes".to_owned(), json!(classes));
        raw::merge(&mut one, own.clone());
        one.into()
    };
    host.cards().flat_map(|card| card.macs).map(one).collect()
}
