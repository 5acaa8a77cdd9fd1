//! Replaces the files of a machine, and restores earlier ones.
//!
//! [`STATE`] below the machine's root has the manifest and the last sets of files as *generations*, each a folder like
//! the output folder of `render`. A run takes these steps under a lock:
//!
//! 1. It undoes or finishes a run that was killed ([`LockedMachine::open`]).
//! 2. It stages the new set as the next generation and compares it with the machine's files
//!    ([`LockedMachine::propose`]). The caller shows the difference and decides.
//! 3. It copies the machine's files, so that they can be restored ([`LockedMachine::carry_out`]).
//! 4. It exchanges the files with `tree`.
//! 5. It reloads the daemons and watches them. If a daemon does not stay up, it restores the copy and reloads every
//!    daemon again.
//! 6. It names the generation. If the old files were not written by ipxegen, or were changed by hand, the copy becomes
//!    a generation too, so that nothing is lost.
//!
//! A kill before step 4 leaves the old set. A kill during step 4 leaves a mixture, the copy of the old set and a
//! journal: the next command that reads the machine's files first restores the old set, as `recover` does at boot. A
//! kill after step 4 leaves the new set, and a note of the daemons that were not reloaded.
//!
//! A signal that asks the program to end is not a kill. During step 4 it is an error like any other, and the old set is
//! restored at once. After step 4 the run goes on to its end.

mod generations;
mod services;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, Error, Result, anyhow, bail};

pub use generations::{Generation, Origin, Provenance, StoredGeneration, history, stored};
use generations::{GenerationNote, GenerationStore};
pub use services::{Reload, Services, Units};

use crate::tree::{
    Attributes, Change, Content, File, Folder, Home, Listed, LockedHome, Manifest, ManualStep, Outcome,
    Reason, Selection, Step, Survey, Surveyed, TouchedFile, TreeEntry, WritePolicy, survey,
};

/// The folder of a machine's state, below its root.
pub const STATE: &str = "/var/lib/ipxegen";

/// The number of generations that are kept.
pub const KEPT: usize = 10;

/// Called before each step, so that tests can fail there.
pub(crate) type Probe<'p> = &'p mut dyn FnMut() -> io::Result<()>;

/// Undoes or finishes a run that was killed, and says which.
///
/// # Errors
/// If another run is active, or the repair fails.
pub fn recover(root: &Path) -> Result<Option<String>> {
    let home = Home::root(root, STATE)?;
    if !home.state().is_dir() {
        return Ok(None);
    }
    let machine = LockedMachine::open(root)?;
    let repaired = machine.repaired.clone();
    machine.leave()?;
    Ok(repaired)
}

/// Like [`recover`], but only if old and new files may be mixed, so that a command that only reads does not disturb an
/// active run.
///
/// # Errors
/// As [`recover`].
pub fn recover_mixture(root: &Path) -> Result<Option<String>> {
    let home = Home::root(root, STATE)?;
    if !home.interrupted()? && !GenerationStore::new(&home)?.is_undoing()? {
        return Ok(None);
    }
    recover(root).context("a run was interrupted, and could not be repaired")
}

/// A machine that is locked against other runs while this value lives.
pub struct LockedMachine {
    hold: LockedHome,
    store: GenerationStore,
    /// What had to be repaired first.
    pub repaired: Option<String>,
}

/// A set of files that may replace those of the machine.
pub struct Proposal {
    /// The folder of the generation, which is a tree of files.
    folder: Folder,
    about: GenerationNote,
    manifest: Manifest,
    /// The set is a generation already, for a rollback.
    known: bool,
    /// The change of each file.
    pub survey: Survey,
}

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
    /// The generation with the old files, if ipxegen did not write all of them.
    pub found: Option<u64>,
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
        // A run that was killed early leaves temporary files only.
        let mut entries = self.store.known()?;
        entries.extend(self.home().manifest()?.into_iter().flat_map(|now| now.files).map(|file| file.entry));
        self.hold.sweep(&entries)?;
        probe()?;
        self.store.clear()
    }

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

    /// The generation that is in place.
    ///
    /// # Errors
    /// If the manifest cannot be read.
    pub fn current(&self) -> Result<Option<u64>> {
        Ok(self.home().manifest()?.and_then(|manifest| manifest.generation))
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
        let mut units = was_pending.clone();
        for file in proposal.survey.files.iter().filter(|file| file.change != Change::Unchanged) {
            if let Some(unit) = &file.entry.reload {
                units.entry(unit.clone()).or_default().insert(file.entry.path.clone());
            }
        }
        let mut applied = Applied { generation: number, ..Applied::default() };
        match self.exchange(proposal, order, &units, stop, probe) {
            Ok(touched) => applied.touched = touched,
            Err(error) => return Err(self.undo(error, &was_pending, probe)),
        }
        if let Some(reload) = reload {
            match probe().map_err(Error::from).and_then(|()| reload.tell(&units)) {
                Ok(lines) => applied.reloaded = lines,
                Err(why) => return Err(self.put_back(&why, &units, reload, probe)),
            }
        } else {
            applied.pending = units.keys().cloned().collect();
        }
        let mut finish = || -> Result<Option<u64>> {
            probe()?;
            if reload.is_some() {
                self.store.note_pending(&Units::new())?;
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

    /// Exchanges the files.
    fn exchange(
        &self,
        proposal: &Proposal,
        order: ApplyOptions,
        units: &Units,
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
        probe()?;
        self.copy(proposal)?;
        probe()?;
        self.store.note_pending(units)?;
        probe()?;
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

    /// Restores the old set after an exchange that failed. The error says whether that succeeded.
    fn undo(&self, error: Error, was_pending: &Units, probe: Probe<'_>) -> Error {
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
    fn put_back(&self, why: &Error, units: &Units, reload: &Reload, probe: Probe<'_>) -> Error {
        if let Err(worse) = self.bring_copy_back(probe) {
            return worse_off(why, &worse);
        }
        // The next run removes what this one cannot.
        let _ = self.store.clear();
        let (lines, failed) = reload.tell_every(units);
        // If that fails, they are reloaded once more than necessary.
        let _ = self.store.note_pending(&failed);
        let all =
            if failed.is_empty() { "the daemons run with them" } else { "not every daemon runs with them" };
        anyhow!("{why:#}; the old files are back, and {all}:\n{}", lines.join("\n"))
    }

    /// Restores the files that were copied before the exchange.
    fn bring_copy_back(&self, probe: Probe<'_>) -> Result<()> {
        let (about, manifest) = self.store.copy()?.context("the copy of the old files is gone")?;
        self.bring_back(&about, &manifest, probe)
    }

    /// Restores the files of a copy.
    fn bring_back(&self, about: &GenerationNote, manifest: &Manifest, probe: Probe<'_>) -> Result<()> {
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

    /// Copies the machine's files at the paths of the new set and the old one.
    fn copy(&self, proposal: &Proposal) -> Result<()> {
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

    /// Names the new generation, and the copy if it has to be kept.
    fn settle(&self, number: u64, probe: Probe<'_>) -> Result<Option<u64>> {
        let found = self.store.settle(number, probe)?;
        probe()?;
        self.store.prune(KEPT, number)?;
        Ok(found)
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

    /// Whether bytes or attributes would be lost that ipxegen did not write.
    fn finds(&self) -> bool {
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

impl LockedMachine {
    /// The bytes that a file had when it was last put in place, if that generation is kept.
    #[must_use]
    pub fn last_bytes(&self, file: &Surveyed) -> Option<Vec<u8>> {
        let now = self.current().ok()??;
        let all = self.store.list().ok()?;
        let generation = all.iter().find(|one| one.about.number == now)?;
        let listed = generation.manifest.files.iter().find(|listed| listed.entry.path == file.entry.path)?;
        generation.folder.read(&listed.entry.place().ok()?).ok()
    }

    /// The daemons that still have to be reloaded.
    ///
    /// # Errors
    /// If the note cannot be read.
    pub fn pending(&self) -> Result<Units> {
        self.store.pending()
    }

    /// Reloads the daemons that were not reloaded before.
    ///
    /// # Errors
    /// If a daemon fails.
    pub fn reload(&self, reload: &Reload) -> Result<Vec<String>> {
        let lines = reload.tell(&self.store.pending()?).context("the files were in place already")?;
        self.store.note_pending(&Units::new())?;
        Ok(lines)
    }
}

/// The error of a run that failed and could not restore the old files.
fn worse_off(why: &Error, worse: &Error) -> Error {
    anyhow!(
        "{why:#}; the old files could not all be put back: {worse:#}; old and new files may be mixed until \
         `ipxegen recover` succeeds"
    )
}

/// The files of a tree, with the attributes from its note.
fn copies(folder: &Folder, manifest: &Manifest, about: &GenerationNote) -> Result<Vec<File<'static>>> {
    let files = manifest.files.iter().map(|Listed { entry, .. }| {
        let noted = about.attributes.as_ref().map(|all| all.get(&entry.path).cloned().unwrap_or_default());
        let copied = Copied { folder: folder.clone(), place: entry.place()?, attributes: noted };
        Ok(File { entry: entry.clone(), content: Box::new(copied) })
    });
    files.collect()
}

/// A file with the bytes of another file, and with these attributes.
struct Copied {
    folder: Folder,
    place: PathBuf,
    attributes: Option<Attributes>,
}

impl Content for Copied {
    fn write_to(&self, out: &mut dyn Write) -> Result<()> {
        let mut file = self
            .folder
            .file_at(&self.place)
            .with_context(|| format!("cannot read {}", self.folder.path().join(&self.place).display()))?;
        // An error of `out` keeps its kind, because callers ask whether the disk is full.
        io::copy(&mut file, out)?;
        Ok(())
    }

    fn attributes(&self) -> Option<&Attributes> {
        self.attributes.as_ref()
    }
}
