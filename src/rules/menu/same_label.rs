//! Users cannot tell apart two entries of one menu with the same text.
//!
//! Entries that no client sees together may have the same label, such as one name for the BIOS and the UEFI
//! program. Evidence: iPXE shows the text only, not the id.
//!
//! Fails:
//! ```yaml fails
//! boot_entries:
//!   a: { kind: iso, iso: a.iso, label: Rescue }
//!   b: { kind: iso, iso: b.iso, label: Rescue }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries:
//!   a: { kind: iso, iso: a.iso, label: Rescue, only_for: bios }
//!   b: { kind: chain, url: b.efi, label: Rescue, only_for: efi_x64 }
//! ```

use crate::model::{Entry, Item, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("same-label", "two entries of one menu show the same text"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for screen in site.menu.screens() {
        let mut seen: Vec<&Entry> = Vec::new();
        for item in screen {
            let Item::Entry(at) = item else { continue };
            let Some(entry) = site.entries.get(*at) else { continue };
            let other = seen.iter().find(|other| other.label == entry.label && other.meets(entry));
            if let Some(other) = other {
                let message =
                    format!("`{}` and `{}` are both shown as `{}`", other.id, entry.id, entry.label);
                found.push(entry.label_span, message, |finding| {
                    finding.and(other.label_span, "the first one").help("give them different labels")
                });
            }
            seen.push(entry);
        }
    }
}
