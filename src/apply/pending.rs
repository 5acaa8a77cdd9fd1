//! The work that is left for the daemons once the files are in place.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::outputs::is_dhcp_server;
use crate::tree::TreeEntry;

/// The changed files by the systemd unit that uses them.
pub type Units = BTreeMap<String, BTreeSet<String>>;

/// The daemons that have to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// The changed files by unit.
    pub units: Units,
    /// The units of DHCP servers that begin or end to answer. The files in place say which of them answer.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub switched: BTreeSet<String>,
}

/// The DHCP servers to stop and to start, by unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switch {
    /// To be stopped and disabled.
    pub off: BTreeSet<String>,
    /// To be enabled and started.
    pub on: BTreeSet<String>,
}

impl Pending {
    /// Reads the note of an earlier run. An older ipxegen noted the units alone.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        if let Ok(units) = serde_json::from_slice(bytes) {
            return Ok(Self { units, ..Self::default() });
        }
        Ok(serde_json::from_slice(bytes)?)
    }

    /// Whether no daemon has to be told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.units.is_empty() && self.switched.is_empty()
    }

    /// Adds a changed file.
    pub(super) fn add(&mut self, entry: &TreeEntry) {
        if let Some(unit) = &entry.reload {
            self.units.entry(unit.clone()).or_default().insert(entry.path.clone());
        }
    }

    /// The units to stop and to start if the files of this set are in place.
    pub(super) fn switch(&self, serving: &Serving) -> Switch {
        let (on, off) = self.switched.iter().cloned().partition(|unit| serving.ours.contains(unit));
        Switch { off, on }
    }

    /// The daemons that use a file in place and have to be told.
    pub(super) fn told(&self, switch: &Switch) -> Vec<String> {
        self.units.keys().filter(|unit| !switch.off.contains(*unit)).cloned().collect()
    }
}

impl Switch {
    /// The step as words: `stop and disable isc-dhcp-server.service; enable and start kea-dhcp4-server.service`.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let one = |what: &str, units: &BTreeSet<String>| {
            let units: Vec<&str> = units.iter().map(String::as_str).collect();
            (!units.is_empty()).then(|| format!("{what} {}", units.join(", ")))
        };
        let parts = [one("stop and disable", &self.off), one("enable and start", &self.on)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }
}

/// The DHCP servers of a set of files.
#[derive(Default)]
pub(super) struct Serving {
    /// The units whose files ipxegen manages.
    ours: BTreeSet<String>,
    /// The units of other files at the same places.
    theirs: BTreeSet<String>,
}

impl Serving {
    /// From files, each with whether ipxegen does not manage it.
    pub(super) fn of<'f>(files: impl Iterator<Item = (&'f TreeEntry, bool)>) -> Self {
        let mut serving = Self::default();
        for (entry, is_theirs) in files {
            let set = if is_theirs { &mut serving.theirs } else { &mut serving.ours };
            set.extend(entry.reload.iter().filter(|unit| is_dhcp_server(unit)).cloned());
        }
        serving
    }

    /// The DHCP servers that begin or end to answer between two sets.
    ///
    /// A DHCP server that ipxegen does not manage keeps running. A set without one that ipxegen manages can have such a
    /// server: its files were adopted later, or a rollback restores them.
    pub(super) fn switched(&self, next: &Self) -> BTreeSet<String> {
        let kept = |set: &'_ Self, unit: &String| set.ours.is_empty() && set.theirs.contains(unit);
        let changed = self.ours.symmetric_difference(&next.ours);
        changed.filter(|unit| !kept(self, unit) && !kept(next, unit)).cloned().collect()
    }
}
