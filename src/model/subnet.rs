//! Subnets, and the options of their clients.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Addresses, Cidr, Cidr6, ClientKind, Handout, Range, Range6, ScopeRoot, Spanned};
use crate::source::Span;

/// The clients that get a boot file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Netboot {
    /// Every PXE or HTTP client.
    All,
    /// The clients that are hosts of the site.
    Known,
    /// No client.
    None,
}

impl Netboot {
    /// Its word in site.yaml.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Known => "known",
            Self::None => "none",
        }
    }
}

/// The loader of a kind of client.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Loader {
    /// A file below the TFTP root.
    File(String),
    /// A URL, for clients of UEFI's HTTP boot.
    Url(String),
}

impl Loader {
    /// Whether it is iPXE's signed shim.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        matches!(self, Self::File(path) if super::is_signed(path))
    }
}

/// The loaders by kind of client; a kind that is absent gets none.
pub type Loaders = Vec<(ClientKind, Spanned<Loader>)>;

/// The IPv6 side of a network.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Subnet6 {
    /// Address and prefix.
    #[serde(rename = "cidr6")]
    pub cidr: Spanned<Cidr6>,
    /// Ranges as written.
    #[serde(skip)]
    pub ranges: Vec<Spanned<Range6>>,
    /// The ranges without addresses that are in use.
    #[serde(rename = "ranges6")]
    pub free: Vec<Range6>,
    /// Name servers.
    #[serde(rename = "dns6")]
    pub dns: Vec<Ipv6Addr>,
    /// The URL of each kind's loader.
    #[serde(skip)]
    pub loaders: Vec<(ClientKind, String)>,
    /// The script's URL.
    #[serde(skip)]
    pub script: Option<String>,
}

/// A network.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Subnet {
    /// Its name in site.yaml.
    #[serde(skip)]
    pub name: Spanned<String>,
    /// The place of its mapping.
    #[serde(skip)]
    pub span: Span,
    /// Whether one of its own or inherited settings is in error, so that the subnet is incomplete.
    #[serde(skip)]
    pub in_part: bool,
    /// Whether a host has a fixed address there.
    #[serde(skip)]
    pub has_hosts: bool,
    /// Address and prefix.
    pub cidr: Spanned<Cidr>,
    /// Ranges as written.
    #[serde(skip)]
    pub ranges: Vec<Spanned<Range>>,
    /// The ranges without addresses that are in use.
    #[serde(rename = "ranges")]
    pub free: Vec<Range>,
    /// Its broadcast address.
    pub broadcast: Spanned<Ipv4Addr>,
    /// The shared network that it is part of.
    pub shared_network: Option<Spanned<String>>,
    /// The server that serves its clients, by index.
    #[serde(skip)]
    pub boot_server: Option<usize>,
    /// The address for the siaddr field; `None` if nothing is fetched by TFTP.
    pub next_server: Option<Spanned<Ipv4Addr>>,
    /// Whether clients without a host declaration get an address.
    #[serde(serialize_with = "super::serialize::allow_or_deny")]
    pub unknown_clients: Spanned<bool>,
    /// The clients that get a boot file.
    pub netboot: Netboot,
    /// How long a lease lasts when the client does not ask, in seconds.
    pub default_lease_time: Option<Spanned<u32>>,
    /// How long a lease lasts at most, in seconds.
    pub max_lease_time: Option<Spanned<u32>>,
    /// How long a lease lasts at least, in seconds.
    pub min_lease_time: Option<Spanned<u32>>,
    /// Whether addresses are pinged before they are offered.
    pub ping_check: Option<Spanned<bool>>,
    /// The loaders, with those that it inherits.
    #[serde(serialize_with = "super::serialize::loaders")]
    pub loaders: Loaders,
    /// The addresses of the services for its clients.
    #[serde(skip)]
    pub addresses: Addresses,
    /// The script's URL, or its path for TFTP.
    pub script: Option<String>,
    /// The IPv6 settings, if it has any.
    #[serde(flatten)]
    pub v6: Option<Box<Subnet6>>,
    /// Its own texts of variables, by name.
    #[serde(serialize_with = "super::serialize::pairs", skip_serializing_if = "Vec::is_empty")]
    pub vars: Vec<(String, String)>,
    /// The root disk of the site and its own, the one that counts last.
    #[serde(skip)]
    pub root_paths: Vec<ScopeRoot>,
    /// The options that DHCP sends here, including those of the site.
    #[serde(skip)]
    pub handout: Handout,
}

impl Subnet {
    /// Whether any client here gets a file name.
    #[must_use]
    pub fn boots(&self) -> bool {
        self.netboot != Netboot::None
    }

    /// The root disk of clients that are no hosts, or whose hosts have none of their own.
    #[must_use]
    pub fn root_path(&self) -> Option<&ScopeRoot> {
        self.root_paths.last().filter(|root| self.boots() && !root.text.value.is_empty())
    }

    /// The kinds of client that have a loader here, as iPXE tells them apart once it runs.
    pub fn kinds(&self) -> impl Iterator<Item = ClientKind> + '_ {
        self.loaders.iter().filter_map(|(kind, _)| kind.in_ipxe())
    }

    /// Whether its clients reach an address: it is in their network, or something routes them there.
    #[must_use]
    pub fn reaches(&self, ip: Ipv4Addr) -> bool {
        self.cidr.value.contains(ip) || self.handout.routes() || self.in_part
    }
}
