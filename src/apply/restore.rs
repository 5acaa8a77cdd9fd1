//! Copies the machine's files before a run, and restores them after one that failed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, Error, Result, anyhow, bail};

use super::copies::{Copied, copies};
use super::generations::{GenerationNote, Provenance};
use super::pending::Pending;
use super::reload::Reload;
use super::{LockedMachine, Probe, Proposal};
use crate::tree::{File, Manifest, Outcome, Surveyed, TreeEntry, WritePolicy};

impl LockedMachine {
    /// Copies the machine's files at the paths of the new set and the old one.
    pub(super) fn copy(&self, proposal: &Proposal) -> Result<()> {
        let before = proposal.survey.old.clone();
        let ours: BTreeSet<PathBuf> = before
            .iter()
            .flat_map(|manifest| &manifest.files)
            .map(|file| self.home().place(&file.entry))
            .collect::<Result<_>>()?;
        let folder = self.home().folder()?;
        let mut files = Vec::new();
        let mut about = GenerationNote {
            made: Provenance::Found,
            number: self.store.newest()? + 1,
            target: proposal.about.number,
            time: proposal.about.time,
            keep: proposal.finds(),
            before,
            ..GenerationNote::default()
        };
        for Surveyed { entry, place, .. } in &proposal.survey.files {
            let Some((met, attributes)) = self.home().attributes(place)? else { continue };
            let (owner, group) = met.owner();
            let entry = TreeEntry {
                mode: met.mode,
                owner: owner.to_string(),
                group: group.to_string(),
                ..entry.clone()
            };
            about.attributes.get_or_insert_default().insert(entry.path.clone(), attributes);
            if !ours.contains(place) {
                about.theirs.insert(entry.path.clone());
            }
            let copied = Copied { folder: folder.clone(), place: place.clone(), attributes: None };
            files.push(File { entry, content: Box::new(copied) });
        }
        self.store.take_copy(files, &about)
    }

    /// Restores the old set after an exchange that failed. The error says whether that succeeded.
    pub(super) fn undo(&self, error: Error, was_pending: &Pending, probe: Probe<'_>) -> Error {
        // A journal means that the exchange could not undo all of its steps.
        let mixed = self.home().interrupted();
        let back = match mixed {
            Ok(false) => Ok(()),
            Ok(true) => self.bring_copy_back(probe),
            Err(_) => Err(anyhow!("cannot tell whether old and new files are mixed")),
        };
        if let Err(worse) = back {
            return worse_off(&error, &worse);
        }
        // The next run removes what this one cannot.
        let _ = self.store.clear();
        let _ = self.store.note_pending(was_pending);
        error.context(if mixed.is_ok_and(|mixed| mixed) {
            "the old files are back"
        } else {
            "nothing was changed"
        })
    }

    /// Restores the old set after a daemon failed with the new one, and reloads every daemon again. The error has the
    /// result of each daemon.
    pub(super) fn put_back(
        &self,
        why: &Error,
        pending: &Pending,
        reload: &Reload,
        probe: Probe<'_>,
    ) -> Error {
        // The started units have no files any more. A unit that does not stop here is tried again below.
        if let Ok(switch) = self.switch(pending) {
            let _ = reload.running(&switch.on).and_then(|running| reload.stop(&running));
        }
        if let Err(worse) = self.bring_copy_back(probe) {
            return worse_off(why, &worse);
        }
        // The next run removes what this one cannot.
        let _ = self.store.clear();
        let switch = match self.switch(pending) {
            Ok(switch) => switch,
            Err(worse) => return worse_off(why, &worse),
        };
        let (lines, left) = reload.tell_every(&pending.units, &switch);
        // If that fails, they are reloaded once more than necessary.
        let _ = self.store.note_pending(&left);
        let all =
            if left.is_empty() { "the daemons run with them" } else { "not every daemon runs with them" };
        anyhow!("{why:#}; the old files are back, and {all}:\n{}", lines.join("\n"))
    }

    /// Restores the files that were copied before the exchange.
    pub(super) fn bring_copy_back(&self, probe: Probe<'_>) -> Result<()> {
        let (about, manifest) = self.store.copy()?.context("the copy of the old files is gone")?;
        self.bring_back(&about, &manifest, probe)
    }

    /// Restores the files of a copy.
    pub(super) fn bring_back(
        &self,
        about: &GenerationNote,
        manifest: &Manifest,
        probe: Probe<'_>,
    ) -> Result<()> {
        let policy = WritePolicy {
            force: true,
            adopt: true,
            generation: about.before.as_ref().and_then(|before| before.generation),
            server: about.before.as_ref().and_then(|before| before.server.clone()),
            theirs: about.theirs.clone(),
            manifest: about.before.clone(),
        };
        // After a kill from here on, the next run restores the copy, with or without a journal.
        let folder = self.store.begin_undo()?;
        probe()?;
        let files = copies(&folder, manifest, about)?;
        match self.hold.write(files, Vec::new(), &policy, &mut |_| probe())? {
            Outcome::Done(_) => Ok(()),
            Outcome::Refused(refused) => bail!("{} places cannot take their files", refused.len()),
        }
    }
}

/// The error of a run that failed and could not restore the old files.
fn worse_off(why: &Error, worse: &Error) -> Error {
    anyhow!(
        "{why:#}; the old files could not all be put back: {worse:#}; old and new files may be mixed until \
         `ipxegen recover` succeeds"
    )
}
