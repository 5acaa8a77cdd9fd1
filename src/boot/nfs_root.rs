//! Linux without a disk: its root is a folder of the NFS server.

use super::linux::{finish, initrds};
use super::live::{Root, nfs};
use super::{Kind, Made, Making};
use crate::model::AbsPath;
use crate::schema::{Argument, Field, mapping};
use crate::source::Word;

pub(super) const KIND: Kind = Kind { word: "nfs_root", label: None, keys: NfsRoot::properties, make };

mapping! {
    /// The keys of `kind: nfs_root`.
    pub struct NfsRoot in "an entry of kind `nfs_root`" {
        /// The kernel, when it is not `vmlinuz`.
        kernel: Word<'a>,
        /// The initrd, when it is not `initrd.img`.
        initrd: Vec<Word<'a>>,
        /// The folder on the NFS server; without it the machine's own root-path.
        path: Word<'a>,
        /// Further arguments, one or several an item.
        cmdline: Vec<Argument<'a>>,
    }
}

fn make(making: &mut Making<'_, '_>) -> Option<Made> {
    let own = NfsRoot::from_entries(&making.entry.own, making.entry.span, &mut making.reading);
    let kernel = making.file(&own.kernel, Some("vmlinuz"));
    let initrds = initrds(making, &own.initrd, &["initrd.img"]);
    let further = making.arguments(&own.cmdline);
    // Understood by the kernel itself, by initramfs-tools and by dracut; all of them take DHCP's
    // root-path where there is no `nfsroot=`.
    let mut arguments: Vec<String> = vec!["root=/dev/nfs".into()];
    let mut nfs_path = None;
    match &own.path {
        Field::Wrong(_) => return None,
        Field::Absent => {}
        Field::Given(word) => {
            let path = match AbsPath::parse(word.text) {
                Ok(path) => path,
                Err(refused) => {
                    making.refuse(word.span, &refused);
                    return None;
                }
            };
            if let Root::Nfs(server, path) = nfs(making, path, word.span)? {
                arguments.push(format!("nfsroot={server}"));
                nfs_path = Some(path);
            }
        }
    }
    arguments.push("ip=dhcp".into());
    let mut made = finish(making, kernel?, &initrds?, arguments, further?, &[])?;
    made.nfs_path = nfs_path;
    Some(made)
}
