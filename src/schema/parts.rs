//! Hosts that are read side by side, apart from the rest of the site.
//!
//! A file of many hosts is divided, and each part read by itself. What comes of a part counts only when
//! each of its entries is one host with a name that is new, and it is where it was guessed to be; any other
//! is read once more, where all that was read before is known. What is to be said of a host hangs on nothing
//! but the host, as long as there is so little that each finding has its hint. So what a site comes to is the same, however it was divided.

use std::ops::Range;

use super::hosts::HostChunk;
use super::reading::Reading;
use super::settings::Host;
use crate::report::Report;
use crate::source::{Node, Reader, Scalar, Sources, Table};

/// About how many bytes of text a part has.
pub(super) const BYTES: usize = 1 << 17;

/// The hosts of a part.
pub(super) struct Part<'a> {
    pub(super) hosts: HostChunk<'a>,
    /// Their names, of which nobody knows yet whether they are new.
    pub(super) names: Vec<Scalar<'a>>,
    /// Whether each name comes behind the one before.
    ascending: bool,
    /// What is to be said of them.
    pub(super) report: Report,
}

impl<'a> Part<'a> {
    /// The first and the last name, where each comes behind the one before.
    pub(super) fn ends(&self) -> Option<(&'a str, &'a str)> {
        let (first, last) = (self.names.first()?, self.names.last()?);
        self.ascending.then_some((first.text, last.text))
    }
}

/// Reads a part of a YAML file. None when it is not written in the usual way; else its hosts, and the reader
/// at its end.
pub(super) fn of_yaml<'a>(mut reader: Reader<'a>, sources: &'a Sources) -> Option<(Part<'a>, Reader<'a>)> {
    let mut reads = Reads::new(sources);
    while let Some(name) = reader.next_key().ok()? {
        let node = reader.node().ok()?;
        reads.host(name, &node);
    }
    let part = reads.part().filter(|_| reader.take_faults().is_empty())?;
    Some((part, reader))
}

/// Reads a part of a table. None when a row of it cannot be read. `complete` is done to each row before.
pub(super) fn of_table<'a>(
    table: &Table<'a>,
    rows: Range<usize>,
    complete: &dyn Fn(&mut Node<'a>),
    sources: &'a Sources,
) -> Option<Part<'a>> {
    let mut reads = Reads::new(sources);
    let each = &mut |name, node: &mut Node<'a>| {
        complete(node);
        reads.host(name, node);
    };
    table.read(rows, each).ok()?;
    reads.part()
}

/// A part while it is read.
struct Reads<'a> {
    sources: &'a Sources,
    part: Part<'a>,
    /// Whether each entry so far is one host.
    usual: bool,
}

impl<'a> Reads<'a> {
    fn new(sources: &'a Sources) -> Self {
        let part =
            Part { hosts: HostChunk::default(), names: Vec::new(), ascending: true, report: Report::new() };
        Self { sources, part, usual: true }
    }

    fn host(&mut self, name: Scalar<'a>, node: &Node<'a>) {
        // Name patterns and merges hang on more than themselves.
        self.usual &= !name.text.contains('[') && name.text != "<<";
        let host =
            Host::read(name, node, &mut Reading { report: &mut self.part.report, sources: self.sources });
        self.part.ascending &= self.part.names.last().is_none_or(|last| last.text < name.text);
        self.part.names.push(name);
        self.part.hosts.push(host, self.sources);
    }

    fn part(mut self) -> Option<Part<'a>> {
        self.part.hosts.shrink();
        self.usual.then_some(self.part)
    }
}
