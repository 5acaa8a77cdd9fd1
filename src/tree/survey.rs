//! What a run would do, without doing it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;

use super::home::Home;
use super::manifest::{self, Manifest};
use super::place::{self, Spot};
use super::write::{has, not_ours, plan};
use super::{Change, Entry, File, Listed, Need, Reason, Selection, sink};

/// What a run would do to one file.
#[derive(Clone, Debug)]
pub struct Surveyed {
    /// The file.
    pub entry: Entry,
    /// Where it stands, below the home's folder.
    pub place: PathBuf,
    /// What would become of it.
    pub change: Change,
    /// Why it would not be touched.
    pub reason: Option<Reason>,
}

/// What a run would do.
#[derive(Clone, Debug)]
pub struct Survey {
    /// All selected files by place, with those that would be removed.
    pub files: Vec<Surveyed>,
    /// The manifest would be another one.
    pub manifest: bool,
    /// What is listed now.
    pub old: Option<Manifest>,
}

impl Survey {
    /// Whether a run would leave every byte.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        !self.manifest && self.files.iter().all(|file| file.change == Change::Unchanged)
    }
}

/// Finds out what [`super::write()`] would do; no byte is written.
///
/// # Errors
/// As [`super::write()`], and if the last run was interrupted.
pub fn survey(home: &Home, files: Vec<File<'_>>, needs: &[Need], selection: &Selection) -> Result<Survey> {
    let plan = plan(home, files, selection)?;
    let old = home.manifest()?;
    let dir = &home.dir;
    let known = old.clone().unwrap_or_default();
    let mut listed: BTreeMap<PathBuf, &Listed> =
        known.files.iter().map(|file| Ok((home.place(&file.entry)?, file))).collect::<Result<_>>()?;
    let mut survey = Survey { files: Vec::new(), manifest: false, old };
    let mut will_list: Vec<Listed> = Vec::new();
    for (place, File { entry, content }) in plan {
        let spot = place::look_for_target(dir, &place)?;
        let (sha256, same) = sink::compare(dir, &place, &spot, &*content)?;
        let known = listed.remove(&place);
        let reason = if same { None } else { not_ours(dir, &place, &spot, known)? };
        let change = match &spot {
            Spot::Missing => Change::Created,
            Spot::File(met) if same && has(met, (entry.mode, home.ids(&entry)?)) => Change::Unchanged,
            _ => Change::Changed,
        };
        will_list.push(Listed { entry: entry.clone(), sha256, theirs: false });
        survey.files.push(Surveyed { entry, place, change, reason });
    }
    for (place, file) in listed {
        if !selection.covers(&file.entry.server, &file.entry.output) {
            will_list.push(file.clone());
            continue;
        }
        let spot = place::look(dir, &place)?;
        let reason = not_ours(dir, &place, &spot, Some(file))?;
        if matches!(spot, Spot::File(_) | Spot::Link) || reason.is_some() {
            survey.files.push(Surveyed { entry: file.entry.clone(), place, change: Change::Removed, reason });
        }
    }
    let covered = |need: &&Need| selection.covers(&need.server, &need.output);
    let needs =
        (needs.iter().filter(covered)).chain(known.needs.iter().filter(|need| !covered(need))).cloned();
    let Manifest { generation, server, .. } = known;
    let will = Manifest { generation, server, ..Manifest::new(will_list, needs.collect()) };
    survey.manifest = match manifest::read_own(&home.state(), manifest::NAME)? {
        Some(Ok(bytes)) => bytes != will.to_bytes()?,
        _ => true,
    };
    survey.files.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(survey)
}
