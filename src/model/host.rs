//! Machines.
//!
//! There may be a million. Settings that many hosts share are kept once, as a [`Profile`]; a host keeps its
//! name, addresses and root-path, borrowed from the text.

use std::net::{Ipv4Addr, Ipv6Addr};

use smallvec::SmallVec;

use super::{
    ClassFile, DhcpOption, IpxeValue, IscsiPath, LoaderChanges, Loaders, Mac, Netboot, Raw, RootPath, Spanned,
};
use crate::source::Span;

/// The options that DHCP sends in a scope: in a subnet including all defaults, at a host only the
/// differences.
///
/// `None` inherits the value of the outer scope. An empty list unsets it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Handout {
    /// Routers.
    pub routers: Option<Vec<Spanned<Ipv4Addr>>>,
    /// Name servers.
    pub dns: Option<Vec<Spanned<Ipv4Addr>>>,
    /// Time servers.
    pub ntp: Option<Vec<Spanned<Ipv4Addr>>>,
    /// The DNS domain; an empty text unsets it.
    pub domain: Option<Spanned<String>>,
    /// Domains to search.
    pub domain_search: Option<Vec<Spanned<String>>>,
    /// Further options, later ones of the same name win.
    #[serde(serialize_with = "super::serialize::options", skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<DhcpOption>,
    /// iPXE's options, by dhcpd's name.
    #[serde(serialize_with = "super::serialize::ipxe_options", skip_serializing_if = "Vec::is_empty")]
    pub ipxe: Vec<(&'static str, Spanned<IpxeValue>)>,
    /// The boot entry that is preselected; an empty text for none.
    pub boot: Option<Spanned<String>>,
    /// Whether iPXE starts that entry without showing the menu.
    pub autoboot: Option<Spanned<bool>>,
    /// The texts of variables that DHCP sends to iPXE, by name.
    #[serde(serialize_with = "super::serialize::pairs", skip_serializing_if = "Vec::is_empty")]
    pub vars: Vec<(String, Spanned<String>)>,
    /// Verbatim text.
    #[serde(serialize_with = "super::serialize::raw", skip_serializing_if = "Vec::is_empty")]
    pub raw: Vec<Raw>,
}

impl Handout {
    /// Whether it may contain a route to other networks: a router, an option with routes, or verbatim text.
    #[must_use]
    pub fn routes(&self) -> bool {
        self.routers.as_ref().is_some_and(|routers| !routers.is_empty())
            || self.options.iter().any(|option| option.name.contains("route"))
            || !self.raw.is_empty()
    }
}

/// The settings of one or several hosts that differ from their subnet's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Profile {
    /// The groups that the settings come from, outermost first, for comments.
    #[serde(rename = "group", skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Spanned<String>>,
    /// The options that DHCP sends.
    #[serde(flatten)]
    pub handout: Handout,
    /// The loaders of all kinds of client, if they differ from the subnet's.
    #[serde(skip)]
    pub loaders: Option<Loaders>,
    /// The loaders that its hosts and their groups set; `None` for kinds that get none.
    #[serde(skip)]
    pub changes: LoaderChanges,
    /// The script for these loaders.
    #[serde(skip)]
    pub script: Option<String>,
    /// The clients that get a boot file, if that differs from the subnet.
    #[serde(skip)]
    pub netboot: Option<Netboot>,
    /// Whether they have no root-path although a class or the subnet may have one (`root_path: none`).
    #[serde(skip)]
    pub no_root_path: Option<Spanned<()>>,
    /// Whether iPXE boots the root-path without a menu (`script: none`).
    #[serde(skip)]
    pub no_script: bool,
    /// The boot file of whatever program asks, iPXE included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Spanned<ClassFile>>,
    /// The TFTP server, in place of the subnet's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_server: Option<Spanned<Ipv4Addr>>,
}

impl Profile {
    /// Whether iPXE gets the script on these hosts, where their subnet boots.
    #[must_use]
    pub fn gets_script(&self) -> bool {
        self.netboot != Some(Netboot::None) && !self.no_script && self.file.is_none()
    }

    /// Their TFTP server, if they get a loader of their subnet or their own from it rather than the one `file`.
    #[must_use]
    pub fn server_of_loaders(&self) -> Option<&Spanned<Ipv4Addr>> {
        self.next_server.as_ref().filter(|_| self.file.is_none() && self.netboot != Some(Netboot::None))
    }

    /// Their boot file below our TFTP root. Another TFTP server has a root of its own.
    #[must_use]
    pub fn own_file(&self) -> Option<&str> {
        match &self.file.as_ref()?.value {
            ClassFile::Path(path) if self.next_server.is_none() => Some(path),
            _ => None,
        }
    }
}

/// The layers of a host's settings, which [`Profile`] has merged: those of its groups, outermost first, then its own.
#[derive(Clone, Debug)]
pub struct HostLayers<'a> {
    /// The host's name.
    pub host: &'a str,
    /// The layers.
    pub layers: Vec<HostLayer>,
}

/// The settings of a group of a host, or of the host itself.
#[derive(Clone, Debug)]
pub struct HostLayer {
    /// The group; none for the host itself.
    pub group: Option<Spanned<String>>,
    /// Its settings.
    pub profile: Profile,
    /// Its root-path; an empty text for `none`.
    pub root_path: Option<Spanned<String>>,
}

/// A MAC address and where it was written.
pub type MacAt = Spanned<Mac>;

/// A machine.
#[derive(Clone, Debug)]
pub struct Host<'a> {
    /// Its name in lower case: the key.
    pub name: &'a str,
    /// The place of the name.
    pub span: Span,
    /// Its cards.
    pub macs: SmallVec<[MacAt; 1]>,
    /// Its fixed address.
    pub ip: Option<Spanned<Ipv4Addr>>,
    /// The subnet of that address, by index.
    pub subnet: Option<u32>,
    /// Its fixed IPv6 address. Few hosts have one.
    pub ip6: Option<Box<Spanned<Ipv6Addr>>>,
    /// The index of its profile.
    pub profile: u32,
    /// The name that DHCP gives it, if any.
    pub host_name: Option<&'a str>,
    /// Its root disk, and where that was written.
    pub root_path: Option<Box<Spanned<RootPath<'a>>>>,
    /// Its further cards, where they have addresses of their own. Few hosts have any.
    pub nics: Option<Box<Nics>>,
}

/// Further cards of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nics(pub Vec<Nic>);

/// A further card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nic {
    /// Its addresses; several share the fixed one.
    pub macs: SmallVec<[MacAt; 1]>,
    /// Its fixed address.
    pub ip: Option<Spanned<Ipv4Addr>>,
    /// The subnet of that address, by index.
    pub subnet: Option<u32>,
}

/// A card of a machine, the first or a further one.
#[derive(Clone, Copy, Debug)]
pub struct Card<'h> {
    /// Its addresses; several share the fixed one.
    pub macs: &'h [MacAt],
    /// Its fixed address.
    pub ip: Option<&'h Spanned<Ipv4Addr>>,
    /// The subnet of that address, by index.
    pub subnet: Option<u32>,
}

impl Host<'_> {
    /// Its first card.
    #[must_use]
    pub fn first_card(&self) -> Card<'_> {
        Card { macs: &self.macs, ip: self.ip.as_ref(), subnet: self.subnet }
    }

    /// Its further cards, where they have addresses of their own.
    #[must_use]
    pub fn further(&self) -> &[Nic] {
        self.nics.as_ref().map_or(&[][..], |nics| nics.0.as_slice())
    }

    /// Its cards, the first one first.
    pub fn cards(&self) -> impl Iterator<Item = Card<'_>> + Clone {
        let further = self.further().iter().map(|nic| Card {
            macs: &nic.macs,
            ip: nic.ip.as_ref(),
            subnet: nic.subnet,
        });
        std::iter::once(self.first_card()).chain(further)
    }

    /// Its fixed addresses.
    pub fn ips(&self) -> impl Iterator<Item = &Spanned<Ipv4Addr>> + Clone {
        self.cards().filter_map(|card| card.ip)
    }
}

/// The prefix of iPXE's own initiator names, before the host's name.
pub const OWN_INITIATOR: &str = "iqn.2010-04.org.ipxe:";

impl<'a> Host<'a> {
    /// Its iSCSI disk.
    #[must_use]
    pub fn disk(&self) -> Option<&IscsiPath<'a>> {
        match &self.root_path.as_ref()?.value {
            RootPath::Iscsi(path) => Some(path),
            _ => None,
        }
    }

    /// Whether DHCP sends no other name than its own.
    #[must_use]
    pub fn keeps_its_name(&self) -> bool {
        // Nearly all names are the same text in memory, which is fastest to compare.
        self.host_name.is_none_or(|name| std::ptr::eq(name, self.name) || name == self.name)
    }

    /// Its initiator name for an iSCSI target, as a prefix and a name.
    #[must_use]
    pub fn initiator_parts(&self) -> [&'a str; 2] {
        match self.disk().and_then(|disk| disk.initiator) {
            Some(iqn) => ["", iqn.as_str()],
            None => [OWN_INITIATOR, self.host_name.unwrap_or(self.name)],
        }
    }

    /// Its initiator name for an iSCSI target.
    #[must_use]
    pub fn initiator(&self) -> String {
        self.initiator_parts().concat()
    }
}
