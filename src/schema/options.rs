//! A DHCP option: one that dhcpd knows by name, or one with a code and a typed value.

use serde_json::{Value, json};

use super::reading::is_extension;
use super::shape::{ScalarType, Shapes};
use super::{Field, FromNode, Many, Reading, entries, field, mapping};
use crate::source::{Node, NodeKind, Scalar, Span};

/// The value of a DHCP option.
#[derive(Clone, Debug)]
pub enum OptionValue<'a> {
    /// Values of an option that dhcpd knows; an empty list unsets it.
    Known(Vec<Scalar<'a>>),
    /// A typed value, of an option of the user's own if it has a code.
    Typed(Box<TypedOption<'a>>),
}

mapping! {
    /// An option with a typed value. With a `code`, it is one that dhcpd does not know by name.
    pub struct TypedOption in "an option" {
        /// The option's code.
        code: Scalar<'a> => ScalarType::Number(1, 254),
        /// The value of an option that dhcpd knows by name, as it is written without this mapping.
        value: Many<Scalar<'a>>,
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
        /// Whether clients that do not ask for it get it, too.
        always: Scalar<'a> => ScalarType::Flag,
    }
}

impl<'a> FromNode<'a> for OptionValue<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        match node.plain().kind {
            NodeKind::Map(_) => {
                TypedOption::from_node(node, reading).map(|typed| Self::Typed(Box::new(typed)))
            }
            _ => Vec::from_node(node, reading).map(Self::Known),
        }
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        let known = Vec::<Scalar<'a>>::json_schema(shapes, scalar);
        json!({ "anyOf": [known, TypedOption::json_schema(shapes, scalar)] })
    }
}

/// Option 43: its sub-options by code, or its bytes.
#[derive(Clone, Debug, Default)]
pub struct VendorOptions<'a> {
    /// The place of the mapping.
    pub span: Span,
    /// `none`: the scope unsets the inherited option.
    pub none: bool,
    /// The whole option.
    pub whole: VendorBytes<'a>,
    /// The sub-options by code.
    pub sub_options: Vec<(Scalar<'a>, TypedOption<'a>)>,
}

mapping! {
    /// Option 43 as a whole.
    pub struct VendorBytes in "vendor_options" {
        /// The whole option as a text.
        text: Scalar<'a>,
        /// The whole option as hex digits.
        hex: Scalar<'a>,
        /// Option 60 of the answer, which some devices want beside it.
        vendor_class: Scalar<'a>,
        /// Whether clients that do not ask for it get it, too.
        always: Scalar<'a> => ScalarType::Flag,
    }
}

impl<'a> FromNode<'a> for VendorOptions<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        if let Some(word) = node.word().filter(|word| word.text == "none") {
            return Some(Self { span: word.span, none: true, ..Self::default() });
        }
        let (entries, span) = entries(node, reading, "vendor_options")?;
        let mut read = Self { span, ..Self::default() };
        let mut whole = true;
        for (key, value) in entries {
            if read.whole.take(*key, value, reading) {
                continue;
            }
            if is_extension(key.text) {
                continue;
            }
            if !key.text.bytes().all(|byte| byte.is_ascii_digit()) {
                reading.unknown_key(*key, "vendor_options", VendorBytes::KEYS);
                whole = false;
                continue;
            }
            match field::<TypedOption<'a>>(value, reading) {
                Field::Given(option) => read.sub_options.push((*key, option)),
                _ => whole = false,
            }
        }
        whole.then_some(read)
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        let mapping = shapes.define("VendorOptions", |shapes| {
            let properties = VendorBytes::properties(shapes);
            let sub_option = TypedOption::json_schema(shapes, scalar);
            let mut mapping = Shapes::mapping("Option 43.", properties);
            if let Some(mapping) = mapping.as_object_mut() {
                mapping.remove("patternProperties");
            }
            // Some YAML parsers read the codes as numbers, which no pattern takes.
            mapping["additionalProperties"] = sub_option;
            mapping["propertyNames"] = json!({ "pattern": "^([0-9]+|text|hex|vendor_class|always|x-.*)$" });
            mapping
        });
        json!({ "anyOf": [{ "const": "none" }, mapping] })
    }
}
