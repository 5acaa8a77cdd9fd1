//! `ipxegen completions`: completion scripts for shells.

use std::io::Write;

use anyhow::Result;
use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Ending, console};

/// Print the completion script of a shell
///
/// Install it as /usr/share/bash-completion/completions/ipxegen for bash, as _ipxegen in a folder of $fpath for zsh, or
/// as ~/.config/fish/completions/ipxegen.fish for fish.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    // Generated into memory, because clap_complete panics if a write fails.
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ipxegen", &mut text);
    let mut out = console::document();
    out.write_all(&text)?;
    out.flush()?;
    Ok(Ending::Well)
}
