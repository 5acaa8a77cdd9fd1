//! Asks the network as the clients of a site would, and compares what comes with what the site says.
//!
//! What is right is decided elsewhere: the values of DHCP by [`answer`](crate::dhcp::answer), the files on the way by
//! [`trace`](crate::trace). Only URLs of the site are fetched, never those that a server offers.

mod files;
mod json;
mod offers;
mod offers6;
mod outcome;
mod probing;
mod question;
mod six;
mod text;

pub use files::Known;
pub use json::json;
pub use offers::compare;
pub use offers6::compare6;
pub use outcome::{Check, Outcome, Probed, Section, State};
pub use probing::{Line, Probing, stranger, subnet_of};
pub use question::{Relay, discover};
pub use six::{WANTED6, probe6};
pub use text::print;
