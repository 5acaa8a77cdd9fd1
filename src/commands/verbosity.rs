//! `--quiet` and `--verbose` of the commands that do more than print the text that was asked for.

use std::io::Write;

use anyhow::Result;

use crate::checks::Checked;
use crate::model::Site;
use crate::report::visible;
use crate::source::Sources;

/// How much a command prints. Findings and failures are always printed.
#[derive(Clone, Copy, clap::Args)]
pub(super) struct Verbosity {
    /// Print findings and failures only
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Also print the files that were read, the programs that ran, and unchanged files, on standard error
    #[arg(short, long)]
    verbose: bool,
}

impl Verbosity {
    /// Prints the files that the site was read from, and its size.
    pub(super) fn site(self, sources: &Sources, site: &Site<'_>, err: &mut dyn Write) -> Result<()> {
        if !self.verbose {
            return Ok(());
        }
        for name in sources.names() {
            writeln!(err, "read {}", visible(name))?;
        }
        let counts = [
            (site.servers.len(), "servers"),
            (site.subnets.len(), "subnets"),
            (site.hosts.len(), "hosts"),
            (site.entries.len(), "boot entries"),
        ];
        let counts: Vec<_> = counts.iter().map(|(count, what)| format!("{what}: {count}")).collect();
        writeln!(err, "{}", counts.join(", "))?;
        Ok(())
    }

    /// Prints which checkers ran, and which could not.
    pub(super) fn checkers(self, checked: &Checked, err: &mut dyn Write) -> Result<()> {
        if self.verbose {
            for line in &checked.ran {
                writeln!(err, "ran {}", visible(line))?;
            }
        }
        if !self.quiet {
            for line in &checked.not_run {
                writeln!(err, "note: {}", visible(line))?;
            }
        }
        Ok(())
    }

    /// Prints the paths that need no change.
    pub(super) fn unchanged<'p>(
        self,
        paths: impl Iterator<Item = &'p str>,
        err: &mut dyn Write,
    ) -> Result<()> {
        if self.verbose {
            for path in paths {
                writeln!(err, "unchanged {}", visible(path))?;
            }
        }
        Ok(())
    }
}
