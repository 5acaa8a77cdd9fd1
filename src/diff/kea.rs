//! kea-dhcp4.conf: hosts, subnets and classes, and the settings of the server. Hosts and subnets have the names of facts
//! that the files of all DHCP servers have; the others have Kea's.

use serde_json::Value;

use super::dhcp_subjects::{DhcpSubjects, option_name, range};
use super::subjects::{FactsOf, Subject, Subjects};
use crate::dialects::json::without_comments;

/// The class that ipxegen gives to every reservation (`outputs::kea`).
const EVERY_HOST: &str = "ipxegen-host";

/// Reads a file.
#[must_use]
pub fn read(text: &str) -> Subjects<'_> {
    let mut subjects = DhcpSubjects::new(FactsOf::Kea);
    let Ok(file) = serde_json::from_str::<Value>(&without_comments(text)) else { return subjects.all };
    let Some(dhcp) = file.get("Dhcp4") else { return subjects.all };
    for shared in list(dhcp, "shared-networks") {
        subnets(shared, &mut subjects);
    }
    subnets(dhcp, &mut subjects);
    // A host of a subnet may have a second reservation there, without a name, which makes it known elsewhere.
    let hosts = subjects.all.iter().filter(|((kind, _), _)| *kind == "host");
    let macs = hosts.flat_map(|(_, host)| host.facts.iter().filter(|(name, _)| name == "mac"));
    let known: foldhash::HashSet<String> = macs.map(|(_, mac)| mac.to_string()).collect();
    for host in list(dhcp, "reservations") {
        let mac = text_of(host, "hw-address").unwrap_or_default();
        if host.get("hostname").is_some() || !known.contains(&mac.to_ascii_lowercase()) {
            reservation(host, None, &mut subjects);
        }
    }
    for class in list(dhcp, "client-classes") {
        if let Some(name) = text_of(class, "name") {
            settings(class, &["name"], subjects.subject("class", name));
        }
    }
    const OTHERS: [&str; 4] = ["shared-networks", "subnet4", "reservations", "client-classes"];
    settings(dhcp, &OTHERS, subjects.subject("dhcp", ""));
    subjects.all.retain(|(kind, _), subject| *kind != "dhcp" || !subject.facts.is_empty());
    subjects.all
}

fn subnets(of: &Value, subjects: &mut DhcpSubjects<'_>) {
    for subnet in list(of, "subnet4") {
        let Some(network) = text_of(subnet, "subnet") else { continue };
        let subject = subjects.subnet(network);
        for pool in list(subnet, "pools") {
            if let Some((low, high)) = text_of(pool, "pool").and_then(|pool| pool.split_once('-')) {
                let mut value = range(low.trim(), high.trim());
                let class =
                    text_of(pool, "client-class").or_else(|| list(pool, "client-classes").first()?.as_str());
                if let Some(class) = class {
                    value += &format!(" for {class}");
                }
                subject.add("range", value);
            }
        }
        // The lists of classes follow from the loaders, and the number from the network.
        const OTHERS: [&str; 6] = [
            "subnet",
            "id",
            "pools",
            "reservations",
            "require-client-classes",
            "evaluate-additional-classes",
        ];
        settings(subnet, &OTHERS, subject);
        for host in list(subnet, "reservations") {
            reservation(host, Some(network), subjects);
        }
    }
}

fn reservation(host: &Value, of: Option<&str>, subjects: &mut DhcpSubjects<'_>) {
    let macs: Vec<&str> = text_of(host, "hw-address").into_iter().collect();
    // A host without an address is in every subnet.
    let address = text_of(host, "ip-address");
    let name = text_of(host, "hostname");
    let subject = subjects.host(name, &macs, address, of.filter(|_| address.is_some()));
    let Some(subject) = subject else { return };
    for class in list(host, "client-classes").iter().filter_map(Value::as_str) {
        if class != EVERY_HOST {
            subject.add("class", class.to_owned());
        }
    }
    settings(host, &["hw-address", "ip-address", "hostname", "client-classes"], subject);
}

/// Adds the settings of a scope but these: its options, and other parameters.
fn settings(of: &Value, others: &[&str], subject: &mut Subject<'_>) {
    for (key, value) in
        of.as_object().into_iter().flatten().filter(|(key, _)| !others.contains(&key.as_str()))
    {
        match value {
            Value::Array(options) if key == "option-data" => {
                options.iter().for_each(|option| self::option(option, subject));
            }
            Value::String(text) => subject.add(key.clone(), text.clone()),
            value => subject.add(key.clone(), value.to_string()),
        }
    }
}

fn option(option: &Value, subject: &mut Subject<'_>) {
    let code = option.get("code").and_then(Value::as_u64);
    let name = match (code, text_of(option, "name")) {
        (Some(17), _) => "root-path".to_owned(),
        (Some(code), _) => option_name(code).map_or_else(|| format!("option {code}"), str::to_owned),
        (None, Some(name)) => format!("option {name}"),
        (None, None) => return,
    };
    let Some(data) = text_of(option, "data") else { return };
    if option.get("csv-format") != Some(&Value::Bool(false)) {
        return subject.add(name, data.to_owned());
    }
    let Some(bytes) = from_hex(data) else { return subject.add(name, data.to_owned()) };
    match sub_options(&bytes).filter(|_| code == Some(175)) {
        Some(all) => {
            for (code, value) in all {
                subject.add(format!("ipxe option {code}"), readable(value));
            }
        }
        None => subject.add(name, readable(&bytes)),
    }
}

/// The sub-options of an encapsulated option: a code, a length and the value of each.
fn sub_options(mut bytes: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut all = Vec::new();
    while let [code, length, rest @ ..] = bytes {
        let (value, rest) = rest.split_at_checked(usize::from(*length))?;
        all.push((*code, value));
        bytes = rest;
    }
    bytes.is_empty().then_some(all)
}

/// Printable text as it is, other bytes in hexadecimal digits.
fn readable(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(char::is_control) => text.to_owned(),
        _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn list<'v>(of: &'v Value, name: &str) -> &'v [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text_of<'v>(of: &'v Value, name: &str) -> Option<&'v str> {
    of.get(name)?.as_str()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    digits.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}
