//! The names of all hosts so far, to find a name that is used twice.

use std::collections::hash_map::Entry as Slot;

use foldhash::HashMap;

use super::packed::Hosts;
use super::part::Part;
use crate::source::{Scalar, Sources, Span};

/// The names of the hosts so far.
///
/// Sites of many hosts mostly list them in ascending order. As long as they do, no name can come twice and only the
/// last one is kept: a table of a million names would be most of the memory that reading takes. The table is filled
/// from the hosts as soon as a name does not ascend.
#[derive(Default)]
pub(super) struct HostNames<'a> {
    /// The place of each name's first use; empty while `last` is set.
    seen: HashMap<&'a str, Span>,
    /// The last name, while all names ascend.
    last: Option<&'a str>,
}

impl<'a> HostNames<'a> {
    /// Whether all names ascend, and there is at least one.
    pub(super) fn ascend(&self) -> bool {
        self.last.is_some()
    }

    /// Adds a name; gives the place of its first use if it is not new.
    pub(super) fn add(&mut self, name: Scalar<'a>, hosts: &Hosts<'a>, sources: &'a Sources) -> Option<Span> {
        self.fill(hosts, sources);
        match self.seen.entry(name.text) {
            Slot::Occupied(first) => Some(*first.get()),
            Slot::Vacant(slot) => {
                slot.insert(name.span);
                None
            }
        }
    }

    /// Whether a host has this name.
    pub(super) fn contains(&mut self, name: &str, hosts: &Hosts<'a>, sources: &'a Sources) -> bool {
        self.fill(hosts, sources);
        self.seen.contains_key(name)
    }

    /// Adds the names of one of `parts` parts. If one is not new it adds none, and gives `false`.
    pub(super) fn add_part(
        &mut self,
        part: &Part<'a>,
        parts: usize,
        hosts: &Hosts<'a>,
        sources: &'a Sources,
    ) -> bool {
        if let Some((first, last)) = part.ends()
            && self.seen.is_empty()
            && self.last.is_none_or(|before| before < first)
        {
            self.last = Some(last);
            return true;
        }
        self.fill(hosts, sources);
        // Room for the names of all parts at once: a table that grows is filled anew each time.
        if self.seen.is_empty() {
            self.seen.reserve(part.hosts.len() * parts);
        }
        let names = || part.hosts.names(sources).map(|(name, _)| name);
        for (at, name) in names().enumerate() {
            match self.seen.entry(name.text) {
                Slot::Vacant(slot) => {
                    slot.insert(name.span);
                }
                Slot::Occupied(_) => {
                    for name in names().take(at) {
                        self.seen.remove(name.text);
                    }
                    return false;
                }
            }
        }
        true
    }

    /// Fills the table with the names of all hosts so far, unless it is filled.
    fn fill(&mut self, hosts: &Hosts<'a>, sources: &'a Sources) {
        if self.last.take().is_some() {
            self.seen.extend(hosts.names(sources).map(|name| (name.text, name.span)));
        }
    }
}
