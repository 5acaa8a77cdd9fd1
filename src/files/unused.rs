//! Files below the TFTP root that nothing in the site names.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use foldhash::HashSet;
use walkdir::WalkDir;

use crate::model::{Content, Script, Site};
use crate::report::catalogue::UNUSED_FILE;
use crate::report::{Finding, visible};
use crate::source::Span;

/// Up to this many unused files of a folder with used files are reported one by one.
const ONE_BY_ONE: usize = 5;

/// The used files and folders, by their paths on this machine. Whole paths as bytes: hashing them part by part, as
/// [`Path`] does, would cost as much as all the rest.
#[derive(Default)]
pub(super) struct Used {
    files: HashSet<OsString>,
    folders: HashSet<OsString>,
}

impl Used {
    pub(super) fn file(&mut self, path: &Path) {
        self.files.insert(path.as_os_str().to_owned());
    }

    /// Everything in a folder is used.
    pub(super) fn folder(&mut self, path: &Path) {
        self.folders.insert(path.as_os_str().to_owned());
    }

    /// The names in command lines, URLs and script lines: the end of any path in them may be a file or folder below the
    /// root. It is better to miss an unused file than to report one that a client fetches.
    pub(super) fn named(&mut self, site: &Site<'_>, root: &Path) {
        let mut texts: Vec<Cow<'_, str>> = Vec::new();
        for entry in &site.entries {
            texts.extend(entry.texts().into_iter().map(Cow::Owned));
            for file in &entry.published {
                self.file(&root.join(&file.path));
                if let Content::Text(text) = &file.content {
                    texts.push(text.into());
                }
            }
            texts.extend(entry.dir.as_deref().filter(|_| entry.files.is_empty()).map(Cow::Borrowed));
        }
        texts.extend(site.ipxe.hook.as_ref().map(|hook| hook.value.as_str().into()));
        let (Script::Tftp(path) | Script::Http(path) | Script::Url(path)) = &site.ipxe.script;
        self.file(&root.join(path.trim_start_matches('/')));
        texts.push(path.into());
        for text in texts {
            for word in text.split(|char: char| char.is_whitespace() || "=,;\"'".contains(char)) {
                let ends = word.match_indices('/').map(|(at, _)| word.get(at + 1..).unwrap_or_default());
                for end in ends.map(|end| end.trim_matches('/')).filter(|end| !end.is_empty()) {
                    self.file(&root.join(end));
                    self.folder(&root.join(end));
                }
            }
        }
    }
}

/// A folder that is being walked.
struct OpenFolder {
    path: PathBuf,
    depth: usize,
    used: bool,
    count: u64,
    bytes: u64,
    /// The unused files in it.
    loose: Vec<(OsString, u64)>,
    /// The findings below it, which are reported if some of it is used.
    below: Vec<Unused>,
}

/// A file or folder that nothing names.
struct Unused {
    path: PathBuf,
    /// A folder as a whole, or some of its files.
    files: Option<(u64, Vec<OsString>)>,
    bytes: u64,
}

/// Finds them. `root` is the TFTP root on this machine, `shown` on the server.
pub(super) fn find(
    used: &Used,
    root: &Path,
    shown: &str,
    span: Span,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let mut open: Vec<OpenFolder> = Vec::new();
    let mut found = Vec::new();
    if used.folders.contains(root.as_os_str()) {
        return Ok(());
    }
    let mut walk = WalkDir::new(root).into_iter();
    while let Some(entry) = walk.next() {
        let entry = entry.with_context(|| format!("cannot walk through {}", root.display()))?;
        while open.last().is_some_and(|folder| folder.depth >= entry.depth()) {
            close(&mut open, &mut found);
        }
        let path = entry.path().as_os_str();
        if entry.file_type().is_dir() {
            if used.folders.contains(path) {
                open.iter_mut().for_each(|folder| folder.used = true);
                walk.skip_current_dir();
                continue;
            }
            open.push(OpenFolder {
                path: entry.path().to_owned(),
                depth: entry.depth(),
                used: entry.depth() == 0,
                count: 0,
                bytes: 0,
                loose: Vec::new(),
                below: Vec::new(),
            });
        } else if used.files.contains(path) {
            if let Some(folder) = open.last_mut() {
                folder.used = true;
            }
        } else {
            let bytes = entry.metadata().map_or(0, |meta| meta.len());
            if let Some(folder) = open.last_mut() {
                folder.count += 1;
                folder.bytes += bytes;
                folder.loose.push((entry.file_name().to_owned(), bytes));
            }
        }
    }
    while !open.is_empty() {
        close(&mut open, &mut found);
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    findings.extend(found.iter().map(|unused| finding(unused, root, shown, span)));
    Ok(())
}

/// Leaves the innermost folder, and reports it as a whole if nothing in it is used.
fn close(open: &mut Vec<OpenFolder>, found: &mut Vec<Unused>) {
    let Some(mut folder) = open.pop() else { return };
    let mut result = std::mem::take(&mut folder.below);
    if folder.used {
        if folder.loose.len() <= ONE_BY_ONE {
            let one = |(name, bytes)| Unused { path: folder.path.join(name), files: None, bytes };
            result.extend(folder.loose.into_iter().map(one));
        } else {
            let mut names: Vec<_> = folder.loose.iter().map(|(name, _)| name.clone()).collect();
            names.sort();
            let bytes = folder.loose.iter().map(|(_, bytes)| bytes).sum();
            let files = Some((names.len() as u64, names));
            result.push(Unused { path: folder.path, files, bytes });
        }
        if let Some(above) = open.last_mut() {
            above.used = true;
        }
    } else if folder.count > 0 {
        let files = Some((folder.count, Vec::new()));
        result = vec![Unused { path: folder.path, files, bytes: folder.bytes }];
        if let Some(above) = open.last_mut() {
            above.count += folder.count;
            above.bytes += folder.bytes;
        }
    }
    match open.last_mut() {
        Some(above) => above.below.extend(result),
        None => found.extend(result),
    }
}

fn finding(unused: &Unused, root: &Path, shown: &str, span: Span) -> Finding {
    let below = unused.path.strip_prefix(root).unwrap_or(&unused.path);
    let path = crate::model::join(shown, &below.to_string_lossy());
    let (path, size) = (visible(&path), size(unused.bytes));
    let message = match &unused.files {
        None => format!("nothing in the site uses {path} ({size})"),
        Some((count, names)) if names.is_empty() => {
            let files = if *count == 1 { "1 file".to_owned() } else { format!("{count} files") };
            format!("nothing in the site uses the folder {path} ({files}, {size})")
        }
        Some((count, names)) => {
            let some: Vec<_> = names.iter().take(3).map(|name| name.to_string_lossy()).collect();
            let some = some.join(", ");
            format!("nothing in the site uses {count} files in {path} ({}, …; {size})", visible(&some))
        }
    };
    Finding::new(&UNUSED_FILE, span, message).help("remove what no client needs: everybody can fetch it")
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn size(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["bytes", "kB", "MB", "GB"] {
        if size < 1000.0 {
            return if unit == "bytes" { format!("{bytes} bytes") } else { format!("{size:.1} {unit}") };
        }
        size /= 1000.0;
    }
    format!("{size:.1} TB")
}
