//! One run: render the files, compare them with the existing ones, and replace those or stop.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::commit::Commit;
use super::digest::{Digest, Key};
use super::folder::Folder;
use super::home::Home;
use super::journal::Journal;
use super::lock::Lock;
use super::place::{self, Spot};
use super::sink::{Rights, Temp};
use super::syncs::Syncs;
use super::{
    Change, File, Listed, Manifest, ManualStep, Options, Outcome, Reason, Refusal, Selection, TouchedFile,
    TreeEntry,
};
use super::{journal, manifest, sink};

/// Makes the tree in `dir` consist of `files`, within `selection`.
///
/// Files and needs outside of the selection are skipped, so a caller may pass all or only the selected ones. If this
/// fails or stops, `dir` is as before, without the leftovers of a killed run. If something could not be restored, the
/// error says so.
///
/// # Errors
/// If `files` contradict each other or could lead out of `dir`, if another run is writing to
/// `dir`, if content cannot be rendered, and for errors of the disk.
pub fn write(
    dir: &Path,
    files: Vec<File<'_>>,
    needs: Vec<ManualStep>,
    selection: &Selection,
    options: Options,
) -> Result<Outcome> {
    write_probed(dir, files, needs, selection, options, &mut |_| Ok(()))
}

/// The steps of a run at which a test can make it fail or die.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Everything is rendered, and no file has changed.
    Rendered,
    /// The journal is to be written.
    Journal,
    /// A file is to be removed.
    Remove,
    /// A folder is to be made.
    Folder,
    /// A file is to be put in place.
    Replace,
    /// A mode is to be corrected.
    Mode,
    /// The file with the keyed hashes is to be put in place.
    Secrets,
    /// The manifest is to be put in place.
    Manifest,
    /// The new set is in place.
    Committed,
    /// The old files are gone.
    Cleared,
    /// Only the journal is left.
    Pruned,
}

/// Called before each step.
pub(super) type Probe<'p> = &'p mut dyn FnMut(Step) -> io::Result<()>;

/// The policy of a run into a [`Home`]: the files that it may replace, and the facts that it records in the manifest.
#[derive(Clone, Debug, Default)]
pub struct WritePolicy {
    /// Also replace and remove files that were changed by hand.
    pub force: bool,
    /// Also replace files that are not ours.
    pub adopt: bool,
    /// The generation that the manifest will name.
    pub generation: Option<u64>,
    /// The server that the manifest will name.
    pub server: Option<String>,
    /// Paths of files that are put back for their owners: they are written and not listed.
    pub theirs: BTreeSet<String>,
    /// The manifest to write if an older one is restored.
    pub manifest: Option<Manifest>,
}

impl WritePolicy {
    /// Whether a file may be replaced despite this reason.
    pub(super) fn allow(&self, reason: &Reason) -> bool {
        match reason {
            Reason::Foreign => self.adopt,
            Reason::Edited | Reason::Unproven | Reason::Link | Reason::NoFile | Reason::Unusable(_) => {
                self.force
            }
        }
    }
}

impl From<Options> for WritePolicy {
    fn from(Options { force }: Options) -> Self {
        Self { force, adopt: force, ..Self::default() }
    }
}

/// A folder that no other run can write to while this value exists.
pub struct LockedHome {
    home: Home,
    lock: Lock,
}

impl LockedHome {
    /// Locks the folder. Fails at once if another run has the lock.
    ///
    /// # Errors
    /// If another run has it, or its folders cannot be made.
    pub fn take(mut home: Home) -> Result<Self> {
        let lock = Lock::take(&mut home)?;
        Ok(Self { home, lock })
    }

    /// The folder.
    #[must_use]
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Makes the place consist of `files`, as [`write()`] does.
    ///
    /// # Errors
    /// As [`write()`].
    pub fn write(
        &self,
        files: Vec<File<'_>>,
        needs: Vec<ManualStep>,
        terms: &WritePolicy,
        probe: &mut dyn FnMut(Step) -> io::Result<()>,
    ) -> Result<Outcome> {
        let all = Selection::default();
        write_locked(&self.home, plan(&self.home, files, &all)?, needs, &all, terms, probe)
    }

    /// Removes the temporary files that a killed run left beside these files.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn sweep(&self, entries: &[TreeEntry]) -> Result<()> {
        // A file without a valid place was never written.
        let mut places: BTreeSet<PathBuf> =
            entries.iter().filter_map(|entry| self.home.place(entry).ok()).collect();
        places.insert(self.home.own(manifest::NAME));
        place::sweep_beside(&self.home.folder()?, &places)
    }

    /// Releases the lock and removes the folders that this run created: the run failed.
    pub fn abandon(self) {
        self.lock.abandon();
    }
}

pub(super) fn write_probed(
    dir: &Path,
    files: Vec<File<'_>>,
    needs: Vec<ManualStep>,
    selection: &Selection,
    options: Options,
    probe: Probe<'_>,
) -> Result<Outcome> {
    write_home(Home::out(dir), files, needs, selection, options, probe)
}

/// As [`write()`], into a folder that is open.
///
/// # Errors
/// As [`write()`].
pub fn write_into(folder: &Folder, files: Vec<File<'_>>, needs: Vec<ManualStep>) -> Result<Outcome> {
    let options = Options { force: true };
    write_home(Home::at(folder), files, needs, &Selection::default(), options, &mut |_| Ok(()))
}

fn write_home(
    home: Home,
    files: Vec<File<'_>>,
    needs: Vec<ManualStep>,
    selection: &Selection,
    options: Options,
    probe: Probe<'_>,
) -> Result<Outcome> {
    home.check_links()?;
    let plan = plan(&home, files, selection)?;
    let hold = LockedHome::take(home)?;
    let outcome = write_locked(&hold.home, plan, needs, selection, &options.into(), probe);
    if !matches!(outcome, Ok(Outcome::Done(_))) {
        hold.abandon();
    }
    outcome
}

/// The selected files by place. Checks that no file has the path of another, or of a folder above another.
pub(super) fn plan<'a>(
    home: &Home,
    files: Vec<File<'a>>,
    selection: &Selection,
) -> Result<BTreeMap<PathBuf, File<'a>>> {
    let mut plan = BTreeMap::new();
    for file in files {
        let entry = &file.entry;
        if !selection.covers(&entry.server, &entry.output) {
            continue;
        }
        let place = home.place(entry)?;
        if entry.mode > 0o7777 {
            bail!("{} cannot have the mode {:o}", place.display(), entry.mode);
        }
        if let Some(other) = plan.insert(place, file) {
            let TreeEntry { server, path, output, .. } = other.entry;
            bail!("two outputs, one of them {output}, write {path} of {server}");
        }
    }
    for place in plan.keys() {
        if let Some(above) = place.ancestors().skip(1).find(|above| plan.contains_key(*above)) {
            bail!("{} and {} cannot both be files", above.display(), place.display());
        }
    }
    Ok(plan)
}

/// The work of a run after everything is rendered.
#[derive(Default)]
struct RenderedFiles {
    /// Files to be written, or whose mode is to be corrected.
    ready: Vec<ReadyFile>,
    /// Files to be removed.
    stale: Vec<PathBuf>,
    /// The manifest, unless the existing one is the same.
    index: Option<Temp>,
    /// The file with the keyed hashes, unless the existing one is the same.
    secrets: Option<Temp>,
    /// The files that the manifest will list.
    files: Vec<Listed>,
    /// The key for the hashes of files with secrets.
    key: Option<Key>,
    /// The changes to report.
    touched: Vec<TouchedFile>,
    /// The files that may not be replaced.
    refused: Vec<Refusal>,
}

/// A file to be written. Without new bytes, only its mode is corrected.
struct ReadyFile {
    place: PathBuf,
    rights: Rights,
    temp: Option<Temp>,
}

fn write_locked(
    home: &Home,
    plan: BTreeMap<PathBuf, File<'_>>,
    needs: Vec<ManualStep>,
    selection: &Selection,
    terms: &WritePolicy,
    probe: Probe<'_>,
) -> Result<Outcome> {
    let old = match recover(home, &plan, terms)? {
        Ok(old) => old,
        Err(refusal) => return Ok(Outcome::Refused(vec![refusal])),
    };
    let mut work = render(home, plan, needs, &old, selection, terms)?;
    if !work.refused.is_empty() {
        work.refused.sort_by(|a, b| a.place.cmp(&b.place));
        return Ok(Outcome::Refused(work.refused));
    }
    work.touched.sort_by(|a, b| (&a.server, &a.path).cmp(&(&b.server, &b.path)));
    let touched = std::mem::take(&mut work.touched);
    let lists = work.index.is_some() || work.secrets.is_some();
    if !work.ready.is_empty() || !work.stale.is_empty() || lists {
        exchange(home, old.files, work, probe)?;
    }
    Ok(Outcome::Done(touched))
}

/// Renders all files and the manifest, and finds out which existing files are ours.
fn render(
    home: &Home,
    plan: BTreeMap<PathBuf, File<'_>>,
    needs: Vec<ManualStep>,
    old: &Manifest,
    selection: &Selection,
    terms: &WritePolicy,
) -> Result<RenderedFiles> {
    let (base, state) = (&home.folder()?, &home.state_folder()?);
    let mut listed: BTreeMap<PathBuf, &Listed> =
        old.files.iter().map(|file| Ok((home.place(&file.entry)?, file))).collect::<Result<_>>()?;
    let mut work = RenderedFiles { key: old.key.clone(), ..RenderedFiles::default() };
    if work.key.is_none() && plan.values().any(|file| file.entry.is_private()) {
        work.key = Some(Key::random().context("the system has no random numbers")?);
    }
    let key = work.key.clone();
    let mut syncs = Syncs::new();
    // Before anything is rendered: this may take a while.
    let spots: Vec<Spot> =
        plan.keys().map(|place| place::look_for_target(base, place)).collect::<Result<_>>()?;
    for ((place, file), spot) in plan.into_iter().zip(spots) {
        let File { entry, content } = file;
        let rights = home.rights(&entry)?;
        let digest = digest(&entry, key.as_ref())?;
        let staged = sink::stage(base, &place, &spot, rights, &*content, digest, &mut syncs)?;
        let known = listed.remove(&place);
        if staged.temp.is_some()
            && let Some(reason) = not_ours(base, &place, &spot, known, old.key.as_ref())?
            && !terms.allow(&reason)
        {
            work.refused.push(Refusal { place: place.clone(), reason });
        }
        let change = match &spot {
            Spot::Missing => Change::Created,
            Spot::File(met) if staged.temp.is_none() && rights.are_those_of(met) => Change::Unchanged,
            _ => Change::Changed,
        };
        work.touched.push(touched(&entry, change));
        if change != Change::Unchanged {
            work.ready.push(ReadyFile { place, rights, temp: staged.temp });
        }
        let theirs = terms.theirs.contains(&entry.path);
        work.files.push(Listed { entry, hash: staged.hash, theirs });
    }
    keep_or_remove(&mut work, listed, base, old, selection, terms)?;
    stage_manifest(&mut work, state, needs, old, selection, terms, &mut syncs)?;
    syncs.finish()?;
    Ok(work)
}

/// Keeps the files of the old list that this run does not write, and marks the others as stale.
fn keep_or_remove(
    work: &mut RenderedFiles,
    listed: BTreeMap<PathBuf, &Listed>,
    base: &Folder,
    old: &Manifest,
    selection: &Selection,
    terms: &WritePolicy,
) -> Result<()> {
    for (place, file) in listed {
        if !selection.covers(&file.entry.server, &file.entry.output) {
            work.files.push(file.clone());
            continue;
        }
        let spot = place::look(base, &place)?;
        if let Some(reason) = not_ours(base, &place, &spot, Some(file), old.key.as_ref())?
            && !terms.allow(&reason)
        {
            work.refused.push(Refusal { place, reason });
        } else if matches!(spot, Spot::File(_) | Spot::Link) {
            work.touched.push(touched(&file.entry, Change::Removed));
            work.stale.push(place);
        }
    }
    Ok(())
}

/// Stages the new manifest and, in a file that only root may read, the hashes of private files.
fn stage_manifest(
    work: &mut RenderedFiles,
    state: &Folder,
    needs: Vec<ManualStep>,
    old: &Manifest,
    selection: &Selection,
    terms: &WritePolicy,
    syncs: &mut Syncs,
) -> Result<()> {
    let covered = |need: &ManualStep| selection.covers(&need.server, &need.output);
    let needs =
        needs.into_iter().filter(covered).chain(old.needs.iter().filter(|need| !covered(need)).cloned());
    let ours = work.files.iter().filter(|file| !file.theirs).cloned().collect();
    let (generation, server) = (terms.generation, terms.server.clone());
    let new = Manifest { generation, server, key: work.key.clone(), ..Manifest::new(ours, needs.collect()) };
    let manifest = terms.manifest.clone().unwrap_or(new);
    let mut own = |name: &str, mode: u32, bytes: Vec<u8>| {
        let spot = place::look_for_target(state, Path::new(name))?;
        let digest = Digest::new(None).context("no hash")?;
        let rights = Rights::mode(mode);
        sink::stage(state, Path::new(name), &spot, rights, &bytes, digest, syncs)
    };
    if let Some(bytes) = manifest.secret_bytes()? {
        work.secrets = own(manifest::SECRETS, 0o600, bytes)?.temp;
    }
    work.index = own(manifest::NAME, 0o644, manifest.to_bytes()?)?.temp;
    Ok(())
}

/// The hash that a file will be listed with.
pub(super) fn digest(entry: &TreeEntry, key: Option<&Key>) -> Result<Digest> {
    let key = key.filter(|_| entry.is_private());
    Digest::new(key).with_context(|| format!("{} cannot be hashed", entry.path))
}

fn touched(entry: &TreeEntry, change: Change) -> TouchedFile {
    TouchedFile { server: entry.server.clone(), path: entry.path.clone(), change }
}

/// Removes the leftovers of a killed run and returns the manifest. The inner error is the file that cannot be used.
fn recover(
    home: &Home,
    plan: &BTreeMap<PathBuf, File<'_>>,
    terms: &WritePolicy,
) -> Result<std::result::Result<Manifest, Refusal>> {
    let (base, state) = (&home.folder()?, &home.state_folder()?);
    let refusal = |name: &str, why| Refusal { place: PathBuf::from(name), reason: Reason::Unusable(why) };
    let old = match manifest::read(state)? {
        Ok(old) => old,
        Err(_) if terms.force => None,
        Err(why) => return Ok(Err(refusal(manifest::NAME, why))),
    };
    let journal = match journal::read(state)? {
        Ok(journal) => journal,
        Err(_) if terms.force => {
            journal::remove(state)?;
            None
        }
        Err(why) => return Ok(Err(refusal(journal::NAME, why))),
    };
    let old_files = old.iter().flat_map(|old| &old.files);
    let journal_files = journal.iter().flat_map(|journal| journal.before.iter().chain(&journal.after));
    let entries =
        plan.values().map(|file| &file.entry).chain(old_files.chain(journal_files).map(|file| &file.entry));
    if home.is_root() {
        let mut places = entries.map(|entry| home.place(entry)).collect::<Result<BTreeSet<_>>>()?;
        places.insert(home.own(manifest::NAME));
        place::sweep_beside(base, &places)?;
    } else {
        place::sweep(base, &entries.map(|entry| entry.server.as_str()).collect())?;
    }
    Ok(Ok(match journal {
        Some(journal) => journal.settle(home, old)?,
        None => old.unwrap_or_default(),
    }))
}

/// Why the file at `place` may be neither replaced nor removed, if so.
pub(super) fn not_ours(
    base: &Folder,
    place: &Path,
    spot: &Spot,
    listed: Option<&Listed>,
    key: Option<&Key>,
) -> Result<Option<Reason>> {
    Ok(match (spot, listed) {
        (Spot::Missing, _) => None,
        (Spot::Link, _) => Some(Reason::Link),
        (Spot::Folder | Spot::Special | Spot::Blocked { .. }, _) => Some(Reason::NoFile),
        (Spot::File(_), None) => Some(Reason::Foreign),
        (Spot::File(_), Some(file)) => match file.digest(key) {
            None => Some(Reason::Unproven),
            Some(digest) => (sink::hash(base, place, digest)? != file.hash).then_some(Reason::Edited),
        },
    })
}

/// Replaces the old set with the new one, or keeps the old one.
fn exchange(home: &Home, before: Vec<Listed>, mut work: RenderedFiles, probe: Probe<'_>) -> Result<()> {
    let (base, state) = (&home.folder()?, &home.state_folder()?);
    probe(Step::Rendered)?;
    // A wrong mode is corrected by the next run, so a mode needs no journal.
    let journal = !work.stale.is_empty() || work.ready.iter().any(|file| file.temp.is_some());
    if journal {
        probe(Step::Journal)?;
        let (after, key) = (std::mem::take(&mut work.files), work.key.take());
        journal::write(state, &Journal { before, after, key })?;
    }
    let stale = std::mem::take(&mut work.stale);
    let mut commit = Commit::new(base);
    if let Err(error) = steps(home, &mut commit, &stale, work, probe) {
        if let Err(worse) = commit.undo() {
            // The journal stays: it describes the files to the next run.
            let advice = "what was there before could not all be put back; mend the cause and run again";
            return Err(error.context(format!("{advice} ({worse:#})")));
        }
        if journal {
            // If that fails, the journal still describes both sets to the next run.
            let _ = journal::remove(state);
        }
        return Err(error);
    }
    commit.clear();
    probe(Step::Cleared)?;
    if !home.is_root() {
        place::prune(base, &stale);
    }
    probe(Step::Pruned)?;
    if journal {
        journal::remove(state)?;
    }
    Ok(())
}

/// Turns the old set into the new one step by step. Each step can be undone.
fn steps(
    home: &Home,
    commit: &mut Commit<'_>,
    stale: &[PathBuf],
    work: RenderedFiles,
    probe: Probe<'_>,
) -> Result<()> {
    for place in stale {
        probe(Step::Remove)?;
        commit.remove(place)?;
    }
    for file in work.ready {
        if let Some(temp) = file.temp {
            probe(Step::Folder)?;
            commit.folders_above(&file.place)?;
            probe(Step::Replace)?;
            commit.replace(temp, &file.place)?;
        } else {
            probe(Step::Mode)?;
            commit.mode(&file.place, file.rights)?;
        }
    }
    commit.sync()?;
    if let Some(temp) = work.secrets {
        probe(Step::Secrets)?;
        commit.replace(temp, &home.own(manifest::SECRETS))?;
    }
    if let Some(temp) = work.index {
        probe(Step::Manifest)?;
        commit.replace(temp, &home.own(manifest::NAME))?;
    }
    commit.sync()?;
    probe(Step::Committed)?;
    Ok(())
}
