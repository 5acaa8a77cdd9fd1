//! Help for a value of the wrong shape: the same value in the right shape.

use super::dhcpd_statement::dhcpd_statement;
use super::syntax_help::key_and_value;
use crate::source::{Node, NodeKind};

/// The help for a node of the wrong shape; `line` is its first line as it is written.
pub(super) fn help(node: &Node<'_>, line: &str, expected: &str) -> Option<String> {
    match &node.kind {
        NodeKind::Scalar(text) => dhcpd_statement(text)
            .map(|help| format!("this is dhcpd.conf, not YAML: {help}"))
            .or_else(|| scalar(text, expected))
            .or_else(|| {
                key_and_value(line)
                    .map(|help| format!("a key and its value are separated by a colon and a blank: {help}"))
            }),
        NodeKind::Seq(items) => list(items, expected),
        NodeKind::Map(entries) => match entries.as_slice() {
            // `a: b` in a list of texts.
            [(key, value)] if expected == "a single value" && value.word().is_some() => {
                let value = value.word().map_or("", |word| word.text);
                Some(format!("a text with a colon and a blank in it needs quotes: \"{}: {value}\"", key.text))
            }
            _ => None,
        },
        _ => None,
    }
}

/// A single value where a mapping is expected.
fn scalar(text: &str, expected: &str) -> Option<String> {
    let mapping = expected.strip_prefix("a mapping for ").unwrap_or(expected);
    let is_ip = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    let is_off = matches!(text, "false" | "False" | "no" | "No" | "off" | "Off" | "disabled");
    let is_on = matches!(text, "true" | "True" | "yes" | "Yes" | "on" | "On" | "enabled");
    let key = match mapping {
        "dhcp" | "tftp" | "http" | "nfs" | "smb" | "iscsi" if is_off => {
            return Some("write `none` to switch it off".to_owned());
        }
        "dhcp" | "tftp" | "http" | "nfs" | "smb" | "iscsi" if is_on => {
            return Some("leave the key away: with one server, it runs there".to_owned());
        }
        "dhcp" if matches!(text, "isc" | "external") => "daemon",
        "http" if matches!(text, "nginx" | "apache") => "daemon",
        "iscsi" if matches!(text, "tgt" | "lio" | "windows" | "external") => "daemon",
        "tftp" | "http" if text.starts_with('/') => "root",
        "http" if text.contains("://") => "url",
        "http" if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            return Some(format!("write `{{ url: http://ADDRESS:{text} }}`"));
        }
        "a share" if text.starts_with('/') => "path",
        "an export" => return export(text),
        "a mapping" if matches!(text, "unknown-clients" | "known-clients" | "booting" | "bootp") => {
            return Some(
                "`allow` accepts findings here; for dhcpd, write `unknown_clients: allow` or `netboot: all`"
                    .to_owned(),
            );
        }
        "dhcp" | "tftp" | "http" | "nfs" | "smb" | "iscsi" if !text.contains([' ', '=', ':']) => "server",
        "a host" | "a card of `nics`" if is_mac(text) => {
            return Some(format!("write `{{ mac: \"{text}\" }}`"));
        }
        "a host" | "a server" | "a card of `nics`" if is_ip(text.split('/').next().unwrap_or_default()) => {
            "ip"
        }
        "a subnet" if text.contains('/') => "cidr",
        "a group" | "a host" if matches!(text, "none" | "known" | "all") => "netboot",
        "loaders" if [".kpxe", ".kkpxe", ".pxe", ".0"].iter().any(|end| text.ends_with(end)) => "bios",
        "loaders" if !text.contains([' ', '=']) => "efi_x64",
        "ipxe" if text.starts_with('/') || text.contains("://") => "script",
        "menu" if !text.contains([' ', '=']) => return Some(format!("write `menu: {{ items: [{text}] }}`")),
        "a mapping with a `kind` for a boot entry" if text.ends_with(".iso") => {
            return Some(format!("write `{{ kind: iso, iso: {text} }}`"));
        }
        "a mapping with a `kind` for a boot entry" if !text.contains([' ', '=']) => "kind",
        _ => return None,
    };
    Some(format!("write `{{ {key}: {text} }}`"))
}

/// A line of exports: `/srv/x 10.0.0.0/24(ro,sync)`.
fn export(text: &str) -> Option<String> {
    let (path, rest) = text.split_once(char::is_whitespace)?;
    let (clients, options) = rest.trim().strip_suffix(')')?.split_once('(')?;
    let options: Vec<&str> = options.split(',').map(str::trim).collect();
    let is_one = path.starts_with('/') && !clients.is_empty() && !clients.contains(char::is_whitespace);
    is_one
        .then(|| format!("write `{{ path: {path}, clients: {clients}, options: [{}] }}`", options.join(", ")))
}

/// A list where a mapping or a single value is expected.
fn list(items: &[Node<'_>], expected: &str) -> Option<String> {
    let first = items.first()?;
    if let Some(map) = expected.strip_prefix("a mapping from names for ") {
        let map = map.trim_matches('`');
        let name = match &first.plain().kind {
            NodeKind::Map(entries) => {
                let named = |key: &str| ["name", "id", "hostname"].contains(&key);
                entries.iter().find(|(key, _)| named(key.text)).and_then(|(_, value)| value.word())
            }
            _ => first.word(),
        };
        let name = name.map_or("NAME", |word| word.text);
        return Some(format!(
            "write `{map}: {{ {name}: {{ … }} }}`: each name is a key, without a `-` before it"
        ));
    }
    match (expected, items) {
        ("a single value", [one]) => one
            .word()
            .map(|word| format!("this key takes one value: write `{}`, without brackets", word.text)),
        ("a single value", _) => Some("this key takes one value".to_owned()),
        ("a mapping for loaders", _) => {
            Some("write `loaders: { bios: …, efi_x64: … }`: the loader of each kind of client".to_owned())
        }
        (
            "a mapping for dhcp" | "a mapping for tftp" | "a mapping for http" | "a mapping for nfs"
            | "a mapping for smb",
            _,
        ) if items.iter().all(|item| item.word().is_some()) => {
            let names: Vec<&str> =
                items.iter().filter_map(|item| item.word().map(|word| word.text)).collect();
            Some(format!("write `{{ servers: [{}] }}`", names.join(", ")))
        }
        ("a mapping", _) => Some("write `NAME: VALUE`, without brackets or a `-` before it".to_owned()),
        ("a mapping for menu", _) => Some("write `menu: { items: […] }`".to_owned()),
        (_, [one]) if matches!(one.plain().kind, NodeKind::Map(_)) => {
            Some("write the mapping alone, without a `-` before it".to_owned())
        }
        _ => None,
    }
}

/// Six octets in hex.
fn is_mac(text: &str) -> bool {
    let octets: Vec<&str> = text.split([':', '-']).collect();
    octets.len() == 6
        && octets.iter().all(|octet| octet.len() == 2 && octet.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
