//! Questions about a resolved site: which machines it has, and what one of them gets.
//!
//! A trace follows one machine from the DHCP request of its firmware to the boot entry that starts. It decides nothing
//! itself: DHCP's values are those of [`answer`](crate::dhcp::answer), and the menu is that of the script's template
//! ([`client_menu`](crate::outputs::client_menu)).

mod chain;
mod class_notes;
mod dhcp_facts;
mod domain_names;
mod entry;
mod follow;
mod free;
mod hosts;
mod json;
mod kind;
mod notes;
mod option_text;
mod raw;
mod script;
mod served;
mod stage;
mod text;
mod v6;
mod who;

pub use chain::ClientTrace;
pub use domain_names::domain_names;
pub use follow::{Files, Trace, follow};
pub use free::free_addresses;
pub use hosts::{Boots, HostRow, boots, host_rows, may_be_in, not_of_hosts};
pub use json::json;
pub use kind::TracedKind;
pub use notes::site_notes;
pub use option_text::{ipxe_option_text, option_text};
pub use script::mac_text;
pub use served::{Access, ServedFile, decoded, url_below_root};
pub use stage::{Fact, Origin, STOP_FINDINGS, Stage, Step, Stop};
pub use text::{Shown, print};
pub use v6::Trace6;
pub use who::{NotFound, Who, who};
