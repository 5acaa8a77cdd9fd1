//! The features that iPXE says it has: sub-options 16 to 47 of the option 175 that it sends.

use super::ipxe_options::IPXE_OPTIONS;
use super::{InvalidValue, Validated};

/// The lowest code of a feature, and the highest.
const CODES: (u8, u8) = (16, 47);

/// A set of features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Features(u32);

impl Features {
    /// No feature.
    #[must_use]
    pub const fn none() -> Self {
        Self(0)
    }

    /// Every feature that iPXE has a code for (src/include/ipxe/features.h).
    #[must_use]
    pub fn all() -> Self {
        features().fold(Self::default(), |all, (_, code)| all.with(code))
    }

    /// The names of all of them.
    #[must_use]
    pub fn every_name() -> Vec<&'static str> {
        features().map(|(name, _)| name).collect()
    }

    /// A feature by its name, in lower case as in the list of ipxe.org/howto/dhcpd.
    ///
    /// # Errors
    /// If iPXE has no such feature.
    pub fn code(text: &str) -> Validated<u8> {
        features().find(|(name, _)| *name == text).map(|(_, code)| code).ok_or_else(|| {
            InvalidValue::new(format!("`{text}` is not a feature of iPXE"))
                .help(format!("one of {}", Self::every_name().join(", ")))
        })
    }

    /// The set with one more feature; a code that is no feature's is left out.
    #[must_use]
    pub const fn with(self, code: u8) -> Self {
        if code < CODES.0 || code > CODES.1 { self } else { Self(self.0 | 1 << (code - CODES.0)) }
    }

    /// The set without a feature.
    #[must_use]
    pub const fn without(self, code: u8) -> Self {
        if code < CODES.0 || code > CODES.1 { self } else { Self(self.0 & !(1 << (code - CODES.0))) }
    }

    /// The features of both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the set has all features of another.
    #[must_use]
    pub const fn has_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The codes, in ascending order.
    pub fn codes(self) -> impl Iterator<Item = u8> {
        (CODES.0..=CODES.1).filter(move |code| self.has_all(Self::default().with(*code)))
    }

    /// The names of the features that have one, by code.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        features().filter(move |(_, code)| self.has_all(Self::default().with(*code))).map(|(name, _)| name)
    }

    /// The bytes of option 175 with which iPXE names the features: each with its version, which is 1.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        self.codes().flat_map(|code| [code, 1, 1]).collect()
    }
}

/// The name and the code of every feature, by code.
fn features() -> impl Iterator<Item = (&'static str, u8)> {
    let options = IPXE_OPTIONS.iter().filter(|option| (CODES.0..=CODES.1).contains(&option.code));
    options.map(|option| (option.dhcpd, option.code))
}

impl serde::Serialize for Features {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

#[cfg(test)]
mod tests {
    use super::Features;

    #[test]
    fn features_have_names_and_codes() {
        let menu = Features::code("menu").unwrap();
        assert_eq!(menu, 39);
        assert!(Features::code("keep-san").is_err());
        assert!(Features::code("").is_err());
        let some = Features::default().with(menu).with(19).with(15).with(48);
        assert_eq!(some.names().collect::<Vec<_>>(), ["http", "menu"]);
        assert_eq!(some.bytes(), [19, 1, 1, 39, 1, 1]);
        assert!(Features::all().has_all(some) && !some.has_all(Features::all()));
        assert_eq!(some.without(19).codes().collect::<Vec<_>>(), [39]);
        assert_eq!(Features::all().codes().count(), 22);
    }
}
