//! `relays`: machines that carry DHCP between networks.

use super::{Many, mapping};
use crate::source::Scalar;

mapping! {
    /// A relay agent on a server of the site.
    pub struct Relay in "a relay" {
        /// The interfaces that it listens on: those towards the clients, and the one towards the DHCP server.
        interfaces: Many<Scalar<'a>>,
        /// The DHCP servers that it forwards to: names, or addresses.
        to: Many<Scalar<'a>>,
    }
}
