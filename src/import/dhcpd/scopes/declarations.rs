//! The values of `subnet`, `range`, `allow`, `deny` and `hardware`.

use super::super::options::address;
use super::super::statements::Statement;
use super::super::words::{Word, plain};
use super::{Permit, RangeOf};
use crate::model::{Cidr, Mac};

/// The network of `subnet NETWORK netmask MASK`.
pub(super) fn network(words: &[Word]) -> Option<Cidr> {
    let [net, netmask, mask] = words else { return None };
    if !netmask.is("netmask") {
        return None;
    }
    let net = address(net.bare()?)?;
    let mask = u32::from(address(mask.bare()?)?);
    let prefix = u8::try_from(mask.leading_ones()).ok()?;
    let cidr = Cidr::around(net, prefix).filter(|cidr| cidr.network() == net)?;
    (mask.count_ones() == mask.leading_ones() && prefix > 0).then_some(cidr)
}

/// The range of a `range` statement.
pub(super) fn range<'a, 't>(statement: &'a Statement<'t>) -> Option<RangeOf<'a, 't>> {
    let words = plain(statement.tokens.get(1..).unwrap_or_default());
    let (bootp, words) = match words.split_first() {
        Some((first, rest)) if first.is("dynamic-bootp") => (true, rest),
        _ => (false, words.as_slice()),
    };
    let ip = |word: &Word| address(word.bare()?);
    let (low, high) = match words {
        [only] => (ip(only)?, ip(only)?),
        [low, high] => (ip(low)?, ip(high)?),
        _ => return None,
    };
    // dhcpd takes them in either order (`new_address_range` in server/mdb.c).
    Some(RangeOf { low: low.min(high), high: low.max(high), bootp, from: statement })
}

/// Whom `allow` and `deny` of a pool mean.
pub(super) fn permit(statement: &Statement<'_>) -> Option<Permit> {
    let allows = statement.begins(&["allow"]);
    let words = plain(statement.tokens.get(1..).unwrap_or_default());
    let texts: Vec<String> = words.iter().map(|word| word.text().unwrap_or_default().to_owned()).collect();
    let lower: Vec<String> = texts.iter().map(|text| text.to_ascii_lowercase()).collect();
    match lower.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["known-clients"] | ["known", "clients"] => {
            Some(Permit::Clients(if allows { "known" } else { "unknown" }))
        }
        ["unknown-clients"] | ["unknown", "clients"] => {
            Some(Permit::Clients(if allows { "unknown" } else { "known" }))
        }
        ["all", "clients"] if allows => Some(Permit::All),
        ["members", "of", _] => {
            let class = texts.get(2)?.clone();
            Some(if allows { Permit::Class(class) } else { Permit::Not(class) })
        }
        _ => None,
    }
}

/// The address of `hardware ethernet`: octets of one or two hex digits.
pub(super) fn hardware(statement: &Statement<'_>) -> Option<Mac> {
    // As nearly all files write it.
    if let Some(text) = statement.value(2).filter(|text| text.len() == 17)
        && statement.begins(&["hardware", "ethernet"])
        && let Ok(mac) = Mac::parse(text)
    {
        return Some(mac);
    }
    let words = plain(statement.tokens.get(1..).unwrap_or_default());
    let [kind, address] = words.as_slice() else { return None };
    if !kind.is("ethernet") {
        return None;
    }
    let text = address.bare()?;
    let octets: Option<Vec<String>> =
        (text.split(':')).map(|octet| Some(format!("{:02x}", u8::from_str_radix(octet, 16).ok()?))).collect();
    Mac::parse(&octets?.join(":")).ok()
}
