//! Debian's installer, by its netboot images.

use super::arguments::unattended;
use super::linux::{finish, initrds};
use super::shim::Shims;
use super::{BootKind, BuiltEntry, EntryBuilder};
use crate::model::LinuxSystem;
use crate::schema::{Argument, GivenFile, mapping};
use crate::source::Scalar;

pub(super) const KIND: BootKind = BootKind {
    word: "debian_installer",
    label: None,
    template: template!("debian_installer"),
    keys: DebianInstaller::properties,
    build,
};

mapping! {
    /// The keys of `kind: debian_installer`.
    pub struct DebianInstaller in "an entry of kind `debian_installer`" {
        /// The kernel; `debian-installer/amd64/linux` by default.
        kernel: Scalar<'a>,
        /// The initrd; `debian-installer/amd64/initrd.gz` by default.
        initrd: Vec<Scalar<'a>>,
        /// Further arguments; an item may have several.
        cmdline: Vec<Argument<'a>>,
        /// The distribution's shim, for Secure Boot: a path, or `none`; with `secure_boot`, `debian-installer/amd64/bootnetx64.efi` by default.
        shim: Scalar<'a>,
        /// The answer file: a path, a URL, or `{ source: FILE }`.
        preseed: GivenFile<'a>,
    }
}

/// Debian's names of the architectures that iPXE can tell.
const ARCHITECTURES: &[(&str, &str)] = &[
    ("efi_ia32", "i386"),
    ("efi_arm32", "armhf"),
    ("efi_arm64", "arm64"),
    ("efi_riscv64", "riscv64"),
    ("efi_loongarch64", "loong64"),
];

fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = DebianInstaller::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    builder.shim(
        &own.shim,
        &own.kernel,
        Some(Shims {
            x64: "debian-installer/amd64/bootnetx64.efi",
            arm64: "debian-installer/arm64/bootnetaa64.efi",
        }),
    );
    // netboot.tar.gz unpacks to this, and the packages debian-installer-*-netboot-* have it.
    let images = format!("debian-installer/{}", architecture(builder));
    let kernel = builder.file(&own.kernel, Some(&format!("{images}/linux")));
    let initrds = initrds(builder, &own.initrd, &[&format!("{images}/initrd.gz")]);
    let further = builder.arguments(&own.cmdline);
    // It speaks HTTP, FTP and TFTP (usr/lib/fetch-url in its initrd).
    let answers = builder.answers(&own.preseed, "preseed.cfg", true)?;
    let further = further?;
    // It reads a preseed.cfg in its initial RAM disk first (initrd-preseed of its package preseed).
    let injected = builder.entry.common.inject.given().and_then(|dict| {
        dict.entries.iter().find(|(key, _)| key.text == "/preseed.cfg").map(|(key, _)| key.span)
    });
    let mut arguments: Vec<String> = Vec::new();
    if answers.is_some() || injected.is_some() {
        // The short names are those of its /etc/preseed_aliases. The installer fetches the answers after its
        // questions about language and network; `auto` and `priority` postpone these questions.
        for (names, argument) in [
            (&["auto", "auto-install/enable"], "auto=true"),
            (&["priority", "debconf/priority"], "priority=critical"),
            // With several cards the installer would ask for one; `auto` takes the first that has a link.
            (&["interface", "netcfg/choose_interface"], "interface=auto"),
        ] {
            if !further.have(names) {
                arguments.push(argument.into());
            }
        }
    }
    if let Some(answers) = &answers {
        builder.answered_once(answers, "preseed", &further, &["url", "preseed/url"])?;
        arguments.push(format!("url={}", answers.url));
    }
    let mut built =
        finish(builder, LinuxSystem::DebianInstaller, kernel?, initrds?, arguments, further, &[])?;
    built.needs_http = answers.as_ref().is_some_and(|answers| answers.by_http);
    built.unattended = unattended(&built, answers.map(|answers| answers.span).or(injected));
    Some(built)
}

/// The architecture of an entry that is for one kind of client.
fn architecture(builder: &EntryBuilder<'_, '_>) -> &'static str {
    let mut kinds = builder.entry.common.only_for.given().into_iter().flatten();
    let only = match (kinds.next(), kinds.next()) {
        (Some(kind), None) => kind.text,
        _ => "",
    };
    ARCHITECTURES.iter().find(|(kind, _)| *kind == only).map_or("amd64", |(_, architecture)| architecture)
}
