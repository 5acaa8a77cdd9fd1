//! What must be registered at iSCSI targets that are not ours: a table for people and scripts, and a
//! PowerShell script for Windows Server. Passwords are in neither.

use std::fmt::{self, Display, Write as _};

use anyhow::Result;
use tera::Context;

use super::{Need, Output, PIECE, PlannedFile, Sink, view};
use crate::dialects::{Dialect, csv_rows};
use crate::model::{Chap, Dotted, Host, IscsiPath, Site, Store};

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

const ROW: &str = "iscsi_initiators/row.csv";

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
            (ROW, include_str!("../../templates/iscsi_initiators/row.csv.tera")),
            (
                "iscsi_initiators/register-initiators.ps1",
                include_str!("../../templates/iscsi_initiators/register-initiators.ps1.tera"),
            ),
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
        let table = table.pieces(Box::new(move |sink| rows(site, sink)));
        let script = PlannedFile::new(
            "/iscsi/register-initiators.ps1",
            "iscsi_initiators/register-initiators.ps1",
            view(site),
        );
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
    site.hosts.iter().filter_map(|host| Some((host, stranger(site, host)?)))
}

fn stranger<'s, 'a>(site: &Site<'a>, host: &'s Host<'a>) -> Option<&'s IscsiPath<'a>> {
    host.disk().filter(|disk| site.served_by(disk).is_none_or(|by| !by.daemon.is_rendered()))
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

/// One row for each disk. A template of the user's is rendered for each; ours says no more than that the
/// cells are a row.
fn rows(site: &Site<'_>, sink: &mut dyn Sink) -> Result<()> {
    let pieces: Vec<&[Host<'_>]> = site.hosts.chunks(PIECE).collect();
    sink.each(pieces.len(), &|piece, sink| {
        let ours = !sink.is_replaced(ROW);
        let mut out = String::new();
        for host in pieces.get(piece).copied().unwrap_or_default() {
            let Some(disk) = stranger(site, host) else { continue };
            with_cells(host, disk, &mut |cells| {
                let before = out.len();
                for (at, cell) in cells.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    cell.write(&mut out);
                }
                if ours && csv_rows::is_row(&out[before..], cells.len()) {
                    out.push('\n');
                    return Ok(());
                }
                out.truncate(before);
                let cells: Vec<String> = cells.iter().map(Cell::text).collect();
                if ours {
                    out.push_str(&csv_rows::row(&cells)?);
                    out.push('\n');
                    return Ok(());
                }
                let mut row = Context::new();
                row.insert("cells", &cells);
                sink.write(ROW, &row)
            })?;
        }
        sink.put(&out)
    })
}

/// Calls with the cells of a disk.
fn with_cells(
    host: &Host<'_>,
    disk: &IscsiPath<'_>,
    call: &mut dyn FnMut(&[Cell<'_>; COLUMNS.len()]) -> Result<()>,
) -> Result<()> {
    let (path, size) = store(disk);
    let [user, reverse] = accounts(disk);
    let size = size.map(|size| size.to_string()).unwrap_or_default();
    call(&[
        Cell::Text(host.name),
        Cell::Shown(&Joined(host.ips().map(|ip| Dotted(ip.value)))),
        Cell::Text(&host.initiator()),
        Cell::Text(disk.target.as_str()),
        Cell::Shown(&disk.lun.unwrap_or_default()),
        Cell::Shown(&Joined(disk.portals())),
        Cell::Shown(&disk.tcp_port()),
        Cell::Text(path),
        Cell::Text(&size),
        Cell::Text(user),
        Cell::Text(reverse),
    ])
}

/// What stands in a cell: texts need not go the long way of what is shown.
enum Cell<'c> {
    Text(&'c str),
    Shown(&'c dyn Display),
}

impl Cell<'_> {
    fn write(&self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Shown(shown) => {
                // Writing to a string never fails.
                let _ = write!(out, "{shown}");
            }
        }
    }

    fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }
}

/// With blanks between them.
struct Joined<I>(I);

impl<I: Iterator<Item: Display> + Clone> Display for Joined<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, item) in self.0.clone().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            item.fmt(f)?;
        }
        Ok(())
    }
}
