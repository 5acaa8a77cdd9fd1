//! A hot key starts one entry of its menu. If two entries have the same key, iPXE starts the first one that the
//! client sees, and the key never starts the second.
//!
//! Entries that no client sees together may share a key, and so may two menus. Evidence: iPXE takes the first item
//! with that shortcut (`dynui_shortcut`, src/core/dynui.c).
//!
//! Fails:
//! ```yaml fails
//! boot_entries:
//!   a: { kind: iso, iso: a.iso, key: x }
//!   b: { kind: iso, iso: b.iso, key: x }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries:
//!   a: { kind: iso, iso: a.iso, key: x }
//!   b: { kind: iso, iso: b.iso, key: y }
//! ```

use crate::model::{Entry, Item, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("duplicate-hot-key", "two entries of one menu have the same hot key"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for screen in site.menu.screens() {
        let mut keyed: Vec<&Entry> = Vec::new();
        for item in screen {
            let Item::Entry(at) = item else { continue };
            let Some(entry) = site.entries.get(*at) else { continue };
            let Some(key) = &entry.key else { continue };
            let other = keyed.iter().find(|other| other.key.as_ref() == Some(key) && other.meets(entry));
            let Some((other, first)) = other.and_then(|other| Some((other, other.key.as_ref()?))) else {
                keyed.push(entry);
                continue;
            };
            let message = format!("`{}` and `{}` have the same hot key `{key}`", other.id, entry.id);
            found.push(key.span, message, |finding| {
                finding.and(first.span, "the first one").help("give each entry of a menu its own key")
            });
        }
    }
}
