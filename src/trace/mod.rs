//! Questions about a resolved site: which machines it has, and what one of them gets.

mod free;
mod hosts;

pub use free::free_addresses;
pub use hosts::{Boots, HostRow, boots, host_rows};
