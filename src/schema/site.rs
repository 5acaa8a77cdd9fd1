//! The site: its servers, subnets and boot entries, and all other keys.

use super::ipxe::{Ipxe, IpxeOptions};
use super::loaders::{Loaders, client_kinds};
use super::menu::Menu;
use super::options::{OptionValue, VendorOptions};
use super::services::{Dhcp, Http, Iscsi, Nfs, Smb, Tftp};
use super::settings::{Group, Host};
use super::shape::{ALLOW_OR_DENY, NETBOOT, OVER, REINSTALL, ScalarType, Shapes};
use super::{
    Class, CustomFile, Dict, FromNode, GivenFile, Hosts, Include, KeyInfo, Many, NoneOr, RangeItem, RawValue,
    Reading, Relay, RootPath, mapping,
};
use crate::source::{MapEntry, Node, NodeKind, Scalar, Span};

/// A whole site.yaml.
#[derive(Debug, Default)]
pub struct Site<'a> {
    /// The place of the whole mapping.
    pub span: Span,
    /// All keys but the big maps.
    pub top: Top<'a>,
    /// `servers`.
    pub servers: Vec<(Scalar<'a>, Server<'a>)>,
    /// Whether a server had the wrong shape.
    pub wrong_server: bool,
    /// Whether a subnet had the wrong shape.
    pub wrong_subnet: bool,
    /// `subnets`.
    pub subnets: Vec<(Scalar<'a>, Subnet<'a>)>,
    /// `classes`.
    pub classes: Vec<Class<'a>>,
    /// `groups`.
    pub groups: Vec<Group<'a>>,
    /// `hosts`.
    pub hosts: Hosts<'a>,
    /// `boot_entries`.
    pub boot_entries: Vec<BootEntry<'a>>,
}

mapping! {
    /// The keys of the site but the big maps.
    pub struct Top in "the site" {
        /// The site's name.
        name: Scalar<'a>,
        /// Its DNS domain.
        domain: Scalar<'a>,
        /// DHCP.
        dhcp: NoneOr<Dhcp<'a>>,
        /// TFTP.
        tftp: NoneOr<Tftp<'a>>,
        /// HTTP.
        http: NoneOr<Http<'a>>,
        /// NFS.
        nfs: NoneOr<Nfs<'a>>,
        /// SMB.
        smb: NoneOr<Smb<'a>>,
        /// iSCSI.
        iscsi: NoneOr<Iscsi<'a>>,
        /// The loader of each kind of client.
        loaders: Loaders<'a>,
        /// The script, and iPXE's options.
        ipxe: Ipxe<'a>,
        /// The menu.
        menu: Menu<'a>,
        /// Variables: `{var.NAME}` is replaced by the text of NAME.
        vars: Dict<'a, Scalar<'a>>,
        /// Relay agents by the server that they run on.
        relays: Dict<'a, Relay<'a>>,
        /// Further files from templates of your own.
        files: Many<CustomFile<'a>>,
        /// Folders with templates that replace the built-in ones.
        templates: Many<Scalar<'a>>,
        /// How the images of Windows PE are built.
        winpe: Box<WinpeImages<'a>>,
        /// Findings that are accepted, with the reason.
        allow: Dict<'a, Scalar<'a>> => ScalarType::Reason,
        /// Verbatim text per output.
        raw: Dict<'a, RawValue<'a>>,
    }
}

/// The keys of the site that are maps from names. They are read entry by entry: included files add entries, and
/// fragments given with `--with` change single entries.
pub(super) const BIG_MAPS: &[KeyInfo] = &[
    KeyInfo {
        name: "servers",
        doc: "The machines that serve, by name.",
        shape: |shapes| Dict::<Server<'_>>::json_schema(shapes, ScalarType::Any),
    },
    KeyInfo {
        name: "subnets",
        doc: "The networks, by name.",
        shape: |shapes| Dict::<Subnet<'_>>::json_schema(shapes, ScalarType::Any),
    },
    KeyInfo {
        name: "classes",
        doc: "Clients that are told apart by what they send, by name.",
        shape: |shapes| Shapes::map_of(Class::json_schema(shapes)),
    },
    KeyInfo {
        name: "groups",
        doc: "What several hosts have in common, by name.",
        shape: |shapes| Shapes::map_of(Group::json_schema(shapes)),
    },
    KeyInfo {
        name: "hosts",
        doc: "The machines, by name; `pc[01-30]` is thirty.",
        shape: |shapes| Shapes::map_of(Host::json_schema(shapes)),
    },
    KeyInfo { name: "boot_entries", doc: "The boot entries by id.", shape: Shapes::boot_entries },
];

/// The key of the site that names further files.
pub(super) const INCLUDE_KEY: KeyInfo = KeyInfo {
    name: "include",
    doc: "Further files of the site.",
    shape: |shapes| Many::<Include<'_>>::json_schema(shapes, ScalarType::Any),
};

/// The name of a big map, if the key is one.
pub(super) fn big_map(key: &str) -> Option<&'static str> {
    BIG_MAPS.iter().map(|map| map.name).find(|name| *name == key)
}

/// The names of all keys of the site.
pub(super) fn keys() -> Vec<&'static str> {
    let maps = BIG_MAPS.iter().map(|map| map.name);
    Top::KEYS.iter().copied().chain(maps).chain([INCLUDE_KEY.name]).collect()
}

mapping! {
    /// A server of the site.
    pub struct Server in "a server" {
        /// Its addresses, each with or without its prefix.
        ip: Many<Scalar<'a>> => ScalarType::Ipv4Prefix,
        /// Its IPv6 addresses, each with or without its prefix.
        ip6: Many<Scalar<'a>>,
        /// The interfaces that DHCP answers on.
        interfaces: Many<Scalar<'a>>,
        /// The system that it runs.
        os: Scalar<'a> => ScalarType::Words(&["debian-12", "debian-13", "debian-14", "ubuntu-22.04", "ubuntu-24.04", "ubuntu-26.04"]),
        /// A note, for the people who look after it.
        note: Scalar<'a>,
    }
}

mapping! {
    /// A network.
    pub struct Subnet in "a subnet" {
        /// Network address and prefix.
        cidr: Scalar<'a> => ScalarType::Cidr,
        /// Addresses for clients without a fixed one.
        ranges: Many<RangeItem<'a>>,
        /// IPv6 network address and prefix.
        cidr6: Scalar<'a>,
        /// IPv6 addresses for clients without a fixed one.
        ranges6: Many<Scalar<'a>>,
        /// Name servers by IPv6.
        dns6: Many<Scalar<'a>>,
        /// Routers.
        routers: Many<Scalar<'a>> => ScalarType::Ipv4,
        /// Name servers.
        dns: Many<Scalar<'a>> => ScalarType::Ipv4,
        /// The DNS domain.
        domain: Scalar<'a>,
        /// Domains to search.
        domain_search: Many<Scalar<'a>>,
        /// Time servers.
        ntp: Many<Scalar<'a>> => ScalarType::Ipv4,
        /// The broadcast address.
        broadcast: Scalar<'a> => ScalarType::Ipv4,
        /// Further DHCP options.
        options: Dict<'a, OptionValue<'a>>,
        /// The sub-options of option 43 by code, or the whole option as `text` or `hex`.
        vendor_options: VendorOptions<'a>,
        /// The server that serves its clients.
        boot_server: Scalar<'a>,
        /// The TFTP server of its clients.
        next_server: Scalar<'a>,
        /// The shared network that it is part of.
        shared_network: Scalar<'a>,
        /// `allow` or `deny` clients without a host declaration.
        unknown_clients: Scalar<'a> => ScalarType::Words(ALLOW_OR_DENY),
        /// The clients that get a boot file: `all`, `known` or `none`.
        netboot: Scalar<'a> => ScalarType::Words(NETBOOT),
        /// How long a lease lasts when the client does not ask.
        default_lease_time: Scalar<'a> => ScalarType::Duration,
        /// How long a lease lasts at most.
        max_lease_time: Scalar<'a> => ScalarType::Duration,
        /// How long a lease lasts at least.
        min_lease_time: Scalar<'a> => ScalarType::Duration,
        /// Whether an address is pinged before it is offered.
        ping_check: Scalar<'a> => ScalarType::Flag,
        /// The loader of each kind of client.
        loaders: Loaders<'a>,
        /// The preselected boot entry.
        boot: Scalar<'a>,
        /// iPXE's own options.
        ipxe: Box<IpxeOptions<'a>>,
        /// The root disk.
        root_path: RootPath<'a>,
        /// Values of variables that differ from the site's.
        vars: Dict<'a, Scalar<'a>>,
        /// Verbatim text per output.
        raw: Dict<'a, RawValue<'a>>,
        /// Findings that are accepted, with the reason.
        allow: Dict<'a, Scalar<'a>> => ScalarType::Reason,
        /// A note, for the people who look after it.
        note: Scalar<'a>,
    }

}

mapping! {
    /// How the images of Windows PE are built.
    pub struct WinpeImages in "winpe" {
        /// The architectures: `amd64`, `x86`, `arm64`.
        archs: Many<Scalar<'a>> => ScalarType::Words(&["amd64", "x86", "arm64"]),
        /// The folder of the Windows ADK.
        adk: Scalar<'a>,
        /// The folder in which the images are built.
        work_dir: Scalar<'a>,
        /// Their language.
        language: Scalar<'a>,
        /// Optional components.
        packages: Many<Scalar<'a>>,
        /// Windows features that are switched on.
        features: Many<Scalar<'a>>,
        /// Folders with drivers, or single `.inf` files.
        drivers: Many<Scalar<'a>>,
        /// Whether drivers without a signature are accepted.
        force_unsigned: Scalar<'a> => ScalarType::Flag,
        /// Files for the image: path in it, and path on the machine that builds.
        inject: Dict<'a, Scalar<'a>>,
        /// The time zone, in Windows' words.
        time_zone: Scalar<'a>,
        /// The keyboard's layout, such as `0411:00000411`.
        input_locale: Scalar<'a>,
        /// The driver of a Japanese or Korean keyboard.
        layered_driver: Scalar<'a> => ScalarType::Number(1, 6),
        /// Whether an ISO of each is made, too.
        iso: Scalar<'a> => ScalarType::Flag,
    }
}

/// A boot entry: the keys that all kinds have, and the rest for the kind.
#[derive(Clone, Debug)]
pub struct BootEntry<'a> {
    /// Its id: the key.
    pub id: Scalar<'a>,
    /// The place of its mapping.
    pub span: Span,
    /// The keys that all kinds have.
    pub common: Common<'a>,
    /// The keys of its kind, which `boot` knows.
    pub own: Vec<MapEntry<'a>>,
}

mapping! {
    /// The keys that every boot entry can have.
    pub struct Common in "a boot entry" {
        /// The text in the menu.
        label: Scalar<'a>,
        /// The kind of the entry.
        kind: Scalar<'a>,
        /// The hot key.
        key: Scalar<'a>,
        /// The kinds of client that see it.
        only_for: Many<Scalar<'a>> => ScalarType::WordsOf(client_kinds),
        /// `http` or `tftp`: how iPXE fetches its files.
        over: Scalar<'a> => ScalarType::Words(OVER),
        /// The folder of its files below the TFTP root.
        dir: Scalar<'a>,
        /// An ISO on the server, which is mounted at that folder.
        from_iso: Scalar<'a> => ScalarType::Path,
        /// Whether the menu leaves it out.
        hidden: Scalar<'a> => ScalarType::Flag,
        /// Whether this entry's secret may be sent over TFTP, where everybody can fetch it.
        expose_secret: Scalar<'a> => ScalarType::Flag,
        /// `every_boot`: a machine that starts this entry automatically is reinstalled at every boot.
        reinstall: Scalar<'a> => ScalarType::Words(REINSTALL),
        /// Kernel arguments in place of the site's `ipxe.cmdline_extra`.
        cmdline_extra: Many<Scalar<'a>>,
        /// Files for the booted system, by their names there.
        inject: Dict<'a, GivenFile<'a>>,
        /// Findings that are accepted, with the reason.
        allow: Dict<'a, Scalar<'a>> => ScalarType::Reason,
        /// A note, for the people who look after it.
        note: Scalar<'a>,
    }
}

impl<'a> BootEntry<'a> {
    /// Reads an entry; unknown keys are left to its kind.
    pub fn read(id: Scalar<'a>, node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        let NodeKind::Map(entries) = &node.plain().kind else {
            reading.wrong_type(node, "a mapping with a `kind` for a boot entry");
            return None;
        };
        let span = node.plain().span;
        let mut entry = Self { id, span, common: Common { span, ..Common::default() }, own: Vec::new() };
        for (key, value) in entries {
            if !entry.common.take(*key, value, reading) {
                entry.own.push((*key, value.clone()));
            }
        }
        Some(entry)
    }
}
