//! The set of files that may come next: staged as a generation, and compared with the machine's files.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result, bail};

use super::copies::copies;
use super::generations::{self, GenerationNote, Origin};
use super::pending::{Pending, Serving, Switch};
use super::{LockedMachine, Probe};
use crate::tree::{
    Change, File, Folder, Manifest, ManualStep, Reason, Selection, Survey, Surveyed, TreeEntry, survey,
};

/// A set of files that may replace those of the machine.
pub struct Proposal {
    /// The folder of the generation, which is a tree of files.
    pub(super) folder: Folder,
    pub(super) about: GenerationNote,
    pub(super) manifest: Manifest,
    /// The set is a generation already, for a rollback.
    known: bool,
    /// The change of each file.
    pub survey: Survey,
}

impl LockedMachine {
    /// Stages a set as the next generation and compares it with the machine's files.
    ///
    /// # Errors
    /// If a file cannot be rendered or staged, or its place cannot hold a file.
    pub fn propose(
        &self,
        files: Vec<File<'_>>,
        needs: Vec<ManualStep>,
        origin: &Origin,
        time: u64,
    ) -> Result<Proposal> {
        self.propose_probed(files, needs, origin, time, &mut || Ok(()))
    }

    pub(crate) fn propose_probed(
        &self,
        files: Vec<File<'_>>,
        needs: Vec<ManualStep>,
        origin: &Origin,
        time: u64,
        probe: Probe<'_>,
    ) -> Result<Proposal> {
        let number = self.store.newest()?.max(self.current()?.unwrap_or_default()) + 1;
        let about = GenerationNote {
            number,
            time,
            site: format!("{}, server {}", origin.site, origin.server),
            server: origin.server.clone(),
            with: origin.with.clone(),
            by: origin.by.clone(),
            reason: origin.reason.clone(),
            ..GenerationNote::default()
        };
        probe()?;
        let (folder, manifest) = self.store.stage(&about, files, needs)?;
        probe()?;
        let mut proposal = self.proposal(folder, about, manifest, false)?;
        if proposal.finds() {
            // The machine's files become the generation before this one.
            proposal.about.number += 1;
            proposal.folder = self.store.renumber(number, &proposal.about)?;
        }
        Ok(proposal)
    }

    /// Proposes an earlier generation; without a number, the one before the current one.
    ///
    /// # Errors
    /// If there is no such generation.
    pub fn recall(&self, number: Option<u64>) -> Result<Proposal> {
        let all = self.store.list()?;
        let now = self.current()?;
        let wanted = match number {
            Some(number) => all.iter().find(|one| one.about.number == number),
            None => all.iter().rev().find(|one| now.is_none_or(|now| one.about.number < now)),
        };
        let Some(found) = wanted else { return Err(generations::missing(number, &all)) };
        self.proposal(found.folder.clone(), found.about.clone(), found.manifest.clone(), true)
    }

    fn proposal(
        &self,
        folder: Folder,
        about: GenerationNote,
        manifest: Manifest,
        known: bool,
    ) -> Result<Proposal> {
        let files = copies(&folder, &manifest, &about)?;
        let survey = survey(self.home(), files, &manifest.needs, &Selection::default())?;
        // ipxegen does not manage the file that a link leads to, and replacing the link would hide that file.
        if let Some(link) = survey.files.iter().find(|file| file.reason == Some(Reason::Link)) {
            let place = self.home().dir().join(&link.place);
            let target = fs::read_link(&place).unwrap_or_default();
            bail!(
                "{} is a symbolic link to {}, which is not replaced; remove it, or name its target in the site",
                place.display(),
                target.display()
            );
        }
        Ok(Proposal { folder, about, manifest, known, survey })
    }
}

impl Proposal {
    /// The number that the generation has, or will have.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.about.number
    }

    /// The server that the files are for.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        Some(self.about.server.as_str()).filter(|name| !name.is_empty()).or_else(|| self.manifest.server())
    }

    /// The server whose files the machine has now, if it is another one.
    #[must_use]
    pub fn other_server(&self) -> Option<&str> {
        let old = self.survey.old.as_ref()?.server()?;
        (Some(old) != self.server()).then_some(old)
    }

    /// The steps that are left to do by hand once the files are in place.
    #[must_use]
    pub fn needs(&self) -> &[ManualStep] {
        &self.manifest.needs
    }

    /// The DHCP servers to stop and to start once the files are in place.
    #[must_use]
    pub fn switch(&self) -> Switch {
        Pending { switched: self.switched(), ..Pending::default() }.switch(&self.serving())
    }

    /// The units of DHCP servers that begin or end to answer with this set. A machine without a set has run its daemons
    /// without ipxegen until now: none of them is stopped.
    fn switched(&self) -> BTreeSet<String> {
        let Some(old) = &self.survey.old else { return BTreeSet::new() };
        let foreign = self.survey.files.iter().filter(|file| file.reason == Some(Reason::Foreign));
        let before = old.files.iter().map(|file| (&file.entry, false));
        let before = Serving::of(before.chain(foreign.map(|file| (&file.entry, true))));
        before.switched(&self.serving())
    }

    /// The DHCP servers of this set.
    pub(super) fn serving(&self) -> Serving {
        let is_theirs = |entry: &TreeEntry| self.about.theirs.contains(&entry.path);
        Serving::of(self.manifest.files.iter().map(|file| (&file.entry, is_theirs(&file.entry))))
    }

    /// The daemons to tell, with those that an earlier run left.
    pub(super) fn pending(&self, was: &Pending) -> Pending {
        let mut pending = was.clone();
        for file in self.survey.files.iter().filter(|file| file.change != Change::Unchanged) {
            pending.add(&file.entry);
        }
        for unit in self.switched() {
            pending.units.entry(unit.clone()).or_default();
            pending.switched.insert(unit);
        }
        pending
    }

    /// Whether bytes or attributes would be lost that ipxegen did not write.
    pub(super) fn finds(&self) -> bool {
        let goes = |file: &Surveyed| file.reason.is_some() || file.has_attributes;
        self.survey.files.iter().any(|file| file.change != Change::Unchanged && goes(file))
    }

    /// Whether nothing has to be changed.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        let same = self.survey.files.iter().all(|file| file.change == Change::Unchanged);
        let listed = |manifest: &Manifest| -> BTreeSet<String> {
            manifest.files.iter().map(|file| file.entry.path.clone()).collect()
        };
        let ours = self.survey.old.as_ref().map(listed);
        let wanted: BTreeSet<String> =
            listed(&self.manifest).difference(&self.about.theirs).cloned().collect();
        let tells = self.survey.old.as_ref().is_some_and(Manifest::tells_secrets);
        let same_server = self.other_server().is_none();
        same && ours == Some(wanted) && !self.known_elsewhere() && same_server && !tells
    }

    /// Whether a rollback leads to another generation, even if it has the same files.
    fn known_elsewhere(&self) -> bool {
        self.known && self.survey.old.as_ref().and_then(|old| old.generation) != Some(self.about.number)
    }

    /// The new bytes of a file; `None` if the file is removed.
    ///
    /// # Errors
    /// If the staged file cannot be read.
    pub fn new_bytes(&self, file: &Surveyed) -> Result<Option<Vec<u8>>> {
        if file.change == Change::Removed {
            return Ok(None);
        }
        let place = file.entry.place()?;
        let failed = || format!("cannot read {}", self.folder.path().join(&place).display());
        self.folder.read(&place).map(Some).with_context(failed)
    }
}
