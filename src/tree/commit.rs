//! The exchange of the old set for the new: one step after the other, each of which is
//! remembered, and undone if a later one fails.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, Result, anyhow};
use tempfile::TempPath;

use super::home::Ids;
use super::lock::make_folder;
use super::sink::temporary;
use crate::parallel;

/// The steps done so far.
pub(super) struct Commit<'a> {
    dir: &'a Path,
    done: Vec<Done>,
    /// Folders whose entries have changed.
    changed: BTreeSet<PathBuf>,
    /// Gives a file a second name.
    link: fn(&Path, &Path) -> io::Result<()>,
}

/// How a step is undone.
enum Done {
    /// The old file is kept there; it goes back.
    Kept { kept: TempPath, target: PathBuf },
    /// There was no file; it goes.
    New(PathBuf),
    /// There was no folder; it goes.
    Folder(PathBuf),
    /// The mode was this one, and so was the owner.
    Mode(PathBuf, u32, Option<Ids>),
}

impl<'a> Commit<'a> {
    pub(super) fn new(dir: &'a Path) -> Self {
        Self { dir, done: Vec::new(), changed: BTreeSet::new(), link: |old, new| fs::hard_link(old, new) }
    }

    /// Removes a file.
    pub(super) fn remove(&mut self, place: &Path) -> Result<()> {
        let target = self.dir.join(place);
        let remove = |commit: &mut Self| match commit.keep(&target)? {
            Keeping::Linked => fs::remove_file(&target),
            Keeping::Moved | Keeping::Nothing => Ok(()),
        };
        remove(self).with_context(|| format!("cannot remove {}", target.display()))
    }

    /// Makes the folders that are missing above a place.
    pub(super) fn folders_above(&mut self, place: &Path) -> Result<()> {
        let Some(folder) = place.parent() else {
            return Ok(());
        };
        let mut path = self.dir.to_path_buf();
        for part in folder {
            let above = path.clone();
            path.push(part);
            if make_folder(&path).with_context(|| format!("cannot make the folder {}", path.display()))? {
                self.done.push(Done::Folder(path.clone()));
                self.changed.insert(above);
            }
        }
        Ok(())
    }

    /// Puts a temporary file in its place.
    pub(super) fn replace(&mut self, temp: TempPath, place: &Path) -> Result<()> {
        let target = self.dir.join(place);
        let replace = |commit: &mut Self| {
            let keeping = commit.keep(&target)?;
            temp.persist(&target).map_err(|error| error.error)?;
            if keeping == Keeping::Nothing {
                commit.done.push(Done::New(target.clone()));
            }
            commit.changed.extend(target.parent().map(Path::to_path_buf));
            Ok::<(), io::Error>(())
        };
        replace(self).with_context(|| format!("cannot put the new {} in place", target.display()))
    }

    /// Gives a file the mode, and the owner if one is given, that it should have.
    pub(super) fn mode(&mut self, place: &Path, (mode, ids): (u32, Option<Ids>)) -> Result<()> {
        let target = self.dir.join(place);
        let change = |commit: &mut Self| {
            let met = fs::symlink_metadata(&target)?;
            let old = met.permissions().mode() & 0o7777;
            commit.done.push(Done::Mode(target.clone(), old, ids.map(|_| Ids::of(&met))));
            rights(&target, mode, ids)
        };
        change(self).with_context(|| format!("cannot change the mode of {} to {mode:04o}", target.display()))
    }

    /// Brings the folders' entries to the disk; those of the files have been there before.
    pub(super) fn sync(&mut self) -> Result<()> {
        let changed: Vec<PathBuf> = std::mem::take(&mut self.changed).into_iter().collect();
        parallel::all(&changed, |folder| sync_folder(folder)).into_iter().collect()
    }

    /// Keeps the old file under another name.
    fn keep(&mut self, target: &Path) -> io::Result<Keeping> {
        let folder = target.parent().unwrap_or(self.dir);
        self.changed.insert(folder.to_path_buf());
        let (kept, keeping) = match temporary(folder, |name| (self.link)(target, name)) {
            Ok(kept) => (kept, Keeping::Linked),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Keeping::Nothing),
            // A file system without hard links, or a file of somebody else's.
            Err(_) => match temporary(folder, |name| fs::rename(target, name)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Keeping::Nothing),
                kept => (kept?, Keeping::Moved),
            },
        };
        self.done.push(Done::Kept { kept: kept.into_temp_path(), target: target.to_path_buf() });
        Ok(keeping)
    }

    /// Puts everything back, as far as it can be done.
    pub(super) fn undo(mut self) -> Result<()> {
        let mut failures = Vec::new();
        while let Some(done) = self.done.pop() {
            self.changed.extend(done.target().parent().map(Path::to_path_buf));
            if let Err(error) = done.undo() {
                failures.push(format!("{error:#}"));
            }
        }
        if failures.is_empty() { self.sync() } else { Err(anyhow!(failures.join("; "))) }
    }

    /// Removes the old files. What cannot be removed goes at the next run.
    pub(super) fn clear(self) {
        drop(self.done);
    }
}

impl Done {
    fn target(&self) -> &Path {
        match self {
            Self::Kept { target: path, .. }
            | Self::New(path)
            | Self::Folder(path)
            | Self::Mode(path, _, _) => path,
        }
    }

    fn undo(self) -> Result<()> {
        let gone_is_fine = |result: io::Result<()>| match result {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        };
        match self {
            Self::Kept { kept, target } => match fs::rename(&kept, &target) {
                // If both are still the same file, the renaming left both: dropping removes one.
                Ok(()) => Ok(()),
                Err(error) => {
                    let error = Error::from(error);
                    let kept = kept.keep().map_err(|error| error.error)?;
                    Err(error.context(format!(
                        "cannot put {} back from {}",
                        target.display(),
                        kept.display()
                    )))
                }
            },
            Self::New(path) => gone_is_fine(fs::remove_file(&path))
                .with_context(|| format!("cannot remove the new {}", path.display())),
            Self::Folder(path) => gone_is_fine(fs::remove_dir(&path))
                .with_context(|| format!("cannot remove the new folder {}", path.display())),
            Self::Mode(path, mode, ids) => rights(&path, mode, ids)
                .with_context(|| format!("cannot give {} its mode {mode:04o} back", path.display())),
        }
    }
}

/// The mode last: a change of owner takes some bits away.
fn rights(path: &Path, mode: u32, ids: Option<Ids>) -> io::Result<()> {
    if let Some(Ids { user, group }) = ids {
        std::os::unix::fs::lchown(path, Some(user), Some(group))?;
    }
    fs::set_permissions(path, Permissions::from_mode(mode))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeping {
    /// The old file has a second name.
    Linked,
    /// The old file has another name.
    Moved,
    /// There is no old file.
    Nothing,
}

/// Brings a folder's entries to the disk, where the file system can do that for folders.
pub(super) fn sync_folder(folder: &Path) -> Result<()> {
    match File::open(folder).and_then(|file| file.sync_all()) {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::InvalidInput
                    | io::ErrorKind::Unsupported
                    | io::ErrorKind::PermissionDenied
                    | io::ErrorKind::NotFound
            ) =>
        {
            Err(error).context(format!("cannot bring {} to the disk", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<(String, String)> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                (name, fs::read_to_string(path).unwrap_or_default())
            })
            .collect();
        names.sort();
        names
    }

    fn temp_file(dir: &Path, text: &str) -> TempPath {
        let file = temporary(dir, |path| File::create_new(path)).unwrap();
        fs::write(file.path(), text).unwrap();
        file.into_temp_path()
    }

    #[test]
    fn a_file_system_without_hard_links_does_as_well() {
        for undo in [false, true] {
            let home = tempfile::TempDir::new().unwrap();
            for name in ["a", "b"] {
                fs::write(home.path().join(name), "old").unwrap();
            }
            let before = names(home.path());
            let link = |_: &Path, _: &Path| Err(io::ErrorKind::Unsupported.into());
            let mut commit = Commit { link, ..Commit::new(home.path()) };
            commit.remove(Path::new("a")).unwrap();
            commit.replace(temp_file(home.path(), "new"), Path::new("b")).unwrap();
            commit.replace(temp_file(home.path(), "new"), Path::new("c")).unwrap();
            commit.sync().unwrap();
            if undo {
                commit.undo().unwrap();
                assert_eq!(names(home.path()), before);
            } else {
                commit.clear();
                let now = [("b", "new"), ("c", "new")].map(|(name, text)| (name.to_owned(), text.to_owned()));
                assert_eq!(names(home.path()), now);
            }
        }
    }

    #[test]
    fn a_step_that_fails_half_way_is_undone() {
        let home = tempfile::TempDir::new().unwrap();
        fs::write(home.path().join("a"), "old").unwrap();
        let before = names(home.path());
        for link in [
            |old: &Path, new: &Path| fs::hard_link(old, new),
            |_: &Path, _: &Path| Err(io::ErrorKind::Unsupported.into()),
        ] {
            let mut commit = Commit { link, ..Commit::new(home.path()) };
            let temp = temp_file(home.path(), "new");
            fs::remove_file(&temp).unwrap();
            let error = commit.replace(temp, Path::new("a")).unwrap_err();
            assert!(error.to_string().starts_with("cannot put the new "), "{error}");
            commit.undo().unwrap();
            assert_eq!(names(home.path()), before);
        }
    }
}
