//! The defaults of keys, for the schema: those that resolving a site really gives.
//!
//! No list of defaults is kept that could differ from the code. Several small sites are resolved that leave the keys
//! out; they differ in names, addresses and daemons. A value that all of them show for a key depends on nothing in
//! the site, so it is the key's default. A key that a site has to set, such as `daemon` for Kea, is not taken from it.

use serde_json::{Map, Value, json};

use crate::limits::PATTERN_HOSTS;
use crate::outputs::site_view;
use crate::report::Report;
use crate::resolve;
use crate::schema::{Texts, read_up_to};
use crate::source::Sources;

/// A site, and the keys that it sets, as pointers into what `show` prints.
struct Probe {
    text: &'static str,
    sets: &'static [&'static str],
}

const PROBES: &[Probe] = &[
    Probe {
        text: "
servers: { alpha: { ip: 10.11.0.1, interfaces: [eth7] }, beta: { ip: 10.11.0.2, interfaces: [eth8] } }
dhcp: { servers: [alpha, beta] }
tftp: { server: alpha }
http: { server: alpha }
nfs: { server: alpha, exports: [{ path: /srv/one }] }
smb: { server: alpha, shares: { one: { path: /srv/one } } }
iscsi: { servers: { beta: {} } }
loaders: { build: {} }
winpe: {}
subnets: { one: { cidr: 10.11.0.0/24, ranges: 10.11.0.100-10.11.0.199 } }
classes: { one: { match: { vendor_class: one } } }
boot_entries: { one: { kind: linux, dir: one, kernel: k } }
",
        sets: &[],
    },
    Probe {
        text: "
servers: { gamma: { ip: 10.12.0.3, interfaces: [en0] }, delta: { ip: 10.12.0.4, interfaces: [en1] } }
dhcp: { servers: [delta, gamma], daemon: kea }
tftp: { server: gamma }
http: { server: delta }
nfs: { server: delta, exports: [{ path: /srv/two }] }
smb: { server: gamma, shares: { one: { path: /srv/two } } }
iscsi: { servers: { beta: { portals: 10.12.0.9 } } }
loaders: { build: {} }
winpe: {}
subnets: { one: { cidr: 10.12.0.0/24, ranges: 10.12.0.50-10.12.0.59 } }
classes: { one: { match: { vendor_class: two } } }
boot_entries: { two: { kind: san }, one: { kind: iso, label: Two, iso: two.iso } }
menu: { title: Two }
",
        sets: &["/dhcp/daemon"],
    },
    Probe {
        text: "
servers: { eps: { ip: 10.13.0.5, interfaces: [en0] } }
dhcp: { daemon: dnsmasq }
tftp: {}
http: none
subnets: { one: { cidr: 10.13.0.0/24, ranges: 10.13.0.50-10.13.0.59 } }
boot_entries: { three: { kind: san } }
menu: { title: Three }
",
        sets: &["/dhcp/daemon"],
    },
];

/// The mappings whose keys have defaults that no other scope overrides, by the names of their types, and where `show`
/// prints each. A subnet, group or host inherits instead.
const SHOWN: &[(&str, &str)] = &[
    ("Dhcp", "/dhcp"),
    ("Failover", "/dhcp/failover"),
    ("Tftp", "/tftp"),
    ("Http", "/http"),
    ("Nfs", "/nfs"),
    ("Export", "/nfs/exports/0"),
    ("Smb", "/smb"),
    ("Share", "/smb/shares/one"),
    ("IscsiServer", "/iscsi/servers/beta"),
    ("LoadersBuild", "/loaders/build"),
    ("Ipxe", "/ipxe"),
    ("Menu", "/menu"),
    ("MenuTexts", "/menu/texts"),
    ("WinpeImages", "/winpe"),
    ("Class", "/classes/one"),
    ("Entry", "/boot_entries/one"),
];

/// Keys of a failover pair that only dhcpd has, so that sites with another daemon show none.
const OF_DHCPD: &[&str] = &["/dhcp/failover/mclt", "/dhcp/failover/max_unacked_updates"];

/// `netboot` of `dhcp` is shown where it has an effect.
const NETBOOT: &str = "/subnets/one/netboot";

/// Writes the defaults into the schema of a site.
pub(super) fn add(schema: &mut Value) {
    let shown: Vec<Value> = PROBES.iter().map(shown).collect();
    let Some(defs) = schema.get_mut("$defs").and_then(Value::as_object_mut) else { return };
    for (name, def) in defs {
        // A kind of boot entry has a definition of its own.
        let name = if name.starts_with("entry_") { "Entry" } else { name.as_str() };
        let Some((_, at)) = SHOWN.iter().find(|(shown, _)| *shown == name) else { continue };
        let Some(properties) = def.get_mut("properties").and_then(Value::as_object_mut) else { continue };
        for (key, property) in properties {
            let pointer = if (name, key.as_str()) == ("Dhcp", "netboot") {
                NETBOOT.to_owned()
            } else {
                format!("{at}/{key}")
            };
            if let (Some(value), Value::Object(property)) = (default(&shown, at, &pointer), property) {
                property.insert("default".to_owned(), value);
            }
        }
    }
}

/// The value of a key that all sites show which have its mapping, at `mapping`, and do not set it.
fn default(shown: &[Value], mapping: &str, pointer: &str) -> Option<Value> {
    let sites = PROBES
        .iter()
        .zip(shown)
        .filter(|(probe, shown)| shown.pointer(mapping).is_some() && !probe.sets.contains(&pointer));
    let mut values = sites.map(|(_, shown)| shown.pointer(pointer));
    let first = values.next()??;
    // A mapping has the defaults of its keys.
    let is_value = !first.is_null() && !first.is_object();
    let lacks = |value: Option<&Value>| value.is_none() && OF_DHCPD.contains(&pointer);
    (is_value && values.all(|value| value == Some(first) || lacks(value))).then(|| first.clone())
}

/// A site as `show` prints it.
fn shown(probe: &Probe) -> Value {
    let sources = Sources::new();
    let Ok(file) = sources.add("defaults", probe.text) else { return Value::Null };
    let texts = Texts { files: vec![file], with: Vec::new() };
    let mut report = Report::new();
    let written = read_up_to(&sources, &texts, PATTERN_HOSTS, &mut report);
    let site = resolve::resolve(written, "defaults", &sources, &mut report);
    debug_assert!(!report.has_errors(), "{:?}", report.sorted().first().map(|finding| &finding.message));
    serde_json::to_value(site_view(&site)).unwrap_or(json!(Map::new()))
}
