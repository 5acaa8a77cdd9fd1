//! `reboot` with `setup: true` asks UEFI to open its setup. BIOS has no such request: the entry fails there, and iPXE shows
//! the menu again.
//!
//! Evidence: iPXE sets the variable `OsIndications` (src/interface/efi/efi_reboot.c); its restart for BIOS ignores the
//! option (src/arch/x86/interface/pcbios/bios_reboot.c), so the rendered script does not run it there.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { setup: { kind: reboot, label: Firmware setup, setup: true } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { setup: { kind: reboot, label: Firmware setup, setup: true, only_for: efi_x64 } }
//! ```

use crate::model::{ClientKind, EntryKind, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("setup-on-bios", "an entry opens the setup of UEFI, and BIOS clients see it"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if !site.kinds().contains(&ClientKind::Bios) {
        return;
    }
    for entry in site.entries.iter().filter(|entry| entry.is_for(ClientKind::Bios)) {
        if matches!(&entry.kind, EntryKind::Reboot(reboot) if reboot.setup) {
            let message = format!("`{}` fails for `bios` clients: only UEFI opens its setup so", entry.id);
            found.push(entry.span, message, |finding| finding.help("add `only_for: efi_x64`"));
        }
    }
}
