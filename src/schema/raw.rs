//! What a user adds to an output's file: text, or a mapping where the file is JSON.

use serde_json::{Value, json};

use super::shape::{ScalarType, Shapes};
use super::{FromNode, Reading};
use crate::source::{Node, NodeKind, Scalar};

/// A value of `raw`.
#[derive(Clone, Debug)]
pub enum RawValue<'a> {
    /// Text.
    Text(Scalar<'a>),
    /// A mapping.
    Map(Node<'a>),
}

impl<'a> FromNode<'a> for RawValue<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        match node.plain().kind {
            NodeKind::Map(_) => Some(Self::Map(node.clone())),
            _ => Scalar::from_node(node, reading).map(Self::Text),
        }
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        json!({ "anyOf": [Scalar::json_schema(shapes, scalar), { "type": "object" }] })
    }
}
