//! The folder that a set of files is written to, and the places of its manifest, journal and lock.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::TreeEntry;
use super::attributes::Attributes;
use super::folder::{FileStatus, Folder, resolve};
use super::manifest::{self, Manifest, interrupted};
use super::place::{Spot, look};
use super::sink::Rights;

/// A folder of trees, or a machine's root.
#[derive(Clone, Debug)]
pub struct Home {
    /// The folder of the files, for messages.
    pub(super) dir: PathBuf,
    /// The same folder, held open. A folder of trees is open only during a run.
    pub(super) base: Option<Folder>,
    /// The folder of manifest, journal and lock, below `dir`.
    state: PathBuf,
    /// A machine's own files, without a server's folder above them.
    root: bool,
    /// Whether files get owners: only root can set them, and only a machine needs them.
    owners: bool,
}

impl Home {
    /// A folder with one tree per server, its manifest beside them.
    #[must_use]
    pub fn out(dir: &Path) -> Self {
        Self { dir: dir.to_path_buf(), base: None, state: PathBuf::new(), root: false, owners: false }
    }

    /// A folder like that of [`Home::out`], which is open.
    #[must_use]
    pub fn at(folder: &Folder) -> Self {
        Self { base: Some(folder.clone()), ..Self::out(folder.path()) }
    }

    /// A machine's root folder. Every file is at its absolute path below the root; the manifest, journal and lock are in
    /// the folder `state`. Symbolic links above a file are followed inside the root, as the machine itself follows them,
    /// if only root or the caller can have set them.
    ///
    /// # Errors
    /// If the root is not a folder, a link leads nowhere or is not trusted, or others may write to `state`.
    pub fn root(dir: &Path, state: &str) -> Result<Self> {
        let shown = fs::canonicalize(dir).with_context(|| format!("cannot use {} as root", dir.display()))?;
        if !shown.is_dir() {
            bail!("{} is no folder, and cannot be the root of a machine", shown.display());
        }
        let base = Folder::open(dir)?.called(&shown);
        let owners = rustix::process::geteuid().is_root();
        // With a name after it, so that a link in the place of the folder itself is followed, too.
        let inner = format!("{state}/{}", manifest::NAME);
        let inner = resolve(&base, Path::new(&inner), Path::new(&inner))?;
        let state = inner.place.parent().map(Path::to_path_buf).unwrap_or_default();
        let home = Self { dir: shown, base: Some(base), state, root: true, owners };
        home.check_state()?;
        Ok(home)
    }

    /// Refuses a folder for the state into which others may write: they would decide which files root brings back.
    ///
    /// # Errors
    /// If there is such a folder on the way.
    pub(super) fn check_state(&self) -> Result<()> {
        let Some(base) = self.base.as_ref().filter(|_| self.owners) else { return Ok(()) };
        let inner = self.state.join(manifest::NAME);
        match resolve(base, &inner, &inner)?.shared {
            None => Ok(()),
            Some(shared) => bail!(
                "ipxegen keeps its notes in {}, and others may change {}; give it to root, and let nobody else write \
                 to it",
                self.state().display(),
                shared.display()
            ),
        }
    }

    /// Whether this is a machine's root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.root
    }

    /// The folder of the files.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The folder of manifest, journal and lock.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        // Joining nothing would add a slash.
        if self.state.as_os_str().is_empty() { self.dir.clone() } else { self.dir.join(&self.state) }
    }

    /// The same, below [`Home::dir`].
    pub(super) fn state_place(&self) -> &Path {
        &self.state
    }

    /// The path of a file, below [`Home::dir`].
    ///
    /// # Errors
    /// If its name could lead out of there.
    pub fn place(&self, entry: &TreeEntry) -> Result<PathBuf> {
        let place = entry.place()?;
        if !self.root {
            return Ok(place);
        }
        let place = resolve(&self.folder()?, Path::new(&entry.path), Path::new(&entry.path))?.place;
        if place.starts_with(&self.state) || place.as_os_str().is_empty() {
            bail!("{} is where ipxegen keeps its own files; give the file another path", entry.path);
        }
        Ok(place)
    }

    /// The manifest; `None` if there is none.
    ///
    /// # Errors
    /// If the manifest cannot be used, or a run was killed and the next one has to clear up first.
    pub fn manifest(&self) -> Result<Option<Manifest>> {
        let state = self.state_folder()?;
        if interrupted(&state)? {
            let again = if self.root { "`ipxegen recover` puts it right" } else { "render again" };
            bail!("a run into {} is under way or was interrupted; {again}", self.dir.display());
        }
        manifest::read(&state)?.map_err(|why| {
            let help = if self.root { "; remove it, and apply again with --adopt" } else { "" };
            anyhow::anyhow!("{} cannot be used: {why}{help}", state.path().join(manifest::NAME).display())
        })
    }

    /// Whether a run was killed while it renamed files.
    ///
    /// # Errors
    /// If the folder cannot be looked at.
    pub fn interrupted(&self) -> Result<bool> {
        interrupted(&self.state_folder()?)
    }

    /// Rejects a folder of trees that is a link out of its folder: a site that was checked out can contain such a link.
    ///
    /// # Errors
    /// If it is a link out of the folder that it lies in.
    pub(super) fn check_links(&self) -> Result<()> {
        if self.base.is_some() { Ok(()) } else { check_links(&self.dir) }
    }

    /// The folder that the files go into; absent if it is not there yet.
    ///
    /// # Errors
    /// If it is not a folder, or a link that leads there is not trusted.
    pub fn folder(&self) -> Result<Folder> {
        match &self.base {
            Some(base) => Ok(base.clone()),
            None => {
                check_links(&self.dir)?;
                Folder::open(&self.dir)
            }
        }
    }

    /// The folder that [`Home::state`] names; absent if it is not there yet.
    ///
    /// # Errors
    /// As [`Home::folder`], and if a link is on the path.
    pub fn state_folder(&self) -> Result<Folder> {
        let base = self.folder()?;
        base.maybe_below(&self.state).with_context(|| format!("cannot use {}", self.state().display()))
    }

    /// The regular file at a place, if there is one: its metadata and its bytes. No link is followed.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(&self, place: &Path) -> Result<Option<(FileStatus, Vec<u8>)>> {
        let base = self.folder()?;
        let Spot::File(met) = look(&base, place)? else { return Ok(None) };
        let bytes =
            base.read(place).with_context(|| format!("cannot read {}", self.dir.join(place).display()))?;
        Ok(Some((met, bytes)))
    }

    /// The same with the file's attributes in place of its bytes.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn attributes(&self, place: &Path) -> Result<Option<(FileStatus, Attributes)>> {
        let base = self.folder()?;
        let Spot::File(met) = look(&base, place)? else { return Ok(None) };
        let attributes = base.file_at(place).and_then(|file| Attributes::of(&file));
        let failed = || format!("cannot read the attributes of {}", self.dir.join(place).display());
        Ok(Some((met, attributes.with_context(failed)?)))
    }

    /// The place of one of our own files.
    pub(super) fn own(&self, name: &str) -> PathBuf {
        self.state.join(name)
    }

    /// The permissions of a file that is put here. On a machine these are exactly the permissions that the site sets;
    /// in a folder of trees, the file keeps an access control list that it inherits from the folder.
    pub(super) fn rights(&self, entry: &TreeEntry) -> Result<Rights> {
        Ok(Rights { mode: entry.mode, ids: self.ids(entry)?, alone: self.root })
    }

    /// The owner of a file, if files get owners.
    fn ids(&self, entry: &TreeEntry) -> Result<Option<Ids>> {
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
        // As the machine itself finds it: a link leads to a file below this root, and nothing but a file is read.
        let base = self.folder()?;
        // A folder without the list is no system but a trial, where everything belongs to root.
        if matches!(look(&base, Path::new(list)), Ok(Spot::Missing)) {
            return Ok(name.parse().unwrap_or(0));
        }
        let text = resolve(&base, Path::new(list), Path::new(list))
            .ok()
            .and_then(|list| base.read(&list.place).ok())
            .unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let mut lines = text.lines().map(|line| line.split(':'));
        let listed = lines.find_map(|mut fields| {
            (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
        });
        listed
            .or_else(|| name.parse().ok())
            .with_context(|| {
                format!(
                    "{path} belongs to the {kind} {name}, which this machine does not have: it is not in {}. \
                     Install the package of the daemon that reads the file first; a file that a web server reads \
                     belongs to `http.group`",
                    self.dir.join(list).display()
                )
            })
    }
}

/// A user and a group by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) user: u32,
    pub(super) group: u32,
}

/// Refuses a folder of trees that is a link out of the folder that it lies in, and for a relative path also every
/// link on the way out of the working directory: it may come from the same repository as the site, and belongs to
/// the caller like everything there.
fn check_links(dir: &Path) -> Result<()> {
    let here = fs::canonicalize(".").context("cannot find the working directory")?;
    let mut at = PathBuf::new();
    let mut parts = dir.components().peekable();
    while let Some(part) = parts.next() {
        let above = if at.as_os_str().is_empty() { here.clone() } else { at.clone() };
        at.push(part);
        let is_looked_at = dir.is_relative() || parts.peek().is_none();
        if !is_looked_at || !fs::symlink_metadata(&at).is_ok_and(|met| met.is_symlink()) {
            continue;
        }
        let (above, real) = (fs::canonicalize(above), fs::canonicalize(&at));
        let is_inside = matches!((&above, &real), (Ok(above), Ok(real))
            if real.starts_with(above) || (dir.is_relative() && real.starts_with(&here)));
        if !is_inside {
            bail!(
                "{} is a symbolic link that leads out of its folder, and it may come with the site; name the folder \
                 that it leads to",
                at.display()
            );
        }
    }
    Ok(())
}
