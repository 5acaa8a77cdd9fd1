//! One run at a time in a folder. The system lets go of the lock when a run ends, however it
//! ends; the file itself stays, for a removed lock file is one that two runs can both hold.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// Its name in DIR.
pub(super) const NAME: &str = ".ipxegen.lock";

/// DIR, there and ours for as long as this lives.
pub(super) struct Lock {
    file: File,
    /// The folders, and the lock file, that were not there before; inner ones last.
    made: Vec<PathBuf>,
}

impl Lock {
    /// Makes `dir` if need be and locks it, or fails at once if another run has it.
    pub(super) fn take(dir: &Path) -> Result<Self> {
        if dir.as_os_str().is_empty() {
            bail!("the folder to render into has an empty name");
        }
        let mut made = Vec::new();
        let taken = Self::attempt(dir, &mut made);
        match taken {
            Ok(file) => Ok(Self { file, made }),
            Err(error) => {
                // Not the lock file: it may be the other run's by now.
                made.retain(|path| !path.ends_with(NAME));
                unmake(&made);
                Err(error)
            }
        }
    }

    fn attempt(dir: &Path, made: &mut Vec<PathBuf>) -> Result<File> {
        // A run that failed removes the DIR that it made, lock and all: what we opened may be
        // gone when we have it.
        for _ in 0..100 {
            make_folders(dir, made)?;
            let path = dir.join(NAME);
            let file = match open(&path, made) {
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
            match fs::symlink_metadata(&path) {
                Ok(met) if (met.dev(), met.ino()) == (mine.dev(), mine.ino()) => return Ok(file),
                _ => continue,
            }
        }
        bail!("cannot lock {}, which other runs keep removing; try again", dir.display())
    }

    /// Leaves no DIR that was not there before: the run came to nothing.
    pub(super) fn abandon(self) {
        unmake(&self.made);
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing alone would not do while a program that was started meanwhile has the file.
        let _ = self.file.unlock();
    }
}

fn open(path: &Path, made: &mut Vec<PathBuf>) -> io::Result<File> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(file) => {
            made.push(path.to_path_buf());
            file.set_permissions(Permissions::from_mode(0o644))?;
            Ok(file)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !fs::symlink_metadata(path)?.is_file() {
                return Err(io::Error::other("it is no file"));
            }
            OpenOptions::new().write(true).open(path)
        }
        Err(error) => Err(error),
    }
}

/// Makes `dir` and what is missing above it, each 0755 whatever the umask.
fn make_folders(dir: &Path, made: &mut Vec<PathBuf>) -> Result<()> {
    let mut missing = Vec::new();
    for path in dir.ancestors().filter(|path| !path.as_os_str().is_empty()) {
        match fs::metadata(path) {
            Ok(met) if met.is_dir() => break,
            Ok(_) if path == dir => {
                bail!("{} is no folder; remove it, or name another folder to render into", dir.display())
            }
            Ok(_) => bail!("cannot make the folder {}: {} is no folder", dir.display(), path.display()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if fs::symlink_metadata(path).is_ok() {
                    bail!("{} is a symbolic link that leads nowhere; remove it", path.display());
                }
                missing.push(path);
            }
            // Below a file: the loop comes to it.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {}
            Err(error) => return Err(error).context(format!("cannot look at {}", path.display())),
        }
    }
    for path in missing.into_iter().rev() {
        if make_folder(path).with_context(|| format!("cannot make the folder {}", path.display()))? {
            made.push(path.to_path_buf());
        }
    }
    Ok(())
}

/// Makes one folder; `false` if it is there already.
pub(super) fn make_folder(path: &Path) -> io::Result<bool> {
    match DirBuilder::new().mode(0o755).create(path) {
        Ok(()) => {
            fs::set_permissions(path, Permissions::from_mode(0o755))?;
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(false),
        Err(error) => Err(error),
    }
}

fn unmake(made: &[PathBuf]) {
    for path in made.iter().rev() {
        // A folder that meanwhile holds something stays.
        let _ = if path.ends_with(NAME) { fs::remove_file(path) } else { fs::remove_dir(path) };
    }
}
