//! `include`: further YAML files, and tables of hosts.

use serde_json::{Value, json};

use super::shape::{Scalar, Shapes};
use super::{FromNode, Many, Reading, mapping};
use crate::source::{Kind, Node, Word};

/// One item of `include`.
#[derive(Clone, Debug)]
pub enum Include<'a> {
    /// YAML files, by a glob.
    Yaml(Word<'a>),
    /// CSV files of hosts.
    Table(Box<Table<'a>>),
}

mapping! {
    /// CSV files of hosts: the first row names keys of a host.
    pub struct Table in "an include" {
        /// The files, by a glob.
        csv: Word<'a>,
        /// The group of hosts that name none.
        group: Many<Word<'a>>,
        /// What stands between two cells; a comma when not said.
        delimiter: Word<'a>,
    }
}

impl<'a> FromNode<'a> for Include<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        let Kind::Map(_) = node.plain().kind else {
            return Word::from_node(node, reading).map(Self::Yaml);
        };
        let table = Table::from_node(node, reading)?;
        if !table.csv.is_written() {
            reading.wrong_type(node, "a path, or `{ csv: path, group: name }`");
        }
        Some(Self::Table(Box::new(table)))
    }
    fn json_schema(shapes: &mut Shapes, scalar: Scalar) -> Value {
        json!({ "anyOf": [Word::json_schema(shapes, scalar), Table::json_schema(shapes, scalar)] })
    }
}
