//! `chain`, and the `kernel` of an entry, start a program for the firmware of the client. An EFI program does not
//! start on BIOS, nor a BIOS program on UEFI: iPXE shows the entry in the menu and then fails with "Exec format
//! error".
//!
//! The rule looks at the name of the file only. A kernel such as `vmlinuz.efi` has both headers and starts on both.
//! Evidence: iPXE's error 2e008081 ("Exec format error"), ipxe.org/err/2e0080.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { shell-x64: { kind: chain, url: shellx64.efi } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { shell-x64: { kind: chain, url: shellx64.efi, only_for: efi_x64 } }
//! ```

use crate::model::{ClientKind, EntryKind, RunsOn, Site, firmware_by_name};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "chain-firmware",
        "an entry starts a program for firmware that its clients do not have",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let kinds = site.kinds();
    for entry in &site.entries {
        let url = match (&entry.kind, entry.kind.kernel()) {
            (EntryKind::Chain(chain), _) => &chain.url,
            (_, Some(start)) if !is_linux(&start.kernel) => &start.kernel,
            _ => continue,
        };
        let (what, bios) = match firmware_by_name(url) {
            Some(RunsOn::Efi) => ("UEFI", true),
            // Scripts can have such names, too.
            Some(RunsOn::Bios) if url.ends_with(".pxe") => continue,
            Some(RunsOn::Bios) => ("BIOS", false),
            Some(RunsOn::Script) | None => continue,
        };
        let other = kinds.iter().find(|kind| (**kind == ClientKind::Bios) == bios && entry.is_for(**kind));
        let Some(other) = other else { continue };
        let message =
            format!("`{}` starts a program for {what}, and `{}` clients see it", entry.id, other.name());
        found.push(entry.span, message, |finding| {
            let only = if bios { "efi_x64" } else { "bios" };
            finding.help(format!("show it only to clients that can start it: `only_for: {only}`"))
        });
    }
}

/// Whether a file is a Linux kernel, judging by its name without the ending. A kernel with an EFI stub also starts on
/// BIOS (Ubuntu's media had `casper/vmlinuz.efi` for both).
fn is_linux(url: &str) -> bool {
    let name = url.rsplit('/').next().unwrap_or_default();
    ["vmlinu", "linux", "bzimage", "zimage", "kernel"]
        .iter()
        .any(|known| name.get(..known.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(known)))
}
