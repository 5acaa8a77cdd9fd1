//! The server's file system as a folder of this machine: paths are the server's, and symbolic links
//! never lead out of the folder.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};
use foldhash::HashMap;

/// The number of links that Linux follows.
const MOST_LINKS: usize = 40;

pub(super) struct Disk {
    root: PathBuf,
    /// The names of each folder in which a name was missing.
    listed: HashMap<PathBuf, Vec<OsString>>,
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
    /// Its path on this machine, without links.
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
struct PathPart {
    name: OsString,
    asked: Option<usize>,
}

impl Disk {
    /// `root` is canonical.
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, listed: HashMap::default() }
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
        let mut walk = Walk::new(top, path)?;
        while let Some(step) = walk.ahead.pop_front() {
            if step.name == ".." {
                walk.up()?;
                continue;
            }
            if !walk.meta.is_dir() {
                return Ok(walk.missing(&self.root, &step));
            }
            walk.folders.push(Folder { path: on_server(&self.root, &walk.now), meta: walk.meta.clone() });
            let Some((next, meta)) = walk.next(&step, &mut self.listed)? else {
                return Ok(walk.missing(&self.root, &step));
            };
            if !meta.is_symlink() {
                (walk.now, walk.meta) = (next, meta);
            } else if walk.links.len() == MOST_LINKS {
                return Ok(PathStatus::Loop);
            } else {
                walk.follow(next)?;
            }
        }
        Ok(walk.found())
    }
}

/// The look-up of one path, part by part.
struct Walk<'w> {
    /// The root of the process that looks.
    top: &'w Path,
    /// The parts of the path, as the disk spells them.
    spelling: Vec<OsString>,
    respelt: bool,
    ahead: VecDeque<PathPart>,
    now: PathBuf,
    meta: Metadata,
    folders: Vec<Folder>,
    links: Vec<PathBuf>,
    /// The last link that was followed, and its target: it is reported if it leads to nothing.
    followed: Option<(PathBuf, PathBuf)>,
}

impl<'w> Walk<'w> {
    fn new(top: &'w Path, path: &str) -> Result<Self> {
        let spelling: Vec<OsString> =
            path.split('/').filter(|part| !part.is_empty()).map(OsString::from).collect();
        let ahead = (spelling.iter().enumerate())
            .map(|(at, name)| PathPart { name: name.clone(), asked: Some(at) })
            .collect();
        Ok(Self {
            top,
            spelling,
            respelt: false,
            ahead,
            now: top.to_owned(),
            meta: existing(top)?,
            folders: Vec::new(),
            links: Vec::new(),
            followed: None,
        })
    }

    fn up(&mut self) -> Result<()> {
        if self.now != self.top {
            self.now.pop();
            self.meta = existing(&self.now)?;
        }
        Ok(())
    }

    /// The next part of the path on the disk, perhaps in another case; `None` if there is none.
    fn next(
        &mut self,
        step: &PathPart,
        listed: &mut HashMap<PathBuf, Vec<OsString>>,
    ) -> Result<Option<(PathBuf, Metadata)>> {
        let next = self.now.join(&step.name);
        if let Some(meta) = metadata(&next)? {
            return Ok(Some((next, meta)));
        }
        let Some(name) = respell(listed, &self.now, &step.name) else { return Ok(None) };
        let next = self.now.join(&name);
        self.respelt = true;
        if let Some(part) = step.asked.and_then(|at| self.spelling.get_mut(at)) {
            *part = name;
        }
        Ok(metadata(&next)?.map(|meta| (next, meta)))
    }

    /// Puts the parts of a link's target before the parts that are not looked up yet.
    fn follow(&mut self, link: PathBuf) -> Result<()> {
        let target = fs::read_link(&link).with_context(|| format!("cannot read {}", link.display()))?;
        if target.is_absolute() {
            self.top.clone_into(&mut self.now);
            self.meta = existing(&self.now)?;
        }
        for part in target.components().rev() {
            match part {
                Component::Normal(name) => {
                    self.ahead.push_front(PathPart { name: name.to_owned(), asked: None });
                }
                Component::ParentDir => self.ahead.push_front(PathPart { name: "..".into(), asked: None }),
                _ => {}
            }
        }
        self.followed = Some((link.clone(), target));
        self.links.push(link);
        Ok(())
    }

    /// Nothing at a part: the link is dangling if the part is of a link's target.
    fn missing(&self, root: &Path, step: &PathPart) -> PathStatus {
        match &self.followed {
            Some((link, target)) if step.asked.is_none() => PathStatus::Dangling {
                link: on_server(root, link),
                target: target.to_string_lossy().into_owned(),
            },
            _ => PathStatus::Missing { at: on_server(root, &self.now.join(&step.name)) },
        }
    }

    fn found(self) -> PathStatus {
        let respelt = self.respelt.then(|| {
            let parts: Vec<_> = self.spelling.iter().map(|part| part.to_string_lossy()).collect();
            format!("/{}", parts.join("/"))
        });
        PathStatus::ExistingFile(Box::new(ExistingFile {
            path: self.now,
            meta: self.meta,
            folders: self.folders,
            links: self.links,
            respelt,
        }))
    }
}

/// A path of this machine as the server sees it.
fn on_server(root: &Path, path: &Path) -> String {
    format!("/{}", path.strip_prefix(root).unwrap_or(path).to_string_lossy())
}

/// The metadata of a path that must exist.
fn existing(path: &Path) -> Result<Metadata> {
    metadata(path)?.with_context(|| format!("{} is not there", path.display()))
}

/// The metadata of a path, links not followed; `None` if nothing is there.
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
fn respell(listed: &mut HashMap<PathBuf, Vec<OsString>>, folder: &Path, name: &OsStr) -> Option<OsString> {
    let names = listed.entry(folder.to_owned()).or_insert_with(|| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
        names.sort();
        names
    });
    let lower = name.to_str()?.to_lowercase();
    names.iter().find(|other| other.to_str().is_some_and(|other| other.to_lowercase() == lower)).cloned()
}
