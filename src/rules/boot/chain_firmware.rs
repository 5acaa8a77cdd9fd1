//! `chain` starts a program of the client's own firmware, and so does the `kernel` of an entry. An EFI program on
//! BIOS, or a BIOS program on UEFI, is shown in the menu and ends in "Exec format error".
//!
//! Only the name of the file is looked at. A kernel such as `vmlinuz.efi` has both headers, and starts on both.
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
    kind: FindingKind::warning("chain-firmware", "an entry starts a program for other firmware than sees it"),
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
            // Scripts are called so as well.
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
            finding.help(format!("say who can start it: `only_for: {only}`"))
        });
    }
}

/// Whether a file is a Linux kernel by its name, whatever its ending: with an EFI stub it starts on BIOS, too
/// (Ubuntu's media had `casper/vmlinuz.efi` for both).
fn is_linux(url: &str) -> bool {
    let name = url.rsplit('/').next().unwrap_or_default();
    ["vmlinu", "linux", "bzimage", "zimage", "kernel"]
        .iter()
        .any(|known| name.get(..known.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(known)))
}
