//! What a run is about to do, written before it does it. A run that was killed among its
//! renames leaves files of the old set and of the new; the journal tells the next run that
//! both are ours.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::commit::sync_folder;
use super::home::Home;
use super::manifest::{self, Listed, Manifest};
use super::place::{Spot, look, prune};
use super::sink;
use super::syncs::Syncs;

/// Its name in DIR.
pub(super) const NAME: &str = ".ipxegen-journal.json";

/// Both sets.
#[derive(Serialize, Deserialize)]
pub(super) struct Journal {
    /// What was ours when the run began.
    pub(super) before: Vec<Listed>,
    /// What will be.
    pub(super) after: Vec<Listed>,
}

/// Writes the journal; from now on a kill is accounted for.
pub(super) fn write(dir: &Path, before: Vec<Listed>, after: Vec<Listed>) -> Result<()> {
    let bytes = serde_json::to_vec(&Journal { before, after }).context("cannot write the journal")?;
    put(dir, NAME, &bytes).inspect_err(|_| {
        // Nothing has been done that it would have to explain.
        let _ = remove(dir);
    })
}

/// The journal of a run that was killed; the inner error tells why it cannot be used.
pub(super) fn read(dir: &Path) -> Result<std::result::Result<Option<Journal>, String>> {
    let Some(bytes) = manifest::read_own(dir, NAME)? else {
        return Ok(Ok(None));
    };
    Ok(bytes.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string())).and_then(
        |journal: Journal| {
            manifest::check(&journal.before)?;
            manifest::check(&journal.after)?;
            Ok(Some(journal))
        },
    ))
}

/// Removes the journal: the manifest tells all again.
pub(super) fn remove(dir: &Path) -> Result<()> {
    let path = dir.join(NAME);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).context(format!("cannot remove {}; remove it", path.display()))
        }
        _ => Ok(()),
    }
}

impl Journal {
    /// Brings the manifest to what is there after a kill, so that the journal can go.
    pub(super) fn settle(self, home: &Home, manifest: Option<Manifest>) -> Result<Manifest> {
        let dir = &home.dir;
        let mut either: BTreeMap<PathBuf, [Option<Listed>; 2]> = BTreeMap::new();
        for (side, files) in [self.before, self.after].into_iter().enumerate() {
            for file in files {
                let place = home.place(&file.entry)?;
                either.entry(place).or_default()[side] = Some(file);
            }
        }
        let mut files = Vec::new();
        let mut gone = Vec::new();
        for (place, [before, after]) in either {
            let there = match look(dir, &place)? {
                Spot::File(_) => sink::hash(&dir.join(&place))?,
                Spot::Missing => {
                    gone.push(place);
                    continue;
                }
                _ => String::new(),
            };
            // A file of neither set was edited, if it was ours, and is foreign, if it was not.
            files.extend(after.filter(|file| file.sha256 == there).or(before).filter(|file| !file.theirs));
        }
        let known = manifest.is_some();
        let Manifest { needs, generation, server, .. } = manifest.unwrap_or_default();
        let settled = Manifest { generation, server, ..Manifest::new(files, needs) };
        if known || !settled.files.is_empty() {
            put(&home.state(), manifest::NAME, &settled.to_bytes()?)?;
        }
        if !home.is_root() {
            prune(dir, &gone);
        }
        remove(&home.state())?;
        Ok(settled)
    }
}

/// Writes one of our own files in DIR, at once and for good.
fn put(dir: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let place = Path::new(name);
    let mut syncs = Syncs::at_once();
    let staged = sink::stage(dir, place, &Spot::Missing, (0o644, None), &bytes.to_vec(), &mut syncs)?;
    syncs.finish()?;
    if let Some(temp) = staged.temp {
        let target = dir.join(place);
        temp.persist(&target)
            .map_err(|error| error.error)
            .with_context(|| format!("cannot put {} in place", target.display()))?;
    }
    sync_folder(dir)
}
