//! The private folder that checkers read. A run that finds the folder of a killed run removes it.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, chown, lchown,
};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;
use walkdir::WalkDir;

use super::account::CheckerAccount;

/// How the name of every staging folder begins; random characters follow.
const PREFIX: &str = "ipxegen-check-";

/// A folder of mode 0700 with `files`, which checkers read, and `work`, which they may write to. It is removed when
/// this value is dropped.
pub(super) struct StagingFolder {
    dir: TempDir,
    /// Held for as long as the folder is in use.
    _lock: File,
}

impl StagingFolder {
    /// Makes a staging folder, and removes those of killed runs.
    pub(super) fn make() -> Result<Self> {
        let above = std::env::temp_dir();
        sweep(&above);
        Self::make_in(&above)
            .with_context(|| format!("cannot make a folder to check in below {}", above.display()))
    }

    fn make_in(above: &Path) -> Result<Self> {
        // Another run may remove the folder before it is locked.
        for _ in 0..100 {
            let dir = tempfile::Builder::new()
                .prefix(PREFIX)
                .rand_bytes(16)
                .permissions(Permissions::from_mode(0o700))
                .tempdir_in(above)?;
            let Some(lock) = lock(dir.path())? else { continue };
            for name in ["files", "work"] {
                DirBuilder::new().mode(0o700).create(dir.path().join(name))?;
            }
            return Ok(Self { dir, _lock: lock });
        }
        bail!("other runs keep removing it; try again")
    }

    /// The folder itself.
    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The folder that checkers read.
    pub(super) fn files(&self) -> PathBuf {
        self.dir.path().join("files")
    }

    /// The folder that checkers may write to.
    pub(super) fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    /// Creates a file below `files` that only our account may read.
    pub(super) fn create(path: &Path) -> Result<File> {
        let make = || {
            if let Some(folder) = path.parent() {
                DirBuilder::new().mode(0o700).recursive(true).create(folder)?;
            }
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
        };
        make().with_context(|| format!("cannot write {}", path.display()))
    }

    /// Writes a file below `files` that only our account may read.
    pub(super) fn write(path: &Path, text: &str) -> Result<()> {
        Self::create(path)?
            .write_all(text.as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Lets the group of an account read the files, and the account write to `work`.
    pub(super) fn give_to(&self, account: &CheckerAccount) -> Result<()> {
        let give = || -> io::Result<()> {
            for entry in WalkDir::new(self.files()) {
                let entry = entry?;
                lchown(entry.path(), None, Some(account.group))?;
                let mode = if entry.file_type().is_dir() { 0o750 } else { 0o640 };
                fs::set_permissions(entry.path(), Permissions::from_mode(mode))?;
            }
            fs::remove_dir_all(self.work())?;
            DirBuilder::new().mode(0o700).create(self.work())?;
            chown(self.work(), Some(account.id), Some(account.group))
        };
        give().with_context(|| format!("cannot give {} to {}", self.path().display(), account.name))
    }
}

/// Locks a folder; `None` if another run holds the lock or has removed the folder.
fn lock(path: &Path) -> io::Result<Option<File>> {
    let folder = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        folder => folder?,
    };
    match folder.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let id = |met: &fs::Metadata| (met.dev(), met.ino());
    let there = fs::symlink_metadata(path).ok().map(|met| id(&met));
    Ok((there == Some(id(&folder.metadata()?))).then_some(folder))
}

/// Removes the staging folders of our account that no run holds. One that cannot be removed stays; nobody else can
/// read it.
pub(super) fn sweep(above: &Path) {
    let me = rustix::process::geteuid().as_raw();
    for entry in fs::read_dir(above).into_iter().flatten().flatten() {
        let ours = || -> io::Result<bool> {
            // Do not follow links: anybody may put one there.
            let met = fs::symlink_metadata(entry.path())?;
            let named = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
            Ok(named && met.is_dir() && met.uid() == me && met.permissions().mode() & 0o077 == 0)
        };
        if ours().unwrap_or(false)
            && let Ok(Some(_lock)) = lock(&entry.path())
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::{StagingFolder, sweep};

    #[test]
    fn leftovers_of_killed_runs_are_swept_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let at = home.path();
        let live = StagingFolder::make_in(at).unwrap();
        let killed = StagingFolder::make_in(at).unwrap();
        fs::write(killed.files().join("secret"), "x").unwrap();
        let StagingFolder { dir, _lock } = killed;
        let killed = dir.keep();
        drop(_lock);
        // Another program's, and a link that leads to one.
        for name in ["other", "ipxegen-check-shared"] {
            fs::create_dir(at.join(name)).unwrap();
            fs::set_permissions(at.join(name), Permissions::from_mode(0o755)).unwrap();
        }
        symlink(at.join("other"), at.join("ipxegen-check-link")).unwrap();
        sweep(at);
        let mut left: Vec<_> = fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()).collect();
        left.sort();
        let mut wanted = vec![
            live.path().to_path_buf(),
            at.join("ipxegen-check-link"),
            at.join("ipxegen-check-shared"),
            at.join("other"),
        ];
        wanted.sort();
        assert_eq!(left, wanted);
        assert!(!killed.exists());
        drop(live);
        assert_eq!(fs::read_dir(at).unwrap().count(), 3);
    }

    #[test]
    fn nobody_else_reads_what_is_staged() {
        let home = tempfile::tempdir().unwrap();
        let folder = StagingFolder::make_in(home.path()).unwrap();
        StagingFolder::write(&folder.files().join("boot/etc/x"), "secret").unwrap();
        for entry in walkdir::WalkDir::new(folder.path()) {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
            assert_eq!(
                mode,
                if entry.file_type().is_dir() { 0o700 } else { 0o600 },
                "{}",
                entry.path().display()
            );
        }
    }
}
