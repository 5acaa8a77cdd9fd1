//! `goto` to a label that the script does not have fails when a machine reaches the line; no checker notices it
//! before.
//!
//! Labels are those of the entry's own lines, the ids of all entries and submenus, and `ipxegen.menu`. Labels that
//! contain a setting are not checked. Evidence: iPXE's src/image/script.c (`goto_exec` gives ENOENT).
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { mine: { kind: script, lines: ["prompt --timeout 5000 || goto secnod", shell] } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { mine: { kind: script, lines: ["prompt --timeout 5000 || goto second", shell, ":second", config] } }
//! ```

use foldhash::HashSet;

use crate::boot::BUILTIN_ENTRIES;
use crate::boot::script_commands::{commands, joined};
use crate::model::{EntryKind, Item, Site};
use crate::report::FindingKind;
use crate::report::distance;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("missing-label", "a script goes to a label that does not exist"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.entries {
        return;
    }
    let mut labels: HashSet<&str> = HashSet::default();
    for entry in &site.entries {
        labels.insert(&entry.id);
        labels.extend(entry.labels().iter().map(String::as_str));
    }
    let items = site.menu.screens().into_iter().flatten();
    labels.extend(items.filter_map(|item| match item {
        Item::Submenu(submenu) => Some(submenu.id.as_str()),
        Item::Entry(_) | Item::Gap(_) => None,
    }));
    for entry in site.entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Script(_))) {
        for command in commands(&joined(entry.lines())) {
            let ["goto", label, ..] = command.words.as_slice() else { continue };
            // Labels of the built-in template are not for users.
            if label.contains("${") || label.starts_with("ipxegen.") || labels.contains(label) {
                continue;
            }
            // Among thousands of labels one is always similar.
            let near = labels.iter().filter(|_| labels.len() < 500);
            let near = near.map(|known| (distance(known, label), known)).min();
            found.push(
                command.span,
                format!("`{}` goes to the label `{label}`, which does not exist", entry.id),
                |finding| {
                    let finding = match near {
                        Some((1 | 2, near)) => finding.here(format!("did you mean `{near}`?")),
                        _ => finding,
                    };
                    finding.help(if BUILTIN_ENTRIES.contains(label) {
                        format!("the script has `{label}` only if a menu has it; add it to the `items`")
                    } else {
                        format!("add a line `:{label}`, or use the id of a boot entry")
                    })
                },
            );
        }
    }
}
