//! One run: plan, render, compare, refuse or exchange.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use tempfile::TempPath;

use super::commit::Commit;
use super::home::{Home, Ids};
use super::lock::Lock;
use super::place::{self, Spot};
use super::syncs::Syncs;
use super::{
    Change, Entry, File, Listed, Manifest, Need, Options, Outcome, Reason, Refusal, Selection, Touched,
};
use super::{journal, manifest, sink};

/// Makes the tree in `dir` consist of `files`, as far as `selection` goes.
///
/// Files and needs outside of the selection are skipped, so that a caller may give all or only
/// those selected. When this fails or refuses, `dir` is as it was, but for what a run killed
/// earlier had left; if something could not be put back, the error says so.
///
/// # Errors
/// If `files` contradict each other or could lead out of `dir`, if another run is writing to
/// `dir`, if content cannot be rendered, and whatever the disk answers.
pub fn write(
    dir: &Path,
    files: Vec<File<'_>>,
    needs: Vec<Need>,
    selection: &Selection,
    options: Options,
) -> Result<Outcome> {
    write_probed(dir, files, needs, selection, options, &mut |_| Ok(()))
}

/// The steps of a run at which a test can make it fail or die.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// All is rendered, nothing has happened.
    Rendered,
    /// The journal is to be written.
    Journal,
    /// A file is to be removed.
    Remove,
    /// A folder is to be made.
    Folder,
    /// A file is to be put in place.
    Replace,
    /// A mode is to be mended.
    Mode,
    /// The manifest is to be put in place.
    Manifest,
    /// The new set stands.
    Committed,
    /// The old files are gone.
    Cleared,
    /// Only the journal is left.
    Pruned,
}

/// Called before each step.
pub(super) type Probe<'p> = &'p mut dyn FnMut(Step) -> io::Result<()>;

/// What a run into a [`Home`] may do, and what the manifest says of it.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// Replace and remove also what was changed by hand.
    pub force: bool,
    /// Replace also what is not ours.
    pub adopt: bool,
    /// The generation that the manifest will name.
    pub generation: Option<u64>,
    /// The server that the manifest will name.
    pub server: Option<String>,
    /// Paths of files that are put back for their owners: they are written and not listed.
    pub theirs: BTreeSet<String>,
    /// The manifest to write, where an older one comes back as it was.
    pub manifest: Option<Manifest>,
}

impl Terms {
    /// Whether what stands there for that reason is passed over.
    pub(super) fn allow(&self, reason: &Reason) -> bool {
        match reason {
            Reason::Foreign => self.adopt,
            Reason::Edited | Reason::Link | Reason::NoFile | Reason::Unusable(_) => self.force,
        }
    }
}

impl From<Options> for Terms {
    fn from(Options { force }: Options) -> Self {
        Self { force, adopt: force, ..Self::default() }
    }
}

/// A place that nobody else writes to for as long as this lives.
pub struct Hold {
    home: Home,
    lock: Lock,
}

impl Hold {
    /// Takes the place, or fails at once if another run has it.
    ///
    /// # Errors
    /// If another run has it, or its folders cannot be made.
    pub fn take(home: Home) -> Result<Self> {
        let lock = Lock::take(&home.state())?;
        Ok(Self { home, lock })
    }

    /// What is held.
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
        needs: Vec<Need>,
        terms: &Terms,
        probe: &mut dyn FnMut(Step) -> io::Result<()>,
    ) -> Result<Outcome> {
        let all = Selection::default();
        write_locked(&self.home, plan(&self.home, files, &all)?, needs, &all, terms, probe)
    }

    /// Removes the temporary files that a killed run left beside these files.
    ///
    /// # Errors
    /// If one cannot be removed.
    pub fn sweep(&self, entries: &[Entry]) -> Result<()> {
        // What has no place here was not being put in one.
        let mut places: BTreeSet<PathBuf> =
            entries.iter().filter_map(|entry| self.home.place(entry).ok()).collect();
        places.insert(self.home.own(manifest::NAME));
        place::sweep_beside(&self.home.dir, &places)
    }

    /// Lets go without leaving folders that were not there before: the run came to nothing.
    pub fn abandon(self) {
        self.lock.abandon();
    }
}

pub(super) fn write_probed(
    dir: &Path,
    files: Vec<File<'_>>,
    needs: Vec<Need>,
    selection: &Selection,
    options: Options,
    probe: Probe<'_>,
) -> Result<Outcome> {
    let home = Home::out(dir);
    let plan = plan(&home, files, selection)?;
    let hold = Hold::take(home)?;
    let outcome = write_locked(&hold.home, plan, needs, selection, &options.into(), probe);
    if !matches!(outcome, Ok(Outcome::Done(_))) {
        hold.abandon();
    }
    outcome
}

/// The selected files by place, having checked that they can stand beside each other.
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
            let Entry { server, path, output, .. } = other.entry;
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

/// What a run is to do, after all has been rendered.
#[derive(Default)]
struct Work {
    /// Files to be written, or whose mode is to be mended.
    ready: Vec<Ready>,
    /// Files to be removed.
    stale: Vec<PathBuf>,
    /// The manifest, unless the one that stands there says the same.
    index: Option<TempPath>,
    /// What the manifest will list.
    files: Vec<Listed>,
    /// What is to be told.
    touched: Vec<Touched>,
    /// What stands in the way.
    refused: Vec<Refusal>,
}

/// A file to be written; without new bytes its mode only is to be mended.
struct Ready {
    place: PathBuf,
    rights: (u32, Option<Ids>),
    temp: Option<TempPath>,
}

fn write_locked(
    home: &Home,
    plan: BTreeMap<PathBuf, File<'_>>,
    needs: Vec<Need>,
    selection: &Selection,
    terms: &Terms,
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
    if !work.ready.is_empty() || !work.stale.is_empty() || work.index.is_some() {
        exchange(home, old.files, work, probe)?;
    }
    Ok(Outcome::Done(touched))
}

/// Renders all files and the manifest, and finds out what is ours.
fn render(
    home: &Home,
    plan: BTreeMap<PathBuf, File<'_>>,
    needs: Vec<Need>,
    old: &Manifest,
    selection: &Selection,
    terms: &Terms,
) -> Result<Work> {
    let dir = &home.dir;
    let mut listed: BTreeMap<PathBuf, &Listed> =
        old.files.iter().map(|file| Ok((home.place(&file.entry)?, file))).collect::<Result<_>>()?;
    let mut work = Work::default();
    let mut syncs = Syncs::new();
    // Before anything is rendered: this may take a while.
    let spots: Vec<Spot> =
        plan.keys().map(|place| place::look_for_target(dir, place)).collect::<Result<_>>()?;
    for ((place, file), spot) in plan.into_iter().zip(spots) {
        let File { entry, content } = file;
        let rights = (entry.mode, home.ids(&entry)?);
        let staged = sink::stage(dir, &place, &spot, rights, &*content, &mut syncs)?;
        let known = listed.remove(&place);
        if staged.temp.is_some()
            && let Some(reason) = not_ours(dir, &place, &spot, known)?
            && !terms.allow(&reason)
        {
            work.refused.push(Refusal { place: place.clone(), reason });
        }
        let change = match &spot {
            Spot::Missing => Change::Created,
            Spot::File(met) if staged.temp.is_none() && has(met, rights) => Change::Unchanged,
            _ => Change::Changed,
        };
        work.touched.push(touched(&entry, change));
        if change != Change::Unchanged {
            work.ready.push(Ready { place, rights, temp: staged.temp });
        }
        let theirs = terms.theirs.contains(&entry.path);
        work.files.push(Listed { entry, sha256: staged.sha256, theirs });
    }
    // What is left of the old list stays, or is stale.
    for (place, file) in listed {
        if !selection.covers(&file.entry.server, &file.entry.output) {
            work.files.push(file.clone());
            continue;
        }
        let spot = place::look(dir, &place)?;
        if let Some(reason) = not_ours(dir, &place, &spot, Some(file))?
            && !terms.allow(&reason)
        {
            work.refused.push(Refusal { place, reason });
        } else if matches!(spot, Spot::File(_) | Spot::Link) {
            work.touched.push(touched(&file.entry, Change::Removed));
            work.stale.push(place);
        }
    }
    let covered = |need: &Need| selection.covers(&need.server, &need.output);
    let needs =
        needs.into_iter().filter(covered).chain(old.needs.iter().filter(|need| !covered(need)).cloned());
    let ours = work.files.iter().filter(|file| !file.theirs).cloned().collect();
    let (generation, server) = (terms.generation, terms.server.clone());
    let new = Manifest { generation, server, ..Manifest::new(ours, needs.collect()) };
    let manifest = terms.manifest.clone().unwrap_or(new);
    let place = home.own(manifest::NAME);
    let spot = place::look_for_target(dir, &place)?;
    work.index = sink::stage(dir, &place, &spot, (0o644, None), &manifest.to_bytes()?, &mut syncs)?.temp;
    syncs.finish()?;
    Ok(work)
}

/// Whether a file has this mode, and this owner if one is given.
pub(super) fn has(met: &Metadata, (mode, ids): (u32, Option<Ids>)) -> bool {
    met.permissions().mode() & 0o7777 == mode && ids.is_none_or(|ids| ids == Ids::of(met))
}

fn touched(entry: &Entry, change: Change) -> Touched {
    Touched { server: entry.server.clone(), path: entry.path.clone(), change }
}

/// Clears away what a killed run left, and tells what is listed. The inner error is the file
/// that keeps us from knowing.
fn recover(
    home: &Home,
    plan: &BTreeMap<PathBuf, File<'_>>,
    terms: &Terms,
) -> Result<std::result::Result<Manifest, Refusal>> {
    let (dir, state) = (&home.dir, &home.state());
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
        place::sweep_beside(dir, &places)?;
    } else {
        place::sweep(dir, &entries.map(|entry| entry.server.as_str()).collect())?;
    }
    Ok(Ok(match journal {
        Some(journal) => journal.settle(home, old)?,
        None => old.unwrap_or_default(),
    }))
}

/// Why what stands at `place` may be neither replaced nor removed, if so.
pub(super) fn not_ours(
    dir: &Path,
    place: &Path,
    spot: &Spot,
    listed: Option<&Listed>,
) -> Result<Option<Reason>> {
    Ok(match (spot, listed) {
        (Spot::Missing, _) => None,
        (Spot::Link, _) => Some(Reason::Link),
        (Spot::Folder | Spot::Special | Spot::Blocked { .. }, _) => Some(Reason::NoFile),
        (Spot::File(_), None) => Some(Reason::Foreign),
        (Spot::File(_), Some(file)) => {
            (sink::hash(&dir.join(place))? != file.sha256).then_some(Reason::Edited)
        }
    })
}

/// Exchanges the old set for the new, or leaves the old one.
fn exchange(home: &Home, before: Vec<Listed>, mut work: Work, probe: Probe<'_>) -> Result<()> {
    let (dir, state) = (&home.dir, &home.state());
    probe(Step::Rendered)?;
    // A mode can be mended again: it needs no explanation.
    let journal = !work.stale.is_empty() || work.ready.iter().any(|file| file.temp.is_some());
    if journal {
        probe(Step::Journal)?;
        journal::write(state, before, std::mem::take(&mut work.files))?;
    }
    let stale = std::mem::take(&mut work.stale);
    let mut commit = Commit::new(dir);
    if let Err(error) = steps(home, &mut commit, &stale, work, probe) {
        if let Err(worse) = commit.undo() {
            // The journal stays: it tells the next run what it finds.
            let advice = "what was there before could not all be put back; mend the cause and run again";
            return Err(error.context(format!("{advice} ({worse:#})")));
        }
        if journal {
            // If that fails, the next run finds both sets explained.
            let _ = journal::remove(state);
        }
        return Err(error);
    }
    commit.clear();
    probe(Step::Cleared)?;
    if !home.is_root() {
        place::prune(dir, &stale);
    }
    probe(Step::Pruned)?;
    if journal {
        journal::remove(state)?;
    }
    Ok(())
}

/// Turns the old set into the new one, step by step; each can be undone.
fn steps(
    home: &Home,
    commit: &mut Commit<'_>,
    stale: &[PathBuf],
    work: Work,
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
    if let Some(temp) = work.index {
        probe(Step::Manifest)?;
        commit.replace(temp, &home.own(manifest::NAME))?;
        commit.sync()?;
    }
    probe(Step::Committed)?;
    Ok(())
}
