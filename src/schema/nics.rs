//! The cards of a host, where each has an address of its own.

use super::{Many, Scalar, mapping};
use crate::source::Word;

mapping! {
    /// A network card.
    pub struct Nic in "a card of `nics`" {
        /// Its address; several that are plugged in one at a time.
        mac: Many<Word<'a>> => Scalar::Mac,
        /// Its fixed address.
        ip: Word<'a> => Scalar::Ipv4,
    }
}
