//! Where rendered bytes go: they are hashed, and compared with the file that stands there as
//! they come. Only from the first difference on there is a temporary file. Memory does not grow
//! with the file.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, BufWriter, Read as _, Seek as _, Write};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Error, Result};
use sha2::{Digest as _, Sha256};
use tempfile::{NamedTempFile, TempPath};

use super::Content;
use super::home::Ids;
use super::place::{Spot, TEMP, folder_near};
use super::syncs::Syncs;
use crate::progress::{Work, done};

const CHUNK: usize = 64 * 1024;

/// How many bytes of a file are worth the disk's attention before it is whole.
const ENOUGH: usize = 8 << 20;

/// A rendered file.
pub(super) struct Staged {
    /// The hash of the bytes rendered.
    pub(super) sha256: String,
    /// Where they are; `None` if the same bytes stand at the target.
    pub(super) temp: Option<TempPath>,
}

/// Renders the file for `place` below `dir`, where `spot` is; `syncs` brings it to the disk.
pub(super) fn stage(
    dir: &Path,
    place: &Path,
    spot: &Spot,
    rights: (u32, Option<Ids>),
    content: &dyn Content,
    syncs: &mut Syncs,
) -> Result<Staged> {
    let target = dir.join(place);
    let old = match spot {
        Spot::File(_) => {
            Some(fs::File::open(&target).with_context(|| format!("cannot read {}", target.display()))?)
        }
        _ => None,
    };
    let sink = Sink {
        folder: folder_near(&target),
        old,
        same: 0,
        chunk: vec![0; CHUNK],
        temp: None,
        hash: Sha256::new(),
        failure: None,
        target: &target,
        syncs,
        unsynced: 0,
    };
    let mut out = BufWriter::with_capacity(CHUNK, sink);
    let rendered = content.write_to(&mut out).and_then(|()| out.flush().map_err(Error::from));
    // Not dropped: that would write once more after a failure.
    let (mut sink, _) = out.into_parts();
    if let Some(failure) = sink.failure.take() {
        return Err(failure).context(format!("cannot write {}", target.display()));
    }
    rendered.with_context(|| format!("cannot render {}", target.display()))?;
    sink.finish(rights).with_context(|| format!("cannot write {}", target.display()))
}

/// Whether these are the next bytes of a file; `chunk` has room for [`CHUNK`].
fn goes_on_with(old: &mut fs::File, chunk: &mut [u8], bytes: &[u8]) -> io::Result<bool> {
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

/// Renders without writing: the hash, and whether the same bytes stand at the target.
pub(super) fn compare(
    dir: &Path,
    place: &Path,
    spot: &Spot,
    content: &dyn Content,
) -> Result<(String, bool)> {
    let target = dir.join(place);
    let old = match spot {
        Spot::File(_) => {
            Some(fs::File::open(&target).with_context(|| format!("cannot read {}", target.display()))?)
        }
        _ => None,
    };
    let mut out =
        BufWriter::with_capacity(CHUNK, Comparing { old, chunk: vec![0; CHUNK], hash: Sha256::new() });
    content
        .write_to(&mut out)
        .and_then(|()| out.flush().map_err(Error::from))
        .with_context(|| format!("cannot render {}", target.display()))?;
    let (Comparing { old, mut chunk, hash }, _) = out.into_parts();
    let same = match old {
        Some(mut old) => {
            old.read(&mut chunk[..1]).with_context(|| format!("cannot read {}", target.display()))? == 0
        }
        None => false,
    };
    Ok((hex(hash), same))
}

struct Comparing {
    /// As long as all was the same.
    old: Option<fs::File>,
    chunk: Vec<u8>,
    hash: Sha256,
}

impl Write for Comparing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        done(Work::Render, bytes.len() as u64);
        self.hash.update(bytes);
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

/// The hash of a file as it stands.
pub(super) fn hash(path: &Path) -> Result<String> {
    let read = || -> io::Result<String> {
        let mut file = fs::File::open(path)?;
        let mut hash = Sha256::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            match file.read(&mut chunk) {
                Ok(0) => return Ok(hex(hash)),
                Ok(n) => hash.update(&chunk[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    };
    read().with_context(|| format!("cannot read {}", path.display()))
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A new temporary file's name is made with `make` in `folder`.
pub(super) fn temporary<R>(
    folder: &Path,
    make: impl FnMut(&Path) -> io::Result<R>,
) -> io::Result<NamedTempFile<R>> {
    tempfile::Builder::new().prefix(TEMP.0).suffix(TEMP.1).rand_bytes(10).make_in(folder, make)
}

struct Sink<'a> {
    /// Where the temporary file goes.
    folder: &'a Path,
    /// The file that stands there.
    old: Option<fs::File>,
    /// So many bytes were the same, when there is no temporary file.
    same: u64,
    chunk: Vec<u8>,
    temp: Option<NamedTempFile>,
    hash: Sha256,
    /// What the disk answered. Whoever renders may make a text of it that no longer tells.
    failure: Option<io::Error>,
    /// What it will be called.
    target: &'a Path,
    syncs: &'a mut Syncs,
    /// So many bytes wait for the disk.
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
        self.hash.update(bytes);
        if self.temp.is_none() && self.goes_on_with(bytes)? {
            self.same += bytes.len() as u64;
            return Ok(());
        }
        let temp = self.part_ways()?;
        temp.as_file_mut().write_all(bytes)?;
        self.unsynced += bytes.len();
        if self.unsynced >= ENOUGH {
            self.sync()?;
        }
        Ok(())
    }

    /// Has what there is brought to the disk, while more is rendered.
    fn sync(&mut self) -> io::Result<()> {
        self.unsynced = 0;
        match &self.temp {
            Some(temp) => self.syncs.push(temp.as_file().try_clone()?, self.target.to_owned()),
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

    /// The temporary file; made now if it is not there, with what was the same so far.
    fn part_ways(&mut self) -> io::Result<&mut NamedTempFile> {
        let temp = match self.temp.take() {
            Some(temp) => temp,
            None => {
                // Nobody else reads what is not finished: it may hold a secret.
                let mut temp = temporary(self.folder, |path| {
                    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
                })?;
                if let Some(mut old) = self.old.take() {
                    old.rewind()?;
                    let copied = io::copy(&mut old.take(self.same), temp.as_file_mut())?;
                    if copied != self.same {
                        return Err(io::Error::other("it was changed while it was being compared"));
                    }
                }
                temp
            }
        };
        Ok(self.temp.insert(temp))
    }

    fn finish(mut self, (mode, ids): (u32, Option<Ids>)) -> io::Result<Staged> {
        let ended = match (&self.temp, &mut self.old) {
            (None, Some(old)) => old.read(&mut self.chunk[..1])? == 0,
            _ => false,
        };
        if !ended {
            let file = self.part_ways()?.as_file();
            if let Some(Ids { user, group }) = ids {
                std::os::unix::fs::fchown(file, Some(user), Some(group))?;
            }
            file.set_permissions(Permissions::from_mode(mode))?;
            self.sync()?;
        }
        Ok(Staged { sha256: hex(self.hash), temp: self.temp.map(NamedTempFile::into_temp_path) })
    }
}
