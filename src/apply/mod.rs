//! Replaces the files of a machine, and restores earlier ones.
//!
//! [`STATE`] below the machine's root has the manifest and the last sets of files as *generations*, each a folder like
//! the output folder of `render`. A run takes these steps under a lock:
//!
//! 1. It undoes or finishes a run that was killed ([`LockedMachine::open`]).
//! 2. It stages the new set as the next generation and compares it with the machine's files
//!    ([`LockedMachine::propose`]). The caller shows the difference and decides.
//! 3. It copies the machine's files, so that they can be restored ([`LockedMachine::carry_out`]).
//! 4. It exchanges the files with `tree`. If the site has another DHCP server than before, it first stops the old one.
//! 5. It reloads the daemons and watches them. It disables the old DHCP server, and enables and starts the new one. If a
//!    daemon does not stay up, it restores the copy, reloads every daemon again, and turns the switch round.
//! 6. It names the generation. If the old files were not written by ipxegen, or were changed by hand, the copy becomes
//!    a generation too, so that nothing is lost.
//!
//! A kill before step 4 leaves the old set. A kill during step 4 leaves a mixture, the copy of the old set and a
//! journal: the next command that reads the machine's files first restores the old set, as `recover` does at boot. A
//! kill after step 4 leaves the new set, and a note of the daemons that were not reloaded.
//!
//! A signal that asks the program to end is not a kill. During step 4 it is an error like any other, and the old set is
//! restored at once. After step 4 the run goes on to its end.

mod carry_out;
mod control_socket;
mod copies;
mod generations;
mod machine;
mod pending;
mod proposal;
mod reload;
mod restore;
mod services;
#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;

use anyhow::{Context as _, Result};

pub use carry_out::{Applied, ApplyOptions};
use generations::GenerationStore;
pub use generations::{Generation, Origin, Provenance, StoredGeneration, history, stored};
pub use machine::LockedMachine;
pub use pending::{Pending, Switch, Units};
pub use proposal::Proposal;
pub use reload::Reload;
pub use services::Services;

use crate::tree::Home;

/// The folder of a machine's state, below its root.
pub const STATE: &str = "/var/lib/ipxegen";

/// The number of generations that are kept.
pub const KEPT: usize = 10;

/// Called before each step, so that tests can fail there.
pub(crate) type Probe<'p> = &'p mut dyn FnMut() -> io::Result<()>;

/// Undoes or finishes a run that was killed, and says which.
///
/// # Errors
/// If another run is active, or the repair fails.
pub fn recover(root: &Path) -> Result<Option<String>> {
    let home = Home::root(root, STATE)?;
    if !home.state().is_dir() {
        return Ok(None);
    }
    let machine = LockedMachine::open(root)?;
    let repaired = machine.repaired.clone();
    machine.leave()?;
    Ok(repaired)
}

/// Like [`recover`], but only if old and new files may be mixed, so that a command that only reads does not disturb an
/// active run.
///
/// # Errors
/// As [`recover`].
pub fn recover_mixture(root: &Path) -> Result<Option<String>> {
    let home = Home::root(root, STATE)?;
    if !home.interrupted()? && !GenerationStore::new(&home)?.is_undoing()? {
        return Ok(None);
    }
    recover(root).context("a run was interrupted, and could not be repaired")
}
