//! Ubuntu's server installer: casper's live system, and cloud-init for the answers.

use super::arguments::unattended;
use super::casper::{END, Quirks, boot_files, system};
use super::linux::finish;
use super::shim::LIVE;
use super::{BootKind, BuiltEntry, EntryBuilder};
use crate::model::LinuxSystem;
use crate::schema::{Argument, Field, GivenFile, mapping};
use crate::source::Scalar;

pub(super) const KIND: BootKind = BootKind {
    word: "subiquity",
    label: None,
    template: template!("subiquity"),
    keys: Subiquity::properties,
    build,
};

mapping! {
    /// The keys of `kind: subiquity`.
    pub struct Subiquity in "an entry of kind `subiquity`" {
        /// The kernel; `casper/vmlinuz` by default.
        kernel: Scalar<'a>,
        /// The initrd; `casper/initrd` by default.
        initrd: Vec<Scalar<'a>>,
        /// Further arguments; an item may have several.
        cmdline: Vec<Argument<'a>>,
        /// The distribution's shim, for Secure Boot: a path, or `none`; with `secure_boot`, `EFI/boot/bootx64.efi` by default.
        shim: Scalar<'a>,
        /// The ISO image below the TFTP root, which is then fetched by HTTP; without it the root is `dir` over
        /// NFS.
        iso: Scalar<'a>,
        /// The answer file: `{ source: FILE }` with the user-data, or the path or URL of a
        /// folder that has `user-data` and `meta-data`.
        autoinstall: GivenFile<'a>,
    }
}

fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = Subiquity::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    builder.shim(&own.shim, &own.kernel, Some(LIVE));
    let boot = boot_files(builder, &own.kernel, &own.initrd, "casper/initrd");
    let further = builder.arguments(&own.cmdline);
    let answers = builder.seed(&own.autoinstall);
    let system = system(builder, &own.iso, &Field::Absent, Quirks::None)?;
    let (answers, further) = (answers?, further?);
    let mut system = system.unless_replaced(&further);
    if let Some(answers) = &answers {
        builder.answered_once(answers, "autoinstall", &further, &["ds"])?;
        // With `autoinstall` the installer does not ask whether to continue. cloud-init of every release knows the
        // name `nocloud-net`. iPXE gives a `;` within a word no meaning.
        system.arguments.push("autoinstall".into());
        system.arguments.push(format!("ds=nocloud-net;s={}", answers.url));
    }
    let (kernel, initrds) = boot?;
    let mut built = finish(builder, LinuxSystem::Subiquity, kernel, initrds, system.arguments, further, END)?;
    built.nfs_path = system.nfs_path;
    built.needs_http = system.by_http || answers.as_ref().is_some_and(|answers| answers.by_http);
    built.unattended = unattended(&built, answers.map(|answers| answers.span));
    Some(built)
}
