//! Hosts and groups: a list of what was said, not a struct of what could be.
//!
//! There may be a million hosts, and most say three things. So a host keeps its addresses in
//! place and everything else as a list of [`Setting`]s, which a group has too: inheritance is
//! reading one list after the other.

use serde_json::{Map, Value};
use smallvec::SmallVec;

use super::options::OptionValue;
use super::reading::{entries, field};
use super::shape::{NETBOOT, ScalarType, Shapes};
use super::site::{IpxeOptions, Loaders};
use super::{Dict, Field, FromNode, Many, Nic, Reading, RootPath};
use crate::source::{Node, Scalar, Span};

/// The MAC addresses of a host; nearly always one.
pub type Macs<'a> = SmallVec<[Scalar<'a>; 1]>;

/// What a host or group says besides its addresses; most hosts say one thing.
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
    /// `group`: later wins.
    pub groups: SmallVec<[Scalar<'a>; 1]>,
    /// Everything else.
    pub settings: Settings<'a>,
    /// Whether something in it had the wrong shape.
    pub wrong: bool,
}

/// What several hosts have in common.
#[derive(Clone, Debug)]
pub struct Group<'a> {
    /// Its name: the key.
    pub name: Scalar<'a>,
    /// The place of its mapping.
    pub span: Span,
    /// `group`: its parents, later wins.
    pub parents: SmallVec<[Scalar<'a>; 1]>,
    /// Everything else.
    pub settings: Settings<'a>,
    /// Whether something in it had the wrong shape.
    pub wrong: bool,
}

macro_rules! settings {
    ( $( $(#[doc = $doc:literal])* $Variant:ident = $key:literal : $ty:ty $(=> $scalar:expr)? ),* $(,)? ) => {
        /// One thing that a host or a group says.
        #[derive(Clone, Debug)]
        pub enum Setting<'a> {
            $( $(#[doc = $doc])* $Variant($ty), )*
        }

        /// The keys that hosts and groups share.
        pub const SHARED_KEYS: &[&str] = &[ $($key),* ];

        impl<'a> Setting<'a> {
            /// The JSON Schema of each key.
            fn properties(shapes: &mut Shapes) -> Map<String, Value> {
                let mut properties = Map::new();
                $(
                    #[allow(unused_mut, unused_assignments, reason = "only some say more")]
                    let mut scalar = ScalarType::Any;
                    $( scalar = $scalar; )?
                    let value = <$ty as FromNode<'a>>::json_schema(shapes, scalar);
                    properties.insert($key.to_owned(), Shapes::property(concat!($($doc, "\n"),*), value));
                )*
                properties
            }

            /// Reads one entry; `Ok(None)`: nothing was written; `Err`: no such key, or a wrong shape.
            fn read(
                key: Scalar<'a>,
                value: &Node<'a>,
                reading: &mut Reading<'_, 'a>,
            ) -> Result<Option<Self>, Unread> {
                match key.text {
                    $( $key => match field::<$ty>(value, reading) {
                        Field::Absent => Ok(None),
                        Field::Wrong(_) => Err(Unread::Wrong),
                        Field::Given(value) => Ok(Some(Self::$Variant(value))),
                    }, )*
                    _ => Err(Unread::Unknown),
                }
            }
        }
    };
}

enum Unread {
    Unknown,
    Wrong,
}

settings! {
    /// The name that DHCP gives the machine, or `none`.
    HostName = "host_name": Scalar<'a>,
    /// Routers; an empty list for none.
    Routers = "routers": Many<Scalar<'a>>,
    /// Name servers.
    Dns = "dns": Many<Scalar<'a>>,
    /// Time servers.
    Ntp = "ntp": Many<Scalar<'a>>,
    /// The DNS domain.
    Domain = "domain": Scalar<'a>,
    /// Domains to search.
    DomainSearch = "domain_search": Many<Scalar<'a>>,
    /// The root disk.
    RootPath = "root_path": RootPath<'a>,
    /// Whether the SAN disk stays hooked when booting from it fails or ends.
    KeepSan = "keep_san": Scalar<'a> => ScalarType::Flag,
    /// iPXE's own options.
    Ipxe = "ipxe": Box<IpxeOptions<'a>>,
    /// The boot entry preselected here.
    Boot = "boot": Scalar<'a>,
    /// Whether it starts at once.
    Autoboot = "autoboot": Scalar<'a> => ScalarType::Flag,
    /// Who gets a file name.
    Netboot = "netboot": Scalar<'a> => ScalarType::Words(NETBOOT),
    /// `none`: no menu, the root-path is booted straight.
    Script = "script": Scalar<'a> => ScalarType::Words(&["none"]),
    /// First stages per client kind.
    Loaders = "loaders": Box<Loaders<'a>>,
    /// Texts of variables that are others here.
    Vars = "vars": Dict<'a, Scalar<'a>>,
    /// Further DHCP options.
    Options = "options": Dict<'a, OptionValue<'a>>,
    /// Verbatim text per output.
    Raw = "raw": Dict<'a, Scalar<'a>>,
    /// Findings that are meant.
    Allow = "allow": Dict<'a, Scalar<'a>> => ScalarType::Reason,
}

/// Keys that take a list, for tables.
pub(super) const LISTS: &[&str] =
    &["mac", "group", "routers", "dns", "ntp", "domain_search", "root_path.iscsi.portals"];

const HOST_KEYS: &[&str] = &["mac", "nics", "ip", "ip6", "group"];

impl<'a> Host<'a> {
    /// The JSON Schema of a host.
    pub(super) fn json_schema(shapes: &mut Shapes) -> Value {
        shapes.define("Host", |shapes| {
            let mut properties = Map::new();
            let mac = Vec::<Scalar<'a>>::json_schema(shapes, ScalarType::Mac);
            properties.insert("mac".to_owned(), Shapes::property("Its network cards.", mac));
            let nics = Many::<Nic<'a>>::json_schema(shapes, ScalarType::Any);
            let doc = "Its network cards, each with an address of its own.";
            properties.insert("nics".to_owned(), Shapes::property(doc, nics));
            let ip = Scalar::json_schema(shapes, ScalarType::Any);
            properties.insert("ip".to_owned(), Shapes::property("Its fixed address.", ip));
            let ip6 = Scalar::json_schema(shapes, ScalarType::Any);
            properties.insert("ip6".to_owned(), Shapes::property("Its fixed IPv6 address.", ip6));
            let group = Vec::<Scalar<'a>>::json_schema(shapes, ScalarType::Any);
            properties.insert("group".to_owned(), Shapes::property("Its groups; later wins.", group));
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
            match key.text {
                "mac" => host.wrong |= !words(value, reading, &mut host.macs),
                "group" => host.wrong |= !words(value, reading, &mut host.groups),
                "ip" => match field::<Scalar<'a>>(value, reading) {
                    Field::Given(word) => host.ip = Some(word),
                    Field::Wrong(_) => host.wrong = true,
                    Field::Absent => {}
                },
                "nics" => match field::<Many<Nic<'a>>>(value, reading) {
                    Field::Given(nics) => host.nics = Some(Box::new((*key, nics))),
                    Field::Wrong(_) => host.wrong = true,
                    Field::Absent => {}
                },
                "ip6" => match field::<Scalar<'a>>(value, reading) {
                    Field::Given(word) => host.ip6 = Some(Box::new(word)),
                    Field::Wrong(_) => host.wrong = true,
                    Field::Absent => {}
                },
                _ => host.wrong |= !setting(*key, value, reading, &mut host.settings, HOST_KEYS, "a host"),
            }
        }
        host
    }
}

impl<'a> Group<'a> {
    /// The JSON Schema of a group.
    pub(super) fn json_schema(shapes: &mut Shapes) -> Value {
        shapes.define("Group", |shapes| {
            let mut properties = Map::new();
            let group = Vec::<Scalar<'a>>::json_schema(shapes, ScalarType::Any);
            properties.insert("group".to_owned(), Shapes::property("Its parents; later wins.", group));
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
            match key.text {
                "group" => group.wrong |= !words(value, reading, &mut group.parents),
                _ => {
                    group.wrong |= !setting(*key, value, reading, &mut group.settings, &["group"], "a group");
                }
            }
        }
        group
    }
}

/// Reads one or many words without a detour over a `Vec`.
fn words<'a>(node: &Node<'a>, reading: &mut Reading<'_, 'a>, into: &mut SmallVec<[Scalar<'a>; 1]>) -> bool {
    if let Some(word) = node.word() {
        into.push(word);
        return true;
    }
    match field::<Many<Scalar<'a>>>(node, reading) {
        Field::Given(many) => into.extend(many),
        Field::Absent => {}
        Field::Wrong(_) => return false,
    }
    true
}

fn setting<'a>(
    key: Scalar<'a>,
    value: &Node<'a>,
    reading: &mut Reading<'_, 'a>,
    into: &mut Settings<'a>,
    own_keys: &[&str],
    what: &str,
) -> bool {
    match Setting::read(key, value, reading) {
        Ok(Some(setting)) => {
            // Room for one, not for the four that `Vec` begins with: most hosts have one setting.
            into.reserve_exact(1);
            into.push(setting);
        }
        Ok(None) => {}
        Err(Unread::Wrong) => return false,
        Err(Unread::Unknown) => {
            let known: Vec<&str> = own_keys.iter().chain(SHARED_KEYS).copied().collect();
            reading.unknown_key(key, what, &known);
            return false;
        }
    }
    true
}
