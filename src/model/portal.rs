//! The address of an iSCSI target.

use std::fmt;
use std::net::Ipv4Addr;

use super::address::dotted;
use super::{Dotted, TakeText, WriteTo};

/// An address or a name at which a target is reached, as a root-path has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Portal<'a> {
    /// An IPv4 address; never as a text.
    V4(Ipv4Addr),
    /// An IPv6 address in brackets, or a name.
    Text(&'a str),
}

impl<'a> Portal<'a> {
    /// Reads a text.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        dotted(text).map_or(Self::Text(text), Self::V4)
    }

    /// The IPv4 address, if it is one.
    #[must_use]
    pub const fn v4(self) -> Option<Ipv4Addr> {
        match self {
            Self::V4(ip) => Some(ip),
            Self::Text(_) => None,
        }
    }
}

impl WriteTo for Portal<'_> {
    fn write_to(&self, out: &mut impl TakeText) -> fmt::Result {
        match self {
            Self::V4(ip) => Dotted(*ip).write_to(out),
            Self::Text(text) => out.write_str(text),
        }
    }
}

impl fmt::Display for Portal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_to(f)
    }
}

#[cfg(test)]
mod tests {
    use super::Portal;

    #[test]
    fn what_was_written_is_shown() {
        for (text, is_v4) in [
            ("10.1.1.2", true),
            ("010.1.1.2", false),
            ("[2001:db8::2]", false),
            ("10.1.1", false),
            ("disks", false),
        ] {
            let portal = Portal::of(text);
            assert_eq!((portal.to_string().as_str(), portal.v4().is_some()), (text, is_v4));
        }
    }
}
