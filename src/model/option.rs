//! The values of DHCP options, by their types.

use std::net::Ipv4Addr;

use super::{InvalidValue, Spanned, Validated, ipv4};

/// How the value of an option is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are dhcp-options(5)'s own")]
pub enum OptionType {
    Text,
    Flag,
    Ip,
    Ips,
    IpPairs,
    Domain,
    Domains,
    U8,
    U16,
    U16s,
    U32,
    I8,
    I16,
    I32,
    Hex,
}

/// The value of an option, ready to be printed by its type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OptionValue {
    /// No value: the scope unsets the inherited option.
    Unset,
    /// Text.
    Text(String),
    /// Words that dhcpd reads bare: numbers, addresses, flags.
    Bare(Vec<String>),
    /// Pairs of words that dhcpd reads bare.
    Pairs(Vec<[String; 2]>),
    /// Domain names, each quoted.
    Domains(Vec<String>),
    /// Bytes, `aa:bb`.
    Hex(String),
}

/// An option that the site sets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DhcpOption {
    /// Its name: dhcpd's, or one that the site defines.
    pub name: String,
    /// Code and type of an option that the site defines, because dhcpd does not know it.
    pub own: Option<Spanned<(u8, OptionType)>>,
    /// Its value.
    pub value: Spanned<OptionValue>,
    /// Whether clients that do not ask for it get it, too.
    pub always: bool,
}

impl OptionType {
    /// The words for the type in an option definition of dhcpd.conf.
    #[must_use]
    pub const fn definition(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Flag => "boolean",
            Self::Ip => "ip-address",
            Self::Ips | Self::IpPairs => "array of ip-address",
            Self::Domain => "domain-name",
            Self::Domains => "domain-list",
            Self::U8 => "unsigned integer 8",
            Self::U16 => "unsigned integer 16",
            Self::U16s => "array of unsigned integer 16",
            Self::U32 => "unsigned integer 32",
            Self::I8 => "signed integer 8",
            Self::I16 => "signed integer 16",
            Self::I32 => "signed integer 32",
            Self::Hex => "string",
        }
    }

    /// A single value of this type on the wire; it was checked when it was read.
    #[must_use]
    pub fn bytes(self, text: &str) -> Vec<u8> {
        let number = |bytes: usize| {
            let number = match text {
                "true" => 1,
                "false" => 0,
                _ => text.parse::<i64>().unwrap_or_default(),
            };
            number.to_be_bytes().get(8 - bytes..).unwrap_or_default().to_vec()
        };
        match self {
            Self::Ip | Self::Ips | Self::IpPairs => {
                text.parse::<Ipv4Addr>().map(|ip| ip.octets().to_vec()).unwrap_or_default()
            }
            Self::Flag | Self::U8 | Self::I8 => number(1),
            Self::U16 | Self::U16s | Self::I16 => number(2),
            Self::U32 | Self::I32 => number(4),
            Self::Domain => domain_bytes(text),
            Self::Hex | Self::Text | Self::Domains => text.as_bytes().to_vec(),
        }
    }

    /// Reads a value of this type.
    ///
    /// # Errors
    /// If it is not of this type.
    pub fn read(self, words: &[&str]) -> Validated<OptionValue> {
        if words.is_empty() {
            return Ok(OptionValue::Unset);
        }
        let one = || match words {
            [one] => Ok(*one),
            _ => Err(InvalidValue::new(format!("this option takes one value, here are {}", words.len()))),
        };
        let bare = |text: String| Ok(OptionValue::Bare(vec![text]));
        match self {
            Self::Text => {
                let text = one()?;
                // The template engine marks quoted text with U+0001.
                if text.contains('\u{1}') {
                    return Err(InvalidValue::new("a text option takes no control character U+0001")
                        .help("give the bytes as `hex`, with a `code`"));
                }
                if text.len() > 255 || text.contains('\0') {
                    return Err(InvalidValue::new("a text option takes at most 255 bytes, none of them NUL"));
                }
                Ok(OptionValue::Text(text.to_owned()))
            }
            Self::Flag => bare(flag(one()?)?.to_string()),
            Self::Ip => bare(ipv4(one()?)?.to_string()),
            Self::Ips | Self::IpPairs => {
                let ips = words.iter().map(|word| ipv4(word)).collect::<Validated<Vec<Ipv4Addr>>>()?;
                if self == Self::IpPairs {
                    if !ips.len().is_multiple_of(2) {
                        return Err(InvalidValue::new("this option takes pairs of addresses"));
                    }
                    let pairs = ips.chunks(2).map(|pair| [pair[0].to_string(), pair[1].to_string()]);
                    return Ok(OptionValue::Pairs(pairs.collect()));
                }
                Ok(OptionValue::Bare(ips.iter().map(ToString::to_string).collect()))
            }
            Self::Domain => bare(domain(one()?)?.to_owned()),
            Self::Domains => words
                .iter()
                .map(|word| domain(word).map(str::to_owned))
                .collect::<Validated<_>>()
                .map(OptionValue::Domains),
            Self::U8 => bare(number(one()?, 0, 0xff)?.to_string()),
            Self::U16 => bare(number(one()?, 0, 0xffff)?.to_string()),
            Self::U16s => {
                let numbers =
                    words.iter().map(|word| number(word, 0, 0xffff)).collect::<Validated<Vec<_>>>()?;
                Ok(OptionValue::Bare(numbers.iter().map(ToString::to_string).collect()))
            }
            Self::U32 => bare(number(one()?, 0, 0xffff_ffff)?.to_string()),
            Self::I8 => bare(number(one()?, -0x80, 0x7f)?.to_string()),
            Self::I16 => bare(number(one()?, -0x8000, 0x7fff)?.to_string()),
            Self::I32 => bare(number(one()?, -0x8000_0000, 0x7fff_ffff)?.to_string()),
            Self::Hex => hex(one()?).map(OptionValue::Hex),
        }
    }
}

/// The name of option 60, which `vendor_options` can set beside option 43.
pub const VENDOR_CLASS: &str = "vendor-class-identifier";

/// The name of option 43, whose sub-options `vendor_options` sets.
pub const VENDOR_OPTIONS: &str = "vendor-encapsulated-options";

impl OptionValue {
    /// The value of an option of a type on the wire; nothing where it is unset.
    #[must_use]
    pub fn bytes(&self, is: OptionType) -> Vec<u8> {
        match self {
            Self::Unset => Vec::new(),
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Bare(words) => words.iter().flat_map(|text| is.bytes(text)).collect(),
            Self::Pairs(pairs) => pairs.iter().flatten().flat_map(|ip| OptionType::Ip.bytes(ip)).collect(),
            Self::Domains(domains) => domains.iter().flat_map(|domain| domain_bytes(domain)).collect(),
            Self::Hex(hex) => hex_bytes(hex),
        }
    }
}

/// The bytes of hex digits with colons.
#[must_use]
pub fn hex_bytes(hex: &str) -> Vec<u8> {
    hex.split(':').filter_map(|byte| u8::from_str_radix(byte, 16).ok()).collect()
}

/// A domain name as RFC 1035 writes it.
#[must_use]
pub fn domain_bytes(domain: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in domain.split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).unwrap_or(u8::MAX));
        bytes.extend(label.as_bytes());
    }
    if !bytes.is_empty() {
        bytes.push(0);
    }
    bytes
}

/// Reads true or false, in the words of YAML.
///
/// # Errors
/// If it is neither.
pub fn flag(text: &str) -> Validated<bool> {
    match text {
        "true" | "True" | "TRUE" | "yes" | "Yes" | "on" | "On" => Ok(true),
        "false" | "False" | "FALSE" | "no" | "No" | "off" | "Off" => Ok(false),
        _ => {
            Err(InvalidValue::new(format!("`{text}` is neither true nor false"))
                .help("write `true` or `false`"))
        }
    }
}

/// Reads a decimal number within bounds. dhcpd would read `010` as 8, and a number that is too big
/// modulo the size of its type.
///
/// # Errors
/// If it is not such a number.
pub fn number(text: &str, low: i64, high: i64) -> Validated<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let octal = digits.len() > 1 && digits.starts_with('0');
    let number = if octal || digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        None
    } else {
        text.parse::<i64>().ok().filter(|number| (low..=high).contains(number))
    };
    number.ok_or_else(|| {
        let refused = InvalidValue::new(format!("`{text}` is not a number from {low} to {high}"));
        if octal { refused.help("without leading zeros: dhcpd reads them as octal") } else { refused }
    })
}

/// Reads a DNS domain.
///
/// # Errors
/// If it is not a domain.
pub fn domain(text: &str) -> Validated<&str> {
    let name = text.strip_suffix('.').unwrap_or(text);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if name.len() <= 253 && name.split('.').all(label) {
        return Ok(name);
    }
    Err(InvalidValue::new(format!("`{text}` is not a DNS domain")).help("such as lab.example.org"))
}

/// Reads bytes as hex digits, with or without colons.
fn hex(text: &str) -> Validated<String> {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
    let right = !digits.is_empty()
        && digits.len().is_multiple_of(2)
        && digits.len() <= 510
        && digits.iter().all(u8::is_ascii_hexdigit)
        && (!text.contains(':') || text.split(':').all(|octet| octet.len() == 2));
    if !right {
        return Err(InvalidValue::new(format!("`{text}` is not bytes in hex"))
            .help("two digits a byte, such as 0a1b or 0a:1b"));
    }
    let octets: Vec<_> =
        digits.chunks(2).map(|octet| String::from_utf8_lossy(octet).to_lowercase()).collect();
    Ok(octets.join(":"))
}

#[cfg(test)]
mod tests {
    use super::super::dhcpd_option;
    use super::{OptionType, OptionValue, flag, hex, number};

    #[test]
    fn values_are_of_their_type() {
        let time_offset = dhcpd_option("time-offset").unwrap();
        assert_eq!(time_offset.is.read(&["-18000"]).unwrap(), OptionValue::Bare(vec!["-18000".into()]));
        assert!(time_offset.is.read(&["010"]).unwrap_err().help.unwrap().contains("octal"));
        assert!(OptionType::U8.read(&["256"]).is_err());
        assert!(OptionType::Ip.read(&["10.0.0.1", "10.0.0.2"]).is_err());
        assert!(OptionType::IpPairs.read(&["10.0.0.1"]).is_err());
        assert_eq!(OptionType::Ips.read(&[]).unwrap(), OptionValue::Unset);
        assert_eq!(flag("no"), Ok(false));
        assert_eq!(hex("0A1b").unwrap(), "0a:1b");
        assert!(hex("0a:1").is_err());
        assert_eq!(number("-5", -10, 10), Ok(-5));
    }
}
