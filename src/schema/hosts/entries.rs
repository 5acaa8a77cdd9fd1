//! Reads `hosts:` entry by entry.

use super::names::HostNames;
use super::packed::Hosts;
use super::part::Part;
use crate::progress::{Work, done};
use crate::report::Report;
use crate::schema::exceptions::Exceptions;
use crate::schema::fault::duplicate;
use crate::schema::overlay::Overlay;
use crate::schema::pattern::{self, Budget};
use crate::schema::reading::{HINTED, Reading};
use crate::schema::settings::Host;
use crate::source::{Node, Reader, Scalar, Sources, YamlFault};

/// The texts, the report and the fragments, which every step of reading a site uses.
pub(in crate::schema) struct Input<'c, 'a> {
    pub sources: &'a Sources,
    pub report: &'c mut Report,
    pub overlay: Overlay<'a>,
}

impl<'a> Input<'_, 'a> {
    pub(in crate::schema) fn reading(&mut self) -> Reading<'_, 'a> {
        Reading { report: self.report, sources: self.sources }
    }
}

/// The hosts read so far.
pub(in crate::schema) struct HostEntries<'a> {
    pub hosts: Hosts<'a>,
    names: HostNames<'a>,
    budget: Budget,
}

impl<'a> HostEntries<'a> {
    /// No hosts yet; name patterns may make `pattern_hosts`.
    pub(in crate::schema) fn new(pattern_hosts: u64) -> Self {
        Self { hosts: Hosts::default(), names: HostNames::default(), budget: Budget::new(pattern_hosts) }
    }

    /// Whether all names ascend, and there is at least one.
    pub(in crate::schema) fn ascend(&self) -> bool {
        self.names.ascend()
    }

    /// Whether a host has this name.
    pub(in crate::schema) fn contains(&mut self, name: &str, sources: &'a Sources) -> bool {
        self.names.contains(name, &self.hosts, sources)
    }

    /// Reads an entry: a host, or the hosts of a name pattern.
    pub(in crate::schema) fn entry(&mut self, name: Scalar<'a>, node: Node<'a>, input: &mut Input<'_, 'a>) {
        let mut exceptions = Exceptions::default();
        self.entry_of(name, node, &mut exceptions, input);
        exceptions.report(name, &mut input.reading());
    }

    /// Reads an entry of a pattern with these exceptions, or of none.
    fn entry_of(
        &mut self,
        name: Scalar<'a>,
        node: Node<'a>,
        exceptions: &mut Exceptions<'a>,
        input: &mut Input<'_, 'a>,
    ) {
        let Some((name, node)) = exceptions.over(name, node) else { return };
        if let Some(first) = self.names.add(name, &self.hosts, input.sources) {
            return input.report.push(duplicate("hosts", name, first));
        }
        let Some(node) = input.overlay.over_name("hosts", name.text, node) else { return };
        if name.text.contains('[') {
            let node = exceptions.take(node, &mut input.reading());
            let hosts = pattern::expand(name, &node, input.sources, &mut self.budget, input.report);
            if hosts.is_empty() {
                exceptions.fail();
            }
            for (name, node) in hosts {
                self.entry_of(name, node, exceptions, input);
            }
        } else {
            let host = Host::read(name, &node, &mut input.reading());
            self.hosts.push(host, input.sources);
            done(Work::Read, 1);
        }
    }

    /// Reads the entries that follow; merged mappings are put into `merges`.
    pub(super) fn entries(
        &mut self,
        reader: &mut Reader<'a>,
        merges: &mut Vec<Node<'a>>,
        input: &mut Input<'_, 'a>,
    ) -> Result<(), YamlFault> {
        while let Some(name) = reader.next_key()? {
            let node = reader.node()?;
            if reader.is_merge(name) {
                merges.push(node);
            } else {
                self.entry(name, node, input);
            }
        }
        Ok(())
    }

    /// Adds the hosts of one of `parts` parts. If one of their names is not new, or a finding would lack its hint,
    /// it adds none, and gives `false`.
    pub(super) fn part(&mut self, part: Part<'a>, parts: usize, input: &mut Input<'_, 'a>) -> bool {
        if !part.report.is_empty() && input.report.len() + part.report.len() > HINTED {
            return false;
        }
        if !self.names.add_part(&part, parts, &self.hosts, input.sources) {
            return false;
        }
        done(Work::Read, part.hosts.len() as u64);
        input.report.take(part.report);
        self.hosts.append(part.hosts);
        true
    }
}
