//! The values of options as dnsmasq reads them.
//!
//! dnsmasq guesses the type of a value from its look (`parse_dhcp_opt` in option.c of 2.90), and knows for some options
//! that they are addresses or texts: it refuses hexadecimal digits for the former and takes them as text for the
//! latter. A single byte is a decimal number, for `11` would be one anyway. Text in quotes is text, also if it has only
//! digits (`hide_meta`).

use anyhow::{Result, anyhow};

use crate::dhcp::Data;
use crate::dialects::dnsmasq::{TEXT_OPTIONS, quote_option};
use crate::model::OptionType;

/// The options that dnsmasq knows as addresses (`opttab` in dhcp-common.c).
const ADDRESSES: &[u8] = &[3, 6, 7, 9, 16, 21, 32, 33, 41, 42, 44, 45, 48, 49, 65, 68, 69, 70, 71, 74, 150];

/// `domain-search`, whose names dnsmasq compresses.
const DOMAIN_SEARCH: u8 = 119;

/// `vendor-encap`. For it, dnsmasq takes a number for thousands of bytes and says "dhcp-option too long": `lookup_dhcp_len`
/// returns the flag `OT_INTERNAL` as the length. A number with a unit has that of its unit.
const VENDOR_OPTIONS: u8 = 43;

/// The value of an option by its code; none where the option is not sent.
pub(super) fn of_option(code: u8, data: &Data<'_>) -> Result<Option<String>> {
    if let (Data::Domains(domains), DOMAIN_SEARCH) = (data, code) {
        return Ok((!data.is_unset()).then(|| domains.join(",")));
    }
    let only = match code {
        _ if ADDRESSES.contains(&code) => Only::Addresses,
        _ if TEXT_OPTIONS.contains(&code) => Only::Texts,
        _ => Only::Nothing,
    };
    let value = value(data, only)?;
    let is_number =
        |value: &String| code == VENDOR_OPTIONS && value.bytes().all(|byte| byte.is_ascii_digit());
    Ok(value.map(|value| if is_number(&value) { value + "b" } else { value }))
}

/// The value of a sub-option.
pub(super) fn of_sub_option(data: &Data<'_>) -> Result<Option<String>> {
    value(data, Only::Nothing)
}

/// The only form that dnsmasq reads for an option.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    Addresses,
    Texts,
    Nothing,
}

fn value(data: &Data<'_>, only: Only) -> Result<Option<String>> {
    let text = match data {
        Data::Text(text) => Some(text.as_ref()),
        Data::Secret(text) => Some(*text),
        _ => None,
    };
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        match quote_option(text) {
            Ok(quoted) => return Ok(Some(quoted)),
            Err(refused) if only == Only::Texts => return Err(anyhow!("{}", refused.message)),
            // A line break, for instance.
            Err(_) => {}
        }
    }
    let Some(bytes) = data.bytes() else { return Ok(None) };
    let is_addresses = match data {
        Data::Addresses(_) | Data::Pairs(_) => true,
        Data::Words(_, is) => matches!(is, OptionType::Ip | OptionType::Ips | OptionType::IpPairs),
        _ => false,
    };
    Ok(Some(if only == Only::Addresses || is_addresses {
        let ips = bytes.chunks(4).map(|ip| ip.iter().map(u8::to_string).collect::<Vec<_>>().join("."));
        ips.collect::<Vec<_>>().join(",")
    } else {
        hex(&bytes)
    }))
}

/// Bytes: `0a:1b`, or one as a decimal number.
pub(super) fn hex(bytes: &[u8]) -> String {
    match bytes {
        [one] => one.to_string(),
        _ => colons(bytes),
    }
}

/// Bytes: `0a:1b`.
pub(super) fn colons(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{hex, of_option};
    use crate::dhcp::Data;

    #[test]
    fn values_have_the_form_that_their_option_wants() {
        let value = |code, data: Data<'_>| of_option(code, &data).unwrap();
        let ips = |ips: &[[u8; 4]]| Data::Addresses(ips.iter().map(|ip| Ipv4Addr::from(*ip)).collect());
        assert_eq!(value(3, ips(&[[10, 0, 0, 1]])).unwrap(), "10.0.0.1");
        assert_eq!(value(4, ips(&[[10, 0, 0, 1], [10, 0, 0, 2]])).unwrap(), "10.0.0.1,10.0.0.2");
        assert_eq!(value(15, Data::Text("a,b".into())).unwrap(), "\"a,b\"");
        assert_eq!(value(119, Data::Domains(vec!["a.b", "b"])).unwrap(), "a.b,b");
        assert_eq!(value(26, Data::Number(1500, 2)).unwrap(), "05:dc");
        assert_eq!(value(46, Data::Hex("11")).unwrap(), "17");
        assert_eq!(value(14, Data::Text("7".into())).unwrap(), "\"7\"");
        assert_eq!(value(14, Data::Text("42".into())).unwrap(), "\"42\"");
        // A text of one letter would be a unit: `s` is a number of two bytes (option.c).
        assert_eq!(value(14, Data::Text("s".into())).unwrap(), "115");
        assert_eq!(value(230, Data::Text("-s".into())).unwrap(), "2d:73");
        assert!(of_option(15, &Data::Text("-i".into())).is_err());
        assert_eq!(value(14, Data::Text("-i".into())).unwrap(), "2d:69");
        assert_eq!(value(15, Data::Text("x".into())).unwrap(), "\"x\"");
        assert!(of_option(15, &Data::Text("s".into())).is_err());
        assert_eq!(value(43, Data::Hex("71")).unwrap(), "113b");
        assert_eq!(value(43, Data::Hex("71:72")).unwrap(), "71:72");
        assert_eq!(value(6, Data::Unset), None);
        assert_eq!(hex(&[1, 255]), "01:ff");
    }
}
