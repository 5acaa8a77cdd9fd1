//! Replaces the old set of files with the new one, step by step. Each step is recorded, and undone if a later one fails.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, Result, anyhow};

use super::folder::{Entered, FileStatus, Folder};
use super::sink::{Rights, Temp};
use crate::parallel;

/// The steps done so far.
pub(super) struct Commit<'a> {
    base: &'a Folder,
    done: Vec<Done>,
    /// The places of folders whose entries have changed.
    changed: BTreeSet<PathBuf>,
    link: Link,
}

/// Gives a file of a folder a second name.
type Link = fn(&Folder, &OsStr, &OsStr) -> io::Result<()>;

/// How to undo a step, with the place of its file or folder.
enum Done {
    /// Rename the old file back from where it is kept.
    Kept { kept: Temp, place: PathBuf },
    /// Remove the file: there was none.
    New(PathBuf),
    /// Remove the folder: there was none.
    Folder(PathBuf),
    /// Set the old mode and owner again.
    Mode(PathBuf, Rights),
}

impl<'a> Commit<'a> {
    pub(super) fn new(base: &'a Folder) -> Self {
        Self { base, done: Vec::new(), changed: BTreeSet::new(), link: Folder::link }
    }

    /// Removes a file.
    pub(super) fn remove(&mut self, place: &Path) -> Result<()> {
        let remove = |commit: &mut Self| {
            let (folder, name) = commit.base.above(place)?;
            match commit.keep(&folder, name, place)? {
                Keeping::Linked => folder.remove(name),
                Keeping::Moved | Keeping::Nothing => Ok(()),
            }
        };
        remove(self).with_context(|| format!("cannot remove {}", self.base.path().join(place).display()))
    }

    /// Makes the folders that are missing above a place.
    pub(super) fn folders_above(&mut self, place: &Path) -> Result<()> {
        let (mut folder, mut at) = (self.base.clone(), PathBuf::new());
        for name in place.parent().unwrap_or(Path::new("")) {
            let path = folder.path().join(name);
            let failed = || format!("cannot make the folder {}", path.display());
            let above = at.clone();
            at.push(name);
            if let Entered::Folder(inner) = folder.enter(name).with_context(failed)? {
                folder = inner;
                continue;
            }
            let (inner, new) = folder.make(name, 0o755).with_context(failed)?;
            if new {
                self.done.push(Done::Folder(at.clone()));
                self.changed.insert(above);
            }
            folder = inner;
        }
        Ok(())
    }

    /// Puts a temporary file in its place.
    pub(super) fn replace(&mut self, temp: Temp, place: &Path) -> Result<()> {
        let replace = |commit: &mut Self| {
            // All of this happens in one open folder, even if its path changes meanwhile.
            let (folder, name) = commit.base.above(place)?;
            let keeping = commit.keep(&folder, name, place)?;
            temp.persist(&folder, name).map_err(|(_, error)| error)?;
            if keeping == Keeping::Nothing {
                commit.done.push(Done::New(place.to_path_buf()));
            }
            commit.touch(place);
            Ok::<(), io::Error>(())
        };
        let failed = || format!("cannot put the new {} in place", self.base.path().join(place).display());
        replace(self).with_context(failed)
    }

    /// Gives a file the mode, and the owner if one is given, that it should have.
    pub(super) fn mode(&mut self, place: &Path, rights: Rights) -> Result<()> {
        let change = |commit: &mut Self| {
            let (folder, name) = commit.base.above(place)?;
            let file = folder.file(name)?;
            let met = FileStatus::of(&file)?;
            let old = Rights { mode: met.mode, ids: rights.ids.map(|_| met.ids), alone: false };
            if met.links > 1 {
                return Err(io::Error::other("it has a second name"));
            }
            commit.done.push(Done::Mode(place.to_path_buf(), old));
            rights.give(&file)
        };
        let failed = || {
            let path = self.base.path().join(place);
            format!("cannot change the mode of {} to {:04o}", path.display(), rights.mode)
        };
        change(self).with_context(failed)
    }

    /// Syncs the entries of the changed folders to the disk. The files' own bytes were synced before.
    pub(super) fn sync(&mut self) -> Result<()> {
        let changed: Vec<PathBuf> = std::mem::take(&mut self.changed).into_iter().collect();
        let sync = |place: &PathBuf| match self.base.below(place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            folder => folder
                .with_context(|| format!("cannot open {}", self.base.path().join(place).display()))?
                .sync(),
        };
        parallel::all(&changed, sync).into_iter().collect()
    }

    /// Notes that the folder of a place has changed.
    fn touch(&mut self, place: &Path) {
        self.changed.extend(place.parent().map(Path::to_path_buf));
    }

    /// Keeps the old file under another name.
    fn keep(&mut self, folder: &Folder, name: &OsStr, place: &Path) -> io::Result<Keeping> {
        self.touch(place);
        let at = || place.parent().map(Path::to_path_buf).unwrap_or_default();
        let is_missing = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
        let (kept, keeping) = match Temp::new(self.base, folder, at(), |temp| (self.link)(folder, name, temp))
        {
            Ok((kept, ())) => (kept, Keeping::Linked),
            Err(error) if is_missing(&error) => return Ok(Keeping::Nothing),
            // A file system without hard links, or a file of another user.
            Err(_) => match Temp::new(self.base, folder, at(), |temp| folder.rename(name, folder, temp)) {
                Err(error) if is_missing(&error) => return Ok(Keeping::Nothing),
                kept => (kept?.0, Keeping::Moved),
            },
        };
        self.done.push(Done::Kept { kept, place: place.to_path_buf() });
        Ok(keeping)
    }

    /// Undoes all steps. A step that cannot be undone does not stop the others.
    pub(super) fn undo(mut self) -> Result<()> {
        let mut failures = Vec::new();
        while let Some(done) = self.done.pop() {
            self.touch(done.place());
            if let Err(error) = done.undo(self.base) {
                failures.push(format!("{error:#}"));
            }
        }
        if failures.is_empty() { self.sync() } else { Err(anyhow!(failures.join("; "))) }
    }

    /// Removes the old files. The next run removes those that cannot be removed now.
    pub(super) fn clear(self) {
        drop(self.done);
    }
}

impl Done {
    fn place(&self) -> &Path {
        match self {
            Self::Kept { place, .. } | Self::New(place) | Self::Folder(place) | Self::Mode(place, _) => place,
        }
    }

    fn undo(self, base: &Folder) -> Result<()> {
        let path = base.path().join(self.place());
        let gone_is_fine = |result: io::Result<()>| match result {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        };
        match self {
            Self::Kept { kept, place } => {
                let kept_path = kept.path();
                let back = match base.above(&place) {
                    Ok((folder, name)) => kept.persist(&folder, name).map_err(|(kept, error)| {
                        kept.keep();
                        error
                    }),
                    Err(error) => {
                        kept.keep();
                        Err(error)
                    }
                };
                back.map_err(Error::from).with_context(|| {
                    format!("cannot put {} back from {}", path.display(), kept_path.display())
                })
            }
            Self::New(place) => {
                gone_is_fine(base.above(&place).and_then(|(folder, name)| folder.remove(name)))
                    .with_context(|| format!("cannot remove the new {}", path.display()))
            }
            Self::Folder(place) => {
                gone_is_fine(base.above(&place).and_then(|(folder, name)| folder.remove_folder(name)))
                    .with_context(|| format!("cannot remove the new folder {}", path.display()))
            }
            Self::Mode(place, rights) => base
                .file_at(&place)
                .and_then(|file| rights.give(&file))
                .with_context(|| format!("cannot give {} its mode {:04o} back", path.display(), rights.mode)),
        }
    }
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

#[cfg(test)]
mod tests {
    use std::fs;

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

    fn temp_file(base: &Folder, text: &str) -> Temp {
        let (temp, _) = Temp::new(base, base, PathBuf::new(), |name| base.create(name, 0o600)).unwrap();
        fs::write(temp.path(), text).unwrap();
        temp
    }

    #[test]
    fn a_file_system_without_hard_links_does_as_well() {
        for undo in [false, true] {
            let home = tempfile::TempDir::new().unwrap();
            for name in ["a", "b"] {
                fs::write(home.path().join(name), "old").unwrap();
            }
            let before = names(home.path());
            let link = |_: &Folder, _: &OsStr, _: &OsStr| Err(io::ErrorKind::Unsupported.into());
            let base = Folder::open(home.path()).unwrap();
            let mut commit = Commit { link, ..Commit::new(&base) };
            commit.remove(Path::new("a")).unwrap();
            commit.replace(temp_file(&base, "new"), Path::new("b")).unwrap();
            commit.replace(temp_file(&base, "new"), Path::new("c")).unwrap();
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
        let base = Folder::open(home.path()).unwrap();
        let links: [Link; 2] = [Folder::link, |_, _, _| Err(io::ErrorKind::Unsupported.into())];
        for link in links {
            let mut commit = Commit { link, ..Commit::new(&base) };
            let temp = temp_file(&base, "new");
            fs::remove_file(temp.path()).unwrap();
            let error = commit.replace(temp, Path::new("a")).unwrap_err();
            assert!(error.to_string().starts_with("cannot put the new "), "{error}");
            commit.undo().unwrap();
            assert_eq!(names(home.path()), before);
        }
    }
}
