//! A file that is given by a path, a URL, or its text beside the site.

use serde_json::{Value, json};

use super::{Field, FromNode, Reading, Scalar, Shapes, mapping};
use crate::source::{Kind, Node, Word};

mapping! {
    /// A file beside the one that names it, published with its placeholders filled.
    pub struct SourceOf in "a file of your own" {
        /// Its path.
        source: Word<'a>,
    }
}

/// A path or URL, or `{ source: FILE }`.
#[derive(Clone, Copy, Debug)]
pub enum GivenFile<'a> {
    /// A path below the TFTP root, or a URL.
    Named(Word<'a>),
    /// A file beside the one that names it.
    Source(Word<'a>),
}

impl<'a> FromNode<'a> for GivenFile<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        if !matches!(node.plain().kind, Kind::Map(_)) {
            return Word::from_node(node, reading).map(Self::Named);
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

    fn json_schema(shapes: &mut Shapes, _scalar: Scalar) -> Value {
        let source = SourceOf::json_schema(shapes, Scalar::Any);
        json!({ "anyOf": [shapes.scalar(Scalar::Any), { "allOf": [source, Shapes::given("source")] }] })
    }
}
