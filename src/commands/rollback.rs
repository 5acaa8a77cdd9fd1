//! `ipxegen rollback`: an earlier generation of this machine's files.

use anyhow::Result;

use super::Ending;
use super::apply::{MachineArgs, carry_out, is_other_server};
use super::machine_output::MachineOutput;

/// Bring back an earlier generation of this machine's files
///
/// Shows what would change and asks, as `apply` does. A file that `apply --adopt` took over gets its old content
/// back, and ipxegen no longer manages it.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 the generation is in place, or was already; 1 nothing was changed, because a \
                        file was changed by hand, the files are another server's, or the answer was no; 2 failure: the last message says \
                        which files are in place."
)]
pub(super) struct Args {
    /// The generation's number from `ipxegen history`; by default the one before the current one
    #[arg(value_name = "GENERATION")]
    generation: Option<u64>,
    /// Replace another server's files; SERVER is the server whose files the generation has
    #[arg(long, value_name = "SERVER")]
    r#become: Option<String>,
    #[command(flatten)]
    to: MachineArgs,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let mut output = MachineOutput::new();
    let ending = rollback(args, &mut output);
    output.end(args.to.format, ending)
}

fn rollback(args: &Args, output: &mut MachineOutput) -> Result<Ending> {
    let machine = args.to.open()?;
    let proposal = match machine.recall(args.generation) {
        Ok(proposal) => proposal,
        Err(error) => {
            // The first error matters more than one of cleaning up.
            let _ = machine.leave();
            return Err(error);
        }
    };
    if is_other_server(&machine, &proposal, args.r#become.as_deref(), output)? {
        machine.leave()?;
        return Ok(Ending::Findings);
    }
    carry_out(machine, &proposal, &args.to, None, output)
}
