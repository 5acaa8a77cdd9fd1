//! The names of DHCP options: those of dhcpd, those for which site.yaml has a key, and those of other tools.
//!
//! Names, codes and types are those of `dhcp_options[]` in common/tables.c of ISC DHCP 4.4.3-P1.
//! `tests/option_names.rs` compares them with `dhcpd -t`.

use std::sync::LazyLock;

use foldhash::{HashMap, HashSet};

use super::{InvalidValue, OptionType, Validated, is_identifier, number};

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

/// The options that `options` accepts by name, sorted by code.
pub static DHCPD_OPTIONS: &[DhcpdOption] = &[
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
    known("nwip-domain", 62, OptionType::Text),
    known("nwip-suboptions", 63, OptionType::Hex),
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
    known("geoconf-civic", 99, OptionType::Hex),
    known("pcode", 100, OptionType::Text),
    known("tcode", 101, OptionType::Text),
    known("v6-only-preferred", 108, OptionType::U32),
    known("netinfo-server-address", 112, OptionType::Ips),
    known("netinfo-server-tag", 113, OptionType::Text),
    known("default-url", 114, OptionType::Text),
    known("auto-config", 116, OptionType::U8),
    known("name-service-search", 117, OptionType::U16s),
    known("vivco", 124, OptionType::Hex),
    known("vivso", 125, OptionType::Hex),
    known("pana-agent", 136, OptionType::Ips),
    known("v4-lost", 137, OptionType::Domain),
    known("capwap-ac-v4", 138, OptionType::Ips),
    known("sip-ua-cs-domains", 141, OptionType::Domains),
    known("ipv4-address-andsf", 142, OptionType::Ips),
    known("tftp-server-address", 150, OptionType::Ips),
    known("v4-captive-portal", 160, OptionType::Text),
    known("loader-configfile", 209, OptionType::Text),
    known("loader-pathprefix", 210, OptionType::Text),
    known("loader-reboottime", 211, OptionType::U32),
    known("v4-access-domain", 213, OptionType::Domain),
];

/// The reason why `options` rejects a name, and what to write instead.
#[derive(Clone, Copy, Debug)]
pub enum Instead {
    /// A key of site.yaml, and the mappings that have it.
    Key(&'static str, &'static str),
    /// The name of another option.
    Option(&'static str),
    /// A code and a typed value, for an option that dhcpd has no name for.
    Own(u8, &'static str),
    /// The value has parts of several types, as this text shows; only `raw` can express it.
    Parts(&'static str),
    /// A statement of dhcpd.conf that only `raw` can express.
    Raw(&'static str),
    /// No key: ipxegen or another program sets the option, as the text says.
    Why(&'static str),
}

use Instead::{Key, Own, Parts, Raw, Why};

/// Names of dhcpd that `options` rejects.
pub static OTHER_OPTIONS: &[(&str, u8, Instead)] = &[
    ("subnet-mask", 1, Why("it follows from the subnet's `cidr`")),
    ("routers", 3, Key("routers", "dhcp, a subnet, a group or a host")),
    ("domain-name-servers", 6, Key("dns", "dhcp, a subnet, a group or a host")),
    ("host-name", 12, Key("host_name", "a group or a host")),
    ("domain-name", 15, Key("domain", "the site, a subnet, a group or a host")),
    ("root-path", 17, Key("root_path", "dhcp, a subnet, a class, a group or a host")),
    ("broadcast-address", 28, Key("broadcast", "a subnet")),
    ("ntp-servers", 42, Key("ntp", "dhcp, a subnet, a group or a host")),
    ("vendor-encapsulated-options", 43, Key("vendor_options", "dhcp, a subnet, a class, a group or a host")),
    ("dhcp-requested-address", 50, Why("the client sends it")),
    ("dhcp-lease-time", 51, Key("default_lease_time", "dhcp or a subnet")),
    ("dhcp-option-overload", 52, Why("dhcpd sets it")),
    ("dhcp-message-type", 53, Why("dhcpd sets it")),
    ("dhcp-server-identifier", 54, Why("dhcpd sets it")),
    ("dhcp-parameter-request-list", 55, Why("the client sends it")),
    ("dhcp-message", 56, Why("dhcpd sets it")),
    ("dhcp-max-message-size", 57, Why("the client sends it")),
    ("dhcp-renewal-time", 58, Why("dhcpd sets it")),
    ("dhcp-rebinding-time", 59, Why("dhcpd sets it")),
    ("vendor-class-identifier", 60, Why("ipxegen answers UEFI's HTTP boot with it")),
    ("dhcp-client-identifier", 61, Why("the client sends it")),
    ("bootfile-name", 67, Key("loaders", "the site, a subnet, a group or a host")),
    ("user-class", 77, Why("the client sends it")),
    ("slp-directory-agent", 78, Parts("true 10.0.0.5, 10.0.0.6")),
    ("slp-service-scope", 79, Parts("true \"scope\"")),
    ("fqdn", 81, Why("the client sends it")),
    ("relay-agent-information", 82, Why("the relay sends it")),
    ("client-last-transaction-time", 91, Why("dhcpd sets it")),
    ("associated-ip", 92, Why("dhcpd sets it")),
    ("pxe-system-type", 93, Why("the client sends it")),
    ("pxe-interface-id", 94, Why("the client sends it")),
    ("pxe-client-id", 97, Why("the client sends it")),
    ("subnet-selection", 118, Why("the client sends it")),
    ("domain-search", 119, Key("domain_search", "dhcp, a subnet, a group or a host")),
    ("rdnss-selection", 146, Parts("1 10.0.0.5 10.0.0.6 \"example.org\"")),
    ("v4-portparams", 159, Parts("4 8 0")),
    ("ipxe-encap-opts", 175, Key("ipxe", "the site, a subnet, a group or a host")),
    ("iscsi-initiator-iqn", 203, Key("root_path.iscsi.initiator", "a group or a host")),
    ("option-6rd", 212, Parts("14 16 2001:db8:: 10.0.0.5")),
];

/// Statements of dhcpd.conf, and the names of options in Kea and dnsmasq.
pub static FOREIGN_OPTIONS: &[(&str, Instead)] = &[
    ("filename", Key("loaders", "the site, a subnet, a group or a host")),
    ("next-server", Key("next_server", "a subnet")),
    ("server-name", Raw("server-name \"…\";")),
    ("fixed-address", Key("ip", "a host")),
    ("hardware-ethernet", Key("mac", "a host")),
    ("range", Key("ranges", "a subnet")),
    ("authoritative", Key("authoritative", "dhcp")),
    ("default-lease-time", Key("default_lease_time", "dhcp or a subnet")),
    ("lease-time", Key("default_lease_time", "dhcp or a subnet")),
    ("max-lease-time", Key("max_lease_time", "dhcp or a subnet")),
    ("min-lease-time", Key("min_lease_time", "dhcp or a subnet")),
    ("netmask", Why("it follows from the subnet's `cidr`")),
    ("router", Key("routers", "dhcp, a subnet, a group or a host")),
    ("gateway", Key("routers", "dhcp, a subnet, a group or a host")),
    ("dns", Key("dns", "dhcp, a subnet, a group or a host")),
    ("dns-server", Key("dns", "dhcp, a subnet, a group or a host")),
    ("dns-servers", Key("dns", "dhcp, a subnet, a group or a host")),
    ("name-servers", Key("dns", "dhcp, a subnet, a group or a host")),
    ("nameservers", Key("dns", "dhcp, a subnet, a group or a host")),
    ("domain", Key("domain", "the site, a subnet, a group or a host")),
    ("search", Key("domain_search", "dhcp, a subnet, a group or a host")),
    ("hostname", Key("host_name", "a group or a host")),
    ("broadcast", Key("broadcast", "a subnet")),
    ("ntp", Key("ntp", "dhcp, a subnet, a group or a host")),
    ("ntp-server", Key("ntp", "dhcp, a subnet, a group or a host")),
    ("boot-file-name", Key("loaders", "the site, a subnet, a group or a host")),
    ("bootfile", Key("loaders", "the site, a subnet, a group or a host")),
    ("tftp-server", Instead::Option("tftp-server-name")),
    ("mtu", Instead::Option("interface-mtu")),
    ("wins", Instead::Option("netbios-name-servers")),
    ("wins-servers", Instead::Option("netbios-name-servers")),
    ("time-server", Instead::Option("time-servers")),
    ("nds-server", Instead::Option("nds-servers")),
    ("nisplus-domain-name", Instead::Option("nisplus-domain")),
    ("captive-portal", Instead::Option("v4-captive-portal")),
    ("classless-static-route", Own(121, "hex: \"18:0a:00:01:0a:00:00:01\"")),
    ("classless-static-routes", Own(121, "hex: \"18:0a:00:01:0a:00:00:01\"")),
    ("rfc3442-classless-static-routes", Own(121, "hex: \"18:0a:00:01:0a:00:00:01\"")),
    ("ms-classless-static-routes", Own(249, "hex: \"18:0a:00:01:0a:00:00:01\"")),
    ("wpad", Own(252, "text: \"http://wpad.example.org/wpad.dat\"")),
    ("proxy-autodiscovery", Own(252, "text: \"http://wpad.example.org/wpad.dat\"")),
];

impl Instead {
    /// The sentence for a message.
    fn help(self, name: &str) -> String {
        match self {
            Key(key, places) => format!("use the key `{key}` of {places}"),
            Self::Option(option) => format!("dhcpd calls it `{option}`"),
            Own(code, value) => {
                format!("dhcpd has no name for option {code}: write `{name}: {{ code: {code}, {value} }}`")
            }
            Parts(example) => {
                format!("its value has several parts: write `raw: {{ dhcpd: 'option {name} {example};' }}`")
            }
            Raw(statement) => {
                format!("it is a statement of dhcpd.conf: write `raw: {{ dhcpd: '{statement}' }}`")
            }
            Why(why) => why.to_owned(),
        }
    }

    fn refuse(self, name: &str) -> InvalidValue {
        InvalidValue::new(format!("the option `{name}` cannot be given here")).help(self.help(name))
    }
}

/// Looks an option up by dhcpd's name.
///
/// # Errors
/// If site.yaml has a key for it, or dhcpd does not know it. An unknown name gives an error without a help.
pub fn dhcpd_option(name: &str) -> Validated<&'static DhcpdOption> {
    if let Some(name) = name.strip_prefix("option ") {
        let refused = InvalidValue::new(format!("`option {name}` is dhcpd.conf; write the name alone"));
        return Err(match dhcpd_option(name) {
            Ok(option) => refused.help(format!("write `{}: …`", option.name)),
            Err(other) => InvalidValue { help: other.help, ..refused },
        });
    }
    if let Some(option) = known_option(name) {
        return Ok(option);
    }
    if let Some((_, _, instead)) = OTHER_OPTIONS.iter().find(|(other, _, _)| *other == name) {
        return Err(instead.refuse(name));
    }
    let code = ["option-", "option_", "option:", "opt"].iter().find_map(|word| name.strip_prefix(word));
    if let Ok(code) = number(code.unwrap_or(name), 0, 255) {
        return Err(by_code(code));
    }
    let folded = name.to_ascii_lowercase().replace('_', "-");
    let foreign = FOREIGN_OPTIONS.iter().find(|(foreign, _)| *foreign == folded);
    if let Some((foreign, instead)) = foreign {
        return Err(InvalidValue::new(format!("dhcpd knows no option `{name}`")).help(instead.help(foreign)));
    }
    Err(InvalidValue::new(format!("dhcpd knows no option `{name}`")))
}

/// Every name of dhcpd.
pub fn option_names() -> Vec<&'static str> {
    let others = OTHER_OPTIONS.iter().map(|(name, _, _)| *name);
    DHCPD_OPTIONS.iter().map(|option| option.name).chain(others).collect()
}

/// The options of [`DHCPD_OPTIONS`] by their names.
static BY_NAME: LazyLock<HashMap<&str, &DhcpdOption>> =
    LazyLock::new(|| DHCPD_OPTIONS.iter().map(|option| (option.name, option)).collect());

/// Every name of dhcpd, for a search.
static NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| option_names().into_iter().collect());

/// The option that `options` accepts under this name.
pub fn known_option(name: &str) -> Option<&'static DhcpdOption> {
    BY_NAME.get(name).copied()
}

/// A name, if it is one of dhcpd's.
pub fn option_name(name: &str) -> Option<&'static str> {
    NAMES.get(name).copied()
}

/// The error for an option that is given by its code.
fn by_code(code: i64) -> InvalidValue {
    let refused = InvalidValue::new(format!("options are given by name, not by the number {code}"));
    if let Some(option) = DHCPD_OPTIONS.iter().find(|option| i64::from(option.code) == code) {
        return refused.help(format!("option {code} is `{}`", option.name));
    }
    if let Some((name, _, instead)) = OTHER_OPTIONS.iter().find(|(_, other, _)| i64::from(*other) == code) {
        return refused.help(format!("option {code} is `{name}`: {}", instead.help(name)));
    }
    if let Some((name, instead)) =
        FOREIGN_OPTIONS.iter().find(|(_, instead)| matches!(instead, Own(own, _) if i64::from(*own) == code))
    {
        return refused.help(instead.help(name));
    }
    if !(1..=254).contains(&code) {
        return refused.help("the codes 0 and 255 are padding and the end mark");
    }
    refused.help(format!(
        "dhcpd has no name for option {code}: give it one, as in `my-option: {{ code: {code}, text: \"…\" }}`"
    ))
}

/// Checks the name and code of an option that the site defines.
///
/// # Errors
/// If dhcpd or ipxegen has the name or the code already.
pub fn own_option(name: &str, code: &str) -> Validated<u8> {
    if !is_identifier(name) {
        return Err(InvalidValue::new(format!("`{name}` is not an option's name"))
            .help("a letter, then letters, digits, `_` and `-`"));
    }
    if let Some(option) = known_option(name) {
        return Err(InvalidValue::new(format!("dhcpd knows `{name}` already, as option {}", option.code))
            .help("leave `code` away and give the value itself"));
    }
    if let Some((_, _, instead)) = OTHER_OPTIONS.iter().find(|(other, _, _)| *other == name) {
        return Err(instead.refuse(name));
    }
    let code = u8::try_from(number(code, 1, 254)?).unwrap_or_default();
    if let Some(option) = DHCPD_OPTIONS.iter().find(|option| option.code == code) {
        let name = option.name;
        return Err(InvalidValue::new(format!("option {code} is dhcpd's `{name}`")).help(format!(
            "write `{name}: …` without a code; redefining it would change its type everywhere"
        )));
    }
    if let Some((name, _, instead)) = OTHER_OPTIONS.iter().find(|(_, other, _)| *other == code) {
        return Err(InvalidValue::new(format!("option {code} is dhcpd's `{name}`")).help(instead.help(name)));
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::{dhcpd_option, own_option};

    #[test]
    fn codes_of_others_are_not_taken() {
        assert_eq!(own_option("wpad", "252"), Ok(252));
        for (name, code) in [
            ("wpad", "0"),
            ("wpad", "255"),
            ("mine", "175"),
            ("mine", "66"),
            ("mine", "78"),
            ("time-offset", "252"),
            ("root-path", "252"),
            ("a b", "252"),
        ] {
            assert!(own_option(name, code).is_err(), "{name} {code}");
        }
    }

    #[test]
    fn a_name_that_is_not_taken_says_what_to_write() {
        for (name, said) in [
            ("routers", "use the key `routers` of dhcp, a subnet, a group or a host"),
            ("root-path", "use the key `root_path` of dhcp, a subnet, a class, a group or a host"),
            ("filename", "use the key `loaders`"),
            ("next_server", "use the key `next_server` of a subnet"),
            ("option domain-name", "use the key `domain`"),
            ("option nis-domain", "write `nis-domain: …`"),
            ("slp-directory-agent", "option slp-directory-agent true 10.0.0.5, 10.0.0.6;"),
            ("150", "option 150 is `tftp-server-address`"),
            ("3", "option 3 is `routers`: use the key `routers`"),
            ("121", "write `classless-static-route: { code: 121, hex: "),
            ("230", "`my-option: { code: 230, text: "),
            ("0", "padding"),
            ("mtu", "dhcpd calls it `interface-mtu`"),
        ] {
            let help = dhcpd_option(name).unwrap_err().help.unwrap_or_default();
            assert!(help.contains(said), "{name}: {help}");
        }
    }
}
