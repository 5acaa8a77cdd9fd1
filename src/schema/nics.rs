//! The cards of a host, where each has an address of its own.

use super::{Many, ScalarType, mapping};
use crate::source::Scalar;

mapping! {
    /// A network card.
    pub struct Nic in "a card of `nics`" {
        /// Its MAC address, or those of adapters that are plugged in one at a time.
        mac: Many<Scalar<'a>> => ScalarType::Mac,
        /// Its fixed address.
        ip: Scalar<'a> => ScalarType::Ipv4,
    }
}
