//! An entry that stands in no menu, is nobody's `boot`, and is no script's `goto`, is started by
//! nobody.
//!
//! Without `menu.items` every entry that is not hidden stands in the menu by itself. Evidence:
//! what `ipxegen render` writes; iPXE executes a label only when something goes there.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { rescue: { kind: iso, iso: rescue.iso, hidden: true } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { rescue: { kind: iso, iso: rescue.iso, hidden: true } }
//! subnets: { lan: { cidr: 10.0.0.0/24, boot: rescue } }
//! ```

use rustc_hash::FxHashSet;

use crate::model::{Entry, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("unreachable-entry", "an entry stands in no menu, and nothing names it"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    // What hooks and foreign scripts go to is not known.
    if site.gaps.entries || site.gaps.hosts || site.gaps.subnets || !site.has_menu() {
        return;
    }
    let reached = reached(site);
    for entry in site.entries.iter().filter(|entry| !reached.contains(entry.id.as_str())) {
        found.push(entry.span, format!("nobody can start `{}`", entry.id), |finding| {
            let finding = finding.here(if entry.hidden {
                "hidden, and nobody's `boot`"
            } else {
                "in no menu, and nobody's `boot`"
            });
            finding.help("put it among the menu's `items`, name it as a `boot`, or remove it")
        });
    }
}

/// The ids of what is in a menu, preselected somewhere, or named in the lines of another.
pub fn reached<'s>(site: &'s Site<'_>) -> FxHashSet<&'s str> {
    let shown = site.menu.shown().chain(site.menu.default);
    let shown = shown.filter_map(|at| site.entries.get(at)).map(|entry| entry.id.as_str());
    let handouts = site.subnets.iter().map(|subnet| &subnet.handout);
    let handouts = handouts.chain(site.profiles.iter().map(|profile| &profile.handout));
    let boots = handouts.filter_map(|handout| handout.boot.as_ref()).map(|boot| boot.value.as_str());
    let lines = site.entries.iter().flat_map(Entry::lines);
    shown.chain(boots).chain(lines.flat_map(|line| line.value.split_whitespace())).collect()
}
