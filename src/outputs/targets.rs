//! The iSCSI targets of a server, with the hosts that have a disk there.

use foldhash::HashMap;

use super::ManualStep;
use crate::model::{Host, IscsiDaemon, IscsiPath, IscsiServer, Site, Spanned, Store};

/// A host and its disk.
#[derive(Clone, Copy)]
pub(super) struct Disk<'s, 'a> {
    pub host: &'s Host<'a>,
    pub path: &'s IscsiPath<'a>,
    pub store: &'s Store<'a>,
}

/// A target. Most have one host.
pub(super) struct Target<'s, 'a> {
    pub iqn: &'a str,
    pub disks: Vec<Disk<'s, 'a>>,
}

/// The iSCSI services of a server that this daemon runs, with their indexes.
pub(super) fn servers<'s>(
    site: &'s Site<'_>,
    server: usize,
    daemon: IscsiDaemon,
) -> Vec<(usize, &'s IscsiServer)> {
    let ours = |one: &IscsiServer| one.server == Some(server) && one.daemon == daemon;
    site.iscsi.iter().enumerate().filter(|(_, one)| ours(one)).collect()
}

/// The targets of an iSCSI service, in the order of the hosts. A host without a store has an error and is left out.
pub(super) fn targets<'s, 'a>(site: &'s Site<'a>, by: usize) -> Vec<Target<'s, 'a>> {
    let mut places: HashMap<&str, usize> = HashMap::default();
    let mut all: Vec<Target<'s, 'a>> = Vec::new();
    for (host, path) in site.disks().filter(|(_, path)| path.served_by.map(usize::from) == Some(by)) {
        let Some(Spanned { value: store, .. }) = path.more.as_ref().and_then(|more| more.store.as_ref())
        else {
            continue;
        };
        let place = *places.entry(path.target.as_str()).or_insert_with(|| {
            all.push(Target { iqn: path.target.as_str(), disks: Vec::new() });
            all.len() - 1
        });
        if let Some(target) = all.get_mut(place) {
            target.disks.push(Disk { host, path, store });
        }
    }
    all
}

/// A size in the largest unit that divides it, as truncate(1) reads it.
fn short(bytes: u64) -> String {
    let unit = [(40, 'T'), (30, 'G'), (20, 'M'), (10, 'K')];
    match unit.into_iter().find(|(shift, _)| bytes.is_multiple_of(1 << shift)) {
        Some((shift, unit)) => format!("{}{unit}", bytes >> shift),
        None => bytes.to_string(),
    }
}

/// Up to this number, every device and file is listed.
const LISTED: usize = 60;

/// The devices and files of the disks. With `makes_files`, the daemon creates files itself.
pub(super) fn stores(targets: &[Target<'_, '_>], makes_files: bool) -> Vec<ManualStep> {
    let disks = || targets.iter().flat_map(|target| &target.disks);
    let needed = || disks().filter(|disk| !(makes_files && matches!(disk.store, Store::File(..))));
    let count = needed().count();
    let need = |disk: &Disk<'_, '_>| {
        let name = disk.host.name;
        let why = match disk.store {
            Store::Block(_) => format!("the block device that is the disk of host {name}"),
            Store::File(path, Some(size)) => {
                format!("the disk of host {name}: `truncate -s {} {path}` makes it", short(*size))
            }
            Store::File(..) => format!("the disk of host {name}"),
        };
        let more = if count > LISTED {
            format!("; {} more hosts have disks of their own", count - 1)
        } else {
            String::new()
        };
        ManualStep::new("file", disk.store.path(), format!("{why}{more}"))
    };
    needed().take(if count > LISTED { 1 } else { LISTED }).map(need).collect()
}
