//! What must be registered at iSCSI targets that are not ours: a table for people and scripts, and a
//! PowerShell script for Windows Server. Passwords are in neither.

use serde::Serialize;
use tera::Context;

use super::{Need, Output, PlannedFile, view};
use crate::dialects::Dialect;
use crate::model::{Chap, Host, IscsiPath, Site, Store};

pub(super) struct IscsiInitiators;

/// The table's columns.
const COLUMNS: &[&str] = &[
    "host",
    "address",
    "initiator",
    "target",
    "lun",
    "portals",
    "port",
    "store",
    "size",
    "chap_user",
    "reverse_chap_user",
];

/// A disk as the script registers it.
#[derive(Serialize)]
struct Registration<'s> {
    target: String,
    iqn: &'s str,
    initiator: String,
    path: &'s str,
    size: u64,
    lun: u8,
    chap_user: &'s str,
    reverse_chap_user: &'s str,
}

impl Output for IscsiInitiators {
    fn name(&self) -> &'static str {
        "iscsi_initiators"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Csv
    }

    fn dialect_of(&self, template: &str) -> Dialect {
        if template.ends_with(".csv") { Dialect::Csv } else { Dialect::Powershell }
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (
                "iscsi_initiators/initiators.csv",
                include_str!("../../templates/iscsi_initiators/initiators.csv.tera"),
            ),
            ("iscsi_initiators/row.csv", include_str!("../../templates/iscsi_initiators/row.csv.tera")),
            (
                "iscsi_initiators/register-initiators.ps1",
                include_str!("../../templates/iscsi_initiators/register-initiators.ps1.tera"),
            ),
            ("iscsi_initiators/disk.ps1", include_str!("../../templates/iscsi_initiators/disk.ps1.tera")),
        ]
    }

    fn files<'s>(&self, _: &'s Site<'_>, _: usize) -> Vec<PlannedFile<'s>> {
        Vec::new()
    }

    fn build_files<'s>(&self, site: &'s Site<'_>) -> Vec<PlannedFile<'s>> {
        if strangers(site).next().is_none() {
            return Vec::new();
        }
        let mut head = view(site);
        head.insert("columns", COLUMNS);
        let table = PlannedFile::new("/iscsi/initiators.csv", "iscsi_initiators/initiators.csv", head);
        let table = table.pieces(Box::new(move |sink| {
            let mut row = Context::new();
            for (host, disk) in strangers(site) {
                row.insert("cells", &cells(host, disk));
                sink.write("iscsi_initiators/row.csv", &row)?;
            }
            Ok(())
        }));
        let script = PlannedFile::new(
            "/iscsi/register-initiators.ps1",
            "iscsi_initiators/register-initiators.ps1",
            view(site),
        );
        let script = script.pieces(Box::new(move |sink| {
            let mut disk = Context::new();
            for (host, path) in strangers(site) {
                disk.insert("disk", &registration(host, path));
                sink.write("iscsi_initiators/disk.ps1", &disk)?;
            }
            Ok(())
        }));
        vec![table, script]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<Need> {
        // Said once, not for each host.
        let mut all = strangers(site);
        let Some((host, disk)) = all.next().filter(|_| server == 0) else { return Vec::new() };
        let why = format!("of host {} lets the initiator {} in", host.name, host.initiator());
        let more = all.count();
        let more = match more {
            0 => String::new(),
            1 => "; one more host has a target".to_owned(),
            more => format!("; {more} more hosts have targets"),
        };
        let what = format!("{} on {}", disk.target, disk.server);
        vec![Need::new("target", what, format!("{why}{more}: build/iscsi/initiators.csv lists all"))]
    }
}

/// The disks that are served by nobody whom we configure.
fn strangers<'s, 'a>(site: &'s Site<'a>) -> impl Iterator<Item = (&'s Host<'a>, &'s IscsiPath<'a>)> {
    site.disks().filter(|(_, disk)| site.served_by(disk).is_none_or(|by| !by.daemon.is_rendered()))
}

fn accounts<'s>(disk: &'s IscsiPath<'_>) -> [&'s str; 2] {
    let user = |chap: Option<&'s Chap<'_>>| chap.map_or("", |chap| chap.user);
    match &disk.more {
        Some(more) => [user(more.chap.as_ref()), user(more.reverse_chap.as_ref())],
        None => ["", ""],
    }
}

fn store<'s>(disk: &'s IscsiPath<'_>) -> (&'s str, Option<u64>) {
    match disk.more.as_ref().and_then(|more| more.store.as_ref()).map(|at| &at.value) {
        Some(Store::File(path, size)) => (path, *size),
        Some(Store::Block(path)) => (path, None),
        None => ("", None),
    }
}

fn cells(host: &Host<'_>, disk: &IscsiPath<'_>) -> Vec<String> {
    let (path, size) = store(disk);
    let [user, reverse] = accounts(disk);
    vec![
        host.name.to_owned(),
        host.ips().map(|ip| ip.value.to_string()).collect::<Vec<_>>().join(" "),
        host.initiator(),
        disk.target.as_str().to_owned(),
        disk.lun.unwrap_or_default().to_string(),
        disk.portals().collect::<Vec<_>>().join(" "),
        disk.tcp_port().to_string(),
        path.to_owned(),
        size.map(|size| size.to_string()).unwrap_or_default(),
        user.to_owned(),
        reverse.to_owned(),
    ]
}

/// Windows knows a target by a short name of its own: what stands behind the `:` of the IQN.
fn registration<'s>(host: &'s Host<'_>, disk: &'s IscsiPath<'_>) -> Registration<'s> {
    let iqn = disk.target.as_str();
    let short = iqn.split_once(':').map_or(host.name, |(_, name)| name).replace([':', '.'], "-");
    let (path, size) = store(disk);
    let [chap_user, reverse_chap_user] = accounts(disk);
    let windows = crate::model::windows_path(path).is_ok();
    Registration {
        target: short,
        iqn,
        initiator: format!("IQN:{}", host.initiator()),
        path: if windows { path } else { "" },
        size: size.filter(|_| windows).unwrap_or_default(),
        lun: disk.lun.unwrap_or_default().number().unwrap_or_default(),
        chap_user,
        reverse_chap_user,
    }
}
