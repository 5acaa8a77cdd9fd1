//! Ubuntu live: the kernel of the image, its root over NFS, or the ISO itself over HTTP.

use super::arguments::Arguments;
use super::linux::{finish, initrds};
use super::live::{Root, RootOver, needed_dir, root};
use super::shim::LIVE;
use super::{BootKind, BuiltEntry, EntryBuilder};
use crate::model::{AbsPath, InvalidValue, LinuxSystem, LoadedFile};
use crate::schema::{Argument, Field, NoneOr, ScalarType, mapping};
use crate::source::Scalar;

pub(super) const KIND: BootKind =
    BootKind { word: "casper", label: None, template: template!("casper"), keys: Casper::properties, build };

mapping! {
    /// The keys of `kind: casper`.
    pub struct Casper in "an entry of kind `casper`" {
        /// The kernel; `casper/vmlinuz` by default.
        kernel: Scalar<'a>,
        /// The initrd; `casper/initrd` by default.
        initrd: Vec<Scalar<'a>>,
        /// Further arguments; an item may have several.
        cmdline: Vec<Argument<'a>>,
        /// The distribution's shim, for Secure Boot: a path, or `none`; with `secure_boot`, `EFI/boot/bootx64.efi` by default.
        shim: Scalar<'a>,
        /// The ISO image below the TFTP root, which is then fetched by HTTP.
        iso: Scalar<'a>,
        /// `nfs`, or `http` with an `iso`.
        root_over: RootOver<'a>,
        /// The release, for its known quirks.
        release: Scalar<'a>,
        /// `none` disables the quirks.
        quirks: NoneOr<Scalar<'a>> => ScalarType::Words(&["none"]),
    }
}

/// Units that a live system of 18.04.2 must not mount on top of its NFS root
/// (launchpad.net/bugs/1754777).
const MASKED_18_04_2: &[&str] = &[
    "systemd.mask=dev-hugepages.mount",
    "systemd.mask=dev-mqueue.mount",
    "systemd.mask=sys-fs-fuse-connections.mount",
    "systemd.mask=sys-kernel-config.mount",
    "systemd.mask=sys-kernel-debug.mount",
];

/// Arguments after it are for the installed system.
pub(super) const END: &[&str] = &["---"];

fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = Casper::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    builder.shim(&own.shim, &own.kernel, Some(LIVE));
    let is_18_04 = own.release.given().is_some_and(|release| release.text == "18.04");
    // The initrd in the image of 18.04 is compressed with lzma and has this name.
    let initrd = if is_18_04 { "casper/initrd.lz" } else { "casper/initrd" };
    let boot = boot_files(builder, &own.kernel, &own.initrd, initrd);
    let further = builder.arguments(&own.cmdline);
    let quirks = quirks(builder, &own.release, &own.quirks);
    let system = system(builder, &own.iso, &own.root_over, quirks?)?;
    let (kernel, initrds) = boot?;
    let further = further?;
    let system = system.unless_replaced(&further);
    let mut built = finish(builder, LinuxSystem::Casper, kernel, initrds, system.arguments, further, END)?;
    built.nfs_path = system.nfs_path;
    built.needs_http = system.by_http;
    Some(built)
}

/// The kernel and the initrds of the image.
pub(super) fn boot_files<'a>(
    builder: &mut EntryBuilder<'_, 'a>,
    kernel: &Field<Scalar<'a>>,
    initrd: &Field<Vec<Scalar<'a>>>,
    default_initrd: &str,
) -> Option<(String, Vec<LoadedFile>)> {
    if matches!(kernel, Field::Absent) || matches!(initrd, Field::Absent) {
        needed_dir(builder)?;
    }
    let kernel = builder.file(kernel, Some("casper/vmlinuz"));
    let initrds = initrds(builder, initrd, &[default_initrd]);
    Some((kernel?, initrds?))
}

/// The arguments that tell casper its root.
pub(super) struct System {
    /// The arguments.
    pub(super) arguments: Vec<String>,
    /// The folder that casper mounts.
    pub(super) nfs_path: Option<AbsPath>,
    /// Whether casper fetches the image.
    pub(super) by_http: bool,
}

impl System {
    /// The same without export and HTTP, if the user's arguments name another root. Then only the kernel is in `dir`.
    pub(super) fn unless_replaced(mut self, written: &Arguments) -> Self {
        if written.have(&["nfsroot", "url"]) {
            self.nfs_path = None;
            self.by_http = false;
        }
        self
    }
}

/// The arguments for a root over NFS, or for the image by its URL.
pub(super) fn system<'a>(
    builder: &mut EntryBuilder<'_, 'a>,
    iso: &Field<Scalar<'a>>,
    root_over: &Field<RootOver<'a>>,
    quirks: Quirks,
) -> Option<System> {
    // casper ignores a URL with another ending: its scripts/casper looks for `url=*.iso`.
    let root = root(builder, iso, root_over, None, &[".iso"])?;
    let mut arguments: Vec<String> = Vec::new();
    if let Root::Nfs(..) = root {
        arguments.push("root=/dev/nfs".into());
    }
    arguments.push("boot=casper".into());
    // 20.04 checks every file before it starts.
    if quirks == Quirks::SkipFsck {
        arguments.push("fsck.mode=skip".into());
    }
    match root {
        Root::File(path) => {
            arguments.push("ip=dhcp".into());
            arguments.push(format!("url={}", builder.web_url(&path)));
            // cloud-init reads `url=`, too, and would fetch the whole image again
            // (canonical/cloud-init#3893). It prefers this argument.
            arguments.push("cloud-config-url=/dev/null".into());
            Some(System { arguments, nfs_path: None, by_http: true })
        }
        Root::Nfs(server, path) => {
            arguments.push("netboot=nfs".into());
            arguments.push(format!("nfsroot={server}"));
            arguments.push("ip=dhcp".into());
            if quirks == Quirks::Masks18042 {
                arguments.extend(MASKED_18_04_2.iter().map(|unit| (*unit).to_owned()));
            }
            if matches!(quirks, Quirks::MaskTmp | Quirks::Masks18042) {
                arguments.push("systemd.mask=tmp.mount".into());
            }
            if quirks == Quirks::Masks18042 {
                arguments.push("toram".into());
            }
            Some(System { arguments, nfs_path: Some(path), by_http: false })
        }
    }
}

/// The changes that a release needs to boot over the network.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quirks {
    /// No change.
    None,
    /// The unit of /tmp is masked.
    MaskTmp,
    /// The units of /tmp and [`MASKED_18_04_2`] are masked, and the root is copied to memory.
    Masks18042,
    /// The check of all files is skipped.
    SkipFsck,
}

/// The known quirks of a release. 18.04.1 stops in maintenance mode without the mask, 18.04.2 needs more
/// masks, 18.04.3 breaks with any.
fn quirks(
    builder: &mut EntryBuilder<'_, '_>,
    release: &Field<Scalar<'_>>,
    quirks: &Field<NoneOr<Scalar<'_>>>,
) -> Option<Quirks> {
    match quirks {
        Field::Given(NoneOr::None(_)) => return Some(Quirks::None),
        Field::Given(NoneOr::Some(word)) => {
            builder.refuse(word.span, &InvalidValue::new(format!("`quirks` is `none`, not `{}`", word.text)));
            return None;
        }
        _ => {}
    }
    let Some(release) = release.given() else { return (!release.is_wrong()).then_some(Quirks::None) };
    let digits = release
        .text
        .split('.')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if !digits {
        let refused = InvalidValue::new(format!("`{}` is not a release of Ubuntu", release.text));
        builder.refuse(release.span, &refused.help("such as 20.04 or 18.04.2"));
        return None;
    }
    Some(match release.text {
        "18.04" | "18.04.1" => Quirks::MaskTmp,
        "18.04.2" => Quirks::Masks18042,
        text if text == "20.04" || text.starts_with("20.04.") => Quirks::SkipFsck,
        _ => Quirks::None,
    })
}
