//! `apply --format json` and `rollback --format json`: what happened to the machine, in one object.

use anyhow::Result;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Ending, TextOrJson, print_json};
use crate::apply::Applied;
use crate::diff::Comparison;
use crate::tree::ManualStep;

/// What happened to the files.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum MachineOutcome {
    /// The new files are in place.
    Applied,
    /// They were in place already.
    Unchanged,
    /// Nothing was changed: a finding, a safety limit or the user stopped the run.
    #[default]
    Refused,
    /// The run failed. The message on standard error says which files are in place.
    Failed,
}

/// The result of a run. Every key is always there.
#[derive(Default, Serialize)]
pub(super) struct MachineOutput {
    pub(super) outcome: MachineOutcome,
    /// As `check --format json` prints them.
    pub(super) findings: Value,
    /// As `diff --format json` prints it; null if the run ended before.
    pub(super) diff: Value,
    /// Why nothing was changed, other than by findings.
    pub(super) refused: Vec<String>,
    generation: Option<u64>,
    /// The generation with the files that were there before and that ipxegen did not write.
    kept: Option<u64>,
    pub(super) reloaded: Vec<String>,
    to_reload: Vec<String>,
    needs: Vec<ManualStep>,
}

impl MachineOutput {
    pub(super) fn new() -> Self {
        Self { findings: json!([]), ..Self::default() }
    }

    pub(super) fn compared(&mut self, comparison: &Comparison) {
        self.diff = comparison.json();
    }

    pub(super) fn applied(&mut self, applied: &Applied, needs: &[ManualStep]) {
        self.outcome = MachineOutcome::Applied;
        self.generation = Some(applied.generation);
        self.kept = applied.found;
        self.reloaded.clone_from(&applied.reloaded);
        self.to_reload.clone_from(&applied.pending);
        self.to_reload.extend(applied.switch.clone());
        self.needs = needs.to_vec();
    }

    /// Prints the result in the format for programs, and passes the end of the run on.
    pub(super) fn end(mut self, format: TextOrJson, ending: Result<Ending>) -> Result<Ending> {
        if format == TextOrJson::Json {
            if ending.is_err() {
                self.outcome = MachineOutcome::Failed;
            }
            print_json(&self)?;
        }
        ending
    }
}
