//! The files that a pattern of `include` names.
//!
//! For each part of a pattern, every folder is listed once, under the first name that leads to it. So links in a circle
//! add nothing. Folders outside of the root are not listed.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use foldhash::HashSet;
use rustix::fs::{Dir, FileType, fstat};

use super::access::{Access, Root, Unread, is_git};
use crate::limits::INCLUDE_NAMES;

/// The files that match a pattern, relative to a folder, in order of name. A pattern without `*`, `?` and `[`
/// is one file, whether it exists or not.
pub(super) fn matching(
    access: &Access,
    root: &Root,
    folder: &Path,
    pattern: &str,
) -> Result<Vec<PathBuf>, Unread> {
    if !has_wildcard(pattern) {
        return Ok(vec![folder.join(pattern)]);
    }
    let mut search = Search { access, root, pattern, looked_at: 0 };
    let start = if pattern.starts_with('/') { Path::new("/") } else { folder };
    let mut here = vec![start.to_owned()];
    let mut parts = pattern.split('/').filter(|part| !matches!(*part, "" | ".")).peekable();
    let mut is_checked = false;
    while let Some(part) = parts.next() {
        if has_wildcard(part)
            && !std::mem::replace(&mut is_checked, true)
            && let [start] = here.as_slice()
        {
            access.check_folder(root, start)?;
        }
        if part == "**" {
            // `**/**` is the same as `**`.
            if parts.peek() != Some(&"**") {
                here = search.all_below(here)?;
            }
        } else if has_wildcard(part) {
            here = search.matches(here, part, parts.peek().is_some())?;
        } else {
            here.iter_mut().for_each(|path| path.push(part));
        }
    }
    // Folders are left out, and so are links that lead nowhere, such as the locks of editors. A pipe is kept: reading
    // it makes a finding.
    here.retain(|path| match fs::metadata(path) {
        Ok(met) => !met.is_dir(),
        Err(error) => !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory),
    });
    here.sort();
    here.dedup();
    Ok(if pattern.ends_with('/') { Vec::new() } else { here })
}

fn has_wildcard(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

struct Search<'s> {
    access: &'s Access,
    root: &'s Root,
    pattern: &'s str,
    looked_at: usize,
}

impl Search<'_> {
    /// The paths in these folders whose name matches.
    fn matches(
        &mut self,
        folders: Vec<PathBuf>,
        part: &str,
        folders_only: bool,
    ) -> Result<Vec<PathBuf>, Unread> {
        let names = glob::Pattern::new(part)
            .map_err(|error| Unread::new(format!("`{}` is no glob: {error}", self.pattern)))?;
        let (mut found, mut listed) = (Vec::new(), HashSet::default());
        for folder in folders {
            for (name, kind) in self.list(&folder, &mut listed)? {
                if names.matches(&name) && (!folders_only || may_be_folder(kind)) {
                    found.push(folder.join(name));
                }
            }
        }
        Ok(found)
    }

    /// These folders and all folders below them.
    fn all_below(&mut self, folders: Vec<PathBuf>) -> Result<Vec<PathBuf>, Unread> {
        let (mut found, mut listed) = (Vec::new(), HashSet::default());
        let mut ahead = folders;
        while let Some(folder) = ahead.pop() {
            let inside = self.list(&folder, &mut listed)?;
            let folders = inside.into_iter().filter(|(_, kind)| may_be_folder(*kind));
            ahead.extend(folders.map(|(name, _)| folder.join(name)));
            found.push(folder);
        }
        Ok(found)
    }

    /// The names in a folder, sorted; none if it is not a folder, or was listed before.
    fn list(
        &mut self,
        path: &Path,
        listed: &mut HashSet<(u64, u64)>,
    ) -> Result<Vec<(String, FileType)>, Unread> {
        let Some(folder) = self.access.open_folder(self.root, path)? else { return Ok(Vec::new()) };
        let failed = |error: rustix::io::Errno| Unread::failed(path, &error.into());
        let met = fstat(&folder).map_err(failed)?;
        if !listed.insert((met.st_dev, met.st_ino)) {
            return Ok(Vec::new());
        }
        let mut names = Vec::new();
        for entry in Dir::new(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            self.looked_at += 1;
            if self.looked_at > INCLUDE_NAMES {
                let message = format!("`{}` goes through more than {INCLUDE_NAMES} names", self.pattern);
                return Err(Unread::new(message).or_help("name the folders more exactly"));
            }
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") || is_git(name) {
                continue;
            }
            // A name that is not UTF-8 matches no pattern, and is shown nowhere.
            if let Some(name) = std::ffi::OsStr::from_bytes(name).to_str() {
                names.push((name.to_owned(), entry.file_type()));
            }
        }
        names.sort_by(|one, other| one.0.cmp(&other.0));
        Ok(names)
    }
}

/// A link may lead to a folder.
fn may_be_folder(kind: FileType) -> bool {
    matches!(kind, FileType::Directory | FileType::Symlink | FileType::Unknown)
}
