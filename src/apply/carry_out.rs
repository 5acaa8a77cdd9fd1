//! Puts a set in place: the files first, then the daemons that use them.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Error, Result, bail};

use super::copies::copies;
use super::pending::{Pending, Serving, Switch};
use super::reload::Reload;
use super::{KEPT, LockedMachine, Probe, Proposal};
use crate::tree::{Outcome, Step, TouchedFile, WritePolicy};

/// How to put a set in place.
#[derive(Clone, Copy, Debug, Default)]
pub struct ApplyOptions {
    /// Overwrite files that were changed by hand.
    pub force: bool,
    /// Overwrite files that ipxegen did not write.
    pub adopt: bool,
}

/// The result of a run.
#[derive(Debug, Default)]
pub struct Applied {
    /// The generation that is in place.
    pub generation: u64,
    /// The change of each file.
    pub touched: Vec<TouchedFile>,
    /// A line for each daemon that was reloaded.
    pub reloaded: Vec<String>,
    /// Daemons that still have to be reloaded.
    pub pending: Vec<String>,
    /// The DHCP servers that still have to be stopped and started, as words.
    pub switch: Option<String>,
    /// The generation with the old files, if ipxegen did not write all of them.
    pub found: Option<u64>,
}

impl LockedMachine {
    /// Replaces the machine's files by a set, and reloads the daemons if asked to.
    ///
    /// If `stop` is set while files are exchanged, the old files are restored.
    ///
    /// # Errors
    /// If a step fails. The error says which files are in place.
    pub fn carry_out(
        &self,
        proposal: &Proposal,
        order: ApplyOptions,
        reload: Option<&Reload>,
        stop: &AtomicBool,
    ) -> Result<Applied> {
        self.carry_out_probed(proposal, order, reload, stop, &mut || Ok(()))
    }

    pub(crate) fn carry_out_probed(
        &self,
        proposal: &Proposal,
        order: ApplyOptions,
        reload: Option<&Reload>,
        stop: &AtomicBool,
        probe: Probe<'_>,
    ) -> Result<Applied> {
        let number = proposal.about.number;
        let was_pending = self.store.pending().inspect_err(|_| {
            // The next run removes what this one cannot.
            let _ = self.store.clear();
        });
        let was_pending = was_pending.context("nothing was changed")?;
        let pending = proposal.pending(&was_pending);
        let switch = pending.switch(&proposal.serving());
        // Units that were stopped before stay stopped if the exchange fails.
        let mut running = BTreeSet::new();
        if let Some(reload) = reload {
            let known = reload.require(&switch).and_then(|()| reload.running(&switch.off));
            running = known.inspect_err(|_| drop(self.store.clear())).context("nothing was changed")?;
        }
        let mut applied = Applied { generation: number, ..Applied::default() };
        let mut exchange = || {
            self.prepare(proposal, &pending, probe)?;
            // Their files may be needed to stop them.
            applied.reloaded = reload.map(|reload| reload.stop(&running)).transpose()?.unwrap_or_default();
            self.exchange(proposal, order, stop, probe)
        };
        match exchange() {
            Ok(touched) => applied.touched = touched,
            Err(error) => {
                let error = self.undo(error, &was_pending, probe);
                return Err(match reload {
                    Some(reload) => started_again(error, reload.start(&running)),
                    None => error,
                });
            }
        }
        if let Some(reload) = reload {
            match probe().map_err(Error::from).and_then(|()| self.tell(reload, &pending)) {
                Ok(lines) => applied.reloaded.extend(lines),
                Err(why) => return Err(self.put_back(&why, &pending, reload, probe)),
            }
        } else {
            applied.pending = pending.told(&switch);
            applied.switch = switch.words();
        }
        let mut finish = || -> Result<Option<u64>> {
            probe()?;
            if reload.is_some() {
                self.store.note_pending(&Pending::default())?;
            }
            let found = self.settle(number, probe)?;
            self.store.clear()?;
            Ok(found)
        };
        let told = if reload.is_some() { ", and the daemons run with it" } else { "" };
        applied.found = finish().with_context(|| {
            format!("generation {number} is in place{told}, but `ipxegen recover` has to finish the work")
        })?;
        Ok(applied)
    }

    /// Copies the machine's files, and notes which daemons will have to be told.
    fn prepare(&self, proposal: &Proposal, pending: &Pending, probe: Probe<'_>) -> Result<()> {
        probe()?;
        self.copy(proposal)?;
        probe()?;
        self.store.note_pending(pending)?;
        probe()?;
        Ok(())
    }

    /// Exchanges the files.
    fn exchange(
        &self,
        proposal: &Proposal,
        order: ApplyOptions,
        stop: &AtomicBool,
        probe: Probe<'_>,
    ) -> Result<Vec<TouchedFile>> {
        let policy = WritePolicy {
            force: order.force,
            adopt: order.adopt,
            generation: Some(proposal.about.number),
            server: proposal.server().map(str::to_owned),
            theirs: proposal.about.theirs.clone(),
            manifest: None,
        };
        let files = copies(&proposal.folder, &proposal.manifest, &proposal.about)?;
        // After the commit nothing can be undone, and little is left to do.
        let mut step = |step| match step {
            Step::Committed | Step::Cleared | Step::Pruned => probe(),
            _ if stop.load(Ordering::Relaxed) => Err(io::Error::other("interrupted by a signal")),
            _ => probe(),
        };
        match self.hold.write(files, proposal.manifest.needs.clone(), &policy, &mut step)? {
            Outcome::Done(touched) => Ok(touched),
            Outcome::Refused(refused) => {
                let names: Vec<_> = (refused.iter())
                    .map(|one| format!("{} was {}", self.home().dir().join(&one.place).display(), one.reason))
                    .collect();
                bail!(names.join("; "));
            }
        }
    }

    /// Names the new generation, and the copy if it has to be kept.
    pub(super) fn settle(&self, number: u64, probe: Probe<'_>) -> Result<Option<u64>> {
        let found = self.store.settle(number, probe)?;
        probe()?;
        self.store.prune(KEPT, number)?;
        Ok(found)
    }

    /// The daemons that still have to be reloaded.
    ///
    /// # Errors
    /// If the note cannot be read.
    pub fn pending(&self) -> Result<Pending> {
        self.store.pending()
    }

    /// Reloads the daemons that were not reloaded before.
    ///
    /// # Errors
    /// If a daemon fails.
    pub fn reload(&self, reload: &Reload) -> Result<Vec<String>> {
        let lines = self.tell(reload, &self.store.pending()?).context("the files were in place already")?;
        self.store.note_pending(&Pending::default())?;
        Ok(lines)
    }

    /// Tells the daemons that use the files in place.
    fn tell(&self, reload: &Reload, pending: &Pending) -> Result<Vec<String>> {
        reload.tell(&pending.units, &self.switch(pending)?)
    }

    /// The DHCP servers to stop and to start, for the files in place.
    pub(super) fn switch(&self, pending: &Pending) -> Result<Switch> {
        let manifest = self.home().manifest()?;
        let files = manifest.iter().flat_map(|manifest| &manifest.files);
        Ok(pending.switch(&Serving::of(files.map(|file| (&file.entry, false)))))
    }
}

/// Adds to an error which daemons did not start again.
fn started_again(error: Error, lines: Vec<Result<String>>) -> Error {
    lines.into_iter().filter_map(Result::err).fold(error, |error, worse| error.context(format!("{worse:#}")))
}
