//! With Secure Boot the firmware refuses a program that none of its keys has signed. memtest86+ is not signed, and no shim
//! starts it: a client with Secure Boot shows the entry and cannot start it.
//!
//! PassMark's MemTest86 is signed by Microsoft, and a program may be signed with a key that you have enrolled in the
//! firmware: accept the finding with `allow`.
//!
//! Evidence: `sbverify --list` finds no signature in the programs of Debian 12's memtest86+ 6.10. In the boot lab, OVMF with
//! Secure Boot refuses a signed kernel whose key it does not have (docs/compatibility.md).
//!
//! Fails:
//! ```yaml fails
//! loaders: { secure_boot: true }
//! boot_entries: { memtest: { kind: memtest, bios: memtest.bin, efi: memtest.efi } }
//! ```
//! Passes:
//! ```yaml passes
//! loaders: { secure_boot: true }
//! boot_entries: { memtest: { kind: memtest, bios: memtest.bin, only_for: bios } }
//! ```

use crate::model::{EntryKind, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "memtest-with-secure-boot",
        "Secure Boot refuses the program of a memory test",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if !site.secure_boot() {
        return;
    }
    let signed: Vec<_> =
        site.loaders_in_ipxe().filter(|(_, loader)| loader.is_signed()).map(|(kind, _)| kind).collect();
    for entry in &site.entries {
        let EntryKind::Memtest(memtest) = &entry.kind else { continue };
        let Some(program) = &memtest.efi else { continue };
        if signed.iter().any(|kind| entry.is_for(*kind)) {
            let file = entry.files.iter().find(|file| program.ends_with(&file.path));
            let (path, span) = file.map_or((program.as_str(), entry.span), |file| (&file.path, file.span));
            let message = format!("with Secure Boot, the firmware refuses `{path}` of `{}`", entry.id);
            found.push(span, message, |finding| {
                finding.help(
                    "memtest86+ is not signed: `only_for: bios`, or accept it with `allow` if a key of the firmware has signed it",
                )
            });
        }
    }
}
