//! The network as a client speaks it: DHCP's DISCOVER, DHCPv6's SOLICIT, TFTP and HTTP.
//!
//! A server is trusted with nothing: every length is checked, every answer has a limit, and every wait an end.

mod dhcp;
mod dhcp6;
mod discover;
mod fetched;
mod http;
mod interface;
mod offer;
mod tftp;

pub use dhcp::{Asker, Heard};
pub use dhcp6::{Advertisement, Asker6, Heard6, Solicit};
pub use discover::Discover;
pub use fetched::{Fault, Fetched, Limits};
pub use http::get;
pub use interface::Interface;
pub use offer::Offer;
pub use tftp::{Blocks, read};
