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

use foldhash::HashMap;

use crate::model::{ClientKind, Entry, Item, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("same-label", "two entries of one menu show the same text"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for screen in site.menu.screens() {
        let mut seen = FirstEntries::default();
        for item in screen {
            let Item::Entry(at) = item else { continue };
            let Some(entry) = site.entries.get(*at) else { continue };
            if let Some(other) = seen.add(entry) {
                let message =
                    format!("`{}` and `{}` are both shown as `{}`", other.id, entry.id, entry.label);
                found.push(entry.label_span, message, |finding| {
                    finding.and(other.label_span, "the first one").help("give them different labels")
                });
            }
        }
    }
}

/// The entries of a screen, in their order, by what is looked for: a menu may have tens of thousands of them.
#[derive(Default)]
struct FirstEntries<'s> {
    all: Vec<&'s Entry>,
    /// The first entry with a label.
    by_label: HashMap<&'s str, usize>,
    /// The first entry with a label that is for a kind of client; for all kinds without one.
    by_client: HashMap<(&'s str, Option<ClientKind>), usize>,
}

impl<'s> FirstEntries<'s> {
    /// Adds an entry; returns the first one with its label that some client sees beside it.
    fn add(&mut self, entry: &'s Entry) -> Option<&'s Entry> {
        let label = entry.label.as_str();
        let kinds: Vec<_> = entry.only_for.iter().map(|kind| Some(kind.value)).collect();
        let other = if kinds.is_empty() {
            self.by_label.get(label).copied()
        } else {
            let kinds = kinds.iter().copied().chain([None]);
            kinds.filter_map(|kind| self.by_client.get(&(label, kind)).copied()).min()
        };
        let at = self.all.len();
        self.all.push(entry);
        self.by_label.entry(label).or_insert(at);
        let kinds = if kinds.is_empty() { vec![None] } else { kinds };
        for kind in kinds {
            self.by_client.entry((label, kind)).or_insert(at);
        }
        self.all.get(other?).copied()
    }
}
