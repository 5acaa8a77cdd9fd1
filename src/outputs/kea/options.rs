//! Options in Kea's words.

use serde_json::{Value, json};

use super::classes::Classes;
use crate::dhcp::{Data, Setting, SubnetScope, encapsulated};

/// An option by its code and bytes, whatever Kea calls it and however it would read it: a text with a comma would be
/// cut.
pub(in super::super) fn bytes(code: u8, bytes: &[u8]) -> Value {
    json!({ "code": code, "csv-format": false, "data": hex(bytes) })
}

/// The same as text, for the options of many hosts.
pub(super) fn bytes_text(code: u8, bytes: &[u8]) -> String {
    format!("{{\"code\":{code},\"csv-format\":false,\"data\":\"{}\"}}", hex(bytes))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.extend(DIGITS.get(usize::from(digit)));
        }
    }
    text
}

/// An option with a value, or nothing.
pub(super) fn option(setting: &Setting<'_>) -> Option<Value> {
    let mut option = match &setting.data {
        Data::Addresses(ips) if !ips.is_empty() => {
            let ips: Vec<String> = ips.iter().map(ToString::to_string).collect();
            json!({ "code": setting.code, "data": ips.join(", ") })
        }
        data => bytes(setting.code, &data.bytes()?),
    };
    if setting.always {
        option["always-send"] = json!(true);
    }
    Some(option)
}

/// The options of a subnet, but those that a class says.
pub(super) fn of_subnet(at: usize, scope: &SubnetScope<'_>, classes: &Classes<'_>) -> Vec<Value> {
    let mut all = vec![json!({ "code": 28, "data": scope.subnet.broadcast.value })];
    let here = scope.options.iter().filter(|setting| !classes.is_said_by_class(at, setting.code));
    all.extend(here.filter_map(option));
    let ipxe = encapsulated(&scope.ipxe);
    if !ipxe.is_empty() && !classes.say_ipxe(at) {
        all.push(bytes(175, &ipxe));
    }
    all
}
