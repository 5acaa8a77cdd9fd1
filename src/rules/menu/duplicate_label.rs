//! If a script has one label twice, iPXE goes to the first one in the file. The second is never reached (iPXE's
//! image/script.c, `goto_find_label`).
//!
//! Fails:
//! ```yaml fails
//! boot_entries:
//!   rescue: { kind: iso, iso: rescue.iso }
//!   own: { kind: script, lines: [":rescue", shell] }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries:
//!   rescue: { kind: iso, iso: rescue.iso }
//!   own: { kind: script, lines: [":own.rescue", shell] }
//! ```

use foldhash::HashMap;

use crate::model::{Item, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::error("duplicate-label", "a script entry defines a label that the menu already has"),
    cost: Cost::Medium,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut labels: HashMap<&str, Span> = HashMap::default();
    labels.extend(site.entries.iter().map(|entry| (entry.id.as_str(), entry.span)));
    submenus(&site.menu.items, &mut labels);
    for entry in &site.entries {
        for label in entry.labels() {
            let Some(first) = labels.insert(label, entry.span) else { continue };
            found.push(
                entry.span,
                format!("the lines of `{}` define the label `{label}` again", entry.id),
                |finding| {
                    let finding =
                        if first == entry.span { finding } else { finding.and(first, "the first one") };
                    finding.help("iPXE always goes to the first; rename the label")
                },
            );
        }
    }
}

fn submenus<'s>(items: &'s [Item], labels: &mut HashMap<&'s str, Span>) {
    for item in items {
        if let Item::Submenu(submenu) = item {
            labels.insert(&submenu.id, submenu.span);
            submenus(&submenu.items, labels);
        }
    }
}
