//! The resolved site: all defaults, inherited values and references are applied.
//!
//! Values are valid by construction: a [`Mac`] is a unicast address of six octets, an [`AbsPath`]
//! begins with `/` and never leaves it. A value that cannot be made gives an [`InvalidValue`]. Spans tell
//! where in site.yaml a value came from; no `Option` here means "default".

mod address;
mod address6;
mod built_features;
mod by_address;
mod class;
mod class_match;
mod client;
mod custom_file;
mod entry;
mod entry_kind;
mod firmware_by_name;
mod host;
mod host_facts;
mod ipxe_features;
mod ipxe_options;
mod iscsi;
mod known_loaders;
mod loaders_build;
mod mac;
mod menu;
mod names;
mod option;
mod option_names;
mod os;
mod paths;
mod placeholders;
mod portal;
mod published;
mod ranges_by_address;
mod relay;
mod scope_root;
mod serialize;
mod service;
mod site;
mod subnet;
mod target;
mod time;
mod vars;
mod winpe;
mod write_to;

pub use crate::invalid_value::{InvalidValue, Validated};

pub use address::{Cidr, Clients, Dotted, Range, ipv4};
pub use address6::{Cidr6, Range6, ipv6};
pub use by_address::ByAddress;
pub use class::{Class, ClassFile, ClassInSubnet, ClassSet, LoaderChanges};
pub use class_match::{Arch, Asker, Bytes, ClassMatch, Pattern};
pub use client::{Asks, CLIENT_KINDS, ClientKind, KindInfo, RASPBERRY_PI, RASPBERRY_PI_ID};
pub use custom_file::{CustomFile, Each};
pub use entry::{Addresses, BootFile, Entry, Transport};
pub use entry_kind::{
    ArchDir, ChainBoot, EntryKind, InjectedFile, IsoBoot, KernelArgument, KernelStart, LinuxBoot, LinuxStart,
    LinuxSystem, LoadedFile, MemtestBoot, RebootBoot, ScriptBoot, ShareAccount, WinpeBoot, WinpeImage,
};
pub use firmware_by_name::{RunsOn, firmware_by_name};
pub use host::{Card, Handout, Host, HostLayer, HostLayers, MacAt, Nic, Nics, OWN_INITIATOR, Profile};
pub use host_facts::HostFacts;
pub use ipxe_features::Features;
pub use ipxe_options::{IPXE_OPTIONS, IpxeOption, IpxeType, IpxeValue, PRIVATE_OPTIONS};
pub use iscsi::{Iqn, IscsiPath, Lun, NfsPath, RootPath};
pub use loaders_build::{Embed, IPXE_SOURCE, LoadersBuild, SHIMS, is_signed, make_target, second_stages};
pub use mac::Mac;
pub use menu::{Item, Menu, MenuTexts, Submenu};
pub use names::{entry_id, host_name, interface, is_identifier, network_name, user_name};
pub use option::{
    DhcpOption, OptionType, OptionValue, VENDOR_CLASS, VENDOR_OPTIONS, domain, domain_bytes, flag, hex_bytes,
    number,
};
pub use option_names::{
    DHCPD_OPTIONS, DhcpdOption, FOREIGN_OPTIONS, Instead, OTHER_OPTIONS, dhcpd_option, known_option,
    option_name, option_names, own_option,
};
pub use os::{Os, WsddPackage};
pub use paths::{AbsPath, FileRoots, boot_path, foreign_boot_path, join};
pub use placeholders::{Placeholders, fill, fill_file};
pub use portal::Portal;
pub use published::{Content, Published, WindowsSetup};
pub use ranges_by_address::{range_at, ranges_by_address};
pub use relay::Relay;
pub use scope_root::ScopeRoot;
pub use service::{
    ClientId, Dhcp, DhcpDaemon, Export, ExternalDhcp, Failover, Http, Ipxe, Nfs, Raw, Script, Server,
    Service, Share, Smb, Tftp, WebServer, Wsdd, syslog_facility,
};
pub use site::{Allow, Gaps, Mounted, Note, NoteOf, Site, SiteDefaults};
pub use subnet::{Loader, Loaders, Netboot, Subnet, Subnet6};
pub use target::{
    Chap, IscsiDaemon, IscsiMore, IscsiServer, MOST_PORTALS, Store, chap_user, is_chap_password, portal,
    size, store_path, windows_path,
};
pub use time::seconds;
pub use vars::{Var, carried_value, var_codes, var_name, var_value};
pub use winpe::{WinpeBuild, component, dism_word, drive_path, image_path, in_order, language, windows_name};
pub use write_to::{TakeText, TextBytes, WriteTo};

/// A value and where it was written; where nothing was, the place of what it was derived from.
///
/// Comparing and hashing ignore the place, so hosts with equal settings share a [`Profile`], wherever the
/// settings were written.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: crate::source::Span,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub const fn new(value: T, span: crate::source::Span) -> Self {
        Self { value, span }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

impl<T: std::hash::Hash> std::hash::Hash for Spanned<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<T: std::fmt::Display> std::fmt::Display for Spanned<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: serde::Serialize> serde::Serialize for Spanned<T> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(to)
    }
}
