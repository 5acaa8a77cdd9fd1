//! `ipxegen hosts`: the machines as a table.

use std::borrow::Cow;
use std::io::Write;

use anyhow::Result;
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use serde_json::{Value, json};

use super::{Ending, SiteArg, console, load, show_findings, wrong_argument};
use crate::dialects::csv_rows;
use crate::model::{Class, Dotted, NoteOf, Site, Subnet};
use crate::report::{Masker, Report, visible};
use crate::schema::{listed, nearest};
use crate::trace::{HostRow, boots, free_addresses, host_rows, may_be_in, not_of_hosts};

/// List the machines of the site, or free addresses
///
/// One row for each network card: its addresses, and the boot entry that the machine starts by default (`root-path`: no
/// menu; `none`: no boot file; empty: it depends on the subnet).
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    site: SiteArg,
    /// Only cards with a fixed address in this subnet
    #[arg(long, value_name = "SUBNET")]
    subnet: Option<String>,
    /// Only machines of this group, or of a group inside it
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Only cards whose clients may be in this class, by its MAC addresses and subnets
    #[arg(long, value_name = "CLASS")]
    class: Option<String>,
    /// Only machines that start this boot entry by default; also `root-path` and `none`
    #[arg(long, value_name = "ENTRY")]
    boots: Option<String>,
    /// Sort by this column instead of the order of the site
    #[arg(long, value_enum, value_name = "COLUMN")]
    sort: Option<Column>,
    /// Print addresses of this subnet that are in no range and that nothing uses, the lowest first
    #[arg(long, value_name = "SUBNET", conflicts_with_all = ["subnet", "group", "class", "boots", "sort"])]
    free: Option<String>,
    /// With --free: how many addresses
    #[arg(long, value_name = "N", default_value_t = 10, requires = "free")]
    count: usize,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Table,
    Json,
    Csv,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Column {
    Name,
    Mac,
    Ip,
    Ip6,
    Subnet,
    Group,
    Boots,
    Note,
}

impl Column {
    const ALL: [(Self, &'static str); 8] = [
        (Self::Name, "name"),
        (Self::Mac, "mac"),
        (Self::Ip, "ip"),
        (Self::Ip6, "ip6"),
        (Self::Subnet, "subnet"),
        (Self::Group, "group"),
        (Self::Boots, "boots"),
        (Self::Note, "note"),
    ];
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let sources = args.site.access.sources()?;
    let mut report = Report::new();
    let site = load(&args.site, &sources, &mut report)?;
    if let Some(site) = &site {
        check_arguments(args, site, &mut report);
    }
    let ending = show_findings(&report, &sources, false)?;
    let (Some(site), Ending::Well) = (site, ending) else { return Ok(ending) };
    let masker = console::masker(&sources);
    if let Some(subnet) = args.free.as_deref().and_then(|name| named(&site, name)) {
        free(args, &site, subnet)?;
        return Ok(Ending::Well);
    }
    if let Some(class) = class(args, &site)
        && let keys @ [_, ..] = not_of_hosts(class).as_slice()
    {
        let (name, keys) = (&class.name.value, keys.join(", "));
        console::say(&format!("the class `{name}` also asks for {keys}, which hosts do not declare"));
    }
    let mut rows: Vec<HostRow<'_>> = host_rows(&site).filter(|row| wanted(args, &site, row)).collect();
    if let Some(column) = args.sort {
        sort(&site, &mut rows, column);
    }
    let table = Table { site: &site, rows: &rows, masker: &masker };
    match args.format {
        Format::Table => table.print()?,
        Format::Csv => table.csv()?,
        Format::Json => {
            let mut out = console::document();
            serde_json::to_writer_pretty(&mut out, &table)?;
            writeln!(out)?;
            out.flush()?;
        }
    }
    Ok(Ending::Well)
}

fn named<'s>(site: &'s Site<'_>, name: &str) -> Option<&'s Subnet> {
    site.subnets.iter().find(|subnet| subnet.name.value == name)
}

/// Reports names that the site does not have.
fn check_arguments(args: &Args, site: &Site<'_>, report: &mut Report) {
    let subnets: Vec<&str> = site.subnets.iter().map(|subnet| subnet.name.value.as_str()).collect();
    check(report, "--subnet", "the site has no subnet", args.subnet.as_deref(), &subnets);
    check(report, "--free", "the site has no subnet", args.free.as_deref(), &subnets);
    let groups = site.profiles.iter().flat_map(|profile| &profile.groups);
    let mut groups: Vec<&str> = groups.map(|group| group.value.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();
    check(report, "--group", "no machine is in a group", args.group.as_deref(), &groups);
    let classes: Vec<&str> = site.classes.iter().map(|class| class.name.value.as_str()).collect();
    check(report, "--class", "the site has no class", args.class.as_deref(), &classes);
    if let Some(class) = class(args, site).filter(|class| class.matches.mac.is_empty()) {
        let message = format!(
            "--class: the site does not say which hosts are in `{}`: its clients are known by {} alone",
            class.name.value,
            not_of_hosts(class).join(", ")
        );
        let help = "`ipxegen trace HOST --as KIND` shows the classes of one kind of client".to_owned();
        wrong_argument(report, message, help);
    }
    let entries = site.entries.iter().map(|entry| entry.id.as_str());
    let entries: Vec<&str> = entries.chain(["root-path", "none"]).collect();
    check(report, "--boots", "the site has no boot entry", args.boots.as_deref(), &entries);
}

/// The class that is asked for.
fn class<'s>(args: &Args, site: &'s Site<'_>) -> Option<&'s Class> {
    site.classes.iter().find(|class| Some(&class.name.value) == args.class.as_ref())
}

fn check(report: &mut Report, option: &str, message: &str, name: Option<&str>, known: &[&str]) {
    let Some(name) = name.filter(|name| !known.contains(name)) else { return };
    let help = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "the site has none".to_owned(),
        None => format!("one of {}", listed(known)),
    };
    wrong_argument(report, format!("{option}: {message} `{name}`"), help);
}

fn wanted(args: &Args, site: &Site<'_>, row: &HostRow<'_>) -> bool {
    let subnet = |name: &String| row.subnet.is_some_and(|subnet| subnet.name.value == *name);
    let group = |name: &String| {
        row.profile.is_some_and(|profile| profile.groups.iter().any(|group| group.value == *name))
    };
    args.subnet.as_ref().is_none_or(subnet)
        && args.group.as_ref().is_none_or(group)
        && class(args, site).is_none_or(|class| may_be_in(class, row))
        && args.boots.as_ref().is_none_or(|id| boots(site, row).word() == id)
}

/// Sorts by a column, addresses as numbers. Equal rows keep the order of the site; empty cells are last.
fn sort(site: &Site<'_>, rows: &mut [HostRow<'_>], column: Column) {
    match column {
        Column::Mac => rows.sort_by_key(|row| row.card.macs.first().map(|mac| mac.value)),
        Column::Ip => rows.sort_by_key(|row| {
            let ip = row.card.ip.map(|ip| ip.value);
            (ip.is_none(), ip)
        }),
        Column::Ip6 => rows.sort_by_key(|row| {
            let ip = row.host.ip6.as_ref().map(|ip| ip.value);
            (ip.is_none(), ip)
        }),
        Column::Name => rows.sort_by_key(|row| row.host.name),
        Column::Subnet | Column::Group | Column::Boots | Column::Note => rows.sort_by_cached_key(|row| {
            let cell = cell(site, row, column).into_owned();
            (cell.is_empty(), cell)
        }),
    }
}

/// The text of a row in a column; empty if there is no value.
fn cell<'s>(site: &'s Site<'_>, row: &HostRow<'s>, column: Column) -> Cow<'s, str> {
    let joined = |words: Vec<&str>| -> Cow<'s, str> { words.join(" ").into() };
    match column {
        Column::Name => row.host.name.into(),
        Column::Mac => match row.card.macs {
            [one] => one.value.to_string().into(),
            all => all.iter().map(|mac| mac.value.to_string()).collect::<Vec<_>>().join(" ").into(),
        },
        Column::Ip => row.card.ip.map_or(Cow::Borrowed(""), |ip| Dotted(ip.value).to_string().into()),
        Column::Ip6 => row.host.ip6.as_ref().map_or(Cow::Borrowed(""), |ip| ip.value.to_string().into()),
        Column::Subnet => row.subnet.map_or("", |subnet| subnet.name.value.as_str()).into(),
        Column::Group => match row.profile.map_or(&[][..], |profile| &profile.groups) {
            [] => "".into(),
            [one] => one.value.as_str().into(),
            all => joined(all.iter().map(|group| group.value.as_str()).collect()),
        },
        Column::Boots => boots(site, row).word().into(),
        Column::Note => site.note(NoteOf::Host, row.host.name).unwrap_or_default().replace('\n', " ").into(),
    }
}

/// The rows that are printed.
struct Table<'t, 's> {
    site: &'s Site<'s>,
    rows: &'t [HostRow<'s>],
    masker: &'t Masker,
}

impl Table<'_, '_> {
    /// For people: columns that are empty in all rows are left out.
    fn print(&self) -> Result<()> {
        let mut widths = [0; Column::ALL.len()];
        for row in self.rows {
            for ((column, _), width) in Column::ALL.iter().zip(&mut widths) {
                *width = visible(&cell(self.site, row, *column)).chars().count().max(*width);
            }
        }
        let shown: Vec<(Column, &str, usize)> = Column::ALL
            .iter()
            .zip(widths)
            .filter(|(_, width)| *width > 0 || self.rows.is_empty())
            .map(|((column, name), width)| (*column, *name, width.max(name.len())))
            .collect();
        let mut out = console::stdout();
        let mut line = String::new();
        for row in [None].into_iter().chain(self.rows.iter().map(Some)) {
            line.clear();
            for (column, name, width) in &shown {
                let text = match row {
                    None => Cow::Owned(name.to_ascii_uppercase()),
                    Some(row) => cell(self.site, row, *column),
                };
                let text = visible(&text);
                line.push_str(&text);
                line.extend(std::iter::repeat_n(' ', 2 + width - text.chars().count().min(*width)));
            }
            writeln!(out, "{}", line.trim_end())?;
        }
        out.flush()?;
        Ok(())
    }

    /// For spreadsheets (RFC 4180), without cells that one would read as a formula.
    fn csv(&self) -> Result<()> {
        let mut out = console::document();
        write!(out, "{}\r\n", Column::ALL.map(|(_, name)| name).join(","))?;
        for row in self.rows {
            let cells = Column::ALL.map(|(column, _)| cell(self.site, row, column));
            let cells = cells.map(|cell| self.masker.text(&cell).into_owned());
            let line = csv_rows::row(&cells).map_err(|refused| anyhow::anyhow!(refused.message))?;
            write!(out, "{line}\r\n")?;
        }
        out.flush()?;
        Ok(())
    }
}

/// A list of objects, which are serialized one by one.
impl Serialize for Table<'_, '_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(Some(self.rows.len()))?;
        for row in self.rows {
            list.serialize_element(&self.masker.value(object(self.site, row)))?;
        }
        list.end()
    }
}

fn object(site: &Site<'_>, row: &HostRow<'_>) -> Value {
    let macs: Vec<String> = row.card.macs.iter().map(|mac| mac.value.to_string()).collect();
    let groups: Vec<&str> =
        row.profile.iter().flat_map(|profile| &profile.groups).map(|group| group.value.as_str()).collect();
    let boots = boots(site, row).word();
    json!({
        "name": row.host.name,
        "mac": macs,
        "ip": row.card.ip.map(|ip| ip.value),
        "ip6": row.host.ip6.as_ref().map(|ip| ip.value),
        "subnet": row.subnet.map(|subnet| &subnet.name.value),
        "group": groups,
        "boots": Some(boots).filter(|word| !word.is_empty()),
        "note": site.note(NoteOf::Host, row.host.name),
    })
}

/// Prints free addresses of a subnet.
fn free(args: &Args, site: &Site<'_>, subnet: &Subnet) -> Result<()> {
    let free = free_addresses(site, subnet, args.count);
    let mut out = console::document();
    match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &free)?;
            writeln!(out)?;
        }
        Format::Csv => {
            write!(out, "ip\r\n")?;
            for ip in free {
                write!(out, "{ip}\r\n")?;
            }
        }
        Format::Table => {
            for ip in free {
                writeln!(out, "{ip}")?;
            }
        }
    }
    out.flush()?;
    Ok(())
}
