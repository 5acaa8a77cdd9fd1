//! A memory test is a program for BIOS or for UEFI. Clients whose firmware has no program see the entry in the menu
//! and cannot start it.
//!
//! Evidence: memtest86+ 6 and later has a file for each; a BIOS program is not an EFI image ("Exec format error").
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { memtest: { kind: memtest, bios: memtest.bin } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { memtest: { kind: memtest, bios: memtest.bin, only_for: bios } }
//! ```

use crate::model::{ClientKind, EntryKind, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("memtest-firmware", "a memory test has no program for some of its clients"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let kinds = site.kinds();
    for entry in &site.entries {
        let EntryKind::Memtest(memtest) = &entry.kind else { continue };
        for (key, efi, program) in [("bios", false, &memtest.bios), ("efi", true, &memtest.efi)] {
            let kind = kinds.iter().find(|kind| (**kind != ClientKind::Bios) == efi && entry.is_for(**kind));
            let Some(kind) = kind.filter(|_| program.is_none()) else { continue };
            let message =
                format!("`{}` has no program for `{}` clients, which see it", entry.id, kind.name());
            found.push(entry.span, message, |finding| {
                let only = if efi { "bios" } else { "efi_x64" };
                finding.help(format!("add `{key}`, or `only_for: {only}`"))
            });
        }
    }
}
