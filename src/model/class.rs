//! Classes: clients that are told apart by what they send.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::class_match::ClassMatch;
use super::{ClientKind, Handout, Loader, Loaders, Netboot, ScopeRoot, Spanned};
use crate::source::Span;

/// A class of clients, and what they get.
#[derive(Clone, Debug, Serialize)]
pub struct Class {
    /// Its name in site.yaml.
    #[serde(skip)]
    pub name: Spanned<String>,
    /// The place of its mapping.
    #[serde(skip)]
    pub span: Span,
    /// The values that its clients send.
    #[serde(rename = "match")]
    pub matches: ClassMatch,
    /// The subnets in which it counts, by index; all of them if none are named.
    #[serde(skip)]
    pub subnets: Option<Vec<usize>>,
    /// The one address that its clients get.
    pub ip: Option<Spanned<Ipv4Addr>>,
    /// The subnet of that address, by index.
    #[serde(skip)]
    pub ip_subnet: Option<usize>,
    /// The class with the higher one wins.
    pub priority: i64,
    /// The boot file of all its clients but iPXE, or of iPXE too if `match` names it.
    pub file: Option<Spanned<ClassFile>>,
    /// The TFTP server as written, for `show`.
    pub next_server: Option<Spanned<String>>,
    /// The options that DHCP sends.
    #[serde(flatten)]
    pub handout: Handout,
    /// How long a lease lasts when the client does not ask, in seconds.
    pub default_lease_time: Option<Spanned<u32>>,
    /// How long a lease lasts at most, in seconds.
    pub max_lease_time: Option<Spanned<u32>>,
    /// How long a lease lasts at least, in seconds.
    pub min_lease_time: Option<Spanned<u32>>,
    /// The clients that get a boot file.
    pub netboot: Option<Spanned<Netboot>>,
    /// The root disk.
    pub root_path: Option<Spanned<String>>,
    /// Its loaders, in whatever subnet.
    #[serde(skip)]
    pub loaders: Loaders,
    /// Its settings in each subnet of the site in which it counts.
    #[serde(skip)]
    pub here: Vec<ClassInSubnet>,
}

/// The settings of a class in one subnet.
#[derive(Clone, Debug)]
pub struct ClassInSubnet {
    /// The subnet, by index.
    pub subnet: usize,
    /// The loaders that the class sets there; `None` for kinds that get none.
    pub loaders: LoaderChanges,
    /// The TFTP server.
    pub next_server: Option<Spanned<Ipv4Addr>>,
    /// The root disk.
    pub root_path: Option<ScopeRoot>,
}

impl ClassInSubnet {
    /// Whether a class says the same in another subnet.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.loaders == other.loaders
            && self.next_server == other.next_server
            && self.root_path == other.root_path
    }
}

/// The loaders of some kinds of client, over those of an outer scope; `None` for kinds that get none.
pub type LoaderChanges = Vec<(ClientKind, Spanned<Option<Loader>>)>;

/// The one boot file of a class, a group or a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ClassFile {
    /// None.
    Nothing,
    /// A path, for TFTP.
    Path(String),
    /// A URL.
    Url(String),
}

impl ClassFile {
    /// Its path or URL.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Path(name) | Self::Url(name) => Some(name),
        }
    }
}

impl Serialize for ClassFile {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name().unwrap_or("none"))
    }
}

impl Class {
    /// Its boot file below our TFTP root. Another TFTP server has a root of its own.
    #[must_use]
    pub fn own_file(&self) -> Option<&str> {
        match &self.file.as_ref()?.value {
            ClassFile::Path(path) if self.next_server.is_none() => Some(path),
            _ => None,
        }
    }

    /// Whether it says how long a lease lasts.
    #[must_use]
    pub const fn has_lease_time(&self) -> bool {
        self.default_lease_time.is_some() || self.max_lease_time.is_some() || self.min_lease_time.is_some()
    }

    /// Its settings in a subnet; `None` where it does not count.
    #[must_use]
    pub fn in_subnet(&self, at: usize) -> Option<&ClassInSubnet> {
        // A class for all subnets has one for each, in their order.
        let found = self.here.get(at).filter(|here| here.subnet == at);
        found.or_else(|| {
            let place = self.here.binary_search_by_key(&at, |here| here.subnet).ok()?;
            self.here.get(place)
        })
    }
}

/// Several classes: the clients of any of them, or of none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClassSet {
    /// Whether the clients of none of them are meant.
    pub not: bool,
    /// The classes, by index.
    pub classes: Vec<usize>,
}
