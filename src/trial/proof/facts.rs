//! The contents of an answer, as texts that can be compared.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::model::Site;
use crate::trace::{ipxe_option_text, option_text};
use crate::wire::Offer;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// The offered address.
    pub(super) address: Ipv4Addr,
    /// Fields and options by name.
    pub(super) texts: BTreeMap<String, String>,
}

/// The message type, which every offer has, and what only repeats the request: the client identifier and option 82.
const NOT_COMPARED: [u8; 3] = [53, 61, 82];

/// iPXE's option that says not to wait for a ProxyDHCP server. ipxegen sets it unless the site says otherwise, and only
/// iPXE reads it.
const NO_PXEDHCP: u8 = 176;

/// Reads an offer.
pub(super) fn facts(site: &Site<'_>, offer: &Offer) -> Facts {
    let mut texts = BTreeMap::new();
    texts.insert("address".to_owned(), offer.address.to_string());
    if !offer.next_server.is_unspecified() {
        texts.insert("next-server".to_owned(), offer.next_server.to_string());
    }
    for (name, bytes) in [("file", &offer.file), ("server-name", &offer.server_name)] {
        if !bytes.is_empty() {
            // A TFTP server in its root folder takes both for one path.
            let text = String::from_utf8_lossy(bytes);
            texts.insert(name.to_owned(), text.trim_start_matches('/').to_owned());
        }
    }
    for (code, value) in &offer.options {
        if NOT_COMPARED.contains(code)
            || (*code == 28 && is_usual_broadcast(offer, value))
            || is_usual_renewal(offer, *code, value)
        {
            continue;
        }
        if *code == 67 {
            // A client takes it for the file, unless there is one.
            let text = String::from_utf8_lossy(value).trim_end_matches('\0').to_owned();
            texts.entry("file".to_owned()).or_insert(text);
            continue;
        }
        if let Some((name, text)) = lease_time(*code, value) {
            texts.insert(name.to_owned(), text);
            continue;
        }
        if *code == 175 {
            for (inner, value) in parts(value) {
                if (inner, value) == (NO_PXEDHCP, &[1][..]) {
                    continue;
                }
                let (name, text) = ipxe_option_text(site, inner, value);
                texts.insert(format!("option ipxe.{name}"), text);
            }
            continue;
        }
        // dnsmasq ends the name of the TFTP server with a zero byte.
        let value = match value.as_slice() {
            [text @ .., 0] if *code == 66 => text,
            value => value,
        };
        let (name, mut text) = option_text(site, *code, value);
        if *code == 12 {
            // A host name in capital letters is the same name (RFC 4343).
            text.make_ascii_lowercase();
        }
        let name = if name.starts_with("option ") { name } else { format!("option {name}") };
        texts.insert(name, text);
    }
    Facts { address: offer.address, texts }
}

/// The text of an option about lease times. dhcpd makes an endless lease of one that ends in 2038 or 2106, so that such a
/// time is one second less in each second.
fn lease_time(code: u8, value: &[u8]) -> Option<(&'static str, String)> {
    const TEN_YEARS: u32 = 315_360_000;
    let (_, name) = [(51, "lease time"), (58, "renewal time"), (59, "rebinding time")]
        .into_iter()
        .find(|(known, _)| *known == code)?;
    let seconds = u32::from_be_bytes(value.try_into().ok()?);
    let text = if seconds > TEN_YEARS { "over ten years".to_owned() } else { format!("{seconds} s") };
    Some((name, text))
}

/// Whether option 28 has the address that clients derive from the mask as well; ipxegen always sends it.
fn is_usual_broadcast(offer: &Offer, value: &[u8]) -> bool {
    let mask = offer.option(1).and_then(|mask| <[u8; 4]>::try_from(mask).ok()).map(u32::from_be_bytes);
    let value = <[u8; 4]>::try_from(value).ok().map(u32::from_be_bytes);
    mask.is_some_and(|mask| value == Some(u32::from(offer.address) | !mask))
}

/// Whether option 58 or 59 has the time that clients derive from the lease as well: half of it, and seven eighths (RFC 2131,
/// 4.4.5). dnsmasq sends both, dhcpd neither.
fn is_usual_renewal(offer: &Offer, code: u8, value: &[u8]) -> bool {
    let seconds =
        |value: &[u8]| <[u8; 4]>::try_from(value).ok().map(|value| u64::from(u32::from_be_bytes(value)));
    let eighths = match code {
        58 => 4,
        59 => 7,
        _ => return false,
    };
    let lease = offer.option(51).and_then(seconds);
    lease.is_some_and(|lease| seconds(value) == Some(lease * eighths / 8))
}

/// The sub-options of option 175.
fn parts(mut value: &[u8]) -> Vec<(u8, &[u8])> {
    let mut all = Vec::new();
    while let [code, length, rest @ ..] = value {
        let Some((part, rest)) = rest.split_at_checked(usize::from(*length)) else { break };
        all.push((*code, part));
        value = rest;
    }
    all
}

/// Whether both addresses are of one range, so that it does not matter which of them a client gets.
pub(super) fn same_range(site: &Site<'_>, one: Ipv4Addr, other: Ipv4Addr) -> bool {
    let ranges = site.subnets.iter().flat_map(|subnet| &subnet.ranges);
    let has = |low: Ipv4Addr, high: Ipv4Addr| {
        let has = |ip: Ipv4Addr| low <= ip && ip <= high;
        has(one) && has(other)
    };
    let mut ranges = ranges.map(|range| &range.value);
    ranges.any(|range| has(range.low, range.high)) || {
        // Several ranges of a subnet for the same clients.
        site.subnets.iter().any(|subnet| {
            let of = |ip: Ipv4Addr| {
                let mut ranges = subnet.ranges.iter().map(|range| &range.value);
                ranges.find(|range| range.low <= ip && ip <= range.high).map(|range| range.clients)
            };
            of(one).is_some() && of(one) == of(other)
        })
    }
}
