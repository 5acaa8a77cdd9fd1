//! The lock: one run at a time in a folder. The system releases the lock when a run ends, even if it is killed. The file
//! itself is not removed: after a removal, two runs could lock two files of the same name.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::folder::{Entered, FileStatus, Folder, start};
use super::home::Home;

/// Its name in DIR.
pub(super) const NAME: &str = ".ipxegen.lock";

/// DIR, which exists and is locked while this value exists.
pub(super) struct Lock {
    file: File,
    made: Vec<CreatedFolders>,
}

/// A folder, or the lock file, that was not there before, and the folder above it; inner ones last.
type CreatedFolders = (Folder, OsString);

impl Lock {
    /// Creates the folder of the state if it is missing, and locks it. Fails at once if another run has the lock. The home
    /// is open from then on.
    pub(super) fn take(home: &mut Home) -> Result<Self> {
        if home.dir.as_os_str().is_empty() {
            bail!("the folder to render into has an empty name");
        }
        let mut made = Vec::new();
        let taken = Self::attempt(home, &mut made);
        match taken {
            Ok(file) => Ok(Self { file, made }),
            Err(error) => {
                // The lock file is not removed: another run may have locked it meanwhile.
                made.retain(|(_, name)| name != NAME);
                unmake(&made);
                Err(error)
            }
        }
    }

    fn attempt(home: &mut Home, made: &mut Vec<CreatedFolders>) -> Result<File> {
        let dir = home.state();
        let path = dir.join(NAME);
        // A run that failed removes the DIR that it made, lock and all: what we opened may be
        // gone when we have it.
        for _ in 0..100 {
            let (base, state) = make_home(home, made)?;
            let file = match open(&state, made) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened.with_context(|| {
                    format!("cannot open the lock {}; is the folder writable?", path.display())
                })?,
            };
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    bail!(
                        "another run is writing to {} (lock {}); wait for it",
                        dir.display(),
                        path.display()
                    )
                }
                Err(TryLockError::Error(error)) => {
                    return Err(error).context(format!("cannot lock {}", path.display()));
                }
            }
            let mine = file.metadata().with_context(|| format!("cannot look at {}", path.display()))?;
            match state.met(OsStr::new(NAME)) {
                Ok(met) if met.inode == (mine.dev(), mine.ino()) => {
                    home.base = Some(base);
                    return Ok(file);
                }
                _ => continue,
            }
        }
        bail!("cannot lock {}, which other runs keep removing; try again", dir.display())
    }

    /// Removes DIR if this run created it: the run failed.
    pub(super) fn abandon(self) {
        unmake(&self.made);
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone is not enough while a program that was started meanwhile has the file open.
        let _ = self.file.unlock();
    }
}

fn open(state: &Folder, made: &mut Vec<CreatedFolders>) -> io::Result<File> {
    let name = OsStr::new(NAME);
    // flock(2) needs no more than a file that can be read: others could lock it, and keep every run from its work.
    match state.create(name, 0o600) {
        Ok(file) => {
            made.push((state.clone(), name.to_owned()));
            file.set_permissions(Permissions::from_mode(0o600))?;
            Ok(file)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let file = state.writable(name)?;
            let met = FileStatus::of(&file)?;
            // Earlier versions made it readable for everyone. One that a group shares on purpose stays as it is.
            if met.mode == 0o644 && met.owner().0 == rustix::process::geteuid().as_raw() {
                file.set_permissions(Permissions::from_mode(0o600))?;
            }
            Ok(file)
        }
        Err(error) => Err(error),
    }
}

/// Opens the home and the folder of its state, and creates missing folders with the mode 0755 whatever the umask is.
fn make_home(home: &Home, made: &mut Vec<CreatedFolders>) -> Result<(Folder, Folder)> {
    let base = match &home.base {
        Some(base) => base.clone(),
        None => {
            let (top, place) = start(&home.dir)?;
            make_folders(&top, &place, &home.dir, made)?.called(&home.dir)
        }
    };
    let state = make_folders(&base, home.state_place(), &home.state(), made)?;
    // Another process may have made one of them first.
    home.check_state()?;
    Ok((base, state))
}

fn make_folders(base: &Folder, place: &Path, shown: &Path, made: &mut Vec<CreatedFolders>) -> Result<Folder> {
    let mut folder = base.clone();
    let mut names = place.iter().peekable();
    while let Some(name) = names.next() {
        let path = folder.path().join(name);
        match folder.enter(name).with_context(|| format!("cannot look at {}", path.display()))? {
            Entered::Folder(inner) => folder = inner,
            Entered::Other(_) if names.peek().is_none() => {
                bail!("{} is no folder; remove it, or name another folder to render into", shown.display())
            }
            Entered::Other(_) => {
                bail!("cannot make the folder {}: {} is no folder", shown.display(), path.display())
            }
            Entered::Missing => {
                let (inner, new) = folder
                    .make(name, 0o755)
                    .with_context(|| format!("cannot make the folder {}", path.display()))?;
                if new {
                    made.push((folder, name.to_owned()));
                }
                folder = inner;
            }
        }
    }
    Ok(folder)
}

fn unmake(made: &[CreatedFolders]) {
    for (folder, name) in made.iter().rev() {
        // A folder that is not empty any more is not removed.
        let _ = if name == NAME { folder.remove(name) } else { folder.remove_folder(name) };
    }
}
