//! `ipxegen man`: the manual pages.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;

use super::{Cli, Ending};

/// Write the manual pages, one for each subcommand
#[derive(clap::Args)]
pub(super) struct Args {
    /// The folder for them; it is created if it does not exist
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let dir = args.dir.display();
    fs::create_dir_all(&args.dir).with_context(|| format!("cannot create {dir}"))?;
    clap_mangen::generate_to(Cli::command(), &args.dir)
        .with_context(|| format!("cannot write the manual pages into {dir}"))?;
    Ok(Ending::Well)
}
