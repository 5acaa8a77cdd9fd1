//! The journal: a run writes it before it changes files. A run that is killed while it renames files leaves a mixture of
//! the old set and the new one; the journal tells the next run that both are ours.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use super::digest::{Digest, Key};
use super::folder::Folder;
use super::home::Home;
use super::manifest::{self, Listed, Manifest};
use super::place::{Spot, look, prune};
use super::sink::{self, Rights};
use super::syncs::Syncs;

/// Its name in DIR.
pub(super) const NAME: &str = ".ipxegen-journal.json";

/// Both sets.
#[derive(Serialize, Deserialize)]
pub(super) struct Journal {
    /// Our files when the run began.
    pub(super) before: Vec<Listed>,
    /// Our files when it ends.
    pub(super) after: Vec<Listed>,
    /// The key for the hashes of files with secrets.
    #[serde(default)]
    pub(super) key: Option<Key>,
}

/// Writes the journal. From now on, the next run can continue after a kill.
pub(super) fn write(state: &Folder, journal: &Journal) -> Result<()> {
    let bytes = serde_json::to_vec(journal).context("cannot write the journal")?;
    state.put(NAME, 0o600, &bytes).inspect_err(|_| {
        // No file has changed yet, so no journal is needed.
        let _ = remove(state);
    })
}

/// The journal of a run that was killed. The inner error says why it cannot be used.
pub(super) fn read(state: &Folder) -> Result<std::result::Result<Option<Journal>, String>> {
    let Some(bytes) = manifest::read_own(state, NAME)? else {
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

/// Removes the journal: the manifest describes all files again.
pub(super) fn remove(state: &Folder) -> Result<()> {
    match state.remove(OsStr::new(NAME)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let path = state.path().join(NAME);
            Err(error).context(format!("cannot remove {}; remove it", path.display()))
        }
        _ => Ok(()),
    }
}

impl Journal {
    /// Corrects the manifest after a kill to the files that exist, so that the journal can be removed.
    pub(super) fn settle(self, home: &Home, manifest: Option<Manifest>) -> Result<Manifest> {
        let (base, state) = (home.folder()?, home.state_folder()?);
        let key = self.key.or_else(|| manifest.as_ref()?.key.clone());
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
            let stands = match look(&base, &place)? {
                Spot::File(_) => true,
                Spot::Missing => {
                    gone.push(place);
                    continue;
                }
                _ => false,
            };
            let is_new = match after.as_ref().and_then(|after| after.digest(key.as_ref())) {
                Some(digest) if stands => {
                    let there = sink::hash(&base, &place, digest)?;
                    after.as_ref().is_some_and(|after| after.hash == there)
                }
                _ => false,
            };
            // If a file has the bytes of neither set, it was edited if it was ours, and is foreign if it was not.
            files.extend(after.filter(|_| is_new).or(before).filter(|file| !file.theirs));
        }
        let known = manifest.is_some();
        let Manifest { needs, generation, server, .. } = manifest.unwrap_or_default();
        let settled = Manifest { generation, server, key, ..Manifest::new(files, needs) };
        if known || !settled.files.is_empty() {
            if let Some(bytes) = settled.secret_bytes()? {
                state.put(manifest::SECRETS, 0o600, &bytes)?;
            }
            state.put(manifest::NAME, 0o644, &settled.to_bytes()?)?;
        }
        if !home.is_root() {
            prune(&base, &gone);
        }
        remove(&state)?;
        Ok(settled)
    }
}

impl Folder {
    /// Writes one of our own files in this folder atomically, and syncs it to the disk.
    ///
    /// # Errors
    /// The errors of the disk.
    pub fn put(&self, name: &str, mode: u32, bytes: &[u8]) -> Result<()> {
        let mut syncs = Syncs::at_once();
        let digest = Digest::new(None).context("no hash")?;
        let (place, rights) = (Path::new(name), Rights::mode(mode));
        let staged = sink::stage(self, place, &Spot::Missing, rights, &bytes.to_vec(), digest, &mut syncs)?;
        syncs.finish()?;
        if let Some(temp) = staged.temp {
            temp.persist(self, OsStr::new(name))
                .map_err(|(_, error)| error)
                .with_context(|| format!("cannot put {} in place", self.path().join(name).display()))?;
        }
        self.sync()
    }
}
