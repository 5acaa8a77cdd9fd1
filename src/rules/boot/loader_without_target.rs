//! The build script makes each loader with the target of iPXE's Makefile that its name says:
//! `iPXE/ipxe.x86-64.efi` for UEFI on x64 is `bin-x86_64-efi/ipxe.efi`. A name that says nothing is
//! a loader that nobody makes, and one file cannot be two programs.
//!
//! Evidence: iPXE's Makefile knows a target by its folder (the architecture), its driver (`ipxe` is all of
//! them, `undionly` those of the BIOS, `snponly` those of UEFI) and its ending; `make bin-x86_64-efi`
//! builds nothing and ends without an error.
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
        "a loader is to be built, and no target of iPXE's makes it",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(build) = &site.loaders_build else { return };
    let own = site.profiles.iter().filter_map(|profile| profile.loaders.as_ref()).flatten();
    let all = site.subnets.iter().flat_map(|subnet| &subnet.loaders).chain(own);
    let mut made: Vec<(&str, String, crate::source::Span)> = Vec::new();
    let mut said = rustc_hash::FxHashSet::default();
    for (kind, loader) in all {
        let Loader::File(path) = &loader.value else { continue };
        // What the Raspberry Pi loads is its maker's, and what is signed comes as it is.
        if *kind == ClientKind::Rpi || is_signed(path) {
            continue;
        }
        let Some(target) = make_target(*kind, path) else {
            // U-Boot usually loads a script or an image of its own.
            if kind.in_ipxe().is_some() && said.insert(loader.span) {
                let message = format!("no target of iPXE makes `{path}` for `{}` clients", kind.name());
                found.push(loader.span, message, |finding| {
                    finding.and(build.span, "loaders are built").help(
                        "begin its name as iPXE's: undionly or ipxe and .kpxe for BIOS, ipxe or snponly and .efi for UEFI",
                    )
                });
            }
            continue;
        };
        match made.iter().find(|(known, ..)| known == path) {
            Some((_, other, first)) if *other != target && said.insert(loader.span) => {
                let message = format!("`{path}` is to be {target} and {other} at once");
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
