//! Kea 2.2 and later: a whole `kea-dhcp4.conf`, as JSON.
//!
//! Kea's `==` compares bytes, so a type of client is `0x0007` and not `7`, which it accepts and never
//! matches; a text with a comma would be cut, so texts go as hexadecimal digits (`csv-format: false`).

use serde_json::{Value, json};

use super::told::{Net, Told};
use crate::dialects::comment;
use crate::model::Site;

const IPXE: &str = "substring(option[77].hex,0,4) == 'iPXE' or substring(option[77].hex,1,4) == 'iPXE'";

/// The configuration, a comment in front.
pub(super) fn config(site: &Site<'_>, told: &Told) -> String {
    let mut classes = Vec::new();
    for net in told.nets.iter().filter(|net| net.script.is_some() || !net.files.is_empty()) {
        if let Some(script) = &net.script {
            classes.push(json!({
                "name": format!("{}.ipxe", net.name), "test": IPXE, "only-if-required": true,
                "boot-file-name": script,
            }));
        }
        for file in &net.files {
            let Some(kind) = told.kinds.iter().find(|kind| kind.name == file.kind) else { continue };
            let arches: Vec<_> = kind
                .arch
                .iter()
                .map(|arch| format!("substring(option[93].hex,0,2) == 0x{arch:04x}"))
                .collect();
            let (vendor, length) = (file.vendor, file.vendor.len());
            let test = format!(
                "not ({IPXE}) and substring(option[60].hex,0,{length}) == '{vendor}' and ({})",
                arches.join(" or ")
            );
            let mut class = json!({
                "name": format!("{}.{}", net.name, file.kind), "test": test, "only-if-required": true,
                "boot-file-name": file.file,
            });
            if file.http {
                // UEFI takes a URL only from an answer that says HTTPClient too.
                // Kea sends an option only to who lists it in option 55, unless told otherwise.
                class["option-data"] = json!([{
                    "name": "vendor-class-identifier", "data": "HTTPClient", "always-send": true,
                }]);
            }
            classes.push(class);
        }
    }
    let subnets: Vec<Value> = (1..).zip(&told.nets).map(|(id, net)| subnet(id, net, told)).collect();
    let reservations: Vec<Value> =
        told.machines.iter().filter(|machine| machine.net.is_none()).map(reservation).collect();
    // Without this word Kea starts, opens no socket, and answers nobody.
    let listen = json!({ "interfaces": ["*"] });
    let mut dhcp = json!({ "interfaces-config": listen, "client-classes": classes, "subnet4": subnets });
    if !reservations.is_empty() {
        dhcp["reservations"] = reservations.into();
        dhcp["reservations-global"] = true.into();
        dhcp["reservations-in-subnet"] = true.into();
    }
    // Serializing a value does not fail.
    let text = serde_json::to_string_pretty(&json!({ "Dhcp4": dhcp })).unwrap_or_default();
    format!("// Made by ipxegen from {}: change it there, not here.\n{text}\n", comment(&site.source))
}

fn subnet(id: u32, net: &Net, told: &Told) -> Value {
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
    let machines = told.machines.iter().filter(|machine| machine.net.as_ref() == Some(&net.name));
    let mut subnet = json!({
        "id": id, "subnet": net.cidr, "pools": pools, "option-data": options,
        "require-client-classes": required, "reservations": machines.map(reservation).collect::<Vec<_>>(),
    });
    if let Some(next) = &net.next_server {
        subnet["next-server"] = json!(next);
    }
    if let Some(lease) = net.lease {
        subnet["valid-lifetime"] = json!(lease);
    }
    subnet
}

fn reservation(machine: &super::told::Machine) -> Value {
    let mut options: Vec<Value> = Vec::new();
    if let Some(path) = &machine.root_path {
        let hex: String = path.bytes().map(|byte| format!("{byte:02x}")).collect();
        options.push(json!({ "code": 17, "csv-format": false, "data": hex }));
    }
    options.extend(ipxe(&machine.ipxe_hex));
    let mut reservation = json!({ "hw-address": machine.mac, "option-data": options });
    if let Some(ip) = &machine.ip {
        reservation["ip-address"] = json!(ip);
    }
    if let Some(name) = &machine.host_name {
        reservation["hostname"] = json!(name);
    }
    reservation
}

/// Option 175, whole: Kea knows no definition of it and needs none for bytes.
fn ipxe(hex: &str) -> Option<Value> {
    (!hex.is_empty()).then(|| json!({ "code": 175, "csv-format": false, "data": hex.replace(':', "") }))
}
