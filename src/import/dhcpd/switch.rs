//! The loader switch of a dhcpd.conf: which boot file each kind of client gets. The conditions are not translated but
//! evaluated, for every kind of client, as dhcpd executes them: a later statement overrides an earlier one, and an inner
//! scope an outer one.
//!
//! dhcpd executes global < shared-network < subnet < pool < class < group < host; the class that is declared first
//! wins (4.4.3, on the wire).
//!
//! ```text
//! Choices::default() ──enter(global)──▶ Choices ──enter(subnet)──▶ Choices ──enter(class)──▶ …
//!                                          └──boot()──▶ Boot: loaders, next_server, … and remarks
//! ```

mod actions;
mod answered;
mod askers;
mod choices;
mod execution;
mod file_names;
mod keys;
mod other_servers;
mod settings;
#[cfg(test)]
mod tests;

pub use actions::{is_replaced, is_switch};
pub use answered::{Answered, tells_few};
pub use askers::{ASKERS, Asker, Who};
pub use choices::{Choices, Entered, Given, OtherBranch};
pub use file_names::{is_ipxe, is_unusable};
pub use keys::{Keys, Level};
pub use other_servers::OtherServer;
pub use settings::Boot;

use actions::Field;

/// The address of the TFTP server.
pub const NEXT_SERVER: Field = Field::NextServer;

/// Settings that a class of the site has no key for.
pub const OTHERS: [Field; 2] = [Field::ServerName, Field::VendorClass];
