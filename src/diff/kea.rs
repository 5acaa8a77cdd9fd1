//! kea-dhcp4.conf: its hosts and subnets, by what the files of all DHCP servers have.

use serde_json::Value;

use super::dhcp_subjects::{DhcpSubjects, option_name, range};
use super::subjects::Subjects;

/// Reads a file.
#[must_use]
pub fn read(text: &str) -> Subjects<'_> {
    let mut subjects = DhcpSubjects::default();
    let Ok(file) = serde_json::from_str::<Value>(&without_comments(text)) else { return subjects.0 };
    let Some(dhcp) = file.get("Dhcp4") else { return subjects.0 };
    for shared in list(dhcp, "shared-networks") {
        subnets(shared, &mut subjects);
    }
    subnets(dhcp, &mut subjects);
    // A host of a subnet may have a second reservation there, without a name, which makes it known elsewhere.
    let hosts = subjects.0.iter().filter(|((kind, _), _)| *kind == "host");
    let macs = hosts.flat_map(|(_, host)| host.facts.iter().filter(|(name, _)| name == "mac"));
    let known: rustc_hash::FxHashSet<String> = macs.map(|(_, mac)| mac.to_string()).collect();
    for host in list(dhcp, "reservations") {
        let mac = text_of(host, "hw-address").unwrap_or_default();
        if host.get("hostname").is_some() || !known.contains(&mac.to_ascii_lowercase()) {
            reservation(host, None, &mut subjects);
        }
    }
    subjects.0
}

fn subnets(of: &Value, subjects: &mut DhcpSubjects<'_>) {
    for subnet in list(of, "subnet4") {
        let Some(network) = text_of(subnet, "subnet") else { continue };
        let facts = &mut subjects.subnet(network).facts;
        for pool in list(subnet, "pools") {
            if let Some((low, high)) = text_of(pool, "pool").and_then(|pool| pool.split_once('-')) {
                facts.push(("range".into(), range(low.trim(), high.trim()).into()));
            }
        }
        for option in list(subnet, "option-data") {
            let code = option.get("code").and_then(Value::as_u64).unwrap_or_default();
            if let (Some(name), Some(data)) = (option_name(code), text_of(option, "data")) {
                let is_hex = option.get("csv-format") == Some(&Value::Bool(false));
                let data = if is_hex { from_hex(data).unwrap_or_default() } else { data.to_owned() };
                facts.push((name.into(), data.into()));
            }
        }
        for host in list(subnet, "reservations") {
            reservation(host, Some(network), subjects);
        }
    }
}

fn reservation(host: &Value, of: Option<&str>, subjects: &mut DhcpSubjects<'_>) {
    let macs: Vec<&str> = text_of(host, "hw-address").into_iter().collect();
    // A host without an address is in every subnet.
    let address = text_of(host, "ip-address");
    subjects.host(text_of(host, "hostname"), &macs, address, of.filter(|_| address.is_some()));
}

fn list<'v>(of: &'v Value, name: &str) -> &'v [Value] {
    of.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text_of<'v>(of: &'v Value, name: &str) -> Option<&'v str> {
    of.get(name)?.as_str()
}

fn from_hex(text: &str) -> Option<String> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    let bytes: Option<Vec<u8>> = digits.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect();
    String::from_utf8(bytes?).ok()
}

/// The text without the comments that Kea allows in JSON: from `//` or `#` to the end of the line, and `/* … */`.
fn without_comments(text: &str) -> String {
    let mut left = text;
    let mut kept = String::with_capacity(text.len());
    while let Some(at) = left.find(['"', '#', '/']) {
        let (before, rest) = left.split_at(at);
        kept.push_str(before);
        let length = match rest.as_bytes() {
            [b'"', ..] => {
                let length = string_length(rest);
                kept.push_str(rest.get(..length).unwrap_or_default());
                length
            }
            [b'/', b'*', ..] => rest.find("*/").map_or(rest.len(), |end| end + 2),
            [b'#', ..] | [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
            _ => {
                kept.push('/');
                1
            }
        };
        left = rest.get(length..).unwrap_or_default();
    }
    kept.push_str(left);
    kept
}

/// The length of the string at the beginning of a text, with its quotes.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}
