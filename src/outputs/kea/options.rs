//! Options in Kea's words.

use serde_json::{Value, json};

use super::classes::Classes;
use crate::dhcp::{Data, Setting, SubnetScope, encapsulated};

/// An option by its code and bytes, whatever Kea calls it and however it would read it: a text with a comma would be
/// cut.
pub(in super::super) fn bytes(code: u8, bytes: &[u8]) -> Value {
    json!({ "code": code, "csv-format": false, "data": hex(bytes) })
}

/// Writes an option of a host behind those before it, if it has a value.
pub(super) fn write(code: u8, data: &Data<'_>, out: &mut String) {
    match data {
        Data::Text(text) if code == ROOT_PATH && is_plain(text) => {
            separate(out);
            out.push_str("{\"code\":17,\"data\":\"");
            out.push_str(text);
            out.push_str("\"}");
        }
        data => {
            if let Some(bytes) = data.bytes() {
                write_bytes(code, &bytes, out);
            }
        }
    }
}

/// `root-path`, of which Kea knows that it is a text (`std_option_defs.h`).
const ROOT_PATH: u8 = 17;

/// Whether Kea takes a text as it is: it cuts one at a comma, takes the spaces off its ends and resolves backslashes
/// (`OptionDataParser::createOption` of 2.2 to 3.0). A root-path as text takes half the bytes of one in hexadecimal
/// digits, and each host may have one.
fn is_plain(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b',' | b'\\' | b'"' | b'\'');
    !text.is_empty() && text.bytes().all(is_plain)
}

/// Writes an option by its bytes behind those before it.
pub(super) fn write_bytes(code: u8, bytes: &[u8], out: &mut String) {
    separate(out);
    out.push_str(&format!("{{\"code\":{code},\"csv-format\":false,\"data\":\"{}\"}}", hex(bytes)));
}

/// Puts a comma behind an option, if there is one.
pub(super) fn separate(out: &mut String) {
    if !out.is_empty() {
        out.push(',');
    }
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

#[cfg(test)]
mod tests {
    use super::write;
    use crate::dhcp::Data;

    #[test]
    fn a_root_path_is_text_where_kea_takes_it_as_it_is() {
        let text = |code, text: &str| {
            let mut out = String::new();
            write(code, &Data::Text(text.to_owned().into()), &mut out);
            out
        };
        let disk = "iscsi:10.0.0.2:::1:iqn.2020-01.lan.lab:i38";
        assert_eq!(text(17, disk), format!("{{\"code\":17,\"data\":\"{disk}\"}}"));
        for other in ["10.0.0.1:/srv,ro", "a b", "a\\b", "a\"b", "'ab'", "é"] {
            assert!(text(17, other).contains("\"csv-format\":false"), "{other}");
        }
        // Kea has no definition of it, so it would be read as digits.
        assert!(text(203, "iqn.2020-01.lan.lab:i38").contains("\"data\":\"69716e2e"));
        assert_eq!(text(17, ""), "");
    }
}
