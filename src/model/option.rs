//! DHCP options of the user's: those that dhcpd knows by name, and others by code.

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

/// An option that dhcpd knows by name.
#[derive(Debug)]
pub struct DhcpdOption {
    /// dhcpd's name.
    pub name: &'static str,
    /// Its code.
    pub code: u8,
    /// How its value is written.
    pub is: OptionType,
}

const fn known(name: &'static str, code: u8, is: OptionType) -> DhcpdOption {
    DhcpdOption { name, code, is }
}

/// What a server may send of dhcp-options(5) of ISC DHCP 4.4, by code. Left out are the options
/// that site.yaml has words of its own for, and those that the protocol sets by itself.
static DHCPD_OPTIONS: &[DhcpdOption] = &[
    known("time-offset", 2, OptionType::I32),
    known("time-servers", 4, OptionType::Ips),
    known("ien116-name-servers", 5, OptionType::Ips),
    known("log-servers", 7, OptionType::Ips),
    known("cookie-servers", 8, OptionType::Ips),
    known("lpr-servers", 9, OptionType::Ips),
    known("impress-servers", 10, OptionType::Ips),
    known("resource-location-servers", 11, OptionType::Ips),
    known("boot-size", 13, OptionType::U16),
    known("merit-dump", 14, OptionType::Text),
    known("swap-server", 16, OptionType::Ip),
    known("extensions-path", 18, OptionType::Text),
    known("ip-forwarding", 19, OptionType::Flag),
    known("non-local-source-routing", 20, OptionType::Flag),
    known("policy-filter", 21, OptionType::IpPairs),
    known("max-dgram-reassembly", 22, OptionType::U16),
    known("default-ip-ttl", 23, OptionType::U8),
    known("path-mtu-aging-timeout", 24, OptionType::U32),
    known("path-mtu-plateau-table", 25, OptionType::U16s),
    known("interface-mtu", 26, OptionType::U16),
    known("all-subnets-local", 27, OptionType::Flag),
    known("perform-mask-discovery", 29, OptionType::Flag),
    known("mask-supplier", 30, OptionType::Flag),
    known("router-discovery", 31, OptionType::Flag),
    known("router-solicitation-address", 32, OptionType::Ip),
    known("static-routes", 33, OptionType::IpPairs),
    known("trailer-encapsulation", 34, OptionType::Flag),
    known("arp-cache-timeout", 35, OptionType::U32),
    known("ieee802-3-encapsulation", 36, OptionType::Flag),
    known("default-tcp-ttl", 37, OptionType::U8),
    known("tcp-keepalive-interval", 38, OptionType::U32),
    known("tcp-keepalive-garbage", 39, OptionType::Flag),
    known("nis-domain", 40, OptionType::Text),
    known("nis-servers", 41, OptionType::Ips),
    known("netbios-name-servers", 44, OptionType::Ips),
    known("netbios-dd-server", 45, OptionType::Ips),
    known("netbios-node-type", 46, OptionType::U8),
    known("netbios-scope", 47, OptionType::Text),
    known("font-servers", 48, OptionType::Ips),
    known("x-display-manager", 49, OptionType::Ips),
    known("nisplus-domain", 64, OptionType::Text),
    known("nisplus-servers", 65, OptionType::Ips),
    known("tftp-server-name", 66, OptionType::Text),
    known("mobile-ip-home-agent", 68, OptionType::Ips),
    known("smtp-server", 69, OptionType::Ips),
    known("pop-server", 70, OptionType::Ips),
    known("nntp-server", 71, OptionType::Ips),
    known("www-server", 72, OptionType::Ips),
    known("finger-server", 73, OptionType::Ips),
    known("irc-server", 74, OptionType::Ips),
    known("streettalk-server", 75, OptionType::Ips),
    known("streettalk-directory-assistance-server", 76, OptionType::Ips),
    known("nds-servers", 85, OptionType::Ips),
    known("nds-tree-name", 86, OptionType::Text),
    known("nds-context", 87, OptionType::Text),
    known("bcms-controller-names", 88, OptionType::Domains),
    known("bcms-controller-address", 89, OptionType::Ips),
    known("uap-servers", 98, OptionType::Text),
    known("pcode", 100, OptionType::Text),
    known("tcode", 101, OptionType::Text),
    known("v6-only-preferred", 108, OptionType::U32),
    known("netinfo-server-address", 112, OptionType::Ips),
    known("netinfo-server-tag", 113, OptionType::Text),
    known("default-url", 114, OptionType::Text),
    known("tftp-server-address", 150, OptionType::Ips),
    known("loader-configfile", 209, OptionType::Text),
    known("loader-pathprefix", 210, OptionType::Text),
    known("loader-reboottime", 211, OptionType::U32),
];

/// Options that have a word of their own in site.yaml, or that dhcpd sets by itself.
static OURS: &[(&str, u8, &str)] = &[
    ("subnet-mask", 1, "it follows from the subnet's `cidr`"),
    ("routers", 3, "its word is `routers`"),
    ("domain-name-servers", 6, "its word is `dns`"),
    ("host-name", 12, "its word is `host_name`"),
    ("domain-name", 15, "its word is `domain`"),
    ("root-path", 17, "its word is `root_path`"),
    ("broadcast-address", 28, "its word is `broadcast`"),
    ("ntp-servers", 42, "its word is `ntp`"),
    ("vendor-encapsulated-options", 43, "PXE firmware reads boot menus from it"),
    ("dhcp-requested-address", 50, "the client sends it"),
    ("dhcp-lease-time", 51, "its words are `default_lease_time` and `max_lease_time`"),
    ("dhcp-option-overload", 52, "dhcpd sets it"),
    ("dhcp-message-type", 53, "dhcpd sets it"),
    ("dhcp-server-identifier", 54, "dhcpd sets it"),
    ("dhcp-parameter-request-list", 55, "the client sends it"),
    ("dhcp-message", 56, "dhcpd sets it"),
    ("dhcp-max-message-size", 57, "the client sends it"),
    ("dhcp-renewal-time", 58, "dhcpd sets it"),
    ("dhcp-rebinding-time", 59, "dhcpd sets it"),
    ("vendor-class-identifier", 60, "ipxegen answers UEFI's HTTP boot with it"),
    ("dhcp-client-identifier", 61, "the client sends it"),
    ("bootfile-name", 67, "the words are `loaders` and `ipxe`"),
    ("user-class", 77, "the client sends it"),
    ("relay-agent-information", 82, "the relay sends it"),
    ("pxe-system-type", 93, "the client sends it"),
    ("pxe-interface-id", 94, "the client sends it"),
    ("pxe-client-id", 97, "the client sends it"),
    ("domain-search", 119, "its word is `domain_search`"),
    ("ipxe-encap-opts", 175, "its words are those of `ipxe`"),
    ("iscsi-initiator-iqn", 203, "its word is `root_path.iscsi.initiator`"),
];

/// Looks an option up by dhcpd's name.
///
/// # Errors
/// When site.yaml has another word for it, or nobody knows it.
pub fn dhcpd_option(name: &str) -> Validated<Option<&'static DhcpdOption>> {
    if let Some((_, _, why)) = OURS.iter().find(|(ours, _, _)| *ours == name) {
        return Err(InvalidValue::new(format!("the option `{name}` cannot be given here")).help(*why));
    }
    Ok(DHCPD_OPTIONS.iter().find(|option| option.name == name))
}

/// The value of an option, ready to be printed by its type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum OptionValue {
    /// Nothing: what an outer scope hands out is unset here.
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

/// One option of the user's.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DhcpOption {
    /// Its name; dhcpd's, or the user's.
    pub name: String,
    /// Code and type, when dhcpd does not know it, and where they were written.
    pub own: Option<Spanned<(u8, OptionType)>>,
    /// Its value.
    pub value: Spanned<OptionValue>,
}

impl OptionType {
    /// As the type stands in an option definition of dhcpd.conf.
    #[must_use]
    pub const fn definition(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Flag => "boolean",
            Self::Ip => "ip-address",
            Self::Ips | Self::IpPairs => "array of ip-address",
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

    /// Reads a value of this type.
    ///
    /// # Errors
    /// When it is none.
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
                // U+0001 begins what our own engine has quoted, and no text that anybody types.
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

/// Reads true or false, in the words of YAML.
///
/// # Errors
/// When it is neither.
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

/// Reads a decimal number within bounds; dhcpd itself would read `010` as 8 and wrap what is too big.
///
/// # Errors
/// When it is none.
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
/// When it is none.
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

/// Reads an option of the user's own: a name, a code and a type.
///
/// # Errors
/// When dhcpd or ipxegen has the name or the code already.
pub fn own_option(name: &str, code: &str) -> Validated<u8> {
    if !super::is_identifier(name) {
        return Err(InvalidValue::new(format!("`{name}` is not an option's name"))
            .help("a letter, then letters, digits, `_` and `-`"));
    }
    if let Some(option) = DHCPD_OPTIONS.iter().find(|option| option.name == name) {
        return Err(InvalidValue::new(format!("dhcpd knows `{name}` already, as option {}", option.code))
            .help("leave `code` away and give the value itself"));
    }
    let code = u8::try_from(number(code, 1, 254)?).unwrap_or_default();
    let ours = OURS.iter().map(|(name, code, why)| (*name, *code, Some(*why)));
    let theirs = DHCPD_OPTIONS.iter().map(|option| (option.name, option.code, None));
    if let Some((name, _, why)) = ours.chain(theirs).find(|(_, known, _)| *known == code) {
        let refused = InvalidValue::new(format!("option {code} is dhcpd's `{name}`"));
        return Err(match why {
            Some(why) => refused.help(why),
            None => refused.help(format!(
                "write `{name}: …` without a code; redefining it would change its type everywhere"
            )),
        });
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::{OptionType, OptionValue, dhcpd_option, flag, hex, number, own_option};

    #[test]
    fn values_are_of_their_type() {
        let time_offset = dhcpd_option("time-offset").unwrap().unwrap();
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

    #[test]
    fn codes_of_others_are_not_taken() {
        assert_eq!(own_option("wpad", "252"), Ok(252));
        for (name, code) in [
            ("wpad", "0"),
            ("wpad", "255"),
            ("mine", "175"),
            ("mine", "66"),
            ("time-offset", "252"),
            ("a b", "252"),
        ] {
            assert!(own_option(name, code).is_err(), "{name} {code}");
        }
        assert!(dhcpd_option("routers").is_err());
        assert!(dhcpd_option("nonsense").unwrap().is_none());
    }
}
