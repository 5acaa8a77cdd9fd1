//! A hot key starts one entry of its menu: of two with the same key iPXE takes the first that the
//! client sees, and the second never starts by its key.
//!
//! Entries that no client sees together may share a key, and so may two menus. Evidence: iPXE looks
//! for the first item with that shortcut (`dynui_shortcut`, src/core/dynui.c).
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
            let message = format!("the key `{key}` is both `{}`'s and `{}`'s", other.id, entry.id);
            found.push(key.span, message, |finding| {
                finding.and(first.span, "the first one").help("give each entry of a menu a key of its own")
            });
        }
    }
}
