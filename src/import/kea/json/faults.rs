//! What is wrong with a file of JSON, for the account.

use super::super::super::coverage::{Coverage, Outcome};
use super::super::super::origin::Origin;

/// How many faults the account has; the rest is counted. A file that is no JSON at all has one in every line.
const SHOWN: usize = 50;

/// Faults of a file, in the order in which they were found.
#[derive(Debug, Default)]
pub(in super::super) struct Faults {
    all: Vec<Fault>,
    /// How many others there were, and the place of the first.
    others: usize,
    first_other: Option<Origin>,
}

#[derive(Debug)]
struct Fault {
    origin: Origin,
    /// What was left out because of it; none if nothing was.
    lost: Option<String>,
    text: String,
}

impl Faults {
    /// A fault that the import mends without a loss, such as a missing comma.
    pub(super) fn mended(&mut self, origin: Origin, text: impl Into<String>) {
        self.push(Fault { origin, lost: None, text: text.into() });
    }

    /// A fault because of which something is left out.
    pub(super) fn lost(&mut self, origin: Origin, shown: impl Into<String>, text: impl Into<String>) {
        self.push(Fault { origin, lost: Some(shown.into()), text: text.into() });
    }

    fn push(&mut self, fault: Fault) {
        if self.all.len() < SHOWN {
            self.all.push(fault);
        } else {
            self.others += 1;
            self.first_other.get_or_insert(fault.origin);
        }
    }

    /// Writes them into the account.
    pub(in super::super) fn account(self, coverage: &mut Coverage) {
        for fault in self.all {
            match fault.lost {
                Some(shown) => {
                    coverage.add(fault.origin, &shown, Outcome::Lost(fault.text));
                }
                None => coverage.remark(fault.origin, fault.text),
            }
        }
        if let Some(origin) = self.first_other {
            let why = "this file has more faults than the import lists".to_owned();
            let shown = format!("{} further faults from here on", self.others);
            coverage.add(origin, &shown, Outcome::Lost(why));
        }
    }
}
