//! The names of DHCP options, compared with the tables of ISC DHCP and with `dhcpd -t`.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use ipxegen::model::{DHCPD_OPTIONS, FOREIGN_OPTIONS, OTHER_OPTIONS, OptionType};
use tempfile::tempdir;

use super::support::require;

/// `dhcp_options[]` of common/tables.c, ISC DHCP 4.4.3-P1: name, format and code.
const DHCP_OPTIONS: &[(&str, &str, u8)] = &[
    ("subnet-mask", "I", 1),
    ("time-offset", "l", 2),
    ("routers", "IA", 3),
    ("time-servers", "IA", 4),
    ("ien116-name-servers", "IA", 5),
    ("domain-name-servers", "IA", 6),
    ("log-servers", "IA", 7),
    ("cookie-servers", "IA", 8),
    ("lpr-servers", "IA", 9),
    ("impress-servers", "IA", 10),
    ("resource-location-servers", "IA", 11),
    ("host-name", "t", 12),
    ("boot-size", "S", 13),
    ("merit-dump", "t", 14),
    ("domain-name", "t", 15),
    ("swap-server", "I", 16),
    ("root-path", "t", 17),
    ("extensions-path", "t", 18),
    ("ip-forwarding", "f", 19),
    ("non-local-source-routing", "f", 20),
    ("policy-filter", "IIA", 21),
    ("max-dgram-reassembly", "S", 22),
    ("default-ip-ttl", "B", 23),
    ("path-mtu-aging-timeout", "L", 24),
    ("path-mtu-plateau-table", "SA", 25),
    ("interface-mtu", "S", 26),
    ("all-subnets-local", "f", 27),
    ("broadcast-address", "I", 28),
    ("perform-mask-discovery", "f", 29),
    ("mask-supplier", "f", 30),
    ("router-discovery", "f", 31),
    ("router-solicitation-address", "I", 32),
    ("static-routes", "IIA", 33),
    ("trailer-encapsulation", "f", 34),
    ("arp-cache-timeout", "L", 35),
    ("ieee802-3-encapsulation", "f", 36),
    ("default-tcp-ttl", "B", 37),
    ("tcp-keepalive-interval", "L", 38),
    ("tcp-keepalive-garbage", "f", 39),
    ("nis-domain", "t", 40),
    ("nis-servers", "IA", 41),
    ("ntp-servers", "IA", 42),
    ("vendor-encapsulated-options", "E.", 43),
    ("netbios-name-servers", "IA", 44),
    ("netbios-dd-server", "IA", 45),
    ("netbios-node-type", "B", 46),
    ("netbios-scope", "t", 47),
    ("font-servers", "IA", 48),
    ("x-display-manager", "IA", 49),
    ("dhcp-requested-address", "I", 50),
    ("dhcp-lease-time", "L", 51),
    ("dhcp-option-overload", "B", 52),
    ("dhcp-message-type", "B", 53),
    ("dhcp-server-identifier", "I", 54),
    ("dhcp-parameter-request-list", "BA", 55),
    ("dhcp-message", "t", 56),
    ("dhcp-max-message-size", "S", 57),
    ("dhcp-renewal-time", "L", 58),
    ("dhcp-rebinding-time", "L", 59),
    ("vendor-class-identifier", "X", 60),
    ("dhcp-client-identifier", "X", 61),
    ("nwip-domain", "t", 62),
    ("nwip-suboptions", "Enwip.", 63),
    ("nisplus-domain", "t", 64),
    ("nisplus-servers", "IA", 65),
    ("tftp-server-name", "t", 66),
    ("bootfile-name", "t", 67),
    ("mobile-ip-home-agent", "IA", 68),
    ("smtp-server", "IA", 69),
    ("pop-server", "IA", 70),
    ("nntp-server", "IA", 71),
    ("www-server", "IA", 72),
    ("finger-server", "IA", 73),
    ("irc-server", "IA", 74),
    ("streettalk-server", "IA", 75),
    ("streettalk-directory-assistance-server", "IA", 76),
    ("user-class", "t", 77),
    ("slp-directory-agent", "fIa", 78),
    ("slp-service-scope", "fto", 79),
    ("fqdn", "Efqdn.", 81),
    ("relay-agent-information", "Eagent.", 82),
    ("nds-servers", "IA", 85),
    ("nds-tree-name", "t", 86),
    ("nds-context", "t", 87),
    ("bcms-controller-names", "D", 88),
    ("bcms-controller-address", "Ia", 89),
    ("client-last-transaction-time", "L", 91),
    ("associated-ip", "Ia", 92),
    ("pxe-system-type", "Sa", 93),
    ("pxe-interface-id", "BBB", 94),
    ("pxe-client-id", "BX", 97),
    ("uap-servers", "t", 98),
    ("geoconf-civic", "X", 99),
    ("pcode", "t", 100),
    ("tcode", "t", 101),
    ("v6-only-preferred", "L", 108),
    ("netinfo-server-address", "Ia", 112),
    ("netinfo-server-tag", "t", 113),
    ("default-url", "t", 114),
    ("auto-config", "B", 116),
    ("name-service-search", "Sa", 117),
    ("subnet-selection", "I", 118),
    ("domain-search", "Dc", 119),
    ("vivco", "Evendor-class.", 124),
    ("vivso", "Evendor.", 125),
    ("pana-agent", "Ia", 136),
    ("v4-lost", "d", 137),
    ("capwap-ac-v4", "Ia", 138),
    ("sip-ua-cs-domains", "Dc", 141),
    ("ipv4-address-andsf", "Ia", 142),
    ("rdnss-selection", "BIID", 146),
    ("tftp-server-address", "Ia", 150),
    ("v4-portparams", "BBS", 159),
    ("v4-captive-portal", "t", 160),
    ("loader-configfile", "t", 209),
    ("loader-pathprefix", "t", 210),
    ("loader-reboottime", "L", 211),
    ("option-6rd", "BB6Ia", 212),
    ("v4-access-domain", "d", 213),
];

/// Names that `ipxe.options` defines, which dhcpd does not know by itself.
const DEFINED_BY_US: &[&str] = &["ipxe-encap-opts", "iscsi-initiator-iqn"];

/// The type of a format of tables.c; none for one with parts of several types.
fn type_of(format: &str) -> Option<OptionType> {
    Some(match format {
        "t" => OptionType::Text,
        "f" => OptionType::Flag,
        "I" => OptionType::Ip,
        "IA" | "Ia" => OptionType::Ips,
        "IIA" => OptionType::IpPairs,
        "d" => OptionType::Domain,
        "D" | "Dc" => OptionType::Domains,
        "B" => OptionType::U8,
        "S" => OptionType::U16,
        "SA" | "Sa" => OptionType::U16s,
        "L" => OptionType::U32,
        "l" => OptionType::I32,
        _ if format == "X" || format.starts_with('E') => OptionType::Hex,
        _ => return None,
    })
}

/// A value of a format, as dhcpd.conf writes it.
fn value_of(format: &str) -> &'static str {
    match format {
        "t" => "\"text\"",
        "f" => "true",
        "I" => "10.0.0.5",
        "IA" | "Ia" => "10.0.0.5, 10.0.0.6",
        "IIA" => "10.0.0.5 10.0.0.6, 10.0.0.7 10.0.0.8",
        "d" => "example.org",
        "D" | "Dc" => "\"example.org\", \"example.com\"",
        "B" => "200",
        "S" | "L" => "60000",
        "l" => "-18000",
        "BA" | "SA" | "Sa" => "1, 2",
        "BBB" => "1 2 3",
        "BX" => "1 02:03",
        "fIa" => "true 10.0.0.5, 10.0.0.6",
        "fto" => "true \"scope\"",
        "BIID" => "1 10.0.0.5 10.0.0.6 \"example.org\"",
        "BBS" => "4 8 0",
        "BB6Ia" => "14 16 2001:db8:: 10.0.0.5",
        _ => "01:02",
    }
}

/// The messages of `dhcpd -t` about options with these values; none without a dhcpd.
fn dhcpd_says<'n>(options: impl Iterator<Item = (&'n str, &'n str)>) -> Option<String> {
    if !require("dhcpd") {
        return None;
    }
    let folder = tempdir().unwrap();
    let (config, leases) = (folder.path().join("dhcpd.conf"), folder.path().join("leases"));
    fs::write(&leases, "").unwrap();
    fs::write(&config, options.map(|(name, value)| format!("option {name} {value};\n")).collect::<String>())
        .unwrap();
    let ran =
        Command::new("dhcpd").args(["-t", "-cf"]).arg(&config).arg("-lf").arg(&leases).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    Some(if ran.status.success() { String::new() } else { said })
}

#[test]
fn dhcpd_knows_every_option_of_its_table() {
    let options = DHCP_OPTIONS.iter().map(|(name, format, _)| (*name, value_of(format)));
    if let Some(said) = dhcpd_says(options) {
        assert_eq!(said, "");
    }
}

#[test]
fn every_option_of_the_table_is_taken_or_has_a_reason() {
    for (name, format, code) in DHCP_OPTIONS {
        let taken = DHCPD_OPTIONS.iter().find(|option| option.name == *name);
        let other = OTHER_OPTIONS.iter().find(|(other, _, _)| other == name);
        match (taken, other) {
            (Some(option), None) => {
                assert_eq!(option.code, *code, "{name}");
                assert_eq!(Some(option.is), type_of(format), "{name}");
            }
            (None, Some((_, other, _))) => assert_eq!(other, code, "{name}"),
            _ => panic!("{name} is in {} lists", usize::from(taken.is_some()) * 2),
        }
    }
    let table: BTreeSet<&str> = DHCP_OPTIONS.iter().map(|(name, _, _)| *name).collect();
    let ours = DHCPD_OPTIONS.iter().map(|option| option.name);
    let ours: BTreeSet<&str> = ours.chain(OTHER_OPTIONS.iter().map(|(name, _, _)| *name)).collect();
    let more: Vec<&str> = ours.difference(&table).copied().collect();
    assert_eq!(more, DEFINED_BY_US);
}

#[test]
fn dhcpd_knows_no_name_of_another_tool() {
    let names = || FOREIGN_OPTIONS.iter().map(|(name, _)| *name);
    let Some(said) = dhcpd_says(names().map(|name| (name, "01"))) else { return };
    for name in names() {
        assert!(said.contains(&format!("unknown option dhcp.{name}\n")), "{name}:\n{said}");
    }
}

#[test]
fn an_example_of_several_parts_is_one_that_dhcpd_takes() {
    let examples = OTHER_OPTIONS.iter().filter_map(|(name, _, instead)| match instead {
        ipxegen::model::Instead::Parts(example) => Some((*name, *example)),
        _ => None,
    });
    if let Some(said) = dhcpd_says(examples) {
        assert_eq!(said, "");
    }
}
