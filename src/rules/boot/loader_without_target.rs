//! The build script builds each loader with the target of iPXE's Makefile that the loader's name implies:
//! `iPXE/ipxe.x86-64.efi` for UEFI on x64 is `bin-x86_64-efi/ipxe.efi`. A name that implies no target cannot be
//! built, and one file cannot be two programs.
//!
//! Evidence: a target of iPXE's Makefile consists of a folder (the architecture), a driver (`ipxe` for all of them,
//! `undionly` for those of the BIOS, `snponly` for those of UEFI) and an ending; `make bin-x86_64-efi` builds
//! nothing and ends without an error.
//!
//! Fails:
//! ```yaml fails
//! loaders: { bios: pxelinux.0, build: {} }
//! ```
//! Passes:
//! ```yaml passes
//! loaders: { bios: iPXE/undionly.kpxe, efi_ia32: iPXE/ipxe.i386.efi, build: { embed: none } }
//! ```

use crate::model::{ClientKind, Loader, Site, is_signed, make_target};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "loader-without-target",
        "no target of iPXE builds a loader that the site wants built",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(build) = &site.loaders_build else { return };
    let own = site.own_loaders().flatten();
    let all = site.subnets.iter().flat_map(|subnet| &subnet.loaders).chain(own);
    let mut made: Vec<(&str, String, crate::source::Span)> = Vec::new();
    let mut said = foldhash::HashSet::default();
    for (kind, loader) in all {
        let Loader::File(path) = &loader.value else { continue };
        // Firmware of the Raspberry Pi and signed loaders are not built.
        if *kind == ClientKind::Rpi || is_signed(path) {
            continue;
        }
        let Some(target) = make_target(*kind, path) else {
            // U-Boot usually loads a script or an image of its own.
            if kind.in_ipxe().is_some() && said.insert(loader.span) {
                let message = format!("no target of iPXE builds `{path}` for `{}` clients", kind.name());
                found.push(loader.span, message, |finding| {
                    finding.and(build.span, "loaders are built").help(
                        "name it as iPXE does: undionly or ipxe with .kpxe for BIOS, ipxe or snponly with .efi for UEFI",
                    )
                });
            }
            continue;
        };
        match made.iter().find(|(known, ..)| known == path) {
            Some((_, other, first)) if *other != target && said.insert(loader.span) => {
                let message = format!("`{path}` would be built as {target} and as {other}");
                found.push(loader.span, message, |finding| {
                    let finding =
                        if *first == loader.span { finding } else { finding.and(*first, "also here") };
                    finding.help("give each kind of client a file of its own")
                });
            }
            Some(_) => {}
            None => made.push((path, target, loader.span)),
        }
    }
}
