//! An argument of a command line: a text, or a secret in a file or a variable.

use serde_json::{Value, json};

use super::{Field, FromNode, Reading, ScalarType, Shapes, mapping};
use crate::source::{Node, NodeKind, Scalar};

mapping! {
    /// A secret argument: it is written into a script of its own, never into the menu.
    pub struct SecretArgument in "a secret argument" {
        /// The text before the secret, such as `inst.vncpassword=`.
        prefix: Scalar<'a>,
        /// The file that holds it, relative to the file that names it.
        secret_file: Scalar<'a>,
        /// The environment variable that holds it.
        secret_env: Scalar<'a>,
    }
}

/// One argument of a command line.
#[derive(Clone, Debug)]
pub enum Argument<'a> {
    /// A text, as written.
    Text(Scalar<'a>),
    /// A secret.
    Secret(Box<SecretArgument<'a>>),
}

impl<'a> FromNode<'a> for Argument<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        if !matches!(node.plain().kind, NodeKind::Map(_)) {
            return Scalar::from_node(node, reading).map(Self::Text);
        }
        let secret = SecretArgument::from_node(node, reading)?;
        match (&secret.secret_file, &secret.secret_env) {
            (Field::Absent, Field::Absent) => {
                reading.wrong_type(node, "an argument, or `{ secret_file: FILE }`");
                None
            }
            (Field::Wrong(_), _) | (_, Field::Wrong(_)) => None,
            (Field::Given(_), Field::Given(_)) => {
                reading.wrong_type(node, "one of `secret_file` and `secret_env`");
                None
            }
            _ => Some(Self::Secret(Box::new(secret))),
        }
    }

    fn json_schema(shapes: &mut Shapes, _scalar: ScalarType) -> Value {
        let secret = SecretArgument::json_schema(shapes, ScalarType::Any);
        let one = [Shapes::given("secret_file"), Shapes::given("secret_env")];
        json!({ "anyOf": [shapes.scalar(ScalarType::Any), { "allOf": [secret], "oneOf": one }] })
    }
}
