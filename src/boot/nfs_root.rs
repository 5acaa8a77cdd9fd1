//! Linux without a disk: its root is a folder of the NFS server.

use super::linux::{finish, initrds};
use super::live::{Root, nfs};
use super::{BootKind, BuiltEntry, EntryBuilder};
use crate::model::{AbsPath, LinuxSystem};
use crate::schema::{Argument, Field, mapping};
use crate::source::Scalar;

pub(super) const KIND: BootKind = BootKind {
    word: "nfs_root",
    label: None,
    template: template!("nfs_root"),
    keys: NfsRoot::properties,
    build,
};

mapping! {
    /// The keys of `kind: nfs_root`.
    pub struct NfsRoot in "an entry of kind `nfs_root`" {
        /// The kernel; `vmlinuz` by default.
        kernel: Scalar<'a>,
        /// The initrd; `initrd.img` by default.
        initrd: Vec<Scalar<'a>>,
        /// The folder on the NFS server; without it the machine's own root-path.
        path: Scalar<'a>,
        /// Further arguments; an item may have several.
        cmdline: Vec<Argument<'a>>,
        /// The distribution's shim, for Secure Boot: a path, or `none`.
        shim: Scalar<'a>,
    }
}

fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = NfsRoot::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    builder.shim(&own.shim, &own.kernel, None);
    let kernel = builder.file(&own.kernel, Some("vmlinuz"));
    let initrds = initrds(builder, &own.initrd, &["initrd.img"]);
    let further = builder.arguments(&own.cmdline);
    // The kernel itself, initramfs-tools and dracut all understand this argument, and use the root-path from DHCP if
    // there is no `nfsroot=`.
    let mut arguments: Vec<String> = vec!["root=/dev/nfs".into()];
    let mut nfs_path = None;
    match &own.path {
        Field::Wrong(_) => return None,
        Field::Absent => {}
        Field::Given(word) => {
            let path = match AbsPath::parse(word.text) {
                Ok(path) => path,
                Err(refused) => {
                    builder.refuse(word.span, &refused);
                    return None;
                }
            };
            if let Root::Nfs(server, path) = nfs(builder, path, word.span)? {
                arguments.push(format!("nfsroot={server}"));
                nfs_path = Some(path);
            }
        }
    }
    arguments.push("ip=dhcp".into());
    let further = further?;
    // dracut also reads its root from `root=nfs:SERVER:PATH`.
    let elsewhere = further.find(&["root"]).is_some_and(|root| root.value != "root=/dev/nfs");
    if elsewhere || further.have(&["nfsroot"]) {
        nfs_path = None;
    }
    let mut built = finish(builder, LinuxSystem::NfsRoot, kernel?, initrds?, arguments, further, &[])?;
    built.nfs_path = nfs_path;
    Some(built)
}
