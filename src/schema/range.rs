//! A range of addresses, for all clients of a subnet or for some.

use serde_json::{Value, json};

use super::{Field, FromNode, Reading, ScalarType, Shapes, mapping};
use crate::source::{Node, NodeKind, Scalar};

mapping! {
    /// A range for some clients.
    pub struct RangeFor in "a range" {
        /// First and last address.
        range: Scalar<'a>,
        /// `all`, `known` or `unknown`: the clients that get addresses from it.
        clients: Scalar<'a> => ScalarType::Words(&["all", "known", "unknown"]),
    }
}

/// `FIRST-LAST`, or `{ range: FIRST-LAST, clients: … }`.
#[derive(Clone, Copy, Debug)]
pub struct RangeItem<'a> {
    /// First and last address.
    pub range: Scalar<'a>,
    /// The clients that get addresses from it, if written.
    pub clients: Option<Scalar<'a>>,
}

impl<'a> FromNode<'a> for RangeItem<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        if !matches!(node.plain().kind, NodeKind::Map(_)) {
            return Scalar::from_node(node, reading).map(|range| Self { range, clients: None });
        }
        let item = RangeFor::from_node(node, reading)?;
        match (item.range, item.clients) {
            (Field::Given(range), Field::Given(clients)) => Some(Self { range, clients: Some(clients) }),
            (Field::Given(range), Field::Absent) => Some(Self { range, clients: None }),
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
