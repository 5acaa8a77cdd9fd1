//! `smb.wsdd`: whether Windows finds the server in its network neighbourhood, and where.

use serde_json::{Value, json};

use super::{Field, FromNode, Reading, ScalarType, Shapes, mapping};
use crate::source::{Node, NodeKind, Scalar};

mapping! {
    /// The domain in which the server is announced.
    pub struct WsddDomain in "smb.wsdd" {
        /// A Windows domain, in place of the workgroup.
        domain: Scalar<'a>,
    }
}

/// True or false, or `{ domain: NAME }`.
#[derive(Clone, Copy, Debug)]
pub enum Wsdd<'a> {
    /// Whether the server is announced, in the workgroup.
    Flag(Scalar<'a>),
    /// In a domain.
    Domain(Scalar<'a>),
}

impl<'a> FromNode<'a> for Wsdd<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        if !matches!(node.plain().kind, NodeKind::Map(_)) {
            return Scalar::from_node(node, reading).map(Self::Flag);
        }
        match WsddDomain::from_node(node, reading)?.domain {
            Field::Given(word) => Some(Self::Domain(word)),
            Field::Absent => {
                reading.wrong_type(node, "true, false, or `{ domain: NAME }`");
                None
            }
            Field::Wrong(_) => None,
        }
    }

    fn json_schema(shapes: &mut Shapes, _scalar: ScalarType) -> Value {
        let domain = WsddDomain::json_schema(shapes, ScalarType::Any);
        json!({ "anyOf": [shapes.scalar(ScalarType::Flag), { "allOf": [domain, Shapes::given("domain")] }] })
    }
}
