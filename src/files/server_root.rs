//! Files of a server by their paths, below its root folder or a copy of it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::disk::{Disk, PathStatus};

/// The file system of a server, as a folder of this machine.
pub struct ServerRoot {
    disk: Disk,
}

impl ServerRoot {
    /// Opens the folder.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn new(root: &Path) -> Result<Self> {
        if !root.is_dir() {
            bail!("{} is not a folder", root.display());
        }
        let root = root.canonicalize().with_context(|| format!("cannot read {}", root.display()))?;
        Ok(Self { disk: Disk::new(root) })
    }

    /// The regular file at a path of the server, as a path of this machine without links. Links of the server lead to
    /// where they lead there, and never out of the folder.
    ///
    /// # Errors
    /// If a folder on the way cannot be read.
    pub fn file(&mut self, path: &str) -> Result<Option<PathBuf>> {
        Ok(self.existing(path)?.filter(|path| path.is_file()))
    }

    /// The folder at a path of the server, as a path of this machine without links.
    ///
    /// # Errors
    /// If a folder on the way cannot be read.
    pub fn folder(&mut self, path: &str) -> Result<Option<PathBuf>> {
        Ok(self.existing(path)?.filter(|path| path.is_dir()))
    }

    /// The names in a folder of the server, in order; none if there is no such folder.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn names(&mut self, path: &str) -> Result<Vec<String>> {
        let Some(folder) = self.folder(path)? else { return Ok(Vec::new()) };
        let shown = folder.display().to_string();
        let entries = fs::read_dir(folder).with_context(|| format!("cannot read {shown}"))?;
        let names = entries.map(|entry| Ok(entry?.file_name().into_string().unwrap_or_default()));
        let mut names = names
            .collect::<std::io::Result<Vec<String>>>()
            .with_context(|| format!("cannot read {shown}"))?;
        names.retain(|name| !name.is_empty());
        names.sort();
        Ok(names)
    }

    fn existing(&mut self, path: &str) -> Result<Option<PathBuf>> {
        match self.disk.find(path)? {
            PathStatus::ExistingFile(file) if file.respelt.is_none() => Ok(Some(file.path)),
            _ => Ok(None),
        }
    }
}
