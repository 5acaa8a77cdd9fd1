//! Kea 2.2 and later: a whole `kea-dhcp4.conf`, as JSON.
//!
//! Kea's `==` compares bytes, so a type of client is `0x0007` and not `7`, which it accepts and never
//! matches; a text with a comma would be cut, so texts go as hexadecimal digits (`csv-format: false`).

use std::io::Write;

use anyhow::Result;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::view::{Machine, Net, View, machines, machines_of};
use crate::dhcp::Policy;
use crate::dialects::comment;
use crate::model::{Host, RASPBERRY_PI, RASPBERRY_PI_ID};

const IPXE: &str = "substring(option[77].hex,0,4) == 'iPXE' or substring(option[77].hex,1,4) == 'iPXE'";

/// The class of hosts that boot nothing.
const NO_BOOT: &str = "ipxegen-no-boot";

/// Writes the configuration, a comment in front.
pub(super) fn config(policy: &Policy<'_>, view: &View, out: &mut dyn Write) -> Result<()> {
    let mut classes = Vec::new();
    // Membership comes from a host's reservation; a class must stand before the tests that name it.
    if view.boots_nothing {
        classes.push(json!({ "name": NO_BOOT }));
    }
    let boots = if view.boots_nothing { format!("not member('{NO_BOOT}') and ") } else { String::new() };
    let is_ipxe = if view.boots_nothing { format!("{boots}({IPXE})") } else { IPXE.to_owned() };
    for net in view.nets.iter().filter(|net| net.script.is_some() || !net.files.is_empty()) {
        if let Some(script) = &net.script {
            classes.push(json!({
                "name": format!("{}.ipxe", net.name), "test": is_ipxe,
                "only-if-required": true,
                "boot-file-name": script,
            }));
        }
        for file in &net.files {
            let Some(kind) = view.kinds.iter().find(|kind| kind.name == file.kind) else { continue };
            let arches: Vec<_> = kind
                .arch
                .iter()
                .map(|arch| format!("substring(option[93].hex,0,2) == 0x{arch:04x}"))
                .collect();
            let (vendor, length) = (file.vendor, file.vendor.len());
            let mut test = format!(
                "{boots}not ({IPXE}) and substring(option[60].hex,0,{length}) == '{vendor}' and ({})",
                arches.join(" or ")
            );
            if file.not_rpi {
                test = format!("{test} and not ({})", is_rpi());
            }
            let mut class = json!({
                "name": format!("{}.{}", net.name, file.kind), "test": test, "only-if-required": true,
                "boot-file-name": file.file,
            });
            if file.http {
                // UEFI takes a URL only from an answer that says HTTPClient too.
                // Kea sends an option only to a client that lists it in option 55, unless told otherwise.
                class["option-data"] = json!([{
                    "name": "vendor-class-identifier", "data": "HTTPClient", "always-send": true,
                }]);
            }
            classes.push(class);
        }
    }
    let mut by_net: Vec<Vec<&Host<'_>>> = view.nets.iter().map(|_| Vec::new()).collect();
    let mut roams = false;
    for host in &policy.site.hosts {
        for card in host.cards() {
            match card.subnet.and_then(|at| by_net.get_mut(at as usize)) {
                Some(hosts) if hosts.last().is_none_or(|last| last.name != host.name) => hosts.push(host),
                Some(_) => {}
                None => roams = true,
            }
        }
    }
    let subnets = || -> Values<'_> {
        let nets = view.nets.iter().zip(&by_net).enumerate();
        Box::new(nets.map(|(at, (net, hosts))| {
            let machines = hosts.iter().flat_map(|host| machines_of(policy, &view.nets, host));
            subnet(at + 1, net, machines.filter(|machine| machine.at == Some(at)))
        }))
    };
    let roaming = || machines(policy, &view.nets).filter(|machine| machine.at.is_none());
    let reservations = || -> Values<'_> { Box::new(roaming().flat_map(reservations_of)) };
    let any = roams && roaming().next().is_some();
    let config = Config {
        dhcp: Dhcp {
            interfaces_config: json!({ "interfaces": ["*"] }),
            client_classes: classes,
            subnets: Each(&subnets),
            reservations: any.then_some(Each(&reservations)),
            unique: view.shared_address.then_some(false),
            reservations_global: any.then_some(true),
            reservations_in_subnet: any.then_some(true),
        },
    };
    writeln!(
        out,
        "// Made by ipxegen for the site {}: edit the site, not this file.",
        comment(&policy.site.name)
    )?;
    serde_json::to_writer_pretty(&mut *out, &config)?;
    writeln!(out)?;
    Ok(())
}

/// The file, of which only one subnet's machines are in memory at a time.
#[derive(Serialize)]
struct Config<'c> {
    #[serde(rename = "Dhcp4")]
    dhcp: Dhcp<'c>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Dhcp<'c> {
    /// Without this word Kea starts, opens no socket, and answers nobody.
    interfaces_config: Value,
    client_classes: Vec<Value>,
    #[serde(rename = "subnet4")]
    subnets: Each<'c>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reservations: Option<Each<'c>>,
    /// Kea loads no two reservations of one address, unless told so.
    #[serde(rename = "ip-reservations-unique", skip_serializing_if = "Option::is_none")]
    unique: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reservations_global: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reservations_in_subnet: Option<bool>,
}

type Values<'v> = Box<dyn Iterator<Item = Value> + 'v>;

/// A list whose values are made when it is written.
struct Each<'c>(&'c dyn Fn() -> Values<'c>);

impl Serialize for Each<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

fn subnet(id: usize, net: &Net, machines: impl Iterator<Item = Machine>) -> Value {
    let mut options = Vec::new();
    let mut list = |name: &str, values: &[String]| {
        if !values.is_empty() {
            options.push(json!({ "name": name, "data": values.join(", ") }));
        }
    };
    list("routers", &net.routers);
    list("domain-name-servers", &net.dns);
    if let Some(domain) = &net.domain {
        list("domain-name", std::slice::from_ref(domain));
    }
    options.extend(ipxe(&net.ipxe_hex));
    let pools: Vec<_> =
        net.ranges.iter().map(|[low, high]| json!({ "pool": format!("{low} - {high}") })).collect();
    let mut required: Vec<String> = net.script.iter().map(|_| format!("{}.ipxe", net.name)).collect();
    required.extend(net.files.iter().map(|file| format!("{}.{}", net.name, file.kind)));
    let reservations: Vec<_> = machines.flat_map(reservations_of).collect();
    let mut subnet = json!({
        "id": id, "subnet": net.cidr, "pools": pools, "option-data": options,
        "require-client-classes": required, "reservations": reservations,
    });
    if let Some(next) = &net.next_server {
        subnet["next-server"] = json!(next);
    }
    if let Some(lease) = net.lease {
        subnet["valid-lifetime"] = json!(lease);
    }
    subnet
}

/// The test that a Raspberry Pi passes, which presents itself as a BIOS client.
fn is_rpi() -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let id = RASPBERRY_PI_ID.len();
    let mut tests = vec![format!("substring(option[97].hex,0,{id}) == 0x{}", hex(&RASPBERRY_PI_ID))];
    let makers = RASPBERRY_PI.iter();
    tests.extend(makers.map(|maker| format!("substring(pkt4.mac,0,3) == 0x{}", hex(maker))));
    tests.join(" or ")
}

/// The reservations of a machine, one for each MAC address.
fn reservations_of(machine: Machine) -> impl Iterator<Item = Value> {
    let macs = machine.macs.clone();
    macs.into_iter().map(move |mac| reservation(&machine, &mac))
}

fn reservation(machine: &Machine, mac: &str) -> Value {
    let mut options: Vec<Value> = Vec::new();
    if let Some(path) = &machine.root_path {
        let hex: String = path.bytes().map(|byte| format!("{byte:02x}")).collect();
        options.push(json!({ "code": 17, "csv-format": false, "data": hex }));
    }
    options.extend(ipxe(&machine.ipxe_hex));
    let mut reservation = json!({ "hw-address": mac, "option-data": options });
    if let Some(ip) = &machine.ip {
        reservation["ip-address"] = json!(ip);
    }
    if let Some(name) = &machine.host_name {
        reservation["hostname"] = json!(name);
    }
    if machine.boots_nothing {
        reservation["client-classes"] = json!([NO_BOOT]);
    }
    reservation
}

/// Option 175, whole: Kea knows no definition of it and needs none for bytes.
fn ipxe(hex: &str) -> Option<Value> {
    (!hex.is_empty()).then(|| json!({ "code": 175, "csv-format": false, "data": hex.replace(':', "") }))
}
