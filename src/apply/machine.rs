//! A machine that is locked for one run, and what an earlier run may have left on it.

use std::path::Path;

use anyhow::{Result, bail};

use super::generations::GenerationStore;
use super::{Probe, STATE};
use crate::tree::{Home, LockedHome, Surveyed};

/// A machine that is locked against other runs while this value lives.
pub struct LockedMachine {
    pub(super) hold: LockedHome,
    pub(super) store: GenerationStore,
    /// The repairs that an interrupted run required.
    pub repaired: Option<String>,
}

impl LockedMachine {
    /// Locks the machine at a root, and undoes or finishes a run that was killed.
    ///
    /// # Errors
    /// If another run is active, or the repair fails.
    pub fn open(root: &Path) -> Result<Self> {
        Self::open_probed(root, &mut || Ok(()))
    }

    pub(crate) fn open_probed(root: &Path, probe: Probe<'_>) -> Result<Self> {
        let home = Home::root(root, STATE)?;
        let hold = LockedHome::take(home)?;
        let store = GenerationStore::new(hold.home())?;
        let mut machine = Self { hold, store, repaired: None };
        machine.repair(probe)?;
        Ok(machine)
    }

    /// The root folder and its manifest.
    #[must_use]
    pub fn home(&self) -> &Home {
        self.hold.home()
    }

    /// Unlocks a machine that was not changed.
    ///
    /// # Errors
    /// If the staged files cannot be removed.
    pub fn leave(self) -> Result<()> {
        self.store.clear()?;
        self.hold.abandon();
        Ok(())
    }

    /// Undoes or finishes a run that was killed.
    fn repair(&mut self, probe: Probe<'_>) -> Result<()> {
        let copy = self.store.copy()?;
        if self.home().interrupted()? || self.store.is_undoing()? {
            let Some((about, manifest)) = copy else {
                let state = self.home().state();
                bail!(
                    "a run was interrupted, and its copy of the old files is gone from {0}; put the files right, \
                     remove {0}, and apply again with --adopt",
                    state.display()
                );
            };
            self.bring_back(&about, &manifest, probe)?;
            self.repaired = Some("the last run was interrupted; the old files are back".to_owned());
        } else if let Some(now) = self.current()?
            && (self.store.is_staged(now)? || copy.is_some_and(|(about, _)| about.target == now))
        {
            probe()?;
            self.settle(now, probe)?;
            self.repaired = Some(format!(
                "the last run was interrupted when its files were in place; they are generation {now}"
            ));
        }
        if let Some(repaired) = self.repaired.take() {
            let switch = self.switch(&self.store.pending()?)?.words();
            let switch = switch.map(|words| format!("; `ipxegen apply --reload` still has to {words}"));
            self.repaired = Some(repaired + &switch.unwrap_or_default());
        }
        // A run that was killed early leaves temporary files only.
        let mut entries = self.store.known()?;
        entries.extend(self.home().manifest()?.into_iter().flat_map(|now| now.files).map(|file| file.entry));
        self.hold.sweep(&entries)?;
        probe()?;
        self.store.clear()
    }

    /// The generation that is in place.
    ///
    /// # Errors
    /// If the manifest cannot be read.
    pub fn current(&self) -> Result<Option<u64>> {
        Ok(self.home().manifest()?.and_then(|manifest| manifest.generation))
    }

    /// The bytes that a file had when it was last put in place, if that generation is kept.
    #[must_use]
    pub fn last_bytes(&self, file: &Surveyed) -> Option<Vec<u8>> {
        let now = self.current().ok()??;
        let all = self.store.list().ok()?;
        let generation = all.iter().find(|one| one.about.number == now)?;
        let listed = generation.manifest.files.iter().find(|listed| listed.entry.path == file.entry.path)?;
        generation.folder.read(&listed.entry.place().ok()?).ok()
    }
}
