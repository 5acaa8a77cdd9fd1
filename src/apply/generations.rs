//! The last sets of a machine's files, each a folder like one that is rendered into, with a note
//! of where it came from.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use super::services::Units;
use super::{Probe, STATE};
use crate::tree::{self, Entry, File, Home, Manifest, Need, Options, Outcome, Selection};

/// The note in a generation's folder.
const ABOUT: &str = "generation.json";
/// The copy of what stood there, while it is being made and when it is complete.
const COPYING: &str = ".found.part";
const COPY: &str = ".found.tmp";
/// The same while it is being brought back, and what is being removed.
const UNDO: &str = ".undo.tmp";
const GONE: &str = ".gone.tmp";
/// The daemons that have not been told.
const PENDING: &str = "reload.json";

/// Where a set came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Made {
    /// It was rendered from a site and applied.
    #[default]
    Applied,
    /// It stood there when a site was applied, and was not all ours.
    Found,
}

/// What is noted of a generation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct About {
    pub(super) number: u64,
    /// Seconds since 1970.
    pub(super) time: u64,
    pub(super) made: Made,
    /// The site's file and the server.
    #[serde(default)]
    pub(super) site: String,
    /// The server that the files are for; empty where an older ipxegen noted it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) server: String,
    /// Paths that were not ours.
    #[serde(default)]
    pub(super) theirs: BTreeSet<String>,
    /// It holds what must not be lost.
    #[serde(default)]
    pub(super) keep: bool,
    /// Of a copy: the generation that is to take its place.
    #[serde(default)]
    pub(super) target: u64,
    /// Of a copy: the manifest that went with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<Manifest>,
}

/// A generation that is kept.
pub(super) struct Kept {
    pub(super) about: About,
    pub(super) folder: PathBuf,
    pub(super) manifest: Manifest,
}

/// A generation, as it is listed.
#[derive(Clone, Debug, Serialize)]
pub struct Generation {
    /// Its number.
    pub number: u64,
    /// When it was made, in seconds since 1970.
    pub time: u64,
    /// Where it came from.
    pub made: Made,
    /// Of which site and server.
    pub site: String,
    /// So many files it has.
    pub files: usize,
    /// It is in place.
    pub current: bool,
}

/// The generations of the machine at a root, oldest first. Nothing is written.
///
/// # Errors
/// If the root or its notes cannot be read, or a run was interrupted.
pub fn history(root: &Path) -> Result<Vec<Generation>> {
    let home = Home::root(root, STATE)?;
    let store = Store::new(&home);
    let now = home.manifest()?.and_then(|manifest| manifest.generation);
    if store.is_undoing() {
        bail!("a run into {} was interrupted; `ipxegen recover` puts it right", home.dir().display());
    }
    let all = store.list()?.into_iter().map(|kept| Generation {
        number: kept.about.number,
        time: kept.about.time,
        made: kept.about.made,
        site: kept.about.site,
        files: kept.manifest.files.len(),
        current: now == Some(kept.about.number),
    });
    Ok(all.collect())
}

/// The folder of the generations.
pub(super) struct Store {
    dir: PathBuf,
    state: PathBuf,
}

impl Store {
    pub(super) fn new(home: &Home) -> Self {
        let state = home.state();
        Self { dir: state.join("generations"), state }
    }

    /// All generations, oldest first.
    pub(super) fn list(&self) -> Result<Vec<Kept>> {
        let entries = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.with_context(|| format!("cannot read {}", self.dir.display()))?,
        };
        let mut all = Vec::new();
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot read {}", self.dir.display()))?;
            if entry.file_name().to_str().is_some_and(|name| name.parse::<u64>().is_ok()) {
                let (about, manifest) = read(&entry.path())?;
                all.push(Kept { about, manifest, folder: entry.path() });
            }
        }
        all.sort_by_key(|kept| kept.about.number);
        Ok(all)
    }

    /// The highest number that was given.
    pub(super) fn newest(&self) -> Result<u64> {
        Ok(self.list()?.last().map(|kept| kept.about.number).unwrap_or_default())
    }

    fn stage_folder(&self, number: u64) -> PathBuf {
        self.dir.join(format!(".{number}.tmp"))
    }

    /// Whether a generation is staged under that number.
    pub(super) fn is_staged(&self, number: u64) -> bool {
        self.stage_folder(number).join(ABOUT).is_file()
    }

    /// Renders a set into the folder of a generation to come.
    pub(super) fn stage(
        &self,
        about: &About,
        files: Vec<File<'_>>,
        needs: Vec<Need>,
    ) -> Result<(PathBuf, Manifest)> {
        let folder = self.stage_folder(about.number);
        let manifest = self.fill(&folder, files, needs, about)?;
        Ok((folder, manifest))
    }

    /// Gives what is staged under a number another one.
    pub(super) fn renumber(&self, old: u64, about: &About) -> Result<PathBuf> {
        let folder = self.stage_folder(about.number);
        remove(&folder)?;
        rename(&self.stage_folder(old), &folder)?;
        put(&folder, ABOUT, &serde_json::to_vec_pretty(about)?)?;
        Ok(folder)
    }

    /// Copies what stands there; it is there complete, or not at all.
    pub(super) fn take_copy(&self, files: Vec<File<'_>>, about: &About) -> Result<()> {
        let part = self.dir.join(COPYING);
        self.fill(&part, files, Vec::new(), about)?;
        rename(&part, &self.dir.join(COPY))?;
        sync(&self.dir)
    }

    /// Whether what was copied was being brought back.
    pub(super) fn is_undoing(&self) -> bool {
        self.dir.join(UNDO).is_dir()
    }

    /// Notes that what was copied is being brought back; where it is.
    pub(super) fn begin_undo(&self) -> Result<PathBuf> {
        let undo = self.dir.join(UNDO);
        if !undo.is_dir() {
            rename(&self.dir.join(COPY), &undo)?;
            sync(&self.dir)?;
        }
        Ok(undo)
    }

    /// The copy, if a run left one.
    pub(super) fn copy(&self) -> Result<Option<(About, Manifest)>> {
        let found = [UNDO, COPY].map(|name| self.dir.join(name)).into_iter().find(|folder| folder.is_dir());
        found.map(|folder| read(&folder)).transpose()
    }

    /// The files of every set that a run may have been busy with: a rollback works with a kept one.
    pub(super) fn known(&self) -> Result<Vec<Entry>> {
        let mut sets = Vec::new();
        for folder in self.unnamed()? {
            // One that is not complete was not being put in place.
            sets.extend(read(&folder).ok());
        }
        sets.extend(self.list()?.into_iter().map(|kept| (kept.about, kept.manifest)));
        let files = sets.into_iter().flat_map(|(about, manifest)| {
            manifest.files.into_iter().chain(about.before.into_iter().flat_map(|before| before.files))
        });
        Ok(files.map(|file| file.entry).collect())
    }

    /// Folders that are no generations, or not yet.
    fn unnamed(&self) -> Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(&self.dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.with_context(|| format!("cannot read {}", self.dir.display()))?,
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let is_unnamed = |path: &PathBuf| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with('.'))
        };
        Ok(paths.filter(is_unnamed).collect())
    }

    /// A folder like one that is rendered into, and the note.
    fn fill(&self, folder: &Path, files: Vec<File<'_>>, needs: Vec<Need>, about: &About) -> Result<Manifest> {
        // Files that only root may read are in here too.
        match DirBuilder::new().mode(0o700).create(&self.dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(error).context(format!("cannot make the folder {}", self.dir.display()));
            }
            _ => {}
        }
        remove(folder)?;
        match tree::write(folder, files, needs, &Selection::default(), Options { force: true })? {
            Outcome::Done(_) => {}
            Outcome::Refused(_) => bail!("{} is being used by somebody else", folder.display()),
        }
        put(folder, ABOUT, &serde_json::to_vec_pretty(about)?)?;
        tree::read_manifest(folder)?.with_context(|| format!("{} has no manifest", folder.display()))
    }

    /// Gives what is staged its name, and the copy one if it has to be kept.
    pub(super) fn settle(&self, number: u64, probe: Probe<'_>) -> Result<Option<u64>> {
        let mut found = None;
        if let Some((about, _)) = self.copy()?
            && about.keep
        {
            let target = self.dir.join(about.number.to_string());
            if !target.exists() {
                rename(&self.dir.join(COPY), &target)?;
                found = Some(about.number);
            }
        }
        probe()?;
        let staged = self.stage_folder(number);
        if staged.is_dir() {
            rename(&staged, &self.dir.join(number.to_string()))?;
        }
        sync(&self.dir)?;
        Ok(found)
    }

    /// Removes the oldest generations beyond so many, never the one in place.
    pub(super) fn prune(&self, keep: usize, current: u64) -> Result<()> {
        let all = self.list()?;
        let over = all.len().saturating_sub(keep);
        for old in all.iter().filter(|kept| kept.about.number != current).take(over) {
            // Its name goes first: half a generation is none.
            let gone = self.dir.join(format!(".{}.old", old.about.number));
            rename(&old.folder, &gone)?;
            remove(&gone)?;
        }
        Ok(())
    }

    /// Removes what is staged, copied or half removed.
    pub(super) fn clear(&self) -> Result<()> {
        let gone = self.dir.join(GONE);
        remove(&gone)?;
        for folder in self.unnamed()? {
            // Its name goes first: half of it would be taken for the whole.
            rename(&folder, &gone)?;
            remove(&gone)?;
        }
        // Nothing was ever kept here.
        let _ = fs::remove_dir(&self.dir);
        Ok(())
    }

    /// The daemons that have not been told.
    pub(super) fn pending(&self) -> Result<Units> {
        let path = self.state.join(PENDING);
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Units::new()),
            bytes => {
                let bytes = bytes.with_context(|| format!("cannot read {}", path.display()))?;
                serde_json::from_slice(&bytes).with_context(|| format!("{} cannot be used", path.display()))
            }
        }
    }

    pub(super) fn note_pending(&self, units: &Units) -> Result<()> {
        if units.is_empty() {
            return match fs::remove_file(self.state.join(PENDING)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(error).context(format!("cannot remove {}", self.state.join(PENDING).display()))
                }
                _ => Ok(()),
            };
        }
        put(&self.state, PENDING, &serde_json::to_vec_pretty(units)?)
    }
}

fn read(folder: &Path) -> Result<(About, Manifest)> {
    let path = folder.join(ABOUT);
    let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let about =
        serde_json::from_slice(&bytes).with_context(|| format!("{} cannot be used", path.display()))?;
    let manifest =
        tree::read_manifest(folder)?.with_context(|| format!("{} has no manifest", folder.display()))?;
    Ok((about, manifest))
}

/// Writes a note, at once and for good.
fn put(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let target = folder.join(name);
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".ipxegen-").suffix(".tmp").tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().set_permissions(Permissions::from_mode(0o644))?;
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|error| error.error)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", target.display()))?;
    sync(folder)
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).with_context(|| format!("cannot rename {} to {}", from.display(), to.display()))
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).context(format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

fn sync(folder: &Path) -> Result<()> {
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("cannot bring {} to the disk", folder.display()))
}
