//! Options of DHCPv6: their names, and those that a kind of client sends.

use super::{Found, OptionName, Sent};

/// The space of the options of DHCPv6 (`dhcpv6_options` in common/tables.c of 4.4.3).
pub const SPACE: &str = "dhcp6";

const NAMES: [(&str, u32); 41] = [
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
    ("bootfile-url", 59),
    ("bootfile-param", 60),
    ("client-arch-type", 61),
    ("nii", 62),
];

/// The code of a name that dhcpd knows.
pub fn code(name: &str) -> Option<u32> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, code)| *code)
}

/// The enterprise number in the vendor class of PXE firmware, which is Intel's (edk2's `PXE_DHCP6_ENTERPRISE_NUM`).
const INTEL: [u8; 4] = 343_u32.to_be_bytes();

impl Sent<'_> {
    /// The bytes of an option of DHCPv6 that it sends.
    pub(super) fn option6(&self, option: &OptionName) -> Found<Vec<u8>> {
        let client = self.client;
        // Each text of these options has its length in two octets in front (RFC 8415, 21.15 and 21.16).
        let text = |head: &[u8], text: &[u8]| {
            let length = u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes();
            if text.is_empty() { Found::Null } else { Found::Is([head, &length, text].concat()) }
        };
        match option.code {
            15 => text(&[], &client.user_class),
            16 => text(&INTEL, client.vendor_class.as_bytes()),
            61 if client.arch.is_empty() => Found::Null,
            61 => Found::Is(client.arch.iter().flat_map(|arch| arch.to_be_bytes()).collect()),
            // Only servers send them.
            2 | 7 | 12 | 13 | 19 | 21..=24 | 27..=34 | 59 | 60 => Found::Null,
            _ => Found::depends(format!("the option `{}`", option.name)),
        }
    }
}
