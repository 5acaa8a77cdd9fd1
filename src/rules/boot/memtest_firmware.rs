//! A memory test is a program for BIOS or for UEFI. Without the one for a client's firmware the
//! entry is shown there and does not start.
//!
//! Evidence: memtest86+ 6 and later has a file for each; a BIOS program is no EFI image ("Exec format
//! error").
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { memtest: { kind: memtest, bios: memtest.bin } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { memtest: { kind: memtest, bios: memtest.bin, only_for: bios } }
//! ```

use crate::model::{ClientKind, Site};
use crate::report::Severity;
use crate::rules::{Cost, Found, Rule};

pub const RULE: Rule = Rule {
    id: "memtest-firmware",
    severity: Severity::Warning,
    summary: "a memory test has no program for firmware that sees it",
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Found<'_>) {
    let kinds = site.kinds();
    for entry in site.entries.iter().filter(|entry| entry.kind == "memtest") {
        for (key, efi) in [("bios", false), ("efi", true)] {
            let kind = kinds.iter().find(|kind| (**kind != ClientKind::Bios) == efi && entry.is_for(**kind));
            let Some(kind) = kind.filter(|_| !entry.view.contains_key(key)) else { continue };
            let message =
                format!("`{}` has no program for `{}` clients, which see it", entry.id, kind.name());
            found.push(entry.span, message, |finding| {
                let only = if efi { "bios" } else { "efi_x64" };
                finding.help(format!("add `{key}`, or `only_for: {only}`"))
            });
        }
    }
}
