//! A DHCP option: one that dhcpd knows by name, or one with a code and a typed value.

use serde_json::{Value, json};

use super::shape::{ScalarType, Shapes};
use super::{FromNode, Many, Reading, mapping};
use crate::source::{Node, NodeKind, Scalar};

/// The value of a DHCP option.
#[derive(Clone, Debug)]
pub enum OptionValue<'a> {
    /// Values of an option that dhcpd knows; an empty list unsets it.
    Known(Vec<Scalar<'a>>),
    /// An option of the user's own.
    Own(Box<OwnOption<'a>>),
}

mapping! {
    /// An option that dhcpd does not know by name.
    pub struct OwnOption in "an option" {
        /// The option's code.
        code: Scalar<'a> => ScalarType::Number(1, 254),
        /// A text.
        text: Scalar<'a>,
        /// Bytes as hex digits.
        hex: Scalar<'a>,
        /// True or false.
        flag: Scalar<'a>,
        /// Addresses.
        ip: Many<Scalar<'a>>,
        /// A number of 8 bits.
        u8: Scalar<'a> => ScalarType::Filled(0, 255),
        /// A number of 16 bits.
        u16: Scalar<'a> => ScalarType::Filled(0, 65_535),
        /// A number of 32 bits.
        u32: Scalar<'a> => ScalarType::Filled(0, 4_294_967_295),
        /// A signed number of 8 bits.
        i8: Scalar<'a> => ScalarType::Filled(-128, 127),
        /// A signed number of 16 bits.
        i16: Scalar<'a> => ScalarType::Filled(-32_768, 32_767),
        /// A signed number of 32 bits.
        i32: Scalar<'a> => ScalarType::Filled(-2_147_483_648, 2_147_483_647),
    }
}

impl<'a> FromNode<'a> for OptionValue<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        match node.plain().kind {
            NodeKind::Map(_) => OwnOption::from_node(node, reading).map(|own| Self::Own(Box::new(own))),
            _ => Vec::from_node(node, reading).map(Self::Known),
        }
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        let known = Vec::<Scalar<'a>>::json_schema(shapes, scalar);
        json!({ "anyOf": [known, OwnOption::json_schema(shapes, scalar)] })
    }
}
