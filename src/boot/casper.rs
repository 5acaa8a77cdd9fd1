//! Ubuntu live: the kernel of the image, its root over NFS, or the ISO itself over HTTP.

use super::linux::{finish, initrds};
use super::{Kind, Made, Making};
use crate::model::Refused;
use crate::schema::{Field, NoneOr, mapping};
use crate::source::Word;

pub(super) const KIND: Kind = Kind { word: "casper", label: None, keys: Casper::properties, make };

mapping! {
    /// The keys of `kind: casper`.
    pub struct Casper in "an entry of kind `casper`" {
        /// The kernel, when it is not `casper/vmlinuz`.
        kernel: Word<'a>,
        /// The initrd, when it is not `casper/initrd`.
        initrd: Vec<Word<'a>>,
        /// Further arguments, one an item.
        cmdline: Vec<Word<'a>>,
        /// The release, for its known quirks.
        release: Word<'a>,
        /// `none` leaves the quirks away.
        quirks: NoneOr<Word<'a>>,
    }
    later { "iso", "root_over" }
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

fn make(making: &mut Making<'_, '_>) -> Option<Made> {
    let own = Casper::from_entries(&making.entry.own, making.entry.span, &mut making.reading);
    let Some(dir) = making.dir else {
        if matches!(making.entry.common.dir, Field::Absent) {
            making.missing("dir", "the folder below the TFTP root that holds what is in the ISO");
        }
        return None;
    };
    let kernel = making.file(&own.kernel, Some("casper/vmlinuz"));
    let initrds = initrds(making, &own.initrd, &["casper/initrd"]);
    let further = making.arguments(&own.cmdline);
    let quirks = quirks(making, &own)?;
    let nfs = making.facts.nfs.clone();
    let path = making.facts.tftp_root.join(dir);
    // The kernel splits its command line at blanks, and the path at commas.
    if let Some(bad) = dir.chars().find(|char| !char.is_ascii_graphic() || *char == ',') {
        let span = making.entry.common.dir.given().map_or(making.entry.id.span, |word| word.span);
        let refused = Refused::new(format!("`{dir}` has {bad:?} in it"));
        making.refuse(
            span,
            &refused.help("the kernel mounts this folder by its command line, which cannot carry it"),
        );
        return None;
    }
    let mut arguments: Vec<String> = vec!["root=/dev/nfs".into(), "boot=casper".into()];
    // 20.04 checks every file before it starts; the seed has this right behind `boot=casper`.
    if quirks == Quirks::SkipFsck {
        arguments.push("fsck.mode=skip".into());
    }
    arguments.push("netboot=nfs".into());
    // Without an NFS server the site has a finding of its own.
    arguments.push(format!("nfsroot={}:{path}", nfs.unwrap_or_default()));
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
    let further = further?;
    arguments.extend(further.iter().map(ToString::to_string));
    // What stands behind it would be for the installed system.
    arguments.push("---".into());
    let mut made = finish(making, kernel?, &initrds?, arguments, further);
    made.nfs_path = Some(path);
    Some(made)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quirks {
    None,
    MaskTmp,
    Masks18042,
    SkipFsck,
}

/// What a release is known to need. 18.04.1 stops in maintenance mode without the mask, 18.04.2
/// needs more of them, 18.04.3 breaks with any.
fn quirks(making: &mut Making<'_, '_>, own: &Casper<'_>) -> Option<Quirks> {
    match &own.quirks {
        Field::Given(NoneOr::None(_)) => return Some(Quirks::None),
        Field::Given(NoneOr::Some(word)) => {
            making.refuse(word.span, &Refused::new(format!("`quirks` is `none`, not `{}`", word.text)));
            return None;
        }
        _ => {}
    }
    let Some(release) = own.release.given() else { return (!own.release.is_wrong()).then_some(Quirks::None) };
    let digits = release
        .text
        .split('.')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if !digits {
        let refused = Refused::new(format!("`{}` is not a release of Ubuntu", release.text));
        making.refuse(release.span, &refused.help("such as 20.04 or 18.04.2"));
        return None;
    }
    Some(match release.text {
        "18.04" | "18.04.1" => Quirks::MaskTmp,
        "18.04.2" => Quirks::Masks18042,
        text if text == "20.04" || text.starts_with("20.04.") => Quirks::SkipFsck,
        _ => Quirks::None,
    })
}
