//! `include`: further YAML files, and tables of hosts.

use serde_json::{Value, json};

use super::shape::{ScalarType, Shapes};
use super::{FromNode, Many, Reading, mapping};
use crate::source::{Node, NodeKind, Scalar};

/// One item of `include`.
#[derive(Clone, Debug)]
pub enum Include<'a> {
    /// YAML files, by a glob.
    Yaml(Scalar<'a>),
    /// CSV files of hosts.
    Table(Box<Table<'a>>),
}

mapping! {
    /// CSV files of hosts: the first row names keys of a host.
    pub struct Table in "an include" {
        /// The files, by a glob.
        csv: Scalar<'a>,
        /// The group of hosts whose rows name none.
        group: Many<Scalar<'a>>,
        /// The delimiter between cells; a comma by default.
        delimiter: Scalar<'a>,
    }
}

impl<'a> FromNode<'a> for Include<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        let NodeKind::Map(_) = node.plain().kind else {
            return Scalar::from_node(node, reading).map(Self::Yaml);
        };
        let table = Table::from_node(node, reading)?;
        if !table.csv.is_written() {
            reading.wrong_type(node, "a path, or `{ csv: path, group: name }`");
        }
        Some(Self::Table(Box::new(table)))
    }
    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        json!({ "anyOf": [Scalar::json_schema(shapes, scalar), Table::json_schema(shapes, scalar)] })
    }
}
