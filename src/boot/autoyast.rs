//! SUSE's installer, by the kernel of an installation medium.

use super::arguments::unattended;
use super::linux::{finish, initrds};
use super::live::needed_dir;
use super::shim::Shims;
use super::{BootKind, BuiltEntry, EntryBuilder};
use crate::model::{LinuxSystem, Service};
use crate::schema::{Argument, Field, GivenFile, mapping};
use crate::source::Scalar;

pub(super) const KIND: BootKind = BootKind {
    word: "autoyast",
    label: None,
    template: template!("autoyast"),
    keys: Autoyast::properties,
    build,
};

mapping! {
    /// The keys of `kind: autoyast`.
    pub struct Autoyast in "an entry of kind `autoyast`" {
        /// The kernel; `boot/x86_64/loader/linux` by default.
        kernel: Scalar<'a>,
        /// The initrd; `boot/x86_64/loader/initrd` by default.
        initrd: Vec<Scalar<'a>>,
        /// Further arguments; an item may have several.
        cmdline: Vec<Argument<'a>>,
        /// The distribution's shim, for Secure Boot: a path, or `none`; with `secure_boot`, `EFI/BOOT/bootx64.efi` by default.
        shim: Scalar<'a>,
        /// The answer file: a path, a URL, or `{ source: FILE }`.
        profile: GivenFile<'a>,
    }
}

fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = Autoyast::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    builder.shim(
        &own.shim,
        &own.kernel,
        Some(Shims { x64: "EFI/BOOT/bootx64.efi", arm64: "EFI/BOOT/bootaa64.efi" }),
    );
    if matches!(own.kernel, Field::Absent) || matches!(own.initrd, Field::Absent) {
        needed_dir(builder)?;
    }
    let kernel = builder.file(&own.kernel, Some("boot/x86_64/loader/linux"));
    let initrds = initrds(builder, &own.initrd, &["boot/x86_64/loader/initrd"]);
    let further = builder.arguments(&own.cmdline);
    // linuxrc can use TFTP as well.
    let answers = builder.answers(&own.profile, "autoinst.xml", true)?;
    let further = further?;
    let mut arguments: Vec<String> = Vec::new();
    let mut by_http = false;
    // The user's own arguments name another medium; then `dir` holds only the kernel.
    if !further.have(&["install"]) {
        let dir = needed_dir(builder)?;
        by_http = builder.facts.address(Service::Http).is_some();
        let url = if by_http { builder.web_url(dir) } else { builder.url(dir) };
        arguments.push(format!("install={url}"));
    }
    if let Some(answers) = &answers {
        builder.answered_once(answers, "profile", &further, &["autoyast", "autoyast2"])?;
        arguments.push(format!("autoyast={}", answers.url));
    }
    let mut built = finish(builder, LinuxSystem::Autoyast, kernel?, initrds?, arguments, further, &[])?;
    built.needs_http = by_http || answers.as_ref().is_some_and(|answers| answers.by_http);
    built.unattended = unattended(&built, answers.map(|answers| answers.span));
    Some(built)
}
