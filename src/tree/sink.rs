//! Takes the rendered bytes of a file. Each piece is hashed and compared with the existing file. A temporary file is
//! created at the first difference. The memory that this takes does not depend on the size of the file.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Read as _, Seek as _, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, Result};

use super::Content;
use super::attributes::Attributes;
use super::digest::Digest;
use super::folder::{FileStatus, Folder};
use super::home::Ids;
use super::place::{Spot, TEMP};
use super::syncs::Syncs;
use crate::progress::{Work, done};

const CHUNK: usize = 64 * 1024;

/// After this many bytes, a file is sent to the disk before it is complete.
const ENOUGH: usize = 8 << 20;

/// A rendered file.
pub(super) struct Staged {
    /// The hash of the bytes rendered.
    pub(super) hash: String,
    /// The file with them; `None` if the target has the same bytes.
    pub(super) temp: Option<Temp>,
}

/// The permissions of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rights {
    pub(super) mode: u32,
    /// The owner, if files get owners.
    pub(super) ids: Option<Ids>,
    /// An access control list that the file inherits from its folder is removed.
    pub(super) alone: bool,
}

impl Rights {
    /// A mode. The owner and an access control list are those that the folder gives to a new file.
    pub(super) fn mode(mode: u32) -> Self {
        Self { mode, ids: None, alone: false }
    }

    /// Whether a file has this mode, and this owner if one is given.
    pub(super) fn are_those_of(&self, met: &FileStatus) -> bool {
        met.mode == self.mode && self.ids.is_none_or(|ids| ids == met.ids)
    }

    /// Sets them for a file. The mode is set last, because a change of the owner clears some of its bits.
    pub(super) fn give(&self, file: &File) -> io::Result<()> {
        if let Some(Ids { user, group }) = self.ids {
            std::os::unix::fs::fchown(file, Some(user), Some(group))?;
        }
        file.set_permissions(Permissions::from_mode(self.mode))
    }
}

/// A temporary file. Dropping it removes the file.
pub(super) struct Temp {
    base: Folder,
    /// Its folder, below the base. It is a path, because many files would need too many open folders.
    folder: PathBuf,
    name: OsString,
    inode: (u64, u64),
    stays: bool,
}

impl Temp {
    /// Creates one in a folder, whose place below `base` is `place`.
    pub(super) fn new<R>(
        base: &Folder,
        folder: &Folder,
        place: PathBuf,
        mut make: impl FnMut(&OsStr) -> io::Result<R>,
    ) -> io::Result<(Self, R)> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMP.0).suffix(TEMP.1).rand_bytes(10).disable_cleanup(true);
        // It finds a name; the file is made and removed through the open folder.
        let named = builder.make_in("/", |path| make(path.file_name().unwrap_or_default()))?;
        let (made, path) = named.into_parts();
        let name = path.file_name().unwrap_or_default().to_owned();
        let inode = folder.met(&name)?.inode;
        Ok((Self { base: base.clone(), folder: place, name, inode, stays: false }, made))
    }

    /// Its path, for messages.
    pub(super) fn path(&self) -> PathBuf {
        self.base.path().join(&self.folder).join(&self.name)
    }

    /// Its folder, if the file in it is still ours.
    fn found(&self) -> io::Result<Folder> {
        let folder = self.base.below(&self.folder)?;
        if folder.met(&self.name)?.inode != self.inode {
            return Err(io::Error::other(format!("{} is no longer the same file", self.path().display())));
        }
        Ok(folder)
    }

    /// Renames it to its final name, and replaces a file of that name.
    ///
    /// # Errors
    /// The file, which is as before, and what the disk answers.
    pub(super) fn persist(mut self, to: &Folder, name: &OsStr) -> Result<(), (Self, io::Error)> {
        let rename = |temp: &Self| {
            let folder = temp.found()?;
            folder.rename(&temp.name, to, name)?;
            // If both names are the same file, renaming changes nothing.
            let _ = folder.remove(&temp.name);
            Ok(())
        };
        match rename(&self) {
            Ok(()) => {
                self.stays = true;
                Ok(())
            }
            Err(error) => Err((self, error)),
        }
    }

    /// Keeps the file under its temporary name.
    pub(super) fn keep(mut self) -> PathBuf {
        self.stays = true;
        self.path()
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        if !self.stays
            && let Ok(folder) = self.found()
        {
            let _ = folder.remove(&self.name);
        }
    }
}

/// Renders the file for `place` below `base`, where `spot` is; `syncs` brings it to the disk.
pub(super) fn stage(
    base: &Folder,
    place: &Path,
    spot: &Spot,
    rights: Rights,
    content: &dyn Content,
    digest: Digest,
    syncs: &mut Syncs,
) -> Result<Staged> {
    let target = base.path().join(place);
    let old = standing(base, place, spot)?;
    let sink = Sink {
        base,
        place,
        // The file has another name, or other attributes: replace it instead of repairing it.
        fresh: match (&old, spot) {
            (Some(old), Spot::File(met)) => {
                (met.links > 1 && !rights.are_those_of(met)) || !has_attributes(old, content)?
            }
            _ => false,
        },
        old,
        same: 0,
        chunk: vec![0; CHUNK],
        temp: None,
        digest,
        failure: None,
        target: &target,
        syncs,
        unsynced: 0,
    };
    let mut out = BufWriter::with_capacity(CHUNK, sink);
    let rendered = content.write_to(&mut out).and_then(|()| out.flush().map_err(Error::from));
    // Not dropped: a drop would write again after a failure.
    let (mut sink, _) = out.into_parts();
    if let Some(failure) = sink.failure.take() {
        return Err(failure).context(format!("cannot write {}", target.display()));
    }
    rendered.with_context(|| format!("cannot render {}", target.display()))?;
    sink.finish(rights, content.attributes()).with_context(|| format!("cannot write {}", target.display()))
}

/// The file at a path, if there is one.
fn standing(base: &Folder, place: &Path, spot: &Spot) -> Result<Option<File>> {
    let Spot::File(_) = spot else { return Ok(None) };
    let failed = || format!("cannot read {}", base.path().join(place).display());
    base.file_at(place).map(Some).with_context(failed)
}

/// Whether a file has the attributes that it should have, if that matters.
fn has_attributes(file: &File, content: &dyn Content) -> Result<bool> {
    let Some(wanted) = content.attributes() else { return Ok(true) };
    Ok(Attributes::of(file).context("cannot read attributes")?.agrees_with(wanted))
}

/// Whether these are the next bytes of a file; `chunk` has room for [`CHUNK`].
fn goes_on_with(old: &mut File, chunk: &mut [u8], bytes: &[u8]) -> io::Result<bool> {
    for part in bytes.chunks(CHUNK) {
        let there = &mut chunk[..part.len()];
        match old.read_exact(there) {
            Ok(()) if there == part => {}
            Ok(()) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// Renders without writing. Returns the hash, and whether the target has the same bytes and, if they matter, the same
/// attributes.
pub(super) fn compare(
    base: &Folder,
    place: &Path,
    spot: &Spot,
    content: &dyn Content,
    digest: Digest,
) -> Result<(String, bool)> {
    let target = base.path().join(place);
    let mut old = standing(base, place, spot)?;
    if let Some(file) = &old
        && !has_attributes(file, content)?
    {
        old = None;
    }
    let mut out = BufWriter::with_capacity(CHUNK, Comparing { old, chunk: vec![0; CHUNK], digest });
    content
        .write_to(&mut out)
        .and_then(|()| out.flush().map_err(Error::from))
        .with_context(|| format!("cannot render {}", target.display()))?;
    let (Comparing { old, mut chunk, digest }, _) = out.into_parts();
    let same = match old {
        Some(mut old) => {
            old.read(&mut chunk[..1]).with_context(|| format!("cannot read {}", target.display()))? == 0
        }
        None => false,
    };
    Ok((digest.finish(), same))
}

struct Comparing {
    /// No difference was found so far.
    old: Option<File>,
    chunk: Vec<u8>,
    digest: Digest,
}

impl Write for Comparing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        done(Work::Render, bytes.len() as u64);
        self.digest.update(bytes);
        if let Some(old) = &mut self.old
            && !goes_on_with(old, &mut self.chunk, bytes)?
        {
            self.old = None;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The hash of an existing file.
pub(super) fn hash(base: &Folder, place: &Path, mut digest: Digest) -> Result<String> {
    let read = || -> io::Result<String> {
        let mut file = base.file_at(place)?;
        let mut chunk = vec![0; CHUNK];
        loop {
            match file.read(&mut chunk) {
                Ok(0) => return Ok(digest.finish()),
                Ok(n) => digest.update(&chunk[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    };
    read().with_context(|| format!("cannot read {}", base.path().join(place).display()))
}

struct Sink<'a> {
    base: &'a Folder,
    place: &'a Path,
    /// Whether a new file is created even if the bytes are the same.
    fresh: bool,
    /// The existing file.
    old: Option<File>,
    /// The number of equal bytes, while there is no temporary file.
    same: u64,
    chunk: Vec<u8>,
    temp: Option<(Temp, File)>,
    digest: Digest,
    /// The error of the disk. The template engine may turn it into a text without the cause.
    failure: Option<io::Error>,
    /// Its final name.
    target: &'a Path,
    syncs: &'a mut Syncs,
    /// The number of bytes that were not sent to the disk yet.
    unsynced: usize,
}

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.take(bytes) {
            let copy = io::Error::new(error.kind(), error.to_string());
            self.failure.get_or_insert(error);
            return Err(copy);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink<'_> {
    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        done(Work::Render, bytes.len() as u64);
        self.digest.update(bytes);
        if self.temp.is_none() && self.goes_on_with(bytes)? {
            self.same += bytes.len() as u64;
            return Ok(());
        }
        let temp = self.part_ways()?;
        temp.write_all(bytes)?;
        self.unsynced += bytes.len();
        if self.unsynced >= ENOUGH {
            self.sync()?;
        }
        Ok(())
    }

    /// Sends the written bytes to the disk while more are rendered.
    fn sync(&mut self) -> io::Result<()> {
        self.unsynced = 0;
        match &self.temp {
            Some((_, file)) => self.syncs.push(file.try_clone()?, self.target.to_owned()),
            None => Ok(()),
        }
    }

    /// Whether these are the next bytes of the old file.
    fn goes_on_with(&mut self, bytes: &[u8]) -> io::Result<bool> {
        match &mut self.old {
            Some(old) => goes_on_with(old, &mut self.chunk, bytes),
            None => Ok(false),
        }
    }

    /// The temporary file. If there is none, it is created with the equal bytes so far.
    fn part_ways(&mut self) -> io::Result<&mut File> {
        let temp = match self.temp.take() {
            Some(temp) => temp,
            None => {
                // In the nearest existing folder above the target: it is on the same file system, and no folder has to
                // be created before everything is rendered.
                let (folder, place) = self.base.nearest(self.place)?;
                // Other users cannot read an unfinished file: it may hold a secret.
                let (temp, mut file) =
                    Temp::new(self.base, &folder, place, |name| folder.create(name, 0o600))?;
                if let Some(mut old) = self.old.take() {
                    old.rewind()?;
                    let copied = io::copy(&mut old.take(self.same), &mut file)?;
                    if copied != self.same {
                        return Err(io::Error::other("it was changed while it was being compared"));
                    }
                }
                (temp, file)
            }
        };
        Ok(&mut self.temp.insert(temp).1)
    }

    fn finish(mut self, rights: Rights, attributes: Option<&Attributes>) -> io::Result<Staged> {
        let ended = match (&self.temp, &mut self.old) {
            (None, Some(old)) => old.read(&mut self.chunk[..1])? == 0,
            _ => false,
        };
        if !ended || self.fresh {
            let file = self.part_ways()?;
            if rights.alone {
                Attributes::remove_inherited(file)?;
            }
            rights.give(file)?;
            if let Some(attributes) = attributes {
                attributes.give(file)?;
            }
            self.sync()?;
        }
        Ok(Staged { hash: self.digest.finish(), temp: self.temp.map(|(temp, _)| temp) })
    }
}
