//! Finds out which files a run would change, and changes none.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::home::Home;
use super::manifest::{self, Manifest};
use super::place::{self, Spot};
use super::write::{digest, not_ours, plan};
use super::{Change, File, Listed, ManualStep, Reason, Selection, TreeEntry, sink};

/// How a run would change one file.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// The file.
    pub entry: TreeEntry,
    /// Its path below the home's folder.
    pub place: PathBuf,
    /// How it would change.
    pub change: Change,
    /// Why the run would not change it.
    pub reason: Option<Reason>,
    /// An access control list or other attributes are set on the file that would be replaced or removed.
    pub has_attributes: bool,
}

/// The changes that a run would make.
#[derive(Clone, Debug)]
pub struct Survey {
    /// All selected files by place, with those that would be removed.
    pub files: Vec<Surveyed>,
    /// Whether the manifest would change.
    pub manifest: bool,
    /// The current list.
    pub old: Option<Manifest>,
}

impl Survey {
    /// Whether a run would change no byte.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        !self.manifest && self.files.iter().all(|file| file.change == Change::Unchanged)
    }
}

/// Finds out what [`super::write()`] would do; no byte is written.
///
/// # Errors
/// As [`super::write()`], and if the last run was interrupted.
pub fn survey(
    home: &Home,
    files: Vec<File<'_>>,
    needs: &[ManualStep],
    selection: &Selection,
) -> Result<Survey> {
    let plan = plan(home, files, selection)?;
    let old = home.manifest()?;
    let (base, state) = (&home.folder()?, &home.state_folder()?);
    let known = old.clone().unwrap_or_default();
    let key = known.key.clone();
    let mut listed: BTreeMap<PathBuf, &Listed> =
        known.files.iter().map(|file| Ok((home.place(&file.entry)?, file))).collect::<Result<_>>()?;
    let mut survey = Survey { files: Vec::new(), manifest: false, old };
    let mut will_list: Vec<Listed> = Vec::new();
    for (place, File { entry, content }) in plan {
        let spot = place::look_for_target(base, &place)?;
        let (hash, same) = sink::compare(base, &place, &spot, &*content, digest(&entry, key.as_ref())?)?;
        let known = listed.remove(&place);
        let reason = if same { None } else { not_ours(base, &place, &spot, known, key.as_ref())? };
        let change = match &spot {
            Spot::Missing => Change::Created,
            Spot::File(met) if same && home.rights(&entry)?.are_those_of(met) => Change::Unchanged,
            _ => Change::Changed,
        };
        will_list.push(Listed { entry: entry.clone(), hash, theirs: false });
        let has_attributes = change != Change::Unchanged && has_attributes(home, &place)?;
        survey.files.push(Surveyed { entry, place, change, reason, has_attributes });
    }
    for (place, file) in listed {
        if !selection.covers(&file.entry.server, &file.entry.output) {
            will_list.push(file.clone());
            continue;
        }
        let spot = place::look(base, &place)?;
        let reason = not_ours(base, &place, &spot, Some(file), key.as_ref())?;
        if matches!(spot, Spot::File(_) | Spot::Link) || reason.is_some() {
            let has_attributes = has_attributes(home, &place)?;
            let (entry, change) = (file.entry.clone(), Change::Removed);
            survey.files.push(Surveyed { entry, place, change, reason, has_attributes });
        }
    }
    let covered = |need: &&ManualStep| selection.covers(&need.server, &need.output);
    let needs =
        (needs.iter().filter(covered)).chain(known.needs.iter().filter(|need| !covered(need))).cloned();
    let Manifest { generation, server, .. } = known;
    let will = Manifest { generation, server, ..Manifest::new(will_list, needs.collect()) };
    survey.manifest = match manifest::read_own(state, manifest::NAME)? {
        Some(Ok(bytes)) => bytes != will.to_bytes()?,
        _ => true,
    };
    survey.files.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(survey)
}

/// Whether a file has attributes that are lost with it. In a folder of trees, attributes do not matter.
fn has_attributes(home: &Home, place: &Path) -> Result<bool> {
    Ok(home.is_root() && home.attributes(place)?.is_some_and(|(_, attributes)| attributes.is_set()))
}
