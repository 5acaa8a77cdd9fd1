//! A Windows PE image is for one architecture. A 32-bit UEFI starts no 64-bit Windows and a 64-bit UEFI no 32-bit
//! one, whatever the processor supports; on BIOS both may start.
//!
//! So an entry with one image cannot serve two kinds of UEFI. Evidence: Microsoft's "Boot and install Windows:
//! BIOS, UEFI, 32-bit and 64-bit" (the PC firmware must match); wimboot runs whatever the image contains.
//!
//! Fails:
//! ```yaml fails
//! loaders: { efi_ia32: ipxe32.efi }
//! boot_entries: { pe: { kind: winpe, dir: winpe } }
//! ```
//! Passes:
//! ```yaml passes
//! loaders: { efi_ia32: ipxe32.efi }
//! boot_entries: { pe: { kind: winpe, dir: winpe, only_for: [bios, efi_x64] } }
//! ```

use crate::model::{ClientKind, EntryKind, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "winpe-architecture",
        "a Windows PE image is offered to firmware that cannot start it",
    ),
    cost: Cost::Low,
    check,
};

/// Firmware, and its architecture as iPXE calls it.
const FIRMWARE: &[(ClientKind, &str)] =
    &[(ClientKind::EfiIa32, "i386"), (ClientKind::EfiX64, "x86_64"), (ClientKind::EfiArm64, "arm64")];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let kinds = site.kinds();
    for entry in &site.entries {
        let EntryKind::Winpe(winpe) = &entry.kind else { continue };
        let seen = FIRMWARE.iter().filter(|(kind, _)| kinds.contains(kind) && entry.is_for(*kind));
        let names = |firmware: &[&(ClientKind, &str)]| {
            firmware.iter().map(|(kind, _)| format!("`{}`", kind.name())).collect::<Vec<_>>().join(" and ")
        };
        if winpe.arch_dirs.is_empty() {
            let seen: Vec<_> = seen.collect();
            if seen.len() > 1 {
                let usual = seen.iter().find(|(kind, _)| *kind == ClientKind::EfiX64).or(seen.first());
                let message =
                    format!("the one image of `{}` is offered to {} clients", entry.id, names(&seen));
                found.push(entry.span, message, |finding| {
                    finding.help(format!(
                        "an image starts on one of them only: `only_for: [bios, {}]`, or an image for each: `arch_dirs: true`",
                        usual.map_or("", |(kind, _)| kind.name())
                    ))
                });
            }
            continue;
        }
        let has = |arch: &str| winpe.arch_dirs.iter().any(|dir| dir.buildarch == arch);
        let without: Vec<_> = seen.filter(|(_, arch)| !has(arch)).collect();
        if !without.is_empty() {
            let message =
                format!("`{}` has no image for {} clients, which see it", entry.id, names(&without));
            found.push(entry.span, message, |finding| {
                finding.help("name a folder for them in `arch_dirs`, or exclude them with `only_for`")
            });
        }
    }
}
