//! No machine can start the entry: no menu contains it, no `boot` names it and no script goes to it.
//!
//! Without `menu.items` the menu contains every entry that is not hidden. Evidence: the files that `ipxegen render` writes;
//! iPXE runs a label only when a line goes to it.
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

use foldhash::HashSet;

use crate::model::{Entry, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("unreachable-entry", "an entry is in no menu, and nothing refers to it"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    // Hooks and other scripts may start any entry.
    if site.gaps.entries || site.gaps.hosts || site.gaps.subnets || !site.has_menu() {
        return;
    }
    let reached = reached(site);
    for entry in site.entries.iter().filter(|entry| !reached.contains(entry.id.as_str())) {
        found.push(entry.span, format!("no machine can start `{}`", entry.id), |finding| {
            let finding = finding.here(if entry.hidden {
                "hidden, and no `boot` names it"
            } else {
                "in no menu, and no `boot` names it"
            });
            finding.help("add it to the menu's `items`, name it in a `boot`, or remove it")
        });
    }
}

/// The ids of the entries that are in a menu, preselected, or named in the lines of another entry.
pub fn reached<'s>(site: &'s Site<'_>) -> HashSet<&'s str> {
    let shown = site.menu.shown().chain(site.menu.default);
    let shown = shown.filter_map(|at| site.entries.get(at)).map(|entry| entry.id.as_str());
    let handouts = site.handouts();
    let boots = handouts.filter_map(|handout| handout.boot.as_ref()).map(|boot| boot.value.as_str());
    let lines = site.entries.iter().flat_map(Entry::lines);
    shown.chain(boots).chain(lines.flat_map(|line| line.value.split_whitespace())).collect()
}
