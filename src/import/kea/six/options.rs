//! `option-data` of DHCPv6.

use std::net::Ipv6Addr;

use super::super::super::coverage::Outcome;
use super::super::super::six::{Part, Said};
use super::super::json::Node;
use super::networks::Outer;
use super::{OWN, Reader};

/// The code of an option of DHCPv6 that `option-data` sets by its code, or by the name of one that has a key or chooses
/// boot files.
pub(super) fn code(option: &Node) -> Option<u8> {
    let text = |key: &str| option.get(key).and_then(Node::text);
    if text("space").is_some_and(|space| space != "dhcp6") {
        return None;
    }
    if let Some(code) = text("code").and_then(|code| code.parse().ok()) {
        return Some(code);
    }
    match text("name")? {
        "vendor-class" => Some(16),
        "dns-servers" => Some(23),
        "domain-search" => Some(24),
        "bootfile-url" => Some(59),
        _ => None,
    }
}

/// The bytes of an option whose value is a text or hex.
pub(super) fn bytes(option: &Node) -> Option<Vec<u8>> {
    let text = |key: &str| option.get(key).and_then(Node::text);
    let data = text("data").unwrap_or_default();
    if text("csv-format") != Some("false") {
        return Some(data.as_bytes().to_vec());
    }
    // Kea takes texts in quotes, too.
    if let Some(text) = data.trim().strip_prefix('\'').and_then(|data| data.strip_suffix('\'')) {
        return Some(text.as_bytes().to_vec());
    }
    unhex(data)
}

/// Octets in hex, with or without colons.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.trim_start_matches("0x").chars().filter(char::is_ascii_hexdigit).collect();
    (0..digits.len() / 2).map(|at| u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()).collect()
}

/// The domains of option 24.
fn domains(option: &Node) -> Option<Vec<String>> {
    let bytes = bytes(option)?;
    if option.get("csv-format").and_then(Node::text) != Some("false") {
        let text = String::from_utf8(bytes).ok()?;
        let names = text.split(',').map(|name| name.trim().trim_end_matches('.').to_owned());
        return Some(names.filter(|name| !name.is_empty()).collect());
    }
    let mut all = Vec::new();
    let mut labels: Vec<String> = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((length, more)) = rest.split_first() {
        let (label, more) = more.split_at_checked(usize::from(*length))?;
        rest = more;
        if label.is_empty() {
            all.push(labels.join("."));
            labels.clear();
        } else {
            labels.push(String::from_utf8(label.to_vec()).ok()?);
        }
    }
    labels.is_empty().then_some(all)
}

impl Reader<'_, '_> {
    /// Reads an option of a scope; returns it where no key expresses it.
    pub(super) fn option(&mut self, option: &Node, outer: &mut Outer) -> Option<Part> {
        let value = option.get("data").and_then(Node::text).unwrap_or_default();
        let always = option.get("always-send").and_then(Node::text) == Some("true");
        match code(option) {
            Some(23) if !always => {
                let ips: Result<Vec<Ipv6Addr>, _> = value.split(',').map(|ip| ip.trim().parse()).collect();
                if let Ok(value) = ips {
                    let part = self.raw_item("option-data", option);
                    part.set(&Outcome::Words, self.coverage);
                    outer.dns = Some(Said { value, part });
                    return None;
                }
            }
            Some(24) if !always => {
                if let Some(value) = domains(option) {
                    let part = self.raw_item("option-data", option);
                    part.set(&Outcome::Words, self.coverage);
                    outer.domains = Some(Said { value, part });
                    return None;
                }
            }
            Some(59) => {
                let url = bytes(option).map(|bytes| String::from_utf8_lossy(&bytes).into());
                let mut part = self.raw_item("option-data", option);
                part.set(&Outcome::Words, self.coverage);
                part.text = super::Text::Nowhere(OWN);
                outer.url = url.map(|value| Said { value, part });
                return None;
            }
            _ => {}
        }
        Some(self.raw_item("option-data", option))
    }
}
