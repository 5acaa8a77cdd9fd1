//! The files that imported files include. Any path may be included: there are limits to the search and to the size.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use foldhash::HashSet;
use glob::Pattern;

use super::text;
use crate::files::ServerRoot;
use crate::import::SourceFile;
use crate::limits::TEXT_BYTES;

/// The most files that are included.
const FILES: usize = 10_000;

/// Adds the files that the files include.
pub(super) fn read(root: Option<&Path>, files: &mut Vec<SourceFile>) -> Result<()> {
    let mut root = root.map(ServerRoot::new).transpose()?;
    let mut known: HashSet<String> = files.iter().map(|file| file.path.clone()).collect();
    let (mut next, mut count, mut bytes) = (0, 0, 0);
    while let Some(file) = files.get(next) {
        let kind = file.kind;
        for path in file.includes() {
            let is_pattern = path.contains(['*', '?']);
            let here: Vec<PathBuf> = match &mut root {
                // The search has found all files of such a folder.
                Some(_) if is_pattern => Vec::new(),
                Some(root) => root.file(&path)?.into_iter().collect(),
                None if is_pattern => matches(&path),
                None => vec![path.clone().into()],
            };
            for here in here {
                let path = if is_pattern { here.display().to_string() } else { path.clone() };
                // A file that is missing is reported at its `include`.
                if !known.contains(&path)
                    && let Ok(text) = text(&here)
                {
                    count += 1;
                    bytes += text.len() as u64;
                    if count > FILES || bytes > TEXT_BYTES {
                        bail!("more than {FILES} files, or {TEXT_BYTES} bytes, are included");
                    }
                    known.insert(path.clone());
                    files.push(SourceFile { path, kind, included: kind.nests(), text });
                }
            }
        }
        next += 1;
    }
    Ok(())
}

/// The paths that fit a pattern, which has `*` or `?` in the name of the file alone: a search in many folders could take
/// hours.
fn matches(pattern: &str) -> Vec<PathBuf> {
    let (folder, name) = pattern.rsplit_once('/').map_or((".", pattern), |(folder, name)| (folder, name));
    let Ok(names) = Pattern::new(&name.replace("**", "*")) else { return Vec::new() };
    let folder = if folder.is_empty() { "/" } else { folder };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
    let fits = |name: &OsStr| name.to_str().is_some_and(|name| !name.starts_with('.') && names.matches(name));
    let mut found: Vec<PathBuf> =
        entries.filter(|name| fits(name)).map(|name| Path::new(folder).join(name)).collect();
    found.sort();
    found
}
