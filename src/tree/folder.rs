//! Folders that are held open.
//!
//! Between a look at a path and its use, anyone who may write to a folder on the way can swap that folder for a
//! link. So a path is resolved once, name by name, and every operation then starts at an open folder and follows
//! no link at all: a swap makes the operation fail, and cannot lead it elsewhere.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, RawMode, Stat};
use rustix::io::Errno;

use super::home::Ids;
use crate::nofollow::{self, FOLDER};

/// An open folder. Clones share the handle.
#[derive(Clone, Debug)]
pub struct Folder {
    /// `None` if the folder does not exist: everything in it is missing.
    handle: Option<Arc<OwnedFd>>,
    /// For messages only.
    path: PathBuf,
}

/// The metadata of a file, a folder or a link.
#[derive(Clone, Copy, Debug)]
pub struct FileStatus {
    pub(super) kind: FileType,
    /// The permission bits.
    pub mode: u32,
    pub(super) ids: Ids,
    /// The number of hard links to it.
    pub(super) links: u64,
    /// Device and inode.
    pub(super) inode: (u64, u64),
}

impl From<Stat> for FileStatus {
    #[allow(
        clippy::useless_conversion,
        clippy::unnecessary_cast,
        reason = "the widths differ by architecture"
    )]
    fn from(stat: Stat) -> Self {
        Self {
            kind: FileType::from_raw_mode(stat.st_mode as RawMode),
            mode: u32::from(stat.st_mode) & 0o7777,
            ids: Ids { user: stat.st_uid, group: stat.st_gid },
            links: stat.st_nlink as u64,
            inode: (stat.st_dev as u64, stat.st_ino as u64),
        }
    }
}

impl FileStatus {
    /// The metadata of an open file.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        Ok(rustix::fs::fstat(file)?.into())
    }

    /// The numbers of the owner and the group.
    #[must_use]
    pub fn owner(&self) -> (u32, u32) {
        (self.ids.user, self.ids.group)
    }

    /// Whether root or the caller owns it.
    fn is_trusted(&self) -> bool {
        self.ids.user == 0 || self.ids.user == rustix::process::geteuid().as_raw()
    }

    /// Whether its group or everyone may write to it.
    fn is_shared(&self) -> bool {
        self.mode & 0o022 != 0
    }
}

/// The object that a name in a folder refers to; links are not followed.
pub(super) enum Entered {
    Folder(Folder),
    Missing,
    Other(FileStatus),
}

impl Folder {
    /// A folder that does not exist.
    pub(super) fn absent(path: &Path) -> Self {
        Self { handle: None, path: path.to_path_buf() }
    }

    /// Opens the folder at a path that a user gave, which is absent if it does not exist. Links on the way are
    /// followed if they can be trusted.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let (top, place) = start(path)?;
        let folder = top.maybe_below(&place).with_context(|| format!("cannot use {}", path.display()))?;
        Ok(Self { path: path.to_path_buf(), ..folder })
    }

    /// The path of the folder, for messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same folder under another name, for messages.
    pub(super) fn called(self, path: &Path) -> Self {
        Self { path: path.to_path_buf(), ..self }
    }

    /// Whether there is such a folder.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.handle.is_some()
    }

    fn handle(&self) -> io::Result<&OwnedFd> {
        self.handle.as_deref().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Goes to a name in this folder.
    pub(super) fn enter(&self, name: &OsStr) -> io::Result<Entered> {
        let Some(handle) = &self.handle else { return Ok(Entered::Missing) };
        // If the name changes between the look at it and opening it, try again.
        for _ in 0..10 {
            match nofollow::open(handle, name, FOLDER) {
                Ok(inner) => {
                    let path = self.path.join(name);
                    return Ok(Entered::Folder(Self { handle: Some(Arc::new(inner)), path }));
                }
                Err(Errno::NOENT) => return Ok(Entered::Missing),
                Err(Errno::NOTDIR | Errno::LOOP) => match self.met(name) {
                    Ok(met) if met.kind.is_dir() => {}
                    Ok(met) => return Ok(Entered::Other(met)),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Entered::Missing),
                    Err(error) => return Err(error),
                },
                Err(error) => return Err(error.into()),
            }
        }
        Err(io::Error::other(format!("{} keeps changing", self.path.join(name).display())))
    }

    /// Opens a folder below this one. No link is followed.
    pub fn below(&self, place: &Path) -> io::Result<Self> {
        let mut folder = self.clone();
        for name in place {
            match folder.enter(name)? {
                Entered::Folder(inner) => folder = inner,
                Entered::Missing => return Err(io::ErrorKind::NotFound.into()),
                Entered::Other(met) => return Err(blocked(&folder.path.join(name), met)),
            }
        }
        Ok(folder)
    }

    /// The same; absent if there is no such folder.
    pub fn maybe_below(&self, place: &Path) -> io::Result<Self> {
        match self.below(place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::absent(&self.path.join(place))),
            other => other,
        }
    }

    /// The parent folder of a place, and the place's name in it.
    pub(super) fn above<'a>(&self, place: &'a Path) -> io::Result<(Self, &'a OsStr)> {
        let name = place.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        Ok((self.below(place.parent().unwrap_or(Path::new("")))?, name))
    }

    /// The nearest existing folder above a place, and that folder's place.
    pub(super) fn nearest(&self, place: &Path) -> io::Result<(Self, PathBuf)> {
        let (mut folder, mut at) = (self.clone(), PathBuf::new());
        for name in place.parent().unwrap_or(Path::new("")) {
            match folder.enter(name)? {
                Entered::Folder(inner) => folder = inner,
                Entered::Missing => break,
                Entered::Other(met) => return Err(blocked(&folder.path.join(name), met)),
            }
            at.push(name);
        }
        Ok((folder, at))
    }

    /// The metadata of a name.
    pub(super) fn met(&self, name: &OsStr) -> io::Result<FileStatus> {
        Ok(rustix::fs::statat(self.handle()?, name, AtFlags::SYMLINK_NOFOLLOW)?.into())
    }

    /// The metadata of the folder itself.
    pub(super) fn itself(&self) -> io::Result<FileStatus> {
        Ok(rustix::fs::fstat(self.handle()?)?.into())
    }

    /// Opens a regular file for reading.
    pub fn file(&self, name: &OsStr) -> io::Result<File> {
        Ok(nofollow::open_file(self.handle()?, name, OFlags::RDONLY)?)
    }

    /// Opens a regular file below this folder for reading.
    ///
    /// # Errors
    /// If there is none, or a link or something else is on the way.
    pub fn file_at(&self, place: &Path) -> io::Result<File> {
        let (folder, name) = self.above(place)?;
        folder.file(name)
    }

    /// The bytes of a regular file below this folder.
    ///
    /// # Errors
    /// As [`Folder::file_at`].
    pub fn read(&self, place: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut self.file_at(place)?, &mut bytes)?;
        Ok(bytes)
    }

    /// Creates a file for writing; it must not exist.
    pub(super) fn create(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(self.handle()?, name, flags, Mode::from_raw_mode(mode as RawMode))?.into())
    }

    /// Opens a regular file for writing.
    pub(super) fn writable(&self, name: &OsStr) -> io::Result<File> {
        Ok(nofollow::open_file(self.handle()?, name, OFlags::WRONLY)?)
    }

    /// Makes a folder with exactly this mode, whatever the umask; `false` if it is there already.
    pub fn make(&self, name: &OsStr, mode: u32) -> io::Result<(Self, bool)> {
        let made = match rustix::fs::mkdirat(self.handle()?, name, Mode::from_raw_mode(mode as RawMode)) {
            Ok(()) => true,
            Err(Errno::EXIST) => false,
            Err(error) => return Err(error.into()),
        };
        let folder = self.below(Path::new(name))?;
        // Not a folder that was put in its place: that one is not empty, or contains nothing to see.
        if made && folder.itself()?.mode & 0o777 != mode && folder.names()?.is_empty() {
            rustix::fs::fchmod(folder.reading()?, Mode::from_raw_mode(mode as RawMode))?;
        }
        Ok((folder, made))
    }

    /// Removes a file or a link.
    pub fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(self.handle()?, name, AtFlags::empty())?)
    }

    /// Removes an empty folder.
    pub fn remove_folder(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(self.handle()?, name, AtFlags::REMOVEDIR)?)
    }

    /// Removes a folder with all that is in it, or a file.
    pub fn remove_all(&self, name: &OsStr) -> io::Result<()> {
        match self.enter(name)? {
            Entered::Missing => Ok(()),
            Entered::Other(_) => self.remove(name),
            Entered::Folder(inner) => {
                for (name, _) in inner.names()? {
                    inner.remove_all(&name)?;
                }
                self.remove_folder(name)
            }
        }
    }

    /// Renames a name of this folder, here or into another folder.
    pub fn rename(&self, old: &OsStr, to: &Self, new: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::renameat(self.handle()?, old, to.handle()?, new)?)
    }

    /// Gives a file of this folder a second name in it.
    pub(super) fn link(&self, old: &OsStr, new: &OsStr) -> io::Result<()> {
        let handle = self.handle()?;
        Ok(rustix::fs::linkat(handle, old, handle, new, AtFlags::empty())?)
    }

    /// The names in this folder, and whether each is a folder.
    pub fn names(&self) -> io::Result<Vec<(OsString, bool)>> {
        if self.handle.is_none() {
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        for entry in Dir::read_from(self.reading()?)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            let is_folder = match entry.file_type() {
                FileType::Unknown => self.met(name).is_ok_and(|met| met.kind.is_dir()),
                kind => kind.is_dir(),
            };
            names.push((name.to_owned(), is_folder));
        }
        Ok(names)
    }

    /// Syncs the folder's entries to the disk, if the file system can sync folders.
    pub fn sync(&self) -> Result<()> {
        match self.reading().and_then(|folder| Ok(rustix::fs::fsync(folder)?)) {
            Err(error)
                if !matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput
                        | io::ErrorKind::Unsupported
                        | io::ErrorKind::PermissionDenied
                        | io::ErrorKind::NotFound
                ) =>
            {
                Err(error).context(format!("cannot bring {} to the disk", self.path.display()))
            }
            _ => Ok(()),
        }
    }

    /// The same folder, open for more than finding names.
    fn reading(&self) -> io::Result<OwnedFd> {
        Ok(nofollow::open(self.handle()?, OsStr::new("."), OFlags::RDONLY | OFlags::DIRECTORY)?)
    }
}

/// Describes the file that is in the place of a folder.
fn blocked(path: &Path, met: FileStatus) -> io::Error {
    let what = if met.kind.is_symlink() { "now a symbolic link, which is not followed" } else { "no folder" };
    io::Error::other(format!("{} is {what}", path.display()))
}

/// The root folder, and where a folder that a user named is below it, the links on the way and in its own place
/// followed if they can be trusted.
pub(super) fn start(path: &Path) -> Result<(Folder, PathBuf)> {
    let whole = std::path::absolute(path).with_context(|| format!("cannot use {}", path.display()))?;
    let handle = rustix::fs::open("/", FOLDER | OFlags::CLOEXEC, Mode::empty()).context("cannot open /")?;
    let top = Folder { handle: Some(Arc::new(handle)), path: PathBuf::from("/") };
    // The last name is not followed: this one stands for any file in the folder.
    let mut place = resolve(&top, &whole.join("file"), path)?.place;
    place.pop();
    Ok((top, place))
}

/// The result of resolving a path.
pub(super) struct Resolved {
    /// Below the folder that it was resolved in, without links and `..`.
    pub(super) place: PathBuf,
    /// The first folder on the path in which other users could replace our file.
    pub(super) shared: Option<PathBuf>,
}

/// A folder on the way.
struct Level {
    folder: Folder,
    /// Its name in the folder above.
    name: OsString,
    /// The first folder, down to this one, that others can move or whose owner is not trusted.
    movable: Option<PathBuf>,
    /// Its group or everyone may write to it.
    shared: bool,
}

impl Level {
    fn new(folder: Folder, name: OsString, above: Option<&Self>) -> Result<Self> {
        let met = folder.itself().with_context(|| format!("cannot look at {}", folder.path.display()))?;
        let above = above.and_then(|above| above.movable.clone());
        // In a sticky folder such as /tmp, only the owner can move what is there.
        let is_movable = !met.is_trusted() || (met.is_shared() && met.mode & 0o1000 == 0);
        let movable = above.or_else(|| is_movable.then(|| folder.path.clone()));
        Ok(Self { folder, name, movable, shared: met.is_shared() })
    }

    /// The folder, this one or one above, in which others could replace or plant a name.
    fn open_to_others(&self) -> Option<PathBuf> {
        self.movable.clone().or_else(|| self.shared.then(|| self.folder.path.clone()))
    }
}

/// Resolves a path inside a folder as the machine whose root it is would: an absolute link begins at that folder
/// again, and no `..` leads above it. The last name is not followed.
///
/// A link is followed only if nobody but root and the caller can have set it: one of them owns the link and every
/// folder on the way to it, and neither group nor others may write to these folders. A folder inside a sticky one
/// is good enough; a link directly in a sticky folder is not, because anyone may make a hard link to one of root's links there.
pub(super) fn resolve(root: &Folder, place: &Path, shown: &Path) -> Result<Resolved> {
    let mut left = names(place);
    let mut way = vec![Level::new(root.clone(), OsString::new(), None)?];
    // Names behind the last folder that exists.
    let mut missing: Vec<OsString> = Vec::new();
    let mut links = 0;
    // The number of names in `left` that come from a link, not from the path itself.
    let mut borrowed = 0_usize;
    while let Some(name) = left.pop_front() {
        let of_link = borrowed > 0;
        borrowed = borrowed.saturating_sub(1);
        if name == ".." {
            if missing.pop().is_none() && way.len() > 1 {
                way.pop();
            }
            continue;
        }
        if left.is_empty() || !missing.is_empty() {
            missing.push(name);
            continue;
        }
        let Some(level) = way.last() else { break };
        let here = level.folder.path.join(&name);
        match level.folder.enter(&name).with_context(|| format!("cannot look at {}", here.display()))? {
            Entered::Folder(inner) => {
                let inner = Level::new(inner, name, Some(level))?;
                way.push(inner);
            }
            Entered::Missing if of_link => bail!(
                "{} is reached by a symbolic link that leads nowhere: there is no {}",
                shown.display(),
                here.display()
            ),
            Entered::Other(met) if met.kind.is_symlink() => {
                links += 1;
                if links > 40 {
                    bail!("{} is reached by symbolic links that lead to each other", shown.display());
                }
                trust(level, &here, met, shown)?;
                let target = rustix::fs::readlinkat(level.folder.handle()?, &name, Vec::new())
                    .with_context(|| format!("cannot read {}", here.display()))?;
                let target = PathBuf::from(OsStr::from_bytes(target.to_bytes()));
                if target.is_absolute() {
                    way.truncate(1);
                }
                let target = names(&target);
                borrowed += target.len();
                for name in target.into_iter().rev() {
                    left.push_front(name);
                }
            }
            // A name that is not a folder is reported where it is used.
            Entered::Missing | Entered::Other(_) => missing.push(name),
        }
    }
    // A missing folder will be created by us, also in a sticky folder.
    let shared = way.last().and_then(|last| match missing.len() {
        1 => last.open_to_others(),
        _ => last.movable.clone(),
    });
    let place = way.into_iter().skip(1).map(|level| level.name).chain(missing).collect();
    Ok(Resolved { place, shared })
}

/// Refuses a link that others may have set.
fn trust(level: &Level, link: &Path, met: FileStatus, shown: &Path) -> Result<()> {
    let why = match level.open_to_others() {
        Some(folder) => format!("others may change {}", folder.display()),
        None if !met.is_trusted() => format!("it belongs to the user {}", met.ids.user),
        None => return Ok(()),
    };
    bail!(
        "{} is reached by the symbolic link {}, which is not followed: {why}; use the path that it leads to, or give \
         the link and the folders above it to root and let nobody else write to them",
        shown.display(),
        link.display()
    )
}

fn names(path: &Path) -> VecDeque<OsString> {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsString::from("..")),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    parts.collect()
}
