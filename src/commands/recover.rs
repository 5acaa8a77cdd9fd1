//! `ipxegen recover`: after a run that was killed.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;

use super::{Ending, console};
use crate::apply::recover;
use crate::checks;

/// Put right what a killed apply or rollback left
///
/// A run that was killed before its files were exchanged, or while they were, is undone; one that was killed
/// after that is finished. Every command that looks at a machine does so first; this one does nothing else,
/// and is what a machine runs at its start, before its daemons.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 one whole set of files is in place; 2 that could not be done, or another run is \
                        at work."
)]
pub(super) struct Args {
    /// The root folder that has the files
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    checks::sweep();
    let mended = recover(&args.root)?;
    let mended = mended.as_deref().unwrap_or("nothing to put right");
    writeln!(console::stdout(), "{mended}")?;
    Ok(Ending::Well)
}
