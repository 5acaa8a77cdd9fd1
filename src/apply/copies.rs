//! The files of a tree as files to be written elsewhere.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::generations::GenerationNote;
use crate::tree::{Attributes, Content, File, Folder, Listed, Manifest};

/// The files of a tree, with the attributes from its note.
pub(super) fn copies(
    folder: &Folder,
    manifest: &Manifest,
    about: &GenerationNote,
) -> Result<Vec<File<'static>>> {
    let files = manifest.files.iter().map(|Listed { entry, .. }| {
        let noted = about.attributes.as_ref().map(|all| all.get(&entry.path).cloned().unwrap_or_default());
        let copied = Copied { folder: folder.clone(), place: entry.place()?, attributes: noted };
        Ok(File { entry: entry.clone(), content: Box::new(copied) })
    });
    files.collect()
}

/// A file with the bytes of another file, and with these attributes.
pub(super) struct Copied {
    pub(super) folder: Folder,
    pub(super) place: PathBuf,
    pub(super) attributes: Option<Attributes>,
}

impl Content for Copied {
    fn write_to(&self, out: &mut dyn Write) -> Result<()> {
        let mut file = self
            .folder
            .file_at(&self.place)
            .with_context(|| format!("cannot read {}", self.folder.path().join(&self.place).display()))?;
        // An error of `out` keeps its kind, because callers ask whether the disk is full.
        io::copy(&mut file, out)?;
        Ok(())
    }

    fn attributes(&self) -> Option<&Attributes> {
        self.attributes.as_ref()
    }
}
