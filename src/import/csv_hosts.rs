//! Tables of hosts that other programs export: a heading, and a row for each machine or card.
//!
//! Rows of one name are one host, across all tables: NetBox exports devices with their addresses, and interfaces with
//! their MAC addresses.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::Imported;
use super::coverage::Outcome;
use super::draft::{Mapping, Value};
use super::names::first_label;
use super::origin::Origin;
use super::source_file::{FileKind, SourceFile};

/// The keys of a host that a column can have, and the headings by which other programs know them.
const HEADINGS: [(&str, &[&str]); 5] = [
    ("name", &["name", "hostname", "host", "node", "nodename", "dns_name", "device", "certname"]),
    ("mac", &["mac", "mac_address", "macaddress", "hwaddr", "hw_address", "ethernet", "hwaddress"]),
    ("ip", &["ip", "ip_address", "ipaddress", "address", "ipaddr", "primary_ip4", "ipv4"]),
    ("group", &["group", "room", "host_group", "hostgroup", "profile"]),
    ("note", &["note", "description", "comment", "comments"]),
];

/// A row.
struct Row {
    origin: Origin,
    /// Its number in the account.
    number: usize,
    cells: Cells,
}

/// The cells of a row that have a key of a host, each key once.
type Cells = Vec<(&'static str, String)>;

/// The cell of a key.
fn cell<'c>(cells: &'c Cells, key: &str) -> Option<&'c str> {
    cells.iter().find(|(known, _)| *known == key).map(|(_, cell)| cell.as_str())
}

/// A host that several rows describe.
#[derive(Default)]
struct Host {
    rows: Vec<usize>,
    macs: Vec<String>,
    /// The same, if they are many.
    known: Option<Box<HashSet<String>>>,
    ip: Option<String>,
    group: Option<String>,
    note: Option<String>,
}

/// So many addresses of a host are searched from the first.
const SEARCHED: usize = 8;

/// The text of a table in which the heading of each column has our name: `columns` has pairs of a key of a host and the
/// headings that it may have, the first of which counts.
#[must_use]
pub fn with_columns(text: &str, columns: &[(String, Vec<String>)]) -> String {
    let (heading, rest) = text.split_once('\n').unwrap_or((text, ""));
    let delimiter = delimiter(heading);
    let names: Vec<&str> = heading.trim_end().split(char::from(delimiter)).map(plain).collect();
    let mut own: Vec<String> = names.iter().map(|_| String::new()).collect();
    for (key, headings) in columns {
        let found = headings
            .iter()
            .find_map(|wanted| names.iter().position(|name| name.eq_ignore_ascii_case(wanted)));
        if let Some(name) = found.and_then(|at| own.get_mut(at)) {
            name.clone_from(key);
        }
    }
    format!("{}\n{rest}", own.join(&char::from(delimiter).to_string()))
}

/// A heading without quotes and without the `#` of xCAT's tables.
fn plain(heading: &str) -> &str {
    heading.trim().trim_matches('"').trim_start_matches(['#', '\u{feff}']).trim()
}

/// The character between the cells of a heading.
fn delimiter(heading: &str) -> u8 {
    let count = |delimiter: u8| heading.bytes().filter(|byte| *byte == delimiter).count();
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|delimiter| (count(*delimiter), *delimiter == b','))
        .unwrap_or(b',')
}

/// Reads all tables into the draft, with the first of them.
pub fn read(file: &SourceFile, files: &[SourceFile], imported: &mut Imported) {
    let tables: Vec<&SourceFile> = files.iter().filter(|file| file.kind == FileKind::Csv).collect();
    if tables.first().is_some_and(|first| first.path != file.path) {
        return;
    }
    let mut rows = Vec::new();
    for table in tables {
        rows_of(table, &mut rows, imported);
    }
    let mut hosts: Vec<Host> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::default();
    let mut faults: Vec<Option<String>> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let Some(name) = cell(&row.cells, "name").and_then(first_label) else {
            faults.push(Some("the row has no name of a host".to_owned()));
            continue;
        };
        let at = *by_name.entry(name).or_insert(hosts.len());
        if at == hosts.len() {
            hosts.push(Host::default());
        }
        faults.push(hosts.get_mut(at).and_then(|host| host.add(index, &row.cells)));
    }
    let mut names = vec![String::new(); hosts.len()];
    for (name, at) in by_name {
        if let Some(place) = names.get_mut(at) {
            *place = name;
        }
    }
    let mut groups = BTreeSet::new();
    for (name, host) in names.into_iter().zip(hosts) {
        if host.macs.is_empty() {
            for row in &host.rows {
                if let Some(fault) = faults.get_mut(*row) {
                    fault.get_or_insert_with(|| "the host has no MAC address".to_owned());
                }
            }
            continue;
        }
        if let Some(group) = host.group.as_ref().filter(|group| !groups.contains(*group)) {
            groups.insert(group.clone());
        }
        let ends = [host.rows.first().copied(), host.rows.last().copied()];
        let entry = imported.draft.site.map("hosts").set_word(name, host.keys());
        for row in ends.into_iter().flatten().filter_map(|row| rows.get(row)) {
            entry.from(&row.origin);
        }
    }
    for group in groups {
        if imported.draft.site.map("groups").get(&group).is_none() {
            imported.draft.site.map("groups").set(&group, Mapping::default());
        }
    }
    for (row, fault) in rows.into_iter().zip(faults) {
        let outcome = fault.map_or(Outcome::Words, Outcome::Lost);
        imported.coverage.set(row.number, outcome);
    }
}

/// The rows of a table.
fn rows_of(table: &SourceFile, rows: &mut Vec<Row>, imported: &mut Imported) {
    let heading = table.text.lines().next().unwrap_or_default();
    let file: Rc<str> = table.path.as_str().into();
    let place = |line: u64| Origin { file: Rc::clone(&file), line: u32::try_from(line).unwrap_or(u32::MAX) };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(heading))
        .flexible(true)
        .has_headers(false)
        .from_reader(table.text.as_bytes());
    let mut columns: Vec<Option<&'static str>> = Vec::new();
    let mut record = csv::ByteRecord::new();
    let mut is_heading = true;
    let mut text = String::new();
    // A reader of bytes in memory, with rows of any length, has no errors.
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        let line = record.position().map_or(1, csv::Position::line);
        let cells: Vec<String> =
            record.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect();
        if std::mem::take(&mut is_heading) {
            columns = cells.iter().map(|cell| key(plain(cell))).collect();
            let ignored: Vec<&str> = cells
                .iter()
                .zip(&columns)
                .filter(|(_, key)| key.is_none())
                .map(|(cell, _)| plain(cell))
                .collect();
            let ignored: Vec<&str> = ignored.into_iter().filter(|name| !name.is_empty()).collect();
            if !columns.contains(&Some("name")) {
                imported.coverage.remark(
                    place(line),
                    "no column is the name of a host: name it with --columns name=COLUMN",
                );
            }
            if !ignored.is_empty() {
                imported
                    .coverage
                    .remark(place(line), format!("columns that were not imported: {}", ignored.join(", ")));
            }
            continue;
        }
        // A column that is not imported may hold passwords, as those of the management controllers.
        let shown = cells.iter().enumerate().map(|(at, cell)| match columns.get(at) {
            Some(Some(_)) => cell,
            _ if cell.is_empty() => cell,
            _ => "…",
        });
        text.clear();
        for (at, shown) in shown.enumerate() {
            text.push_str(if at > 0 { "," } else { "" });
            text.push_str(shown);
        }
        let origin = place(line);
        let number = imported.coverage.add(origin.clone(), &text, Outcome::Unread);
        let mut by_key = Cells::with_capacity(cells.len());
        for (own, key) in cells.into_iter().zip(&columns) {
            if let Some(key) = key.filter(|key| !own.is_empty() && cell(&by_key, key).is_none()) {
                by_key.push((key, own));
            }
        }
        rows.push(Row { origin, number, cells: by_key });
    }
}

/// The key of a heading.
fn key(heading: &str) -> Option<&'static str> {
    let folded = heading.to_ascii_lowercase().replace([' ', '-', '.'], "_");
    HEADINGS.iter().find(|(_, known)| known.contains(&folded.as_str())).map(|(key, _)| *key)
}

/// A MAC address as twelve digits in pairs.
fn mac(text: &str) -> Option<String> {
    // Most tables have them so.
    let is_pairs = text.len() == 17
        && text.bytes().zip(0..).all(|(byte, at)| match at % 3 {
            2 => byte == b':',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        });
    if is_pairs {
        return Some(text.to_owned());
    }
    let digits = || text.chars().filter(char::is_ascii_hexdigit);
    let other = text.chars().any(|c| !c.is_ascii_hexdigit() && !":-.".contains(c));
    if digits().count() != 12 || other {
        return None;
    }
    let mut mac = String::with_capacity(17);
    for (at, digit) in digits().enumerate() {
        if at > 0 && at.is_multiple_of(2) {
            mac.push(':');
        }
        mac.push(digit.to_ascii_lowercase());
    }
    Some(mac)
}

impl Host {
    /// Adds a row; returns what is wrong with it.
    fn add(&mut self, index: usize, cells: &Cells) -> Option<String> {
        self.rows.push(index);
        let mut fault = None;
        // xCAT writes `MAC!NAME|MAC`.
        for word in cell(cells, "mac").unwrap_or_default().split([' ', '|', ',', ';']) {
            let word = word.split('!').next().unwrap_or_default();
            match mac(word) {
                Some(mac) => {
                    if self.is_new(&mac) {
                        self.macs.push(mac);
                    }
                }
                None if word.is_empty() => {}
                None => fault = Some(format!("`{word}` is no MAC address")),
            }
        }
        if let Some(ip) = cell(cells, "ip") {
            let address = ip.split(['/', ' ', ',']).next().unwrap_or_default();
            match (address.parse::<Ipv4Addr>(), &self.ip) {
                (Ok(_), None) => self.ip = Some(address.to_owned()),
                (Ok(_), Some(known)) if known == address => {}
                (Ok(_), Some(_)) => {
                    fault = Some("a host has one address; give cards of their own `nics`".to_owned());
                }
                (Err(_), _) => fault = Some(format!("`{ip}` is no IPv4 address")),
            }
        }
        let group = cell(cells, "group").map(group_name).filter(|group| !group.is_empty());
        self.group = self.group.take().or(group);
        self.note = self.note.take().or(cell(cells, "note").map(str::to_owned));
        fault
    }

    /// Whether an address is a new one.
    fn is_new(&mut self, mac: &str) -> bool {
        if self.macs.len() < SEARCHED {
            return self.macs.iter().all(|known| known != mac);
        }
        let all = || Box::new(self.macs.iter().cloned().collect());
        self.known.get_or_insert_with(all).insert(mac.to_owned())
    }

    fn keys(self) -> Mapping {
        let further = [&self.ip, &self.group, &self.note].into_iter().flatten().count();
        let mut keys = Mapping::with_capacity(1 + further);
        keys.set_word("mac", Value::one_or_list(self.macs.into_iter().map(Value::Text).collect()));
        for (key, value) in [("ip", self.ip), ("group", self.group), ("note", self.note)] {
            if let Some(value) = value {
                keys.set_word(key, value);
            }
        }
        keys
    }
}

/// A text as the name of a group: a letter, then letters, digits, `_` and `-`.
fn group_name(text: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' };
    let name: String = text.chars().map(fits).collect();
    let name = name.trim_matches('-');
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("g-{name}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{mac, with_columns};

    #[test]
    fn columns_get_our_names() {
        let columns = [("name".to_owned(), vec!["device".to_owned(), "name".to_owned()])];
        assert_eq!(with_columns("device;name;\"MAC\"\na;eth0;x\n", &columns), "name;;\na;eth0;x\n");
        assert_eq!(with_columns("#name", &columns), "name\n");
    }

    #[test]
    fn addresses_have_many_forms() {
        assert_eq!(mac("5254.00AB.cdef").as_deref(), Some("52:54:00:ab:cd:ef"));
        assert_eq!(mac("52-54-00-ab-cd"), None);
        assert_eq!(mac("52:54:00:ab:cd:eg"), None);
    }
}
