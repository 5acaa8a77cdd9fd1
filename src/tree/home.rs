//! Where a set of files goes, and where what we know of it is kept.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::Entry;
use super::manifest::{self, Manifest, interrupted};

/// A folder of trees, or a machine's root.
#[derive(Clone, Debug)]
pub struct Home {
    /// Where the files go.
    pub(super) dir: PathBuf,
    /// Where manifest, journal and lock are, below `dir`.
    state: PathBuf,
    /// A machine's own files, without a server's folder above them.
    root: bool,
    /// Owners are given to the files: only root can, and only a machine needs it.
    owners: bool,
}

impl Home {
    /// A folder with one tree per server, its manifest beside them.
    #[must_use]
    pub fn out(dir: &Path) -> Self {
        Self { dir: dir.to_path_buf(), state: PathBuf::new(), root: false, owners: false }
    }

    /// A machine's root folder: every file at its absolute path below it, what we know of them in
    /// the folder `state`. Symbolic links above a file are followed as the machine itself would,
    /// inside its root.
    ///
    /// # Errors
    /// If the root is no folder, or a link leads nowhere.
    pub fn root(dir: &Path, state: &str) -> Result<Self> {
        let dir = fs::canonicalize(dir).with_context(|| format!("cannot use {} as root", dir.display()))?;
        if !dir.is_dir() {
            bail!("{} is no folder, and cannot be the root of a machine", dir.display());
        }
        // Who we are, without asking the C library.
        let owners = fs::metadata("/proc/self").is_ok_and(|met| met.uid() == 0);
        // With a name behind it, so that a link in the place of the folder itself is followed too.
        let inner = inside(&dir, &format!("{state}/{}", manifest::NAME))?;
        let state = inner.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(Self { dir, state, root: true, owners })
    }

    /// Whether this is a machine's root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.root
    }

    /// Where the files go.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Where manifest, journal and lock are.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        // Joining nothing would add a slash.
        if self.state.as_os_str().is_empty() { self.dir.clone() } else { self.dir.join(&self.state) }
    }

    /// Where a file stands, below [`Home::dir`].
    ///
    /// # Errors
    /// If its name could lead out of there.
    pub fn place(&self, entry: &Entry) -> Result<PathBuf> {
        let place = entry.place()?;
        if !self.root {
            return Ok(place);
        }
        let place = inside(&self.dir, &entry.path)?;
        if place.starts_with(&self.state) || place.as_os_str().is_empty() {
            bail!("{} is where ipxegen keeps its own files; give the file another path", entry.path);
        }
        Ok(place)
    }

    /// What is listed here; `None` if nothing ever was.
    ///
    /// # Errors
    /// If the manifest cannot be used, or a run was killed and the next one has to clear up first.
    pub fn manifest(&self) -> Result<Option<Manifest>> {
        let state = self.state();
        if interrupted(&state)? {
            let again = if self.root { "`ipxegen recover` puts it right" } else { "render again" };
            bail!("a run into {} is under way or was interrupted; {again}", self.dir.display());
        }
        manifest::read(&state)?
            .map_err(|why| anyhow::anyhow!("{} cannot be used: {why}", state.join(manifest::NAME).display()))
    }

    /// Whether a run was killed among its renames.
    ///
    /// # Errors
    /// If the folder cannot be looked at.
    pub fn interrupted(&self) -> Result<bool> {
        interrupted(&self.state())
    }

    /// The place of one of our own files.
    pub(super) fn own(&self, name: &str) -> PathBuf {
        self.state.join(name)
    }

    /// Whom a file has to belong to, where owners are given.
    pub(super) fn ids(&self, entry: &Entry) -> Result<Option<Ids>> {
        if !self.owners {
            return Ok(None);
        }
        let user = self.id("etc/passwd", "user", &entry.owner, &entry.path)?;
        let group = self.id("etc/group", "group", &entry.group, &entry.path)?;
        Ok(Some(Ids { user, group }))
    }

    /// The number of a name, by the machine's own list.
    fn id(&self, list: &str, kind: &str, name: &str, path: &str) -> Result<u32> {
        if name == "root" {
            return Ok(0);
        }
        let text = fs::read(self.dir.join(list)).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let mut lines = text.lines().map(|line| line.split(':'));
        let listed = lines.find_map(|mut fields| {
            (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
        });
        listed
            .or_else(|| name.parse().ok())
            .with_context(|| format!("{path} belongs to the {kind} {name}, which this machine does not have"))
    }
}

/// A user and a group by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) user: u32,
    pub(super) group: u32,
}

impl Ids {
    pub(super) fn of(met: &Metadata) -> Self {
        Self { user: met.uid(), group: met.gid() }
    }
}

/// Where an absolute path leads inside a root, its links followed as the machine itself does: an
/// absolute one begins at the root, and no `..` leads above it. The last part is not followed.
fn inside(root: &Path, path: &str) -> Result<PathBuf> {
    let mut left: VecDeque<OsString> = names(Path::new(path));
    let mut at = PathBuf::new();
    let mut links = 0;
    // So many of the names that are left are a link's, not the path's own.
    let mut borrowed = 0_usize;
    while let Some(name) = left.pop_front() {
        let of_link = borrowed > 0;
        borrowed = borrowed.saturating_sub(1);
        if name == ".." {
            at.pop();
            continue;
        }
        at.push(&name);
        if left.is_empty() {
            break;
        }
        let here = root.join(&at);
        let met = match fs::symlink_metadata(&here) {
            Ok(met) => met,
            Err(error) if error.kind() == io::ErrorKind::NotFound && of_link => {
                bail!(
                    "{path} is reached by a symbolic link that leads nowhere: there is no {}",
                    here.display()
                )
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => continue,
            Err(error) => return Err(error).context(format!("cannot look at {}", here.display())),
        };
        if met.is_symlink() {
            links += 1;
            if links > 40 {
                bail!("{path} is reached by symbolic links that lead to each other");
            }
            let target = fs::read_link(&here).with_context(|| format!("cannot read {}", here.display()))?;
            if target.is_absolute() {
                at = PathBuf::new();
            } else {
                at.pop();
            }
            let target = names(&target);
            borrowed += target.len();
            for name in target.into_iter().rev() {
                left.push_front(name);
            }
        }
    }
    Ok(at)
}

fn names(path: &Path) -> VecDeque<OsString> {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsString::from("..")),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    parts.collect()
}
