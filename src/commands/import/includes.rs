//! The files that imported files include. Any path may be included: there are limits to the search and to the size.

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
pub fn read(root: Option<&Path>, files: &mut Vec<SourceFile>) -> Result<()> {
    let mut root = root.map(ServerRoot::new).transpose()?;
    let mut known: HashSet<String> = files.iter().map(|file| file.path.clone()).collect();
    let (mut next, mut count, mut bytes) = (0, 0, 0);
    while let Some(file) = files.get(next) {
        let kind = file.kind;
        let mut included = Vec::new();
        for path in file.includes() {
            if path.contains(['*', '?']) {
                included.extend(matches(file, &path, root.as_mut())?);
                continue;
            }
            let here = match &mut root {
                Some(root) => root.file(&path)?,
                None => Some(path.clone().into()),
            };
            included.extend(here.map(|here| (path, here)));
        }
        for (path, here) in included {
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
        next += 1;
    }
    Ok(())
}

/// The files that a file includes by a pattern, which has `*` or `?` in the name of the file alone: a search in many folders
/// could take hours. Each has its path on the server, and the path here.
fn matches(
    file: &SourceFile,
    pattern: &str,
    root: Option<&mut ServerRoot>,
) -> Result<Vec<(String, PathBuf)>> {
    let (folder, name) = pattern.rsplit_once('/').map_or((".", pattern), |(folder, name)| (folder, name));
    let Ok(fits) = Pattern::new(&name.replace("**", "*")) else { return Ok(Vec::new()) };
    let folder = if folder.is_empty() { "/" } else { folder };
    let path = |name: &str| Path::new(folder).join(name).display().to_string();
    let is_included = |name: &String| fits.matches(name) && file.includes_by(pattern, name);
    let Some(root) = root else {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(is_included).collect();
        names.sort();
        return Ok(names.iter().map(|name| (path(name), path(name).into())).collect());
    };
    let mut found = Vec::new();
    for name in root.names(folder)?.iter().filter(|name| is_included(name)) {
        let path = path(name);
        found.extend(root.file(&path)?.map(|here| (path, here)));
    }
    Ok(found)
}
