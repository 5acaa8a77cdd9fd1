//! `classes`: clients that are told apart by what they send, and what they get.

use serde_json::{Value, json};

use super::ipxe::IpxeOptions;
use super::loaders::Loaders;
use super::mapping::{EntryFault, mapping};
use super::options::{OptionValue, VendorOptions};
use super::reading::{entries, is_extension};
use super::shape::{NETBOOT, ScalarType, Shapes};
use super::{Dict, Field, FromNode, Many, RawValue, Reading, RootPath};
use crate::source::{Node, NodeKind, Scalar, Span};

/// Clients that are told apart by what they send.
#[derive(Clone, Debug)]
pub struct Class<'a> {
    /// Its name: the key.
    pub name: Scalar<'a>,
    /// The place of its mapping.
    pub span: Span,
    /// `match`: which clients are in it.
    pub matches: Field<ClassMatch<'a>>,
    /// Everything else.
    pub body: ClassBody<'a>,
    /// Whether a key is unknown.
    pub wrong: bool,
}

mapping! {
    /// The key of a class that no field can be called by.
    enum MatchKey {
        /// The values that its clients send; all keys must match.
        match: Match(ClassMatch<'a>),
    }
}

mapping! {
    /// The match of a class. All keys must match; a key matches if one of its values does.
    pub struct ClassMatch in "match" {
        /// Option 60; a final `*` matches any rest.
        vendor_class: Many<MatchValue<'a>>,
        /// Option 77; a final `*` matches any rest.
        user_class: Many<MatchValue<'a>>,
        /// Option 61; a final `*` matches any rest.
        client_id: Many<MatchValue<'a>>,
        /// The circuit-id of option 82, usually the switch port; a final `*` matches any rest.
        circuit_id: Many<MatchValue<'a>>,
        /// The remote-id of option 82, usually the switch; a final `*` matches any rest.
        remote_id: Many<MatchValue<'a>>,
        /// Option 97, which firmware and iPXE send.
        uuid: Many<MatchValue<'a>>,
        /// MAC addresses, or their first octets and `*`.
        mac: Many<Scalar<'a>>,
        /// `plain`, `pxe`, `http` or `ipxe`: the kind of program that asks.
        client: Many<Scalar<'a>> => ScalarType::Words(&["plain", "pxe", "http", "ipxe"]),
        /// Kinds of client by name, or numbers of option 93.
        arch: Many<Scalar<'a>>,
    }
}

mapping! {
    /// Bytes that a client sends.
    pub struct MatchBytes in "a value of `match`" {
        /// The bytes as hex digits; a final `*` matches any rest.
        hex: Scalar<'a>,
    }
}

/// A value that a client sends.
#[derive(Clone, Copy, Debug)]
pub enum MatchValue<'a> {
    /// A text.
    Text(Scalar<'a>),
    /// Bytes, as hex digits.
    Hex(Scalar<'a>),
}

mapping! {
    /// The settings of a class.
    pub struct ClassBody in "a class" {
        /// The subnets in which it counts; everywhere without.
        subnets: Many<Scalar<'a>>,
        /// One address for whoever matches.
        ip: Scalar<'a> => ScalarType::Ipv4,
        /// The higher one wins where two classes set the same for one client.
        priority: Scalar<'a> => ScalarType::Number(-1_000, 1_000),
        /// The boot file of all its clients but iPXE; `none` for none.
        file: Scalar<'a>,
        /// The TFTP server of its clients.
        next_server: Scalar<'a>,
        /// Routers; an empty list for none.
        routers: Many<Scalar<'a>> => ScalarType::Ipv4,
        /// Name servers.
        dns: Many<Scalar<'a>> => ScalarType::Ipv4,
        /// Time servers.
        ntp: Many<Scalar<'a>> => ScalarType::Ipv4,
        /// The DNS domain.
        domain: Scalar<'a>,
        /// Domains to search.
        domain_search: Many<Scalar<'a>>,
        /// Further DHCP options.
        options: Dict<'a, OptionValue<'a>>,
        /// The sub-options of option 43 by code, or the whole option as `text` or `hex`.
        vendor_options: VendorOptions<'a>,
        /// How long a lease lasts when the client does not ask.
        default_lease_time: Scalar<'a> => ScalarType::Duration,
        /// How long a lease lasts at most.
        max_lease_time: Scalar<'a> => ScalarType::Duration,
        /// How long a lease lasts at least.
        min_lease_time: Scalar<'a> => ScalarType::Duration,
        /// First stages per client kind.
        loaders: Loaders<'a>,
        /// `all`, `known` or `none`: the clients that get a boot file.
        netboot: Scalar<'a> => ScalarType::Words(NETBOOT),
        /// The boot entry preselected here.
        boot: Scalar<'a>,
        /// Whether it starts at once.
        autoboot: Scalar<'a> => ScalarType::Flag,
        /// iPXE's own options.
        ipxe: Box<IpxeOptions<'a>>,
        /// Variables that have another value here.
        vars: Dict<'a, Scalar<'a>>,
        /// The root disk.
        root_path: RootPath<'a>,
        /// Verbatim text per output.
        raw: Dict<'a, RawValue<'a>>,
        /// Findings that are accepted, with the reason.
        allow: Dict<'a, Scalar<'a>> => ScalarType::Reason,
        /// A note, for the people who look after it.
        note: Scalar<'a>,
    }
}

impl<'a> Class<'a> {
    /// The JSON Schema of a class.
    pub(super) fn json_schema(shapes: &mut Shapes) -> Value {
        shapes.define("Class", |shapes| {
            let mut properties = MatchKey::properties(shapes);
            properties.extend(ClassBody::properties(shapes));
            Shapes::mapping("Clients that are told apart by what they send.", properties)
        })
    }

    /// Reads a class.
    pub fn read(name: Scalar<'a>, node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Self {
        let mut class =
            Self { name, span: node.span, matches: Field::Absent, body: ClassBody::default(), wrong: false };
        let Some((entries, span)) = entries(node, reading, "a class") else {
            class.wrong = true;
            return class;
        };
        class.span = span;
        class.body.span = span;
        for (key, value) in entries {
            match MatchKey::read(*key, value, reading) {
                Ok(Some(MatchKey::Match(matches))) => class.matches = Field::Given(matches),
                Ok(None) => {}
                Err(EntryFault::Wrong) => class.matches = Field::Wrong(value.span),
                Err(EntryFault::Unknown) => {
                    if !class.body.take(*key, value, reading) {
                        let known: Vec<&str> =
                            MatchKey::KEYS.iter().chain(ClassBody::KEYS).copied().collect();
                        reading.unknown_key(*key, "a class", &known);
                        class.wrong |= !is_extension(key.text);
                    }
                }
            }
        }
        class
    }
}

impl<'a> FromNode<'a> for MatchValue<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        if !matches!(node.plain().kind, NodeKind::Map(_)) {
            return Scalar::from_node(node, reading).map(Self::Text);
        }
        let bytes = MatchBytes::from_node(node, reading)?;
        match bytes.hex {
            Field::Given(hex) => Some(Self::Hex(hex)),
            Field::Wrong(_) => None,
            Field::Absent => {
                reading.wrong_type(node, "a text, or bytes as `{ hex: … }`");
                None
            }
        }
    }

    fn json_schema(shapes: &mut Shapes, _scalar: ScalarType) -> Value {
        let bytes = MatchBytes::json_schema(shapes, ScalarType::Any);
        json!({ "anyOf": [shapes.scalar(ScalarType::Any), { "allOf": [bytes, Shapes::given("hex")] }] })
    }
}
