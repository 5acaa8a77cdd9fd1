//! `ipxegen recover`: finishes or undoes a run that was killed.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;

use super::{Ending, Verbosity, console};
use crate::apply::recover;
use crate::checks;

/// Finish or undo an apply or rollback that was killed
///
/// Restores the old files if the run was killed before or while it exchanged files, and finishes its notes if it was
/// killed afterwards. Every command that reads a machine's files does so first. This command does nothing else: run it
/// at boot, before the daemons start.
#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 all files are from the same run; 2 failure, or another run is active.")]
pub(super) struct Args {
    /// The machine's root folder
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
    #[command(flatten)]
    verbosity: Verbosity,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    checks::sweep();
    let repaired = recover(&args.root)?;
    match repaired.as_deref() {
        None if args.verbosity.quiet => {}
        repaired => writeln!(console::stdout(), "{}", repaired.unwrap_or("nothing to repair"))?,
    }
    Ok(Ending::Well)
}
