//! The files and environment variables that a site may name, and how such a file is opened.
//!
//! The author of a site need not be the owner of the machine that reads it: a pipeline checks what a pull
//! request proposes, and `apply` runs as root. So each description on the command line has a *root*, the folder
//! that it lies in, and reads only regular files below it. Links are allowed if they end below the root.
//! `--allow-path` and `--allow-env` name other folders and variables that a site may read.
//!
//! A path is first resolved to one without links, then opened below its root name by name ([`nofollow`]). If
//! a name is replaced by a link in between, the file is not opened.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};
use rustix::fs::{Mode, OFlags};

use crate::nofollow::{self, FOLDER, NotOpened};

/// The most links that are followed in the path of a missing file; Linux follows as many.
const MOST_LINKS: usize = 40;

/// Any site may read the environment variables that begin with this.
const OWN_VARIABLES: &str = "IPXEGEN_";

/// Why a file or a variable that the site names was not read. The message contains nothing of its content.
#[derive(Debug)]
pub struct Unread {
    /// The message.
    pub message: String,
    /// The help.
    pub help: Option<String>,
    /// The site may not read it, whatever its content is.
    pub is_refused: bool,
}

impl Unread {
    pub(super) fn new(message: String) -> Self {
        Self { message, help: None, is_refused: false }
    }

    /// Adds what to do about it, unless there is such a help already.
    #[must_use]
    pub fn or_help(mut self, help: &str) -> Self {
        self.help.get_or_insert_with(|| help.to_owned());
        self
    }

    fn refused(message: String, help: String) -> Self {
        Self { message, help: Some(help), is_refused: true }
    }

    pub(super) fn failed(path: &Path, error: &io::Error) -> Self {
        Self::new(format!("cannot read {}: {error}", path.display()))
    }
}

impl From<Unread> for anyhow::Error {
    fn from(unread: Unread) -> Self {
        match unread.help {
            Some(help) => anyhow::anyhow!("{}; {help}", unread.message),
            None => anyhow::Error::msg(unread.message),
        }
    }
}

/// The folders and variables that a site may read besides the files below its root.
#[derive(Debug, Default)]
pub struct Access {
    folders: Vec<Root>,
    variables: Vec<String>,
    no_secrets: bool,
}

impl Access {
    /// The folders of `--allow-path`, and the names of `--allow-env`.
    ///
    /// # Errors
    /// If one of the folders cannot be opened.
    pub fn new(folders: &[PathBuf], variables: &[String]) -> Result<Self> {
        let open = |folder: &PathBuf| {
            Root::open(folder, String::new())
                .with_context(|| format!("--allow-path: cannot open the folder {}", folder.display()))
        };
        let folders = folders.iter().map(open).collect::<Result<_>>()?;
        Ok(Self { folders, variables: variables.to_vec(), no_secrets: false })
    }

    /// Uses no secret: a text made from its name takes the place of each, and a secret that can be read is masked. For
    /// commands that show none.
    #[must_use]
    pub fn without_secrets(self) -> Self {
        Self { no_secrets: true, ..self }
    }

    /// Whether secrets are replaced instead of read.
    pub(super) const fn is_without_secrets(&self) -> bool {
        self.no_secrets
    }

    /// Refuses an environment variable that the site may not read.
    pub(super) fn variable(&self, name: &str) -> Result<(), Unread> {
        if name.starts_with(OWN_VARIABLES) || self.variables.iter().any(|known| known == name) {
            return Ok(());
        }
        Err(Unread::refused(
            format!("a site may not read the environment variable {name}"),
            format!("call it {OWN_VARIABLES}{name}, or allow it with `--allow-env {name}`"),
        ))
    }

    /// Opens a regular file that a description with this root names.
    pub(super) fn open(&self, root: &Root, path: &Path) -> Result<File, Unread> {
        let (base, below) = self.locate(root, path, false)?;
        match base.open_file(&below) {
            Ok(file) => Ok(file),
            Err(NotOpened::Kind(kind)) => {
                Err(Unread::new(format!("{} is {kind}, not a file", path.display())))
            }
            Err(NotOpened::Error(error)) => Err(Unread::failed(path, &error)),
        }
    }

    /// Refuses a folder that a description with this root may not list, whether it exists or not.
    pub(super) fn check_folder(&self, root: &Root, path: &Path) -> Result<(), Unread> {
        match self.locate(root, here(path), true) {
            Err(unread) if unread.is_refused => Err(unread),
            _ => Ok(()),
        }
    }

    /// Opens a folder that a description with this root names, to list it; `None` if the path is not a folder.
    pub(super) fn open_folder(&self, root: &Root, path: &Path) -> Result<Option<OwnedFd>, Unread> {
        let path = here(path);
        if !path.is_dir() {
            return Ok(None);
        }
        let (base, below) = self.locate(root, path, true)?;
        let opened = base.walk(&below, OFlags::RDONLY | OFlags::DIRECTORY);
        opened.map(Some).map_err(|error| Unread::failed(path, &error))
    }

    /// Refuses a folder of the command line that is a link out of the folder that it lies in: it may
    /// come from the same repository as the site.
    pub(super) fn check_named(&self, path: &Path) -> Result<(), Unread> {
        if path.file_name().is_none() {
            return Ok(());
        }
        let root = Root::of(path).map_err(|error| Unread::failed(path, &error))?;
        self.locate(&root, path, true).map(drop)
    }

    /// The root that a path leads below, and its way from there, without links.
    fn locate<'r>(
        &'r self,
        root: &'r Root,
        path: &Path,
        is_folder: bool,
    ) -> Result<(&'r Root, PathBuf), Unread> {
        let (real, error) = match path.canonicalize() {
            Ok(real) => (real, None),
            // The message does not tell whether a file outside of the root exists.
            Err(error) => (nearest(path), Some(error)),
        };
        let mut is_inside = false;
        for base in std::iter::once(root).chain(&self.folders) {
            let Ok(below) = real.strip_prefix(&base.path) else { continue };
            is_inside = true;
            if git_folder(below).is_none() {
                return match error {
                    None => Ok((base, below.to_owned())),
                    Some(error) => Err(Unread::failed(path, &error)),
                };
            }
        }
        let shown = path.display();
        if is_inside {
            let git = git_folder(&real).unwrap_or_default();
            return Err(Unread::refused(
                format!("{shown} is in a `.git` folder, which a site may not read"),
                format!("move the file, or allow the folder with `--allow-path {}`", git.display()),
            ));
        }
        let written = in_words(path);
        let (message, folder) = if written.starts_with(&root.written) {
            (format!("{shown} is a link, or behind one, that leads out of {}", root.name), &real)
        } else {
            (format!("{shown} is outside of {}", root.name), &written)
        };
        let folder = if is_folder { folder } else { folder.parent().unwrap_or(folder) };
        let folder = folder.display();
        let help = format!("move the file there, or allow its folder with `--allow-path {folder}`");
        Err(Unread::refused(message, help))
    }
}

/// The path, or the working directory if it is empty.
fn here(path: &Path) -> &Path {
    if path.as_os_str().is_empty() { Path::new(".") } else { path }
}

/// The `.git` folder that a path leads into.
fn git_folder(path: &Path) -> Option<PathBuf> {
    let at = path.components().position(|part| is_git(part.as_os_str().as_encoded_bytes()))?;
    Some(path.components().take(at + 1).collect())
}

/// Whether a name is that of Git's own folder. Some file systems do not distinguish upper and lower case.
pub(super) fn is_git(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b".git")
}

/// The absolute form of a path without `..`; links are not resolved.
fn in_words(path: &Path) -> PathBuf {
    let mut written = PathBuf::new();
    for part in std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).components() {
        if part == Component::ParentDir {
            written.pop();
        } else {
            written.push(part);
        }
    }
    written
}

/// The path of a missing file without links, as it would be if the file existed.
fn nearest(path: &Path) -> PathBuf {
    let Ok(mut at) = std::path::absolute(path) else { return PathBuf::from("/") };
    let mut missing: Vec<OsString> = Vec::new();
    let mut links = 0;
    loop {
        if let Ok(mut real) = at.canonicalize() {
            real.extend(missing.iter().rev());
            return real;
        }
        let target = if links < MOST_LINKS { fs::read_link(&at).ok() } else { None };
        let last = at.components().next_back().map(|part| part.as_os_str().to_owned());
        if !at.pop() {
            return PathBuf::from("/");
        }
        match target {
            Some(target) => {
                links += 1;
                at.push(target);
            }
            None => missing.extend(last),
        }
    }
}

/// A folder that files are opened below.
#[derive(Debug)]
pub struct Root {
    /// Without links.
    path: PathBuf,
    /// As it was named.
    written: PathBuf,
    folder: OwnedFd,
    /// For messages.
    name: String,
}

impl Root {
    /// A folder as a root.
    pub(super) fn open(folder: &Path, name: String) -> io::Result<Self> {
        let path = folder.canonicalize()?;
        let top = rustix::fs::open("/", FOLDER | OFlags::CLOEXEC, Mode::empty())?;
        let mut root = Self { path: PathBuf::from("/"), written: in_words(folder), folder: top, name };
        let below = path.strip_prefix("/").unwrap_or(&path);
        root.folder = root.walk(below, FOLDER)?;
        root.path = path;
        Ok(root)
    }

    /// The root of a file: the folder that it lies in.
    pub(super) fn of(file: &Path) -> io::Result<Self> {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let name = format!("the folder of {}", file.display());
        Self::open(folder.unwrap_or(Path::new(".")), name)
    }

    /// The root of a description that lies in no folder.
    pub(super) fn working_directory() -> io::Result<Self> {
        Self::open(Path::new("."), "the working directory".to_owned())
    }

    /// Without links.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file or folder at a path without links.
    fn walk(&self, below: &Path, how: OFlags) -> io::Result<OwnedFd> {
        let mut parts: Vec<&OsStr> = below.iter().collect();
        let last = parts.pop().unwrap_or(OsStr::new("."));
        let mut folder: Option<OwnedFd> = None;
        for part in parts {
            folder = Some(nofollow::open(folder.as_ref().unwrap_or(&self.folder), part, FOLDER)?);
        }
        Ok(nofollow::open(folder.as_ref().unwrap_or(&self.folder), last, how)?)
    }

    /// Opens a regular file.
    fn open_file(&self, below: &Path) -> Result<File, NotOpened> {
        let (Some(folder), Some(name)) = (below.parent(), below.file_name()) else {
            return Err(NotOpened::Kind("a folder"));
        };
        nofollow::open_file(self.walk(folder, FOLDER)?, name, OFlags::RDONLY)
    }
}
