//! Debian live: the kernel of the image, its root over NFS, or fetched whole.

use super::linux::{finish, initrds};
use super::live::{Root, RootOver, needed_dir, root};
use super::shim::LIVE;
use super::{BootKind, BuiltEntry, EntryBuilder};
use crate::model::{LinuxSystem, Service};
use crate::schema::{Argument, Field, mapping};
use crate::source::Scalar;

pub(super) const KIND: BootKind = BootKind {
    word: "live_boot",
    label: None,
    template: template!("live_boot"),
    keys: LiveBoot::properties,
    build,
};

mapping! {
    /// The keys of `kind: live_boot`.
    pub struct LiveBoot in "an entry of kind `live_boot`" {
        /// The kernel; `live/vmlinuz` by default.
        kernel: Scalar<'a>,
        /// The initrd; `live/initrd.img` by default.
        initrd: Vec<Scalar<'a>>,
        /// Further arguments; an item may have several.
        cmdline: Vec<Argument<'a>>,
        /// The distribution's shim, for Secure Boot: a path, or `none`; with `secure_boot`, `EFI/boot/bootx64.efi` by default.
        shim: Scalar<'a>,
        /// The ISO image below the TFTP root, which is then fetched whole.
        iso: Scalar<'a>,
        /// `nfs`, or `http`: the ISO or `live/filesystem.squashfs` is fetched whole.
        root_over: RootOver<'a>,
    }
}

/// The endings that live-boot knows (its 9990-mount-http.sh).
const ENDINGS: &[&str] = &[".squashfs", ".iso"];

/// The arguments that select the components that live-config runs (live-config(7)).
const COMPONENTS: &[&str] =
    &["components", "nocomponents", "live-config", "live-config.components", "live-config.nocomponents"];

fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = LiveBoot::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    builder.shim(&own.shim, &own.kernel, Some(LIVE));
    if matches!(own.kernel, Field::Absent) || matches!(own.initrd, Field::Absent) {
        needed_dir(builder)?;
    }
    let kernel = builder.file(&own.kernel, Some("live/vmlinuz"));
    let initrds = initrds(builder, &own.initrd, &["live/initrd.img"]);
    let further = builder.arguments(&own.cmdline);
    let root = root(builder, &own.iso, &own.root_over, Some("live/filesystem.squashfs"), ENDINGS)?;
    let further = further?;
    // With `components` live-config creates the user, as in the image's own menu. There is no `ip=dhcp`: live-boot
    // uses DHCP by itself, and its man page says to omit `ip` then.
    let mut arguments: Vec<String> = vec!["boot=live".into()];
    if !further.have(COMPONENTS) {
        arguments.push("components".into());
    }
    let (mut nfs_path, mut by_http) = (None, false);
    match root {
        // live-boot fetches a URL even if there are arguments for NFS (its 9990-netboot.sh).
        _ if further.have(&["fetch", "httpfs", "ftpfs"]) => {}
        Root::Nfs(server, path) => {
            arguments.push("netboot=nfs".into());
            arguments.push(format!("nfsroot={server}"));
            nfs_path = (!further.have(&["nfsroot"])).then_some(path);
        }
        // It has a client for TFTP, too.
        Root::File(path) if builder.facts.address(Service::Http).is_none() => {
            arguments.push(format!("fetch={}", builder.url(&path)));
        }
        Root::File(path) => {
            arguments.push(format!("fetch={}", builder.web_url(&path)));
            by_http = true;
        }
    }
    let mut built = finish(builder, LinuxSystem::LiveBoot, kernel?, initrds?, arguments, further, &[])?;
    built.nfs_path = nfs_path;
    built.needs_http = by_http;
    Some(built)
}
