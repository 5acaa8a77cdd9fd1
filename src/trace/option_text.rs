//! The names of options, and their values as text.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

use super::domain_names::domain_names;
use crate::model::{DHCPD_OPTIONS, IPXE_OPTIONS, IpxeType, OptionType, PRIVATE_OPTIONS, Site};

/// The options that site.yaml has a key of its own for, and those that the policy adds.
const OWN_KEYS: &[(u8, &str, OptionType)] = &[
    (1, "subnet-mask", OptionType::Ip),
    (3, "routers", OptionType::Ips),
    (6, "domain-name-servers", OptionType::Ips),
    (12, "host-name", OptionType::Text),
    (15, "domain-name", OptionType::Text),
    (17, "root-path", OptionType::Text),
    (28, "broadcast-address", OptionType::Ip),
    (42, "ntp-servers", OptionType::Ips),
    (43, "vendor-encapsulated-options", OptionType::Hex),
    (60, "vendor-class-identifier", OptionType::Text),
    (119, "domain-search", OptionType::Domains),
    (203, "iscsi-initiator-iqn", OptionType::Text),
];

/// The name of an option and the type of its value.
pub(super) fn option<'s>(site: &'s Site<'_>, code: u8) -> (Cow<'s, str>, OptionType) {
    if let Some((_, name, is)) = OWN_KEYS.iter().find(|(known, ..)| *known == code) {
        return ((*name).into(), *is);
    }
    if let Some(known) = DHCPD_OPTIONS.iter().find(|known| known.code == code) {
        return (known.name.into(), known.is);
    }
    let profiles = site.profiles.iter().map(|profile| &profile.handout);
    let handouts = site.subnets.iter().map(|subnet| &subnet.handout).chain(profiles);
    let own = handouts.flat_map(|handout| &handout.options).find_map(|option| {
        let (known, is) = option.own.as_ref()?.value;
        (known == code).then_some((option.name.as_str().into(), is))
    });
    own.unwrap_or_else(|| (format!("option {code}").into(), OptionType::Hex))
}

/// The name of an option of iPXE, and the type of its value.
pub(super) fn ipxe_option<'s>(site: &'s Site<'_>, code: u8) -> (Cow<'s, str>, IpxeType) {
    if let Some(known) = IPXE_OPTIONS.iter().find(|known| known.code == code) {
        return (known.dhcpd.into(), known.is);
    }
    if let Some((name, _, is, _)) = PRIVATE_OPTIONS.iter().find(|(_, known, ..)| *known == code) {
        return ((*name).into(), *is);
    }
    match site.vars.iter().find(|var| var.code == Some(code)) {
        Some(var) => (format!("var-{}", var.name).into(), IpxeType::Text),
        None => (format!("option {code}").into(), IpxeType::Hex),
    }
}

/// The name of an option, and its value as text.
#[must_use]
pub fn option_text(site: &Site<'_>, code: u8, bytes: &[u8]) -> (String, String) {
    let (name, is) = option(site, code);
    (name.into_owned(), text(bytes, is))
}

/// The name of an option of iPXE, and its value as text; a password is not shown.
#[must_use]
pub fn ipxe_option_text(site: &Site<'_>, code: u8, bytes: &[u8]) -> (String, String) {
    let (name, is) = ipxe_option(site, code);
    (name.into_owned(), ipxe_text(bytes, is))
}

/// The value of an option as text.
pub(super) fn text(bytes: &[u8], is: OptionType) -> String {
    let numbers = |size: usize, signed: bool| {
        let whole = !bytes.is_empty() && bytes.len().is_multiple_of(size);
        let numbers = bytes.chunks(size).map(|chunk| number(chunk, signed).to_string());
        if whole { numbers.collect::<Vec<_>>().join(", ") } else { hex(bytes) }
    };
    match is {
        OptionType::Text => plain(bytes),
        OptionType::Flag => match bytes {
            [0] => "false".to_owned(),
            [1] => "true".to_owned(),
            _ => hex(bytes),
        },
        OptionType::Ip | OptionType::Ips => addresses(bytes, 1),
        OptionType::IpPairs => addresses(bytes, 2),
        OptionType::Domain | OptionType::Domains => {
            domain_names(bytes).map_or_else(|| hex(bytes), |names| names.join(", "))
        }
        OptionType::U8 => numbers(1, false),
        OptionType::U16 | OptionType::U16s => numbers(2, false),
        OptionType::U32 => numbers(4, false),
        OptionType::I8 => numbers(1, true),
        OptionType::I16 => numbers(2, true),
        OptionType::I32 => numbers(4, true),
        OptionType::Hex => hex(bytes),
    }
}

/// The value of an option of iPXE as text. A password is not shown.
pub(super) fn ipxe_text(bytes: &[u8], is: IpxeType) -> String {
    match is {
        IpxeType::Flag => text(bytes, OptionType::Flag),
        IpxeType::I8 => text(bytes, OptionType::I8),
        IpxeType::U8 => text(bytes, OptionType::U8),
        IpxeType::U32 => text(bytes, OptionType::U32),
        IpxeType::Text => plain(bytes),
        IpxeType::Secret => "(secret)".to_owned(),
        IpxeType::Hex => hex(bytes),
    }
}

fn plain(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => hex(bytes),
    }
}

fn number(bytes: &[u8], signed: bool) -> i64 {
    let negative = signed && bytes.first().is_some_and(|first| first & 0x80 != 0);
    bytes.iter().fold(if negative { -1 } else { 0 }, |value, byte| value << 8 | i64::from(*byte))
}

/// Addresses, `together` of them between two commas.
fn addresses(bytes: &[u8], together: usize) -> String {
    if bytes.is_empty() || !bytes.len().is_multiple_of(4 * together) {
        return hex(bytes);
    }
    let ips: Vec<Ipv4Addr> =
        bytes.chunks(4).filter_map(|octets| <[u8; 4]>::try_from(octets).ok()).map(Ipv4Addr::from).collect();
    let groups =
        ips.chunks(together).map(|group| group.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
    groups.collect::<Vec<_>>().join(", ")
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        let _ = write!(text, "{}{byte:02x}", if at == 0 { "" } else { ":" });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{ipxe_text, text};
    use crate::model::{IpxeType, OptionType};

    #[test]
    fn values_are_shown_by_their_types() {
        assert_eq!(text(&[10, 0, 0, 1, 10, 0, 0, 2], OptionType::Ips), "10.0.0.1, 10.0.0.2");
        assert_eq!(text(&[10, 0, 0, 1, 10, 0, 0, 2], OptionType::IpPairs), "10.0.0.1 10.0.0.2");
        assert_eq!(text(&[0xff, 0xff, 0xf1, 0xf0], OptionType::I32), "-3600");
        assert_eq!(text(&[1, 2, 0, 3], OptionType::U16s), "258, 3");
        assert_eq!(text(b"\x07example\x03org\0\x01a\0", OptionType::Domains), "example.org, a");
        // dhcpd compresses the second name, Kea does not (RFC 3397).
        let compressed = b"\x03srv\x07example\x03edu\0\xc0\x04";
        assert_eq!(text(compressed, OptionType::Domains), "srv.example.edu, example.edu");
        assert_eq!(text(&[1], OptionType::Flag), "true");
        assert_eq!(text("Größe".as_bytes(), OptionType::Text), "Größe");
        // Bytes that are not of the type are shown as they are.
        assert_eq!(text(&[10, 0, 0], OptionType::Ips), "0a:00:00");
        assert_eq!(text(b"\x07ex", OptionType::Domain), "07:65:78");
        assert_eq!(text(&[0xff], OptionType::Text), "ff");
        assert_eq!(text(&[], OptionType::U32), "");
    }

    #[test]
    fn a_password_is_not_shown() {
        assert_eq!(ipxe_text(b"opensesame", IpxeType::Secret), "(secret)");
    }
}
