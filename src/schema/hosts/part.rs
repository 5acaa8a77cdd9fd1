//! One part of `hosts:`, read apart from the rest of the site.

use std::ops::Range;

use super::packed::HostChunk;
use crate::report::Report;
use crate::schema::Reading;
use crate::schema::settings::Host;
use crate::source::{Node, Reader, Scalar, Sources, Table};

/// The hosts of a part, with their findings.
pub(super) struct Part<'a> {
    pub(super) hosts: HostChunk<'a>,
    /// Their names, which other parts may have too.
    pub(super) names: Vec<Scalar<'a>>,
    /// Whether the names ascend.
    ascending: bool,
    pub(super) report: Report,
}

impl<'a> Part<'a> {
    /// The first and the last name, if the names ascend.
    pub(super) fn ends(&self) -> Option<(&'a str, &'a str)> {
        let (first, last) = (self.names.first()?, self.names.last()?);
        self.ascending.then_some((first.text, last.text))
    }
}

/// Reads a part of a YAML file: its hosts, and the reader at its end. `None` if the part does not consist of single
/// hosts without faults.
pub(super) fn of_yaml<'a>(mut reader: Reader<'a>, sources: &'a Sources) -> Option<(Part<'a>, Reader<'a>)> {
    let mut part = PartReader::new(sources);
    while let Some(name) = reader.next_key().ok()? {
        let node = reader.node().ok()?;
        part.host(name, &node);
        reader.take_back(node);
    }
    let part = part.finish().filter(|_| reader.take_faults().is_empty())?;
    Some((part, reader))
}

/// Reads some rows of a table; `complete` changes each row first. `None` if a row cannot be read, or is not a single host.
pub(super) fn of_table<'a>(
    table: &Table<'a>,
    rows: Range<usize>,
    complete: &dyn Fn(&mut Node<'a>),
    sources: &'a Sources,
) -> Option<Part<'a>> {
    let mut part = PartReader::new(sources);
    let each = &mut |name, node: &mut Node<'a>| {
        complete(node);
        part.host(name, node);
    };
    table.read(rows, each).ok()?;
    part.finish()
}

/// A part while it is read.
struct PartReader<'a> {
    sources: &'a Sources,
    part: Part<'a>,
    /// Whether each entry so far is a single host.
    single: bool,
}

impl<'a> PartReader<'a> {
    fn new(sources: &'a Sources) -> Self {
        let part =
            Part { hosts: HostChunk::default(), names: Vec::new(), ascending: true, report: Report::new() };
        Self { sources, part, single: true }
    }

    fn host(&mut self, name: Scalar<'a>, node: &Node<'a>) {
        // A name pattern is many hosts, and a merge depends on all other names.
        self.single &= !name.text.contains('[') && name.text != "<<";
        let host =
            Host::read(name, node, &mut Reading { report: &mut self.part.report, sources: self.sources });
        self.part.ascending &= self.part.names.last().is_none_or(|last| last.text < name.text);
        self.part.names.push(name);
        self.part.hosts.push(host, self.sources);
    }

    fn finish(mut self) -> Option<Part<'a>> {
        self.part.hosts.shrink();
        self.single.then_some(self.part)
    }
}
