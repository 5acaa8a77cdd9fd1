//! Opens a name in an open folder and follows no link.
//!
//! `source` reads the files that a site names in this way, and `tree` writes the rendered ones. Anyone who may write
//! to a folder can swap a name in it for a link between a look at the name and its use. Then opening fails, and the
//! link leads nowhere.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawMode, fstat, openat, statat};
use rustix::io::Errno;

/// Opens a folder to look up names in it. That needs no permission to list the folder.
pub const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY);

/// Why a name was not opened.
#[derive(Debug)]
pub enum NotOpened {
    /// It is not a regular file but this.
    Kind(&'static str),
    /// The system returned this error.
    Error(io::Error),
}

impl From<Errno> for NotOpened {
    fn from(error: Errno) -> Self {
        Self::Error(error.into())
    }
}

impl From<io::Error> for NotOpened {
    fn from(error: io::Error) -> Self {
        Self::Error(error)
    }
}

impl From<NotOpened> for io::Error {
    fn from(error: NotOpened) -> Self {
        match error {
            NotOpened::Kind(kind) => Self::other(format!("it is {kind}, not a file")),
            NotOpened::Error(error) => error,
        }
    }
}

/// Opens a name in a folder.
///
/// # Errors
/// The error of the system: `ELOOP` or `ENOTDIR` if the name is a link.
pub fn open(folder: impl AsFd, name: &OsStr, how: OFlags) -> Result<OwnedFd, Errno> {
    openat(folder, name, how | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

/// Opens a regular file in a folder, to read or to write it. It does not wait for a named pipe, and opens no device.
///
/// # Errors
/// If the name is not a regular file, or the system returns an error.
pub fn open_file(folder: impl AsFd, name: &OsStr, how: OFlags) -> Result<File, NotOpened> {
    check_kind(statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?.st_mode)?;
    let file = open(&folder, name, how | OFlags::NONBLOCK | OFlags::NOCTTY)?;
    // It may have been replaced since the look at it.
    check_kind(fstat(&file)?.st_mode)?;
    Ok(file.into())
}

fn check_kind(mode: RawMode) -> Result<(), NotOpened> {
    Err(NotOpened::Kind(match FileType::from_raw_mode(mode) {
        FileType::RegularFile => return Ok(()),
        FileType::Directory => "a folder",
        FileType::Fifo => "a named pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Symlink => "a link",
        FileType::Unknown => "something else",
    }))
}
