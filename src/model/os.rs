//! The systems that servers run.

use super::{InvalidValue, Validated};

/// A system of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table below names them")]
pub enum Os {
    Debian12,
    Debian13,
    Debian14,
    Ubuntu2204,
    Ubuntu2404,
    Ubuntu2604,
}

/// Which wsdd a system has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WsddPackage {
    /// `wsdd`, with `/etc/default/wsdd`.
    Wsdd,
    /// `wsdd-server`, with `/etc/wsdd-server/defaults`.
    WsddServer,
    /// None.
    Absent,
}

/// Every system: its word in site.yaml, and its name.
const SYSTEMS: [(&str, Os, &str); 6] = [
    ("debian-12", Os::Debian12, "Debian 12"),
    ("debian-13", Os::Debian13, "Debian 13"),
    ("debian-14", Os::Debian14, "Debian 14"),
    ("ubuntu-22.04", Os::Ubuntu2204, "Ubuntu 22.04"),
    ("ubuntu-24.04", Os::Ubuntu2404, "Ubuntu 24.04"),
    ("ubuntu-26.04", Os::Ubuntu2604, "Ubuntu 26.04"),
];

impl Os {
    /// Reads its word.
    ///
    /// # Errors
    /// If there is no such system.
    pub fn parse(text: &str) -> Validated<Self> {
        SYSTEMS.iter().find(|(word, ..)| *word == text).map(|(_, os, _)| *os).ok_or_else(|| {
            let words: Vec<&str> = SYSTEMS.iter().map(|(word, ..)| *word).collect();
            InvalidValue::new(format!("`{text}` is not a system that ipxegen knows"))
                .help(format!("one of {}, or no `os` at all", words.join(", ")))
        })
    }

    /// Its word in site.yaml.
    #[must_use]
    pub fn word(self) -> &'static str {
        SYSTEMS.iter().find(|(_, os, _)| *os == self).map_or("", |(word, ..)| word)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        SYSTEMS.iter().find(|(_, os, _)| *os == self).map_or("", |(.., name)| name)
    }

    /// Whether it has isc-dhcp-server and isc-dhcp-relay.
    #[must_use]
    pub const fn has_isc_dhcp(self) -> bool {
        !matches!(self, Self::Debian14)
    }

    /// The version of its Kea, where that is known.
    #[must_use]
    pub const fn kea(self) -> Option<(u8, u8)> {
        match self {
            Self::Debian12 => Some((2, 2)),
            Self::Ubuntu2404 => Some((2, 4)),
            Self::Debian13 => Some((2, 6)),
            Self::Debian14 => Some((3, 0)),
            Self::Ubuntu2204 | Self::Ubuntu2604 => None,
        }
    }

    /// Whether its tftpd-hpa reads `/etc/default/tftpd-hpa`.
    #[must_use]
    pub const fn has_tftpd_defaults(self) -> bool {
        !matches!(self, Self::Debian14)
    }

    /// Its wsdd.
    #[must_use]
    pub const fn wsdd(self) -> WsddPackage {
        match self {
            Self::Debian12 | Self::Ubuntu2204 => WsddPackage::Wsdd,
            Self::Debian13 => WsddPackage::Absent,
            Self::Debian14 | Self::Ubuntu2404 | Self::Ubuntu2604 => WsddPackage::WsddServer,
        }
    }
}
