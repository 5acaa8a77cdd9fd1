//! The network as a client speaks it: DHCP's DISCOVER, TFTP and HTTP.
//!
//! A server is trusted with nothing: every length is checked, every answer has a limit, and every wait an end.

mod dhcp;
mod discover;
mod fetched;
mod http;
mod interface;
mod offer;
mod tftp;

pub use dhcp::{Asker, Heard};
pub use discover::Discover;
pub use fetched::{Fault, Fetched, Limits};
pub use http::get;
pub use interface::Interface;
pub use offer::Offer;
pub use tftp::{Blocks, read};
