//! Expressions of dhcpd.conf (dhcp-eval(5)): read as dhcpd reads them, and evaluated for a client.
//!
//! `parse_expression` of common/parse.c has peculiarities that decide which file a client gets: `and` and `or` have the
//! same precedence, and after one of them a comparison takes the whole rest of the expression as its own right side. So
//! `a = 1 and b = 2 or c = 3` is `a = 1 and (b = 2 or c = 3)`. And an `and` whose left side is false is not false but
//! null (common/tree.c), so that the `not` of it is not true either.

mod evaluation;
mod found;
mod options;
mod options6;
mod parser;
mod pattern;
#[cfg(test)]
mod tests;

pub use evaluation::{Sent, own_mark};
pub use found::{Found, Reason, Value, Variables};
pub use options::{OptionName, OptionNames};
pub use parser::{Parser, expression};

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// An option that the client sends.
    Option(OptionName),
    /// An option that the statements so far have set.
    ConfigOption(OptionName),
    /// The type of the hardware and the MAC address.
    Hardware,
    /// Bytes of the packet: their offset and their number.
    Packet(Box<Self>, Box<Self>),
    /// A string, or bytes in hex.
    Data(Vec<u8>),
    /// A number.
    Number(i64),
    /// Part of a text: the text, an offset, a length.
    Substring(Box<Self>, Box<Self>, Box<Self>),
    /// The last bytes of a text: the text, their number.
    Suffix(Box<Self>, Box<Self>),
    /// A text in lower case.
    Lower(Box<Self>),
    /// A text in upper case.
    Upper(Box<Self>),
    /// Texts one after the other.
    Concat(Vec<Self>),
    /// Bytes as numbers: base, width in bits, separator, bytes.
    BinaryToAscii(Box<[Self; 4]>),
    /// Bytes in reverse order: how many stay together, and the bytes.
    Reverse(Box<Self>, Box<Self>),
    /// The first of them that has a value.
    PickFirst(Vec<Self>),
    /// The number in the first bytes of a text, of so many bits.
    ExtractInt(Box<Self>, u32),
    /// A number as so many bits.
    EncodeInt(Box<Self>, u32),
    /// Whether the client sends an option.
    Exists(OptionName),
    /// Whether a host declaration is for the client.
    Known,
    /// Whether the client has a reserved address.
    Static,
    /// The opposite.
    Not(Box<Self>),
    /// Both, or all.
    And(Vec<Self>),
    /// One of them.
    Or(Vec<Self>),
    /// Equal.
    Equal(Box<Self>, Box<Self>),
    /// Not equal.
    NotEqual(Box<Self>, Box<Self>),
    /// A text matches a regular expression; whether the case of letters is ignored.
    Matches(Box<Self>, Box<Self>, bool),
    /// A variable.
    Variable(String),
    /// Whether a variable has a value.
    Defined(String),
    /// A value that only the running dhcpd knows; a description.
    Daemon(&'static str),
}

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes.
    Data,
    /// A number.
    Numeric,
    /// True or false.
    Boolean,
    /// A variable can have any.
    Any,
}

impl Expression {
    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Number(_) | Self::ExtractInt(..) => Kind::Numeric,
            Self::Exists(_)
            | Self::Known
            | Self::Static
            | Self::Not(_)
            | Self::And(_)
            | Self::Or(_)
            | Self::Equal(..)
            | Self::NotEqual(..)
            | Self::Matches(..)
            | Self::Defined(_) => Kind::Boolean,
            Self::Variable(_) | Self::Daemon(_) => Kind::Any,
            _ => Kind::Data,
        }
    }
}
