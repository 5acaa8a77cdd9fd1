//! Options of DHCPv6: their names, and those that a kind of client sends.

use super::{Found, OptionName, Sent};

/// The space of the options of DHCPv6.
pub const SPACE: &str = "dhcp6";

/// The names in `dhcpv6_options` (common/tables.c of 4.4.3). That table has neither `user-class` nor `vendor-class`; files
/// define them.
const NAMES: [(&str, u32); 64] = [
    ("client-id", 1),
    ("server-id", 2),
    ("ia-na", 3),
    ("ia-ta", 4),
    ("ia-addr", 5),
    ("oro", 6),
    ("preference", 7),
    ("elapsed-time", 8),
    ("relay-msg", 9),
    ("unicast", 12),
    ("status-code", 13),
    ("rapid-commit", 14),
    ("vendor-opts", 17),
    ("interface-id", 18),
    ("reconf-msg", 19),
    ("reconf-accept", 20),
    ("sip-servers-names", 21),
    ("sip-servers-addresses", 22),
    ("name-servers", 23),
    ("domain-search", 24),
    ("ia-pd", 25),
    ("ia-prefix", 26),
    ("nis-servers", 27),
    ("nisp-servers", 28),
    ("nis-domain-name", 29),
    ("nisp-domain-name", 30),
    ("sntp-servers", 31),
    ("info-refresh-time", 32),
    ("bcms-server-d", 33),
    ("bcms-server-a", 34),
    ("geoconf-civic", 36),
    ("remote-id", 37),
    ("subscriber-id", 38),
    ("fqdn", 39),
    ("pana-agent", 40),
    ("new-posix-timezone", 41),
    ("new-tzdb-timezone", 42),
    ("ero", 43),
    ("lq-query", 44),
    ("client-data", 45),
    ("clt-time", 46),
    ("lq-relay-data", 47),
    ("lq-client-link", 48),
    ("v6-lost", 51),
    ("capwap-ac-v6", 52),
    ("relay-id", 53),
    ("v6-access-domain", 57),
    ("sip-ua-cs-list", 58),
    ("bootfile-url", 59),
    ("bootfile-param", 60),
    ("client-arch-type", 61),
    ("nii", 62),
    ("aftr-name", 64),
    ("erp-local-domain-name", 65),
    ("rdnss-selection", 74),
    ("client-linklayer-addr", 79),
    ("link-address", 80),
    ("solmax-rt", 82),
    ("inf-max-rt", 83),
    ("dhcpv4-msg", 87),
    ("dhcp4-o-dhcp6-server", 88),
    ("v6-captive-portal", 103),
    ("relay-source-port", 135),
    ("ipv6-address-andsf", 143),
];

/// The code of a name that dhcpd knows.
pub fn code(name: &str) -> Option<u32> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code)
}

impl Sent<'_> {
    /// The bytes of an option of DHCPv6 that it sends.
    pub(super) fn option6(&self, option: &OptionName) -> Found<Vec<u8>> {
        match option.code {
            15 | 16 | 61 => self.client.option6(option.code).map_or(Found::Null, Found::Is),
            // Only servers send them.
            2 | 7 | 12 | 13 | 19 | 21..=24 | 27..=34 | 59 | 60 => Found::Null,
            _ => Found::depends(&option.reason),
        }
    }
}
