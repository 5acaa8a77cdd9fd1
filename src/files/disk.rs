//! The server's file system as a folder of this machine: paths are the server's, and symbolic links
//! never lead out of the folder.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};
use rustc_hash::FxHashMap;

/// The number of links that Linux follows.
const MOST_LINKS: usize = 40;

pub(super) struct Disk {
    root: PathBuf,
    /// The names of each folder in which a name was missing.
    listed: FxHashMap<PathBuf, Vec<OsString>>,
}

/// The result of looking up a path.
pub(super) enum PathStatus {
    ExistingFile(Box<ExistingFile>),
    /// Nothing: the first part that does not exist, as the server sees it.
    Missing {
        at: String,
    },
    /// A link that leads to nothing.
    Dangling {
        link: String,
        target: String,
    },
    /// Links that lead to each other.
    Loop,
}

/// An existing file or folder.
pub(super) struct ExistingFile {
    /// Where it really is, on this machine.
    pub(super) path: PathBuf,
    pub(super) meta: Metadata,
    /// The folders on the way, outermost first.
    pub(super) folders: Vec<Folder>,
    /// The symbolic links on the way, on this machine.
    pub(super) links: Vec<PathBuf>,
    /// The path on the disk, if only the case of letters differs.
    pub(super) respelt: Option<String>,
}

/// A folder on the way.
pub(super) struct Folder {
    /// As the server sees it.
    pub(super) path: String,
    pub(super) meta: Metadata,
}

/// The permission bits.
pub(super) fn mode(meta: &Metadata) -> u32 {
    meta.mode() & 0o7777
}

/// A part of a path that is not looked up yet, and its index in the original path.
struct Step {
    name: OsString,
    asked: Option<usize>,
}

impl Disk {
    /// `root` is canonical.
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, listed: FxHashMap::default() }
    }

    /// A path of the server's as a path of this machine, links not followed.
    pub(super) fn here(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// A path of this machine as the server sees it; `None` outside of the root.
    pub(super) fn on_server(&self, path: &Path) -> Option<String> {
        let below = path.strip_prefix(&self.root).ok()?;
        Some(format!("/{}", below.to_string_lossy()))
    }

    /// Looks up a path of the server's.
    pub(super) fn find(&mut self, path: &str) -> Result<PathStatus> {
        let root = self.root.clone();
        self.find_below(&root, path)
    }

    /// Looks up a path as a process sees it whose root is `top`, a folder of this machine.
    pub(super) fn find_below(&mut self, top: &Path, path: &str) -> Result<PathStatus> {
        let mut spelling: Vec<OsString> =
            path.split('/').filter(|part| !part.is_empty()).map(OsString::from).collect();
        let mut respelt = false;
        let mut ahead: VecDeque<Step> = spelling
            .iter()
            .enumerate()
            .map(|(at, name)| Step { name: name.clone(), asked: Some(at) })
            .collect();
        let mut now = top.to_owned();
        let mut meta = metadata(&now)?.with_context(|| format!("{} is not there", now.display()))?;
        let mut folders = Vec::new();
        let mut links: Vec<PathBuf> = Vec::new();
        // The last followed link whose parts are not looked up yet: it is reported if it leads to nothing.
        let mut followed: Option<(PathBuf, PathBuf)> = None;
        while let Some(step) = ahead.pop_front() {
            if step.name == ".." {
                if now != top {
                    now.pop();
                    meta = metadata(&now)?.with_context(|| format!("{} is not there", now.display()))?;
                }
                continue;
            }
            let missing = |now: &Path, name: &OsStr, followed: &Option<(PathBuf, PathBuf)>| {
                let shown = |path: &Path| self_on_server(&self.root, path);
                match followed {
                    Some((link, target)) if step.asked.is_none() => PathStatus::Dangling {
                        link: shown(link),
                        target: target.to_string_lossy().into_owned(),
                    },
                    _ => PathStatus::Missing { at: shown(&now.join(name)) },
                }
            };
            if !meta.is_dir() {
                return Ok(missing(&now, &step.name, &followed));
            }
            folders.push(Folder { path: self_on_server(&self.root, &now), meta: meta.clone() });
            let mut next = now.join(&step.name);
            let next_meta = match metadata(&next)? {
                Some(found) => found,
                None => {
                    let other = respell(&mut self.listed, &now, &step.name);
                    let Some(name) = other else { return Ok(missing(&now, &step.name, &followed)) };
                    next = now.join(&name);
                    respelt = true;
                    if let Some(part) = step.asked.and_then(|at| spelling.get_mut(at)) {
                        *part = name;
                    }
                    let Some(found) = metadata(&next)? else {
                        return Ok(missing(&now, &step.name, &followed));
                    };
                    found
                }
            };
            if next_meta.is_symlink() {
                if links.len() == MOST_LINKS {
                    return Ok(PathStatus::Loop);
                }
                let target =
                    fs::read_link(&next).with_context(|| format!("cannot read {}", next.display()))?;
                if target.is_absolute() {
                    now = top.to_owned();
                    meta = metadata(&now)?.with_context(|| format!("{} is not there", now.display()))?;
                }
                for part in target.components().rev() {
                    match part {
                        Component::Normal(name) => {
                            ahead.push_front(Step { name: name.to_owned(), asked: None });
                        }
                        Component::ParentDir => {
                            ahead.push_front(Step { name: "..".into(), asked: None });
                        }
                        _ => {}
                    }
                }
                followed = Some((next.clone(), target));
                links.push(next);
            } else {
                now = next;
                meta = next_meta;
            }
        }
        let respelt = respelt.then(|| {
            let parts: Vec<_> = spelling.iter().map(|part| part.to_string_lossy()).collect();
            format!("/{}", parts.join("/"))
        });
        Ok(PathStatus::ExistingFile(Box::new(ExistingFile { path: now, meta, folders, links, respelt })))
    }
}

fn self_on_server(root: &Path, path: &Path) -> String {
    format!("/{}", path.strip_prefix(root).unwrap_or(path).to_string_lossy())
}

/// What is at a path itself; `None` if there is nothing.
fn metadata(path: &Path) -> Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(meta) => Ok(Some(meta)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        // No file system has names that long.
        Err(error) if error.kind() == ErrorKind::InvalidFilename => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot look at {}", path.display())),
    }
}

/// The name in a folder that differs only in case.
fn respell(listed: &mut FxHashMap<PathBuf, Vec<OsString>>, folder: &Path, name: &OsStr) -> Option<OsString> {
    let names = listed.entry(folder.to_owned()).or_insert_with(|| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
        names.sort();
        names
    });
    let lower = name.to_str()?.to_lowercase();
    names.iter().find(|other| other.to_str().is_some_and(|other| other.to_lowercase() == lower)).cloned()
}
