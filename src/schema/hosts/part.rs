//! One part of `hosts:`, read apart from the rest of the site.

use std::ops::Range;

use super::layout::{Layout, Lengths, is_in_words};
use super::packed::HostChunk;
use crate::report::Report;
use crate::schema::Reading;
use crate::schema::settings::Host;
use crate::source::{Count, Node, Reader, Scalar, SourceFile, Sources, Table, TakeRows};

/// The hosts of a part, with their findings.
pub(super) struct Part<'a> {
    pub(super) hosts: HostChunk<'a>,
    /// The first and the last name.
    ends: Option<(&'a str, &'a str)>,
    /// Whether the names ascend.
    ascending: bool,
    pub(super) report: Report,
}

impl<'a> Part<'a> {
    /// The first and the last name, if the names ascend.
    pub(super) fn ends(&self) -> Option<(&'a str, &'a str)> {
        self.ends.filter(|_| self.ascending)
    }
}

/// Reads a part of a YAML file: its hosts, and the reader at its end. `None` if the part does not consist of single
/// hosts without faults.
pub(super) fn of_yaml<'a>(mut reader: Reader<'a>, sources: &'a Sources) -> Option<(Part<'a>, Reader<'a>)> {
    let (file, upto) = (reader.file(), reader.upto());
    let text = file.text().as_bytes();
    // Behind the lines of a host, the next one begins with the same indentation. What else may be there is for the reader.
    let next = |end: usize| text.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'"');
    let mut part = PartReader::new(sources);
    loop {
        if let Some(at) = reader.place() {
            let (mut behind, mut count) = (at, Count::default());
            while behind != upto
                && let Some((end, of_host)) = part.alike(behind, &next)
            {
                behind = end;
                count += of_host;
            }
            if behind > at {
                reader.skip(behind, count)?;
            }
        }
        let (at, before) = (reader.place(), reader.count());
        let Some(name) = reader.next_key().ok()? else { break };
        let node = reader.node().ok()?;
        let lines = at.zip(reader.place()).map(|(at, end)| at..end);
        let lines = lines.filter(|lines| column(text, lines.start) == column(text, lines.end));
        part.host(name, &node, lines.map(|lines| (file, lines, reader.count() - before)));
        reader.take_back(node);
    }
    let part = part.finish().filter(|_| reader.take_faults().is_empty())?;
    Some((part, reader))
}

/// The number of bytes between the start of a line and an offset.
fn column(text: &[u8], at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.len() - memchr::memrchr(b'\n', before).map_or(0, |end| end + 1)
}

/// Reads some rows of a table; `complete` changes each row first. `None` if a row cannot be read, or is not a single host.
pub(super) fn of_table<'a>(
    table: &Table<'a>,
    rows: Range<usize>,
    complete: &dyn Fn(&mut Node<'a>),
    sources: &'a Sources,
) -> Option<Part<'a>> {
    // A row is known by its text if a word of it cannot be two cells.
    let plain = table.plain().filter(|(_, delimiter)| !is_in_words(*delimiter)).map(|(file, _)| file);
    let mut rows_of_part = RowsOfPart { part: PartReader::new(sources), complete, plain };
    table.read(rows, &mut rows_of_part).ok()?;
    rows_of_part.part.finish()
}

/// Takes the rows of a part.
struct RowsOfPart<'c, 'a> {
    part: PartReader<'a>,
    complete: &'c dyn Fn(&mut Node<'a>),
    plain: Option<&'a SourceFile>,
}

impl<'a> TakeRows<'a> for RowsOfPart<'_, 'a> {
    fn known(&mut self, at: usize, upto: usize) -> usize {
        let Some(file) = self.plain else { return at };
        let text = file.text().as_bytes().get(..upto).unwrap_or_default();
        let is_end = |at: usize| matches!(text.get(at), Some(b'\n' | b'\r'));
        let mut at = at;
        while at < upto
            && let Some((end, _)) = self.part.alike(at, &is_end)
        {
            at = (end..upto).find(|at| !is_end(*at)).unwrap_or(upto);
        }
        at
    }

    fn row(&mut self, name: Scalar<'a>, row: &mut Node<'a>, text: Range<usize>) {
        (self.complete)(row);
        self.part.host(name, row, self.plain.map(|file| (file, text, Count::default())));
    }
}

/// The most layouts of a part. Each is compared with a host whose layout is new.
const LAYOUTS: usize = 8;

/// The most hosts of a part whose layouts are made: hosts that have none cost little more than without layouts.
const TRIED: usize = 32;

/// A part while it is read.
struct PartReader<'a> {
    sources: &'a Sources,
    part: Part<'a>,
    /// Whether each entry so far is a single host.
    single: bool,
    /// The number of hosts whose layouts were made.
    tried: usize,
    /// The layout of the last host, and the lengths of its words.
    layout: usize,
    lengths: Lengths,
}

impl<'a> PartReader<'a> {
    fn new(sources: &'a Sources) -> Self {
        let part = Part { hosts: HostChunk::default(), ends: None, ascending: true, report: Report::new() };
        Self { sources, part, single: true, tried: 0, layout: 0, lengths: Lengths::new() }
    }

    /// Reads a host, whose lines in a file are counted so.
    fn host(
        &mut self,
        name: Scalar<'a>,
        node: &Node<'a>,
        lines: Option<(&'a SourceFile, Range<usize>, Count)>,
    ) {
        // A name pattern is many hosts, and a merge depends on all other names.
        self.single &= !name.text.contains('[') && name.text != "<<";
        let findings = self.part.report.len();
        let host =
            Host::read(name, node, &mut Reading { report: &mut self.part.report, sources: self.sources });
        self.add_name(name);
        if let Some((file, lines, count)) = lines
            && self.part.hosts.layouts() < LAYOUTS
            && self.tried < TRIED
            && self.part.report.len() == findings
        {
            self.tried += 1;
            self.part.hosts.add_layout(Layout::new(&host, file, lines, count));
        }
        self.part.hosts.push(host, self.sources);
    }

    /// Reads the host at an offset if its layout is known and its lines end where they may; gives the offset behind them, and
    /// what reading the host counts.
    fn alike(&mut self, at: usize, may_end: &dyn Fn(usize) -> bool) -> Option<(usize, Count)> {
        let (number, end) = self.part.hosts.find(at, self.layout, may_end, &mut self.lengths)?;
        self.layout = number;
        let (name, count) = self.part.hosts.push_alike(number, at, &self.lengths)?;
        self.add_name(name);
        Some((end, count))
    }

    fn add_name(&mut self, name: Scalar<'a>) {
        let (first, last) = self.part.ends.unzip();
        self.part.ascending &= last.is_none_or(|last| last < name.text);
        self.part.ends = Some((first.unwrap_or(name.text), name.text));
    }

    fn finish(mut self) -> Option<Part<'a>> {
        self.part.hosts.shrink();
        self.single.then_some(self.part)
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::MOST_LISTED;
    use super::of_yaml;
    use crate::source::{Reader, Sources};

    /// How many hosts of a text are read by the layout of an earlier one.
    fn alike(text: &str) -> (usize, usize) {
        let sources = Sources::new();
        let file = sources.add("site.yaml", text).unwrap();
        let mut reader = Reader::new(&sources, file);
        reader.start().unwrap();
        reader.next_key().unwrap();
        reader.enter().unwrap();
        let part = reader.parts(1 << 20).unwrap().reader(0).unwrap();
        let (part, _) = of_yaml(part, &sources).unwrap();
        (part.hosts.alike(), part.hosts.len())
    }

    #[test]
    fn hosts_in_the_lines_of_an_earlier_one_are_known() {
        let host = |at: usize| match at % 8 {
            0..3 => format!(
                "  pc-{at}:\n    mac: \"52:54:00:00:00:{at}\"\n    ip: 10.0.0.{at}\n    group: desktops\n    root_path:\n      \
                 iscsi:\n        server: 10.0.1.{at}\n        target: iqn.2020-01.a:{at}\n        lun: {at}\n"
            ),
            // The lines of others begin with these.
            3 => format!("  pc-{at}:\n    mac: \"52:54:00:00:00:{at}\"\n    ip: 10.0.0.{at}\n"),
            4 | 5 => format!("  pc-{at}:\n    mac: 52:54:00:00:01:{at}\n    group: diskless\n"),
            _ => format!("  pc-{at}: {{ mac: 52:54:00:00:02:{at}, group: [a, b] }}\n"),
        };
        let text: String = (16..96).map(host).collect();
        // The first four, and the last one, behind which no other follows.
        assert_eq!(alike(&format!("hosts:\n{text}")), (75, 80));
    }

    #[test]
    fn hosts_in_many_groups_have_no_layout() {
        let text = |groups: usize| -> String {
            let host = |at: usize| format!("  pc-{at}:\n    group: [{}]\n", vec!["a"; groups].join(", "));
            (10..20).map(host).collect()
        };
        assert_eq!(alike(&format!("hosts:\n{}", text(MOST_LISTED))), (8, 10));
        assert_eq!(alike(&format!("hosts:\n{}", text(MOST_LISTED + 1))), (0, 10));
    }
}
