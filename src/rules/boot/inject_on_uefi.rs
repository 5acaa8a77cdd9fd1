//! iPXE puts the files of `inject` into the initial RAM disk. For UEFI it does so since February 2023, by the protocol with
//! which a kernel asks for the whole RAM disk. Before, the kernel gets the files that `initrd=` names, without the others:
//! the system starts, and the files are missing.
//!
//! The signed release, `loaders.build` and the packages of Debian 13 and 14 (`os` of the TFTP server) are new enough. The
//! kernel must be Linux 5.8 or newer. Accept another loader that you know with `allow`. Evidence: iPXE's commits 6a004be0c
//! and e5f025517; efi_load_initrd() of Linux (drivers/firmware/efi/libstub). Tried with Debian 13's installer: the iPXE of
//! Debian 12 starts it on UEFI without the file, and that of Debian 14 with it; on BIOS both do.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { a: { kind: linux, kernel: linux, initrd: initrd.gz, inject: { /etc/motd: motd } } }
//! ```
//! Passes:
//! ```yaml passes
//! loaders: { build: {} }
//! boot_entries: { a: { kind: linux, kernel: linux, initrd: initrd.gz, inject: { /etc/motd: motd } } }
//! ```

use crate::model::{ClientKind, Content, Entry, EntryKind, LinuxBoot, LinuxStart, Loader, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "inject-on-uefi",
        "an iPXE for UEFI may be too old to put files into the RAM disk",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for entry in site.entries.iter().filter(|entry| injects(entry)) {
        let mut old = site.loaders_in_ipxe().filter(|(kind, loader)| {
            *kind != ClientKind::Bios && entry.is_for(*kind) && !site.is_recent_ipxe(*kind, loader)
        });
        let Some((kind, Loader::File(path) | Loader::Url(path))) = old.next() else { continue };
        let message = format!(
            "`{}` puts files into the RAM disk, and the iPXE of `{}` clients (`{path}`) may be too old for that",
            entry.id,
            kind.name()
        );
        found.push(entry.span, message, |finding| {
            finding.help("use iPXE of 2025 or later: `loaders.build`, or that of Debian 13 with the server's `os: debian-13`")
        });
    }
}

/// Whether an entry puts files into the initial RAM disk.
fn injects(entry: &Entry) -> bool {
    let EntryKind::Linux(LinuxBoot { start, .. }) = &entry.kind else { return false };
    match start {
        LinuxStart::Kernel(kernel) => !kernel.injected.is_empty(),
        LinuxStart::OwnScript { .. } => entry.published.iter().any(
            |file| matches!(&file.content, Content::BootScript { kernel, .. } if !kernel.injected.is_empty()),
        ),
    }
}
