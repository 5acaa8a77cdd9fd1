//! A range of addresses, for all clients of a subnet or for some.

use serde_json::{Value, json};

use super::{Field, FromNode, Many, Reading, ScalarType, Shapes, mapping};
use crate::source::{Node, NodeKind, Scalar};

mapping! {
    /// A range for some clients.
    pub struct RangeFor in "a range" {
        /// First and last address.
        range: Scalar<'a>,
        /// `all`, `known`, `unknown`, or classes: the clients that get addresses from it.
        clients: RangeClients<'a>,
        /// Whether BOOTP clients get addresses from it, too.
        dynamic_bootp: Scalar<'a> => ScalarType::Flag,
    }
}

mapping! {
    /// The clients that get no addresses from a range.
    pub struct NotThese in "clients" {
        /// Classes.
        not: Many<Scalar<'a>>,
    }
}

/// The clients of a range: words, or `{ not: … }`.
#[derive(Clone, Debug, Default)]
pub struct RangeClients<'a> {
    /// Whether all clients but these are meant.
    pub not: bool,
    /// `all`, `known`, `unknown`, or names of classes.
    pub words: Vec<Scalar<'a>>,
}

impl<'a> FromNode<'a> for RangeClients<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        if !matches!(node.plain().kind, NodeKind::Map(_)) {
            return Vec::from_node(node, reading).map(|words| Self { not: false, words });
        }
        match NotThese::from_node(node, reading)?.not {
            Field::Given(words) => Some(Self { not: true, words }),
            Field::Wrong(_) => None,
            Field::Absent => {
                reading.wrong_type(node, "clients, or classes as `{ not: … }`");
                None
            }
        }
    }

    fn json_schema(shapes: &mut Shapes, _scalar: ScalarType) -> Value {
        let classes = Vec::<Scalar<'a>>::json_schema(shapes, ScalarType::Any);
        let not = NotThese::json_schema(shapes, ScalarType::Any);
        json!({ "anyOf": [classes, { "allOf": [not, Shapes::given("not")] }] })
    }
}

/// `FIRST-LAST`, or `{ range: FIRST-LAST, … }`.
#[derive(Clone, Debug)]
pub struct RangeItem<'a> {
    /// First and last address.
    pub range: Scalar<'a>,
    /// The clients that get addresses from it, if written.
    pub clients: Option<RangeClients<'a>>,
    /// Whether BOOTP clients get addresses from it, too.
    pub dynamic_bootp: Field<Scalar<'a>>,
}

impl<'a> FromNode<'a> for RangeItem<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        if !matches!(node.plain().kind, NodeKind::Map(_)) {
            let range = Scalar::from_node(node, reading)?;
            return Some(Self { range, clients: None, dynamic_bootp: Field::Absent });
        }
        let RangeFor { range, clients, dynamic_bootp, .. } = RangeFor::from_node(node, reading)?;
        match (range, clients) {
            (Field::Given(range), Field::Given(clients)) => {
                Some(Self { range, clients: Some(clients), dynamic_bootp })
            }
            (Field::Given(range), Field::Absent) => Some(Self { range, clients: None, dynamic_bootp }),
            (Field::Absent, _) => {
                reading.wrong_type(node, "a range, or `{ range: FIRST-LAST, clients: known }`");
                None
            }
            _ => None,
        }
    }

    fn json_schema(shapes: &mut Shapes, _scalar: ScalarType) -> Value {
        let item = RangeFor::json_schema(shapes, ScalarType::Any);
        json!({ "anyOf": [shapes.scalar(ScalarType::Any), { "allOf": [item, Shapes::given("range")] }] })
    }
}
