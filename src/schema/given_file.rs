//! A file that is given by a path, by a URL, or as a file beside the site.

use serde_json::{Value, json};

use super::{Field, FromNode, Reading, ScalarType, Shapes, mapping};
use crate::source::{Node, NodeKind, Scalar};

mapping! {
    /// A file beside the one that names it, published with its placeholders filled.
    pub struct SourceOf in "a file of your own" {
        /// Its path.
        source: Scalar<'a>,
    }
}

/// A path or URL, or `{ source: FILE }`.
#[derive(Clone, Copy, Debug)]
pub enum GivenFile<'a> {
    /// A path below the TFTP root, or a URL.
    Named(Scalar<'a>),
    /// A file beside the one that names it.
    Source(Scalar<'a>),
}

impl<'a> FromNode<'a> for GivenFile<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        if !matches!(node.plain().kind, NodeKind::Map(_)) {
            return Scalar::from_node(node, reading).map(Self::Named);
        }
        match SourceOf::from_node(node, reading)?.source {
            Field::Given(word) => Some(Self::Source(word)),
            Field::Absent => {
                reading.wrong_type(node, "a path, a URL, or `{ source: FILE }`");
                None
            }
            Field::Wrong(_) => None,
        }
    }

    fn json_schema(shapes: &mut Shapes, _scalar: ScalarType) -> Value {
        let source = SourceOf::json_schema(shapes, ScalarType::Any);
        json!({ "anyOf": [shapes.scalar(ScalarType::Any), { "allOf": [source, Shapes::given("source")] }] })
    }
}
