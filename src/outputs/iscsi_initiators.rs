//! The initiators to register at iSCSI targets that ipxegen does not configure: a table, and a PowerShell script for
//! Windows Server. Neither has passwords.

use anyhow::Result;
use smallvec::SmallVec;
use tera::Context;

use super::{ManualStep, Output, PIECE, PlannedFile, Sink, view};
use crate::dialects::{Dialect, csv_rows};
use crate::model::{Chap, Dotted, Host, IscsiPath, Site, Store, TextBytes, WriteTo};
use crate::parallel::in_pieces;

pub(super) struct IscsiInitiators;

/// The columns of the table.
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
        if !site.hosts.iter().any(|host| external_disk(site, host).is_some()) {
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

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        // One step for all hosts.
        let first = site.hosts.iter().find_map(|host| Some((host, external_disk(site, host)?)));
        let Some((host, disk)) = first.filter(|_| server == 0) else { return Vec::new() };
        let why = format!("must let in the initiator {} of host {}", host.initiator(), host.name);
        let count =
            |_, hosts: &[Host<'_>]| hosts.iter().filter(|host| external_disk(site, host).is_some()).count();
        let more = match in_pieces(&site.hosts, PIECE, count).iter().sum::<usize>() - 1 {
            0 => String::new(),
            1 => "; one more host has a target".to_owned(),
            more => format!("; {more} more hosts have targets"),
        };
        let what = format!("{} on {}", disk.target, disk.server);
        vec![ManualStep::new("target", what, format!("{why}{more}: build/iscsi/initiators.csv lists all"))]
    }
}

/// The disk of a host whose target ipxegen does not configure.
fn external_disk<'s, 'a>(site: &Site<'a>, host: &'s Host<'a>) -> Option<&'s IscsiPath<'a>> {
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

/// So many bytes of rows are handed over at once.
const ENOUGH: usize = 1 << 13;

/// Writes one row for each disk. Our template prints only the row, so it is not rendered; a template of the user is
/// rendered for each disk.
fn rows(site: &Site<'_>, sink: &mut dyn Sink) -> Result<()> {
    let pieces: Vec<&[Host<'_>]> = site.hosts.chunks(PIECE).collect();
    sink.each(pieces.len(), &|piece, sink| {
        let (ours, end) = (!sink.is_replaced(ROW), sink.line_end());
        let mut out = TextBytes(Vec::with_capacity(2 * ENOUGH));
        for host in pieces.get(piece).copied().unwrap_or_default() {
            let Some(disk) = external_disk(site, host) else { continue };
            if ours && out.0.len() > ENOUGH {
                sink.put_lines(&out.0)?;
                out.0.clear();
            }
            let row = Row::of(host, disk, &mut out);
            if ours && row.is_plain() {
                out.0.extend_from_slice(end.as_bytes());
                continue;
            }
            let (start, cells) = (row.start, row.cells());
            if ours {
                let row = csv_rows::row(&cells)?;
                out.0.truncate(start);
                sink.put_lines(&out.0)?;
                out.0.clear();
                sink.put(format!("{row}\n").as_bytes())?;
            } else {
                let mut view = Context::new();
                view.insert("cells", &cells);
                out.0.clear();
                sink.write(ROW, &view)?;
            }
        }
        sink.put_lines(&out.0)
    })
}

/// A row at the end of a text, with commas between its cells.
struct Row<'o> {
    out: &'o mut TextBytes,
    start: usize,
    /// The offset of each cell in the row.
    begins: SmallVec<[usize; COLUMNS.len()]>,
}

impl<'o> Row<'o> {
    fn of(host: &Host<'_>, disk: &IscsiPath<'_>, out: &'o mut TextBytes) -> Self {
        let (path, size) = store(disk);
        let [user, reverse] = accounts(disk);
        let mut row = Self { start: out.0.len(), begins: SmallVec::new(), out };
        row.cell(host.name);
        row.joined(host.ips().map(|ip| Dotted(ip.value)), " ");
        row.joined(host.initiator_parts(), "");
        row.cell(disk.target.as_str());
        row.cell(disk.lun.unwrap_or_default());
        row.joined(disk.portals(), " ");
        row.cell(disk.tcp_port());
        row.cell(path);
        row.joined(size, "");
        row.cell(user);
        row.cell(reverse);
        row
    }

    /// Adds a cell.
    fn cell(&mut self, text: impl WriteTo) {
        self.joined([text], "");
    }

    /// Adds a cell that joins several texts.
    fn joined(&mut self, texts: impl IntoIterator<Item: WriteTo>, between: &str) {
        if !self.begins.is_empty() {
            self.out.0.push(b',');
        }
        self.begins.push(self.out.0.len() - self.start);
        for (at, text) in texts.into_iter().enumerate() {
            if at > 0 {
                self.out.0.extend_from_slice(between.as_bytes());
            }
            // Writing into memory never fails.
            let _ = text.write_to(self.out);
        }
    }

    fn text(&self) -> &[u8] {
        self.out.0.get(self.start..).unwrap_or_default()
    }

    /// Whether no cell needs quotes.
    fn is_plain(&self) -> bool {
        csv_rows::is_row(self.text(), self.begins.iter().copied())
    }

    fn cells(&self) -> Vec<String> {
        let text = self.text();
        let ends = self.begins.iter().skip(1).map(|next| next - 1).chain([text.len()]);
        let cells = self.begins.iter().zip(ends).filter_map(|(begin, end)| text.get(*begin..end));
        cells.map(|cell| String::from_utf8_lossy(cell).into_owned()).collect()
    }
}
