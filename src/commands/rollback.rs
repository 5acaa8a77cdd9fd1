//! `ipxegen rollback`: an earlier set of this machine's files.

use std::io::Write as _;

use anyhow::Result;

use super::apply::{Target, carry_out};
use super::{Ending, console};
use crate::report::visible;

/// Bring back an earlier generation of this machine's files
///
/// Shows what would change and asks, as `apply` does. Files that ipxegen took over stand there again as
/// they were, and are their owner's again.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 the generation is in place, or was already; 1 nothing was changed, because a \
                        file was changed by hand or the answer was no; 2 the work could not be done, and the last \
                        message says which files are in place."
)]
pub(super) struct Args {
    /// Its number, as `ipxegen history` lists it; the one before the one in place if left out
    #[arg(value_name = "GENERATION")]
    generation: Option<u64>,
    #[command(flatten)]
    to: Target,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let machine = args.to.open()?;
    let proposal = match machine.recall(args.generation) {
        Ok(proposal) => proposal,
        Err(error) => {
            // The error that led here says more than one about what is left.
            let _ = machine.leave();
            return Err(error);
        }
    };
    if let (Some(other), Some(server)) = (proposal.other_server(), proposal.server()) {
        let (other, server) = (visible(other), visible(server));
        writeln!(
            console::stderr(),
            "ipxegen: this generation is of the server {server}; the files here are of {other}"
        )?;
    }
    carry_out(machine, &proposal, &args.to)
}
