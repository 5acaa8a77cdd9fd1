//! `/etc/rtslib-fb-target/saveconfig.json`: the disks that the iSCSI target of the Linux kernel (LIO) serves.
//!
//! Each host has a node ACL, and `generate_node_acls` is off, so the target rejects every other initiator. The serial
//! number of a disk is a hash of its target's name and its logical unit, so it is the same after every restore;
//! without one, rtslib makes a random number each time.

use foldhash::{HashMap, HashSet};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tera::Context;

use super::checkers::Checker;
use super::targets::{self, Disk, Target};
use super::{BlockSource, ManualStep, Output, PlannedFile, Port, view};
use crate::dialects::Dialect;
use crate::model::{IscsiDaemon, IscsiServer, Portal, Site, Store};

pub(super) struct Lio;

/// The words before a password.
const SECRETS: &[&str] = &["\"chap_password\"", "\"chap_mutual_password\""];

/// `python3 -m json.tool`: rtslib has no checker of its own.
const PYTHON: Checker = Checker::new("python3", "lio");

impl Output for Lio {
    fn name(&self) -> &'static str {
        "lio"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Json
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("lio/saveconfig.json", include_str!("../../templates/lio/saveconfig.json.tera")),
            ("lio/item", include_str!("../../templates/lio/item.tera")),
            ("lio/end", include_str!("../../templates/lio/end.tera")),
            ("lio/targets", include_str!("../../templates/lio/targets.tera")),
        ]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[PYTHON]
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let mut files = Vec::new();
        for (by, one) in targets::servers(site, server, IscsiDaemon::Lio) {
            let path = "/etc/rtslib-fb-target/saveconfig.json";
            let file = PlannedFile::new(path, "lio/saveconfig.json", made_by(site))
                .reload("rtslib-fb-targetctl.service")
                .check(&["python3", "-m", "json.tool", path, "/dev/null"])
                .source_map(|_| Some(BlockSource::new(one.span)))
                .pieces(Box::new(move |sink| {
                    let targets = targets::targets(site, by);
                    let mut item = Context::new();
                    let names = names(&targets);
                    let mut stores = stores(&targets, &names).peekable();
                    while let Some(store) = stores.next() {
                        item.insert("item", &store);
                        item.insert("last", &stores.peek().is_none());
                        sink.write("lio/item", &item)?;
                    }
                    sink.write("lio/targets", &Context::new())?;
                    for (at, target) in targets.iter().enumerate() {
                        item.insert("item", &target_view(target, one, &names));
                        item.insert("last", &(at + 1 == targets.len()));
                        sink.write("lio/item", &item)?;
                    }
                    sink.write("lio/end", &Context::new())?;
                    Ok(())
                }));
            let secret = site
                .disks_with_more()
                .any(|(_, disk, more)| disk.served_by.map(usize::from) == Some(by) && more.chap.is_some());
            files.push(if secret { file.secret(SECRETS) } else { file });
        }
        files
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        let ours = targets::servers(site, server, IscsiDaemon::Lio);
        ours.iter().map(|(_, one)| Port::tcp(one.port, "LIO")).collect()
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        let mut needs = Vec::new();
        for (by, _) in targets::servers(site, server, IscsiDaemon::Lio) {
            needs.push(ManualStep::new("package", "python3-rtslib-fb", "restores the kernel's iSCSI target"));
            needs.extend(targets::stores(&targets::targets(site, by), true));
        }
        needs
    }
}

/// JSON has no comments, so a key that rtslib ignores says where the file comes from.
fn made_by(site: &Site<'_>) -> Context {
    let mut view = view(site);
    view.insert("made_by", &format!("ipxegen for the site {}: edit the site, not this file", site.name));
    view
}

/// The storage objects: one for each device or file, with the name of the first host that uses it.
fn stores<'s>(
    targets: &'s [Target<'_, '_>],
    names: &'s StorageNames<'_>,
) -> impl Iterator<Item = Value> + 's {
    let mut seen = HashSet::default();
    let disks = targets.iter().flat_map(|target| target.disks.iter().map(|disk| (target.iqn, disk)));
    disks.filter(move |(_, disk)| seen.insert(disk.store.path())).map(|(iqn, disk)| {
        let (wwn, path) = (serial(iqn, disk), disk.store.path());
        let name = names.get(path);
        match disk.store {
            Store::Block(_) => json!({
                "name": name, "plugin": "block", "dev": path, "readonly": false, "write_back": false,
                "wwn": wwn,
            }),
            Store::File(_, size) => json!({
                "name": name, "plugin": "fileio", "dev": path, "size": size, "write_back": false, "wwn": wwn,
            }),
        }
    })
}

/// The name of the storage object of each device or file.
type StorageNames<'s> = HashMap<&'s str, &'s str>;

fn names<'s>(targets: &[Target<'s, '_>]) -> StorageNames<'s> {
    let mut names = StorageNames::default();
    for disk in targets.iter().flat_map(|target| &target.disks) {
        names.entry(disk.store.path()).or_insert(disk.host.name);
    }
    names
}

/// A serial number in the form of a UUID (RFC 9562, version 8).
fn serial(target: &str, disk: &Disk<'_, '_>) -> String {
    let mut sum = Sha256::new();
    sum.update(target.as_bytes());
    sum.update([0, number(disk)]);
    let mut bytes = [0_u8; 16];
    for (byte, from) in bytes.iter_mut().zip(sum.finalize()) {
        *byte = from;
    }
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn number(disk: &Disk<'_, '_>) -> u8 {
    disk.path.lun.unwrap_or_default().number().unwrap_or_default()
}

/// A target and its portal group.
fn target_view(target: &Target<'_, '_>, server: &IscsiServer, names: &StorageNames<'_>) -> Value {
    let mut luns: Vec<(u8, Value)> = Vec::new();
    let mut acls: Vec<(String, Value)> = Vec::new();
    for disk in &target.disks {
        let lun = number(disk);
        if !luns.iter().any(|(known, _)| *known == lun) {
            let plugin = if matches!(disk.store, Store::Block(_)) { "block" } else { "fileio" };
            let name = names.get(disk.store.path()).copied().unwrap_or_default();
            luns.push((
                lun,
                json!({ "index": lun, "storage_object": format!("/backstores/{plugin}/{name}") }),
            ));
        }
        let initiator = disk.host.initiator();
        if !acls.iter().any(|(known, _)| *known == initiator) {
            let acl = acl(disk, &initiator, lun);
            acls.push((initiator, acl));
        }
    }
    let has_account = |disk: &Disk<'_, '_>| disk.path.more.as_ref().is_some_and(|more| more.chap.is_some());
    let portals = portals(target, server)
        .into_iter()
        .map(|ip| json!({ "ip_address": ip, "port": server.port, "iser": false, "offload": false }));
    json!({
        "fabric": "iscsi",
        "wwn": target.iqn,
        "tpgs": [{
            "tag": 1,
            "enable": true,
            "attributes": {
                "authentication": u8::from(target.disks.iter().any(has_account)),
                "generate_node_acls": 0,
                "demo_mode_write_protect": 1,
                "cache_dynamic_acls": 0,
            },
            "luns": luns.into_iter().map(|(_, lun)| lun).collect::<Vec<_>>(),
            "portals": portals.collect::<Vec<_>>(),
            "node_acls": acls.into_iter().map(|(_, acl)| acl).collect::<Vec<_>>(),
        }],
    })
}

/// An initiator, and the logical unit that it may use.
fn acl(disk: &Disk<'_, '_>, initiator: &str, lun: u8) -> Value {
    let mut acl = Map::new();
    acl.insert("node_wwn".into(), json!(initiator));
    acl.insert("mapped_luns".into(), json!([{ "index": lun, "tpg_lun": lun, "write_protect": false }]));
    let more = disk.path.more.as_ref();
    let accounts = [
        (more.and_then(|more| more.chap.as_ref()), "chap_userid", "chap_password"),
        (more.and_then(|more| more.reverse_chap.as_ref()), "chap_mutual_userid", "chap_mutual_password"),
    ];
    for (chap, user, password) in accounts {
        if let Some(chap) = chap {
            acl.insert(user.into(), json!(chap.user));
            acl.insert(password.into(), json!(chap.password.reveal()));
        }
    }
    acl.into()
}

/// The addresses on which the target listens: the server's portals if its hosts use no others, else all.
fn portals(target: &Target<'_, '_>, server: &IscsiServer) -> Vec<String> {
    let is_listed =
        |portal: Portal<'_>| server.portals.iter().any(|known| Portal::of(&known.value) == portal);
    let mut used = target.disks.iter().flat_map(|disk| disk.path.portals());
    if !server.portals.is_empty() && used.all(is_listed) {
        return server.portals.iter().map(|portal| portal.value.clone()).collect();
    }
    let is_v6 = |portal| matches!(portal, Portal::Text(text) if text.starts_with('['));
    let any_v6 = target.disks.iter().flat_map(|disk| disk.path.portals()).any(is_v6);
    // The kernel accepts IPv4 on `[::]` as well.
    vec![if any_v6 { "[::0]".to_owned() } else { "0.0.0.0".to_owned() }]
}
