//! `ipxegen completions`: what a shell completes.

use std::io::Write;

use anyhow::Result;
use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Ending, console};

/// Print the completions of a shell
///
/// For bash they belong in /usr/share/bash-completion/completions/ipxegen, for zsh in a folder of
/// $fpath as _ipxegen, for fish in ~/.config/fish/completions/ipxegen.fish.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    // Generated into memory: clap_complete panics where a write fails.
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ipxegen", &mut text);
    let mut out = console::document();
    out.write_all(&text)?;
    out.flush()?;
    Ok(Ending::Well)
}
