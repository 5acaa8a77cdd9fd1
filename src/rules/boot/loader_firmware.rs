//! Firmware starts only its own kind of program: BIOS a network boot program, UEFI a PE program for its processor.
//! With a loader for other firmware, with a script, or with one file for two processors, clients show a black
//! screen or "Image type not supported".
//!
//! The rule looks at names only; `check --root DIR` looks at the files. It does not apply to an image or a dynamic
//! URL that several `http_` kinds get. Evidence: of the generators of dhcpd.conf whose loader tables were read,
//! none gives every kind of client a program that it can start; opnsense/core#2223, warewulf/warewulf#1114,
//! pftf/RPi4#191.
//!
//! Fails:
//! ```yaml fails
//! loaders: { bios: ipxe.efi }
//! ```
//! Passes:
//! ```yaml passes
//! loaders: { bios: ipxe.pxe, efi_ia32: ipxe32.efi, efi_x64: ipxe.efi }
//! ```

use foldhash::HashSet;

use crate::model::{ClientKind, Loader, Loaders, RunsOn, Site, Spanned, firmware_by_name};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::error("loader-firmware", "a loader is for firmware that its clients do not have"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut said = HashSet::default();
    let own = site.own_loaders();
    for loaders in site.subnets.iter().map(|subnet| &subnet.loaders).chain(own) {
        for (kind, loader) in loaders {
            // U-Boot and the Raspberry Pi load scripts and images of their own.
            if let Some(firmware) = kind.in_ipxe() {
                check_loader(*kind, firmware, loader, loaders, &mut said, found);
            }
        }
    }
}

fn check_loader(
    kind: ClientKind,
    firmware: ClientKind,
    loader: &Spanned<Loader>,
    all: &Loaders,
    said: &mut HashSet<Span>,
    found: &mut Findings<'_>,
) {
    let name = name(loader);
    let (wanted, such) = if firmware == ClientKind::Bios {
        (RunsOn::Bios, "undionly.kpxe")
    } else {
        (RunsOn::Efi, "ipxe.efi")
    };
    let what = match firmware_by_name(name).filter(|runs| *runs != wanted) {
        Some(RunsOn::Script) => "is a script, which only iPXE runs",
        Some(RunsOn::Efi) => "is a program for UEFI",
        Some(RunsOn::Bios) => "is a program for BIOS",
        None => {
            check_twins(kind, firmware, loader, all, said, found);
            return;
        }
    };
    if said.insert(loader.span) {
        let message = format!("`{name}` {what}, and the loader of `{}` clients", kind.name());
        found.push(loader.span, message, |finding| {
            finding.help(format!("they start a program such as {such}, which then fetches the script"))
        });
    }
}

/// Whether clients of another processor get the same file.
fn check_twins(
    kind: ClientKind,
    firmware: ClientKind,
    loader: &Spanned<Loader>,
    all: &Loaders,
    said: &mut HashSet<Span>,
    found: &mut Findings<'_>,
) {
    // Over HTTP, firmware also loads images of media, which may hold programs for several processors. Files at URLs of
    // other servers are not checked.
    if kind != firmware && firmware_by_name(name(loader)).is_none() {
        return;
    }
    let twin = all.iter().take_while(|(_, other)| !std::ptr::eq(other, loader)).find(|(other, file)| {
        file.value == loader.value && other.in_ipxe().is_some_and(|other| other != firmware)
    });
    let Some((other, file)) = twin else { return };
    if said.insert(loader.span) {
        let message = format!(
            "`{}` is the loader of `{}` and of `{}` clients",
            name(loader),
            other.name(),
            kind.name()
        );
        found.push(loader.span, message, |finding| {
            let finding =
                if file.span == loader.span { finding } else { finding.and(file.span, "the first one") };
            finding.help("a program is built for one of them; give each kind its own file, or `none`")
        });
    }
}

fn name(loader: &Spanned<Loader>) -> &str {
    match &loader.value {
        Loader::File(name) | Loader::Url(name) => name,
    }
}
