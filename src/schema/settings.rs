//! Hosts and groups as written: a list of the settings that they have, not a struct of all settings.
//!
//! There may be a million hosts, and most have three keys. So a host has fields for its addresses and a list
//! of [`Setting`]s for the rest. A group has such a list too: to inherit, one list is read after the other.

use serde_json::Value;
use smallvec::SmallVec;

use super::exceptions::OfOneHost;
use super::ipxe::IpxeOptions;
use super::loaders::Loaders;
use super::mapping::{EntryFault, mapping};
use super::options::{OptionValue, VendorOptions};
use super::reading::{entries, is_extension};
use super::shape::{NETBOOT, ScalarType, Shapes};
use super::{Dict, Many, Nic, RawValue, Reading, RootPath};
use crate::source::{Node, Scalar, Span};

/// The MAC addresses of a host; nearly always one.
pub type Macs<'a> = SmallVec<[Scalar<'a>; 1]>;

/// The groups of a host or the parents of a group; most have one.
pub type GroupNames<'a> = SmallVec<[Scalar<'a>; 1]>;

/// The settings of a host or group besides addresses; most hosts have one.
pub type Settings<'a> = SmallVec<[Setting<'a>; 1]>;

/// A machine.
#[derive(Clone, Debug)]
pub struct Host<'a> {
    /// Its name: the key.
    pub name: Scalar<'a>,
    /// The place of its mapping.
    pub span: Span,
    /// `mac`.
    pub macs: Macs<'a>,
    /// `ip`.
    pub ip: Option<Scalar<'a>>,
    /// `ip6`.
    pub ip6: Option<Box<Scalar<'a>>>,
    /// `nics`: the key, and the cards.
    pub nics: Option<Box<(Scalar<'a>, Many<Nic<'a>>)>>,
    /// `group`; a later one overrides those before it.
    pub groups: GroupNames<'a>,
    /// The other settings.
    pub settings: Settings<'a>,
    /// Whether a key is unknown, or a value has the wrong shape.
    pub wrong: bool,
}

/// Settings that several hosts share.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// Its name: the key.
    pub name: Scalar<'a>,
    /// The place of its mapping.
    pub span: Span,
    /// `group`: its parents; a later one overrides those before it.
    pub parents: GroupNames<'a>,
    /// The other settings.
    pub settings: Settings<'a>,
    /// Whether a key is unknown, or a value has the wrong shape.
    pub wrong: bool,
}

mapping! {
    /// A setting of a host or a group.
    pub enum Setting {
        /// The name that DHCP gives the machine, or `none`.
        host_name: HostName(Scalar<'a>),
        /// Routers; an empty list for none.
        routers: Routers(Many<Scalar<'a>>),
        /// Name servers.
        dns: Dns(Many<Scalar<'a>>),
        /// Time servers.
        ntp: Ntp(Many<Scalar<'a>>),
        /// The DNS domain.
        domain: Domain(Scalar<'a>),
        /// Domains to search.
        domain_search: DomainSearch(Many<Scalar<'a>>),
        /// The root disk.
        root_path: RootPath(RootPath<'a>),
        /// Whether the SAN disk stays hooked when booting from it fails or ends.
        keep_san: KeepSan(Scalar<'a>) => ScalarType::Flag,
        /// iPXE's own options.
        ipxe: Ipxe(Box<IpxeOptions<'a>>),
        /// The preselected boot entry.
        boot: Boot(Scalar<'a>),
        /// Whether iPXE starts that entry without showing the menu.
        autoboot: Autoboot(Scalar<'a>) => ScalarType::Flag,
        /// The clients that get a boot file.
        netboot: Netboot(Scalar<'a>) => ScalarType::Words(NETBOOT),
        /// `none`: iPXE boots the root-path without a menu.
        script: Script(Scalar<'a>) => ScalarType::Words(&["none"]),
        /// The boot file of whatever program asks, iPXE included; `none` for none.
        file: File(Scalar<'a>),
        /// The TFTP server.
        next_server: NextServer(Scalar<'a>),
        /// The loader of each kind of client.
        loaders: Loaders(Box<Loaders<'a>>),
        /// Values of variables that differ from the site's.
        vars: Vars(Dict<'a, Scalar<'a>>),
        /// Further DHCP options.
        options: Options(Dict<'a, OptionValue<'a>>),
        /// The sub-options of option 43 by code, or the whole option as `text` or `hex`.
        vendor_options: VendorOptions(Box<VendorOptions<'a>>),
        /// Verbatim text per output.
        raw: Raw(Dict<'a, RawValue<'a>>),
        /// Findings that are accepted, with the reason.
        allow: Allow(Dict<'a, Scalar<'a>>) => ScalarType::Reason,
        /// A note, for the people who look after it.
        note: Note(Scalar<'a>),
    }
}

mapping! {
    /// The keys that only a host has.
    enum HostKey {
        /// Its MAC addresses.
        mac: Mac(Macs<'a>) => ScalarType::Mac,
        /// Its network cards, each with an address of its own.
        nics: Nics(Many<Nic<'a>>),
        /// Its fixed address.
        ip: Ip(Scalar<'a>) => ScalarType::Ipv4Pattern,
        /// Its fixed IPv6 address.
        ip6: Ip6(Scalar<'a>),
        /// Its groups; a later one overrides those before it.
        group: Group(GroupNames<'a>),
        /// Of a name pattern: what single hosts of it have instead.
        except: Except(OfOneHost),
    }
}

mapping! {
    /// The keys that only a group has.
    enum GroupKey {
        /// Its parents; a later one overrides those before it.
        group: Group(GroupNames<'a>),
    }
}

/// The keys of hosts that take a list, for the cells of tables.
pub(super) const LISTS: &[&str] =
    &["mac", "group", "routers", "dns", "ntp", "domain_search", "root_path.iscsi.portals"];

impl<'a> Host<'a> {
    /// The JSON Schema of a host.
    pub(super) fn json_schema(shapes: &mut Shapes) -> Value {
        shapes.define("Host", |shapes| {
            let mut properties = HostKey::properties(shapes);
            properties.extend(Setting::properties(shapes));
            Shapes::mapping("A machine.", properties)
        })
    }

    /// Reads a host.
    pub fn read(name: Scalar<'a>, node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Self {
        let mut host = Self {
            name,
            span: node.span,
            macs: SmallVec::new(),
            ip: None,
            ip6: None,
            nics: None,
            groups: SmallVec::new(),
            settings: SmallVec::new(),
            wrong: false,
        };
        let Some((entries, span)) = entries(node, reading, "a host") else {
            host.wrong = true;
            return host;
        };
        host.span = span;
        for (key, value) in entries {
            match HostKey::read(*key, value, reading) {
                Ok(Some(HostKey::Mac(macs))) => host.macs = macs,
                Ok(Some(HostKey::Nics(nics))) => host.nics = Some(Box::new((*key, nics))),
                Ok(Some(HostKey::Ip(ip))) => host.ip = Some(ip),
                Ok(Some(HostKey::Ip6(ip))) => host.ip6 = Some(Box::new(ip)),
                Ok(Some(HostKey::Group(groups))) => host.groups = groups,
                Ok(Some(HostKey::Except(_)) | None) => {}
                Err(EntryFault::Wrong) => host.wrong = true,
                Err(EntryFault::Unknown) => {
                    host.wrong |= !setting(*key, value, reading, &mut host.settings, HostKey::KEYS, "a host");
                }
            }
        }
        host
    }
}

impl<'a> Group<'a> {
    /// The JSON Schema of a group.
    pub(super) fn json_schema(shapes: &mut Shapes) -> Value {
        shapes.define("Group", |shapes| {
            let mut properties = GroupKey::properties(shapes);
            properties.extend(Setting::properties(shapes));
            Shapes::mapping("What several hosts have in common.", properties)
        })
    }

    /// Reads a group.
    pub fn read(name: Scalar<'a>, node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Self {
        let mut group =
            Self { name, span: node.span, parents: SmallVec::new(), settings: SmallVec::new(), wrong: false };
        let Some((entries, span)) = entries(node, reading, "a group") else {
            group.wrong = true;
            return group;
        };
        group.span = span;
        for (key, value) in entries {
            match GroupKey::read(*key, value, reading) {
                Ok(Some(GroupKey::Group(parents))) => group.parents = parents,
                Ok(None) => {}
                Err(EntryFault::Wrong) => group.wrong = true,
                Err(EntryFault::Unknown) => {
                    group.wrong |=
                        !setting(*key, value, reading, &mut group.settings, GroupKey::KEYS, "a group");
                }
            }
        }
        group
    }
}

/// Reads a key that hosts and groups share; `false` if there is a finding about it.
fn setting<'a>(
    key: Scalar<'a>,
    value: &Node<'a>,
    reading: &mut Reading<'_, 'a>,
    into: &mut Settings<'a>,
    own_keys: &[&'static str],
    what: &str,
) -> bool {
    match Setting::read(key, value, reading) {
        Ok(Some(setting)) => {
            // Room for one, not for the four that `Vec` begins with: most hosts have one setting.
            into.reserve_exact(1);
            into.push(setting);
        }
        Ok(None) => {}
        Err(EntryFault::Wrong) => return false,
        Err(EntryFault::Unknown) => {
            let known: Vec<&'static str> = own_keys.iter().chain(Setting::KEYS).copied().collect();
            reading.unknown_key(key, what, &known);
            return is_extension(key.text);
        }
    }
    true
}
