//! `option-data` of Kea as keys of site.yaml.

use super::super::draft::{Mapping, Value};
use super::json::Node;

/// Options that are keys of a scope, and not of its `options`.
pub(super) const OWN_KEYS: [&str; 6] = ["routers", "dns", "ntp", "domain", "domain_search", "broadcast"];

/// Options with keys of their own: Kea's name, the code, and the key.
const KEYS: [(&str, &str, &str); 6] = [
    ("routers", "3", "routers"),
    ("domain-name-servers", "6", "dns"),
    ("ntp-servers", "42", "ntp"),
    ("domain-name", "15", "domain"),
    ("domain-search", "119", "domain_search"),
    ("broadcast-address", "28", "broadcast"),
];

/// Options that dhcpd and Kea know by the same name, and with the same type.
const SAME: [&str; 21] = [
    "time-offset",
    "time-servers",
    "log-servers",
    "lpr-servers",
    "swap-server",
    "interface-mtu",
    "static-routes",
    "nis-domain",
    "nis-servers",
    "netbios-name-servers",
    "netbios-dd-server",
    "netbios-node-type",
    "netbios-scope",
    "smtp-server",
    "pop-server",
    "www-server",
    "finger-server",
    "irc-server",
    "font-servers",
    "default-ip-ttl",
    "tftp-server-name",
];

/// The key and the value of an option; none if the site cannot say it.
pub(super) fn read(option: &Node) -> Option<(String, Value)> {
    let text = |key: &str| option.get(key).and_then(Node::text);
    let known = ["name", "code", "data", "space", "csv-format", "always-send"];
    if !option.members().iter().all(|(key, _)| known.contains(&key.as_str())) {
        return None;
    }
    if text("space").is_some_and(|space| space != "dhcp4") {
        return None;
    }
    let data = text("data")?;
    let name = text("name").unwrap_or_default();
    let code = text("code").unwrap_or_default();
    let always = text("always-send") == Some("true");
    if text("csv-format") == Some("false") {
        return bytes(code, data, always);
    }
    let items: Vec<Value> =
        data.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Value::from).collect();
    if let Some((_, _, key)) =
        KEYS.iter().find(|(known, number, _)| *known == name || (name.is_empty() && *number == code))
    {
        // A key of a scope is sent to those who ask.
        return (!always && !items.is_empty()).then(|| ((*key).to_owned(), Value::one_or_list(items)));
    }
    if !SAME.contains(&name) || items.is_empty() {
        return None;
    }
    let items = items.into_iter().map(|item| match item {
        Value::Text(text) if text.parse::<i64>().is_ok() => Value::Bare(text),
        item => item,
    });
    let value = Value::one_or_list(items.collect());
    Some((name.to_owned(), always_sent(value, always)))
}

/// The value of an option, which may be sent to clients that do not ask for it.
fn always_sent(value: Value, always: bool) -> Value {
    if !always {
        return value;
    }
    let mut map = Mapping::default();
    map.set("value", value);
    map.set("always", Value::flag(true));
    map.into()
}

/// An option by its code, with the bytes of its value; dhcpd has no name for these codes.
fn bytes(code: &str, data: &str, always: bool) -> Option<(String, Value)> {
    let number: u8 = code.parse().ok()?;
    if !matches!(number, 128..=135 | 142 | 150 | 160 | 224..=254) {
        return None;
    }
    let digits: String = data.trim_start_matches("0x").chars().filter(char::is_ascii_hexdigit).collect();
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    // dhcpd has a name for this one.
    if number == 150 {
        let bytes: Option<Vec<u8>> = (0..digits.len() / 2)
            .map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok())
            .collect();
        let bytes = bytes.filter(|bytes| bytes.len() % 4 == 0)?;
        let addresses = bytes.chunks(4).filter_map(|part| <[u8; 4]>::try_from(part).ok());
        let addresses = addresses.map(|part| Value::Text(std::net::Ipv4Addr::from(part).to_string()));
        let value = Value::one_or_list(addresses.collect());
        return Some(("tftp-server-address".to_owned(), always_sent(value, always)));
    }
    let pairs: Vec<&str> = (0..digits.len() / 2).filter_map(|at| digits.get(2 * at..2 * at + 2)).collect();
    let mut map = Mapping::default();
    map.set("code", Value::number(number));
    map.set("hex", pairs.join(":"));
    if always {
        map.set("always", Value::flag(true));
    }
    Some((format!("option-{number}"), map.into()))
}
