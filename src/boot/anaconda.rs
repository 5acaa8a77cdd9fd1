//! Red Hat's installer, by the kernel of an installable tree.

use super::arguments::unattended;
use super::linux::{finish, initrds};
use super::live::{Root, needed_dir, nfs};
use super::shim::Shims;
use super::{BootKind, BuiltEntry, EntryBuilder};
use crate::model::{LinuxSystem, join};
use crate::schema::{Argument, Field, GivenFile, mapping};
use crate::source::Scalar;

pub(super) const KIND: BootKind = BootKind {
    word: "anaconda",
    label: None,
    template: template!("anaconda"),
    keys: Anaconda::properties,
    build,
};

mapping! {
    /// The keys of `kind: anaconda`.
    pub struct Anaconda in "an entry of kind `anaconda`" {
        /// The kernel; `images/pxeboot/vmlinuz` by default.
        kernel: Scalar<'a>,
        /// The initrd; `images/pxeboot/initrd.img` by default.
        initrd: Vec<Scalar<'a>>,
        /// Further arguments; an item may have several.
        cmdline: Vec<Argument<'a>>,
        /// The distribution's shim, for Secure Boot: a path, or `none`; with `secure_boot`, `EFI/BOOT/BOOTX64.EFI` by default.
        shim: Scalar<'a>,
        /// The ISO image below the TFTP root, which is then mounted over NFS; without it `dir` is the tree.
        iso: Scalar<'a>,
        /// The answer file: a path, a URL, or `{ source: FILE }`.
        kickstart: GivenFile<'a>,
    }
}

fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = Anaconda::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    builder.shim(
        &own.shim,
        &own.kernel,
        Some(Shims { x64: "EFI/BOOT/BOOTX64.EFI", arm64: "EFI/BOOT/BOOTAA64.EFI" }),
    );
    if matches!(own.kernel, Field::Absent) || matches!(own.initrd, Field::Absent) {
        needed_dir(builder)?;
    }
    let kernel = builder.file(&own.kernel, Some("images/pxeboot/vmlinuz"));
    let initrds = initrds(builder, &own.initrd, &["images/pxeboot/initrd.img"]);
    let further = builder.arguments(&own.cmdline);
    // Its manual (boot-options.rst) names HTTP, FTP and NFS; most releases of dracut fetch by no TFTP.
    let answers = builder.answers(&own.kickstart, "ks.cfg", false)?;
    let further = further?;
    let mut arguments: Vec<String> = Vec::new();
    let (mut nfs_path, mut by_http) = (None, false);
    match &own.iso {
        Field::Wrong(_) => return None,
        // An ISO is mounted over NFS and no other way (boot-options.rst, `inst.repo`).
        Field::Given(word) => {
            let path = builder.path(word.text, word.span, None)?;
            builder.need(&path, word.span);
            let whole = builder.folder().join(&path);
            let Root::Nfs(server, _) = nfs(builder, whole, word.span)? else { return None };
            arguments.push(format!("inst.repo=nfs:{server}"));
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            nfs_path = (!further.have(&["inst.repo"])).then(|| builder.folder().join(folder));
        }
        // The user's own arguments name another tree; then `dir` holds only the kernel.
        Field::Absent if further.have(&["inst.repo", "inst.stage2"]) => {}
        Field::Absent => {
            let dir = needed_dir(builder)?;
            // A folder without `.treeinfo` is not a tree, and `cp -r iso/*` does not copy it.
            builder.need(&join(dir, ".treeinfo"), builder.entry.id.span);
            arguments.push(format!("inst.repo={}", builder.web_url(dir)));
            by_http = true;
        }
    }
    if let Some(answers) = &answers {
        builder.answered_once(answers, "kickstart", &further, &["inst.ks"])?;
        arguments.push(format!("inst.ks={}", answers.url));
    }
    let mut built = finish(builder, LinuxSystem::Anaconda, kernel?, initrds?, arguments, further, &[])?;
    built.nfs_path = nfs_path;
    built.needs_http = by_http || answers.as_ref().is_some_and(|answers| answers.by_http);
    built.unattended = unattended(&built, answers.map(|answers| answers.span));
    Some(built)
}
