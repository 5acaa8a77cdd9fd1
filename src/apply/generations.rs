//! The generations of a machine's files: each is a folder like the output folder of `render`, with a note of its origin.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::path::Path;

use anyhow::{Context as _, Error, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

use super::pending::Pending;
use super::{Probe, STATE};
use crate::tree::{self, Attributes, File, Folder, Home, Manifest, ManualStep, Outcome, TreeEntry};

/// The file with a generation's note.
const ABOUT: &str = "generation.json";
/// The folder with all generations.
const GENERATIONS: &str = "generations";
/// The copy of the machine's files, while it is being made and when it is complete.
const COPYING: &str = ".found.part";
const COPY: &str = ".found.tmp";
/// The copy while it is being restored, and a folder that is being removed.
const UNDO: &str = ".undo.tmp";
const GONE: &str = ".gone.tmp";
/// The daemons that still have to be reloaded.
const PENDING: &str = "reload.json";

/// The origin of a generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// A site was rendered and applied.
    #[default]
    Applied,
    /// The machine had these files when a site was applied, and ipxegen had not written all of them.
    Found,
}

/// The origin of a new generation.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The site's file.
    pub site: String,
    /// The server that the files are for.
    pub server: String,
    /// The fragments laid over the site.
    pub with: Vec<String>,
    /// Who applied it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// The notes on a generation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct GenerationNote {
    pub(super) number: u64,
    /// Seconds since 1970.
    pub(super) time: u64,
    pub(super) made: Provenance,
    /// The site's file and the server.
    #[serde(default)]
    pub(super) site: String,
    /// The server that the files are for; empty where an older ipxegen noted it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) server: String,
    /// The fragments that were laid over the site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) with: Vec<String>,
    /// Who applied it; empty where an older ipxegen noted it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) by: String,
    /// Why, if somebody said so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) reason: String,
    /// Paths of files that ipxegen did not manage.
    #[serde(default)]
    pub(super) theirs: BTreeSet<String>,
    /// The copy has to be kept as a generation.
    #[serde(default)]
    pub(super) keep: bool,
    /// Of a copy: the generation that replaces it.
    #[serde(default)]
    pub(super) target: u64,
    /// Of a copy: the attributes of each file by its path, access control lists among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) attributes: Option<BTreeMap<String, Attributes>>,
    /// Of a copy: the manifest of the old files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<Manifest>,
}

/// A generation that is kept.
pub(super) struct Kept {
    pub(super) about: GenerationNote,
    pub(super) folder: Folder,
    pub(super) manifest: Manifest,
}

/// A generation as `history` lists it.
#[derive(Clone, Debug, Serialize)]
pub struct Generation {
    /// Its number.
    pub number: u64,
    /// Its time, in seconds since 1970.
    pub time: u64,
    /// Its origin.
    pub made: Provenance,
    /// The site and the server.
    pub site: String,
    /// The fragments that were laid over the site.
    pub with: Vec<String>,
    /// Who applied it; empty if that was not noted.
    pub by: String,
    /// Why; empty if nobody said so.
    pub reason: String,
    /// The number of its files.
    pub files: usize,
    /// Whether it is the current one.
    pub current: bool,
}

/// The generations of the machine at a root, oldest first. Nothing is written.
///
/// # Errors
/// If the root or its notes cannot be read, or a run was interrupted.
pub fn history(root: &Path) -> Result<Vec<Generation>> {
    let home = Home::root(root, STATE)?;
    let store = GenerationStore::new(&home)?;
    let now = home.manifest()?.and_then(|manifest| manifest.generation);
    if store.is_undoing()? {
        bail!("a run into {} was interrupted; `ipxegen recover` puts it right", home.dir().display());
    }
    let all = store.list()?.into_iter().map(|kept| Generation {
        number: kept.about.number,
        time: kept.about.time,
        made: kept.about.made,
        site: kept.about.site,
        with: kept.about.with,
        by: kept.about.by,
        reason: kept.about.reason,
        files: kept.manifest.files.len(),
        current: now == Some(kept.about.number),
    });
    Ok(all.collect())
}

/// A generation that is kept, for reading.
pub struct StoredGeneration(Kept);

impl StoredGeneration {
    /// Its files.
    pub fn entries(&self) -> impl Iterator<Item = &TreeEntry> {
        self.0.manifest.files.iter().map(|file| &file.entry)
    }

    /// The file with this path.
    #[must_use]
    pub fn entry(&self, path: &str) -> Option<&TreeEntry> {
        self.entries().find(|entry| entry.path == path)
    }

    /// The bytes of one of its files.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn bytes(&self, entry: &TreeEntry) -> Result<Vec<u8>> {
        let place = entry.place()?;
        let failed = || format!("cannot read {}", self.0.folder.path().join(&place).display());
        self.0.folder.read(&place).with_context(failed)
    }
}

/// Opens a generation of the machine at a root.
///
/// # Errors
/// If there is no such generation, or the notes cannot be read.
pub fn stored(root: &Path, number: u64) -> Result<StoredGeneration> {
    let store = GenerationStore::new(&Home::root(root, STATE)?)?;
    let mut all = store.list()?;
    match all.iter().position(|kept| kept.about.number == number) {
        Some(at) => Ok(StoredGeneration(all.swap_remove(at))),
        None => Err(missing(Some(number), &all)),
    }
}

/// The error that a generation, or one before the one in place, is not kept.
pub(super) fn missing(number: Option<u64>, all: &[Kept]) -> Error {
    let numbers: Vec<_> = all.iter().map(|one| one.about.number.to_string()).collect();
    let kept = if numbers.is_empty() {
        "no generation is kept here".to_owned()
    } else {
        format!("those kept are {}", numbers.join(", "))
    };
    match number {
        Some(number) => anyhow!("there is no generation {number}; {kept}"),
        None => anyhow!("there is no generation before the one in place; {kept}"),
    }
}

/// The notes on a machine, all of them in one open folder.
pub(super) struct GenerationStore {
    state: Folder,
}

impl GenerationStore {
    pub(super) fn new(home: &Home) -> Result<Self> {
        Ok(Self { state: home.state_folder()? })
    }

    /// The folder of the generations; it does not exist if there are none.
    fn dir(&self) -> Result<Folder> {
        inner(&self.state, GENERATIONS)
    }

    /// All generations, oldest first.
    pub(super) fn list(&self) -> Result<Vec<Kept>> {
        let dir = self.dir()?;
        let mut all = Vec::new();
        for (name, _) in names(&dir)? {
            if name.parse::<u64>().is_ok() {
                let folder = inner(&dir, &name)?;
                let (about, manifest) = read(&folder)?;
                all.push(Kept { about, manifest, folder });
            }
        }
        all.sort_by_key(|kept| kept.about.number);
        Ok(all)
    }

    /// The highest number so far.
    pub(super) fn newest(&self) -> Result<u64> {
        Ok(self.list()?.last().map(|kept| kept.about.number).unwrap_or_default())
    }

    /// Whether a generation is staged under that number.
    pub(super) fn is_staged(&self, number: u64) -> Result<bool> {
        let staged = inner(&self.dir()?, &staged(number))?;
        Ok(staged.file_at(Path::new(ABOUT)).is_ok())
    }

    /// Renders a set into the folder of the next generation.
    pub(super) fn stage(
        &self,
        about: &GenerationNote,
        files: Vec<File<'_>>,
        needs: Vec<ManualStep>,
    ) -> Result<(Folder, Manifest)> {
        self.fill(&staged(about.number), files, needs, about)
    }

    /// Gives a staged generation another number.
    pub(super) fn renumber(&self, old: u64, about: &GenerationNote) -> Result<Folder> {
        let dir = self.dir()?;
        let name = staged(about.number);
        remove(&dir, &name)?;
        rename(&dir, &staged(old), &name)?;
        let folder = inner(&dir, &name)?;
        put(&folder, ABOUT, &serde_json::to_vec_pretty(about)?)?;
        Ok(folder)
    }

    /// Copies the machine's files. The copy is complete or does not exist.
    pub(super) fn take_copy(&self, files: Vec<File<'_>>, about: &GenerationNote) -> Result<()> {
        self.fill(COPYING, files, Vec::new(), about)?;
        let dir = self.dir()?;
        rename(&dir, COPYING, COPY)?;
        dir.sync()
    }

    /// Whether a run was restoring the copy.
    pub(super) fn is_undoing(&self) -> Result<bool> {
        Ok(inner(&self.dir()?, UNDO)?.exists())
    }

    /// Notes that the copy is being restored; returns its folder.
    pub(super) fn begin_undo(&self) -> Result<Folder> {
        let dir = self.dir()?;
        if !self.is_undoing()? {
            rename(&dir, COPY, UNDO)?;
            dir.sync()?;
        }
        inner(&dir, UNDO)
    }

    /// The copy, if a run left one.
    pub(super) fn copy(&self) -> Result<Option<(GenerationNote, Manifest)>> {
        let dir = self.dir()?;
        for name in [UNDO, COPY] {
            let folder = inner(&dir, name)?;
            if folder.exists() {
                return read(&folder).map(Some);
            }
        }
        Ok(None)
    }

    /// The files of every set that a run may have been working on. A rollback works on a generation.
    pub(super) fn known(&self) -> Result<Vec<TreeEntry>> {
        let dir = self.dir()?;
        let mut sets = Vec::new();
        for name in unnamed(&dir)? {
            // An incomplete set was not being applied.
            sets.extend(inner(&dir, &name).and_then(|folder| read(&folder)).ok());
        }
        sets.extend(self.list()?.into_iter().map(|kept| (kept.about, kept.manifest)));
        let files = sets.into_iter().flat_map(|(about, manifest)| {
            manifest.files.into_iter().chain(about.before.into_iter().flat_map(|before| before.files))
        });
        Ok(files.map(|file| file.entry).collect())
    }

    /// Writes a set and its note into a folder.
    fn fill(
        &self,
        name: &str,
        files: Vec<File<'_>>,
        needs: Vec<ManualStep>,
        about: &GenerationNote,
    ) -> Result<(Folder, Manifest)> {
        // Some of the files are for root only.
        let dir = make(&self.state, GENERATIONS, 0o700)?;
        remove(&dir, name)?;
        let folder = make(&dir, name, 0o755)?;
        match tree::write_into(&folder, files, needs)? {
            Outcome::Done(_) => {}
            Outcome::Refused(_) => bail!("{} has files that ipxegen did not write", folder.path().display()),
        }
        put(&folder, ABOUT, &serde_json::to_vec_pretty(about)?)?;
        let manifest = tree::read_manifest(&folder)?
            .with_context(|| format!("{} has no manifest", folder.path().display()))?;
        Ok((folder, manifest))
    }

    /// Names the staged generation, and the copy if it has to be kept.
    pub(super) fn settle(&self, number: u64, probe: Probe<'_>) -> Result<Option<u64>> {
        let dir = self.dir()?;
        let mut found = None;
        if let Some((about, _)) = self.copy()?
            && about.keep
        {
            let target = about.number.to_string();
            if !inner(&dir, &target)?.exists() {
                rename(&dir, COPY, &target)?;
                found = Some(about.number);
            }
        }
        probe()?;
        let staged = staged(number);
        if inner(&dir, &staged)?.exists() {
            rename(&dir, &staged, &number.to_string())?;
        }
        if dir.exists() {
            dir.sync()?;
        }
        Ok(found)
    }

    /// Removes the oldest generations if there are more than `keep`, but never the current one.
    pub(super) fn prune(&self, keep: usize, current: u64) -> Result<()> {
        let dir = self.dir()?;
        let all = self.list()?;
        let over = all.len().saturating_sub(keep);
        for old in all.iter().filter(|kept| kept.about.number != current).take(over) {
            // Renamed first, so that a half removed folder is not taken for a generation.
            let gone = format!(".{}.old", old.about.number);
            rename(&dir, &old.about.number.to_string(), &gone)?;
            remove(&dir, &gone)?;
        }
        Ok(())
    }

    /// Removes staged, copied and half removed sets.
    pub(super) fn clear(&self) -> Result<()> {
        let dir = self.dir()?;
        if !dir.exists() {
            return Ok(());
        }
        remove(&dir, GONE)?;
        for name in unnamed(&dir)? {
            // Renamed first, so that a half removed folder is not taken for a set.
            rename(&dir, &name, GONE)?;
            remove(&dir, GONE)?;
        }
        // Succeeds only if there are no generations.
        let _ = self.state.remove_folder(OsStr::new(GENERATIONS));
        Ok(())
    }

    /// The daemons that still have to be told.
    pub(super) fn pending(&self) -> Result<Pending> {
        let path = self.state.path().join(PENDING);
        match self.state.read(Path::new(PENDING)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Pending::default()),
            bytes => {
                let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
                Pending::read(&bytes).with_context(|| format!("{} cannot be used", path.display()))
            }
        }
    }

    pub(super) fn note_pending(&self, pending: &Pending) -> Result<()> {
        if pending.is_empty() {
            return match self.state.remove(OsStr::new(PENDING)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    let path = self.state.path().join(PENDING);
                    Err(error).context(format!("cannot remove {}", path.display()))
                }
                _ => Ok(()),
            };
        }
        put(&self.state, PENDING, &serde_json::to_vec_pretty(pending)?)
    }
}

/// The name of a generation's folder while it is staged.
fn staged(number: u64) -> String {
    format!(".{number}.tmp")
}

fn read(folder: &Folder) -> Result<(GenerationNote, Manifest)> {
    let path = folder.path().join(ABOUT);
    let bytes = folder.read(Path::new(ABOUT)).with_context(|| format!("cannot read {}", path.display()))?;
    let about: GenerationNote =
        serde_json::from_slice(&bytes).with_context(|| format!("{} cannot be used", path.display()))?;
    if about.number > tree::GENERATIONS {
        bail!("{} cannot be used: the number of its generation is out of range", path.display());
    }
    let manifest = tree::read_manifest(folder)?
        .with_context(|| format!("{} has no manifest", folder.path().display()))?;
    Ok((about, manifest))
}

/// Writes a note atomically.
fn put(folder: &Folder, name: &str, bytes: &[u8]) -> Result<()> {
    // Only root may read it: a copy's note has the key of the machine's hashes.
    folder
        .put(name, 0o600, bytes)
        .with_context(|| format!("cannot write {}", folder.path().join(name).display()))
}

/// A folder in another one; it need not exist.
fn inner(folder: &Folder, name: &str) -> Result<Folder> {
    folder
        .maybe_below(Path::new(name))
        .with_context(|| format!("cannot open {}", folder.path().join(name).display()))
}

/// A folder in another one, which is created if it does not exist.
fn make(folder: &Folder, name: &str, mode: u32) -> Result<Folder> {
    let made = folder.make(OsStr::new(name), mode).map(|(inner, _)| inner);
    made.with_context(|| format!("cannot create the folder {}", folder.path().join(name).display()))
}

/// The names in a folder that are UTF-8, as all of ipxegen's are.
fn names(folder: &Folder) -> Result<Vec<(String, bool)>> {
    let names = folder.names().with_context(|| format!("cannot read {}", folder.path().display()))?;
    Ok(names.into_iter().filter_map(|(name, kind)| Some((name.into_string().ok()?, kind))).collect())
}

/// Folders that are not generations, or not yet.
fn unnamed(dir: &Folder) -> Result<Vec<String>> {
    Ok(names(dir)?.into_iter().map(|(name, _)| name).filter(|name| name.starts_with('.')).collect())
}

fn rename(folder: &Folder, from: &str, to: &str) -> Result<()> {
    folder.rename(OsStr::new(from), folder, OsStr::new(to)).with_context(|| {
        let [from, to] = [from, to].map(|name| folder.path().join(name));
        format!("cannot rename {} to {}", from.display(), to.display())
    })
}

fn remove(folder: &Folder, name: &str) -> Result<()> {
    folder
        .remove_all(OsStr::new(name))
        .with_context(|| format!("cannot remove {}", folder.path().join(name).display()))
}
