//! The hosts of a site as written, each in a few dozen bytes.
//!
//! Resolving a host needs the rest of the site, so all hosts have to wait until the site is read. A million
//! [`Host`]s would take three times the memory of their text. But nearly all hosts set the same few keys, to texts
//! that are in the source: for those only the places are kept ([`record`](super::record)). A host with any other key
//! is kept whole. A host whose lines are those of an earlier one ([`layout`](super::layout)) is a few lengths.

use std::borrow::Cow;

use super::layout::{Layout, Lengths};
use super::record::{ALIKE, PACKED, Pack, Unpack, WHOLE, file_of, record_at, write_number};
use crate::schema::settings::Host;
use crate::source::{Count, Scalar, SourceFile, Sources};

/// The number of hosts in a full chunk.
const CHUNK: usize = 4096;

/// Hosts in their order.
#[derive(Default)]
pub struct Hosts<'a> {
    chunks: Vec<HostChunk<'a>>,
    count: usize,
}

impl std::fmt::Debug for Hosts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} hosts", self.count)
    }
}

/// Consecutive hosts.
#[derive(Default)]
pub struct HostChunk<'a> {
    /// A record for each host: its length, then the record that [`Pack`] writes.
    records: Vec<u8>,
    count: usize,
    /// Texts that differ from the source at their place: unescaped, or made by a name pattern.
    texts: Vec<&'a str>,
    /// Hosts with keys that a record does not hold.
    whole: Vec<Host<'a>>,
    /// The layouts of hosts.
    layouts: Vec<Layout<'a>>,
    /// The file of the last host.
    file: Option<&'a SourceFile>,
    /// A buffer for the next record.
    record: Vec<u8>,
}

impl<'a> Hosts<'a> {
    /// The number of hosts.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no hosts.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a host.
    pub fn push(&mut self, host: Host<'a>, sources: &'a Sources) {
        self.count += 1;
        match self.chunks.last_mut() {
            Some(chunk) if chunk.count < CHUNK => {}
            last => {
                last.map(HostChunk::shrink);
                self.chunks.push(HostChunk::default());
            }
        }
        if let Some(chunk) = self.chunks.last_mut() {
            chunk.push(host, sources);
        }
    }

    /// Adds the hosts of a chunk.
    pub(super) fn append(&mut self, chunk: HostChunk<'a>) {
        self.count += chunk.count;
        self.chunks.push(chunk);
    }

    /// The hosts that are kept whole. Only these can have `vars`, `allow` and other keys that a record does not hold.
    pub fn kept_whole(&self) -> impl Iterator<Item = &Host<'a>> {
        self.chunks.iter().flat_map(|chunk| &chunk.whole)
    }

    /// The names of all hosts.
    pub fn names(&self, sources: &'a Sources) -> impl Iterator<Item = Scalar<'a>> {
        self.chunks.iter().flat_map(move |chunk| chunk.names(sources).map(|(name, _)| name))
    }

    /// Sorts all hosts behind the first ones by name.
    pub(in crate::schema) fn sort_behind(&mut self, first: usize, sources: &'a Sources) {
        if self.count <= first {
            return;
        }
        let chunks = self.chunks.iter().enumerate();
        let names = chunks
            .flat_map(|(at, chunk)| chunk.names(sources).map(move |(name, start)| (name.text, at, start)));
        let mut names: Vec<_> = names.collect();
        names.get_mut(first..).unwrap_or_default().sort_by_key(|(name, ..)| *name);
        let unsorted = std::mem::take(self);
        for (_, at, start) in names {
            let host = unsorted.chunks.get(at).and_then(|chunk| {
                let (record, _) = record_at(&chunk.records, start)?;
                chunk.host(record, &mut None, sources)
            });
            if let Some(host) = host {
                self.push(host.into_owned(), sources);
            }
        }
    }

    /// All hosts in chunks, so that the memory of each chunk can be freed as soon as it is resolved.
    pub fn into_chunks(self) -> Vec<HostChunk<'a>> {
        self.chunks
    }
}

impl<'a> HostChunk<'a> {
    /// The number of hosts.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no hosts.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Frees the room for more hosts.
    pub(super) fn shrink(&mut self) {
        self.records.shrink_to_fit();
        self.texts.shrink_to_fit();
        self.whole.shrink_to_fit();
    }

    pub(super) fn push(&mut self, host: Host<'a>, sources: &'a Sources) {
        self.count += 1;
        let mut record = std::mem::take(&mut self.record);
        record.clear();
        self.file = file_of(host.name.span, self.file, sources);
        let mut pack = Pack { out: &mut record, at: 0, file: self.file, texts: &mut self.texts };
        if pack.host(&host).is_none() {
            record.clear();
            write_number(&mut record, WHOLE);
            write_number(&mut record, self.whole.len() as u64);
            self.whole.push(host);
        }
        write_number(&mut self.records, record.len() as u64);
        self.records.extend_from_slice(&record);
        self.record = record;
    }

    /// How many hosts have the layout of an earlier one.
    #[cfg(test)]
    pub(super) fn alike(&self) -> usize {
        let mut at = 0;
        let records = std::iter::from_fn(|| {
            let (record, next) = record_at(&self.records, at)?;
            at = next;
            Some(record)
        });
        records.filter(|record| record.first() == Some(&(ALIKE as u8))).count()
    }

    /// How many layouts there are.
    pub(super) fn layouts(&self) -> usize {
        self.layouts.len()
    }

    /// Adds the layout of a host, if it has one.
    pub(super) fn add_layout(&mut self, layout: Option<Layout<'a>>) {
        self.layouts.extend(layout);
    }

    /// Finds the layout of the host whose lines begin at an offset; gives its number and the offset behind the lines, which
    /// has to be a place where the lines may end. The layout with the number `first` is tried first.
    pub(super) fn find(
        &self,
        at: usize,
        first: usize,
        may_end: &dyn Fn(usize) -> bool,
        lengths: &mut Lengths,
    ) -> Option<(usize, usize)> {
        let others = (0..self.layouts.len()).filter(|other| *other != first);
        let mut numbers = std::iter::once(first).chain(others);
        let mut before: Option<&Layout<'a>> = None;
        numbers.find_map(|number| {
            let layout = self.layouts.get(number)?;
            // The words that the layout before has read need not be read again.
            lengths.truncate(before.replace(layout).map_or(0, |before| layout.gaps_of(before)));
            let end = layout.find(at, lengths)?;
            may_end(end).then_some((number, end))
        })
    }

    /// Adds the host that [`HostChunk::find`] has found; gives its name and its count.
    pub(super) fn push_alike(
        &mut self,
        number: usize,
        at: usize,
        lengths: &Lengths,
    ) -> Option<(Scalar<'a>, Count)> {
        let layout = self.layouts.get(number)?;
        self.count += 1;
        self.record.clear();
        for number in [ALIKE, number as u64, at as u64] {
            write_number(&mut self.record, number);
        }
        self.record.extend_from_slice(lengths);
        write_number(&mut self.records, self.record.len() as u64);
        self.records.extend_from_slice(&self.record);
        Some((layout.name(at, lengths), layout.count))
    }

    /// The name of each host, with the offset of its record.
    pub(super) fn names(&self, sources: &'a Sources) -> impl Iterator<Item = (Scalar<'a>, usize)> {
        let (mut start, mut file) = (0, None);
        std::iter::from_fn(move || {
            let (record, next) = record_at(&self.records, start)?;
            let name = self.name(record, &mut file, sources);
            Some((name, std::mem::replace(&mut start, next)))
        })
    }

    /// The name in a record. `file` is the file of the host before.
    fn name(&self, record: &[u8], file: &mut Option<&'a SourceFile>, sources: &'a Sources) -> Scalar<'a> {
        let mut unpack = Unpack { rest: record, at: 0, file: *file, texts: &self.texts };
        match unpack.number() {
            PACKED => {
                let name = unpack.name(sources);
                *file = unpack.file;
                name
            }
            ALIKE => {
                let (number, at) = (unpack.index(), unpack.index());
                let layout = self.layouts.get(number);
                layout.map_or_else(Scalar::default, |layout| layout.name(at, unpack.rest))
            }
            _ => self.whole.get(unpack.index()).map_or_else(Scalar::default, |host| host.name),
        }
    }

    /// Calls a function with each host. Hosts that are laid out alike are one in memory, which changes from call to call.
    pub fn each(&self, sources: &'a Sources, mut take: impl FnMut(&Host<'a>)) {
        let mut alike: Vec<Host<'a>> = self.layouts.iter().map(Layout::host).collect();
        let (mut at, mut file) = (0, None);
        while let Some((record, next)) = record_at(&self.records, at) {
            at = next;
            let mut unpack = Unpack { rest: record, at: 0, file, texts: &self.texts };
            if unpack.number() == ALIKE {
                let (number, at) = (unpack.index(), unpack.index());
                if let (Some(layout), Some(host)) = (self.layouts.get(number), alike.get_mut(number)) {
                    layout.fill(host, at, unpack.rest);
                    take(host);
                }
            } else if let Some(host) = self.host(record, &mut file, sources) {
                take(&host);
            }
        }
    }

    /// The host in a record. `file` is the file of the host before.
    fn host(
        &self,
        record: &[u8],
        file: &mut Option<&'a SourceFile>,
        sources: &'a Sources,
    ) -> Option<Cow<'_, Host<'a>>> {
        let mut unpack = Unpack { rest: record, at: 0, file: *file, texts: &self.texts };
        match unpack.number() {
            PACKED => {
                let host = unpack.host(sources);
                *file = unpack.file;
                Some(Cow::Owned(host))
            }
            ALIKE => {
                let (number, at) = (unpack.index(), unpack.index());
                let layout = self.layouts.get(number)?;
                let mut host = layout.host();
                layout.fill(&mut host, at, unpack.rest);
                Some(Cow::Owned(host))
            }
            _ => self.whole.get(unpack.index()).map(Cow::Borrowed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::slice;
    use super::{Host, Hosts};
    use crate::report::Report;
    use crate::schema::{Reading, Texts, read};
    use crate::source::{Entered, Node, NodeKind, Reader, Scalar, Sources};

    fn all<'a>(hosts: Hosts<'a>, sources: &'a Sources) -> Vec<Host<'a>> {
        let mut all = Vec::new();
        let chunks = hosts.into_chunks();
        chunks.iter().for_each(|chunk| chunk.each(sources, |host| all.push(host.clone())));
        all
    }

    /// The hosts of a site, and what comes out of the records.
    fn through(sources: &Sources, text: &str) -> (Vec<String>, Vec<String>, usize) {
        let file = sources.add("site.yaml", text).unwrap();
        let Ok(Some(Entered::Node(Node { kind: NodeKind::Map(entries), .. }))) =
            Reader::new(sources, file).start_whole()
        else {
            panic!("no mapping")
        };
        let (mut hosts, mut before) = (Hosts::default(), Vec::new());
        for (name, node) in &entries {
            let mut report = Report::new();
            let host = Host::read(*name, node, &mut Reading { report: &mut report, sources });
            before.push(format!("{host:?}"));
            hosts.push(host, sources);
        }
        let whole = hosts.kept_whole().count();
        (before, all(hosts, sources).into_iter().map(|host| format!("{host:?}")).collect(), whole)
    }

    #[test]
    fn what_was_written_comes_out() {
        let sources = Sources::new();
        // Places that are far apart, and before each other.
        sources.add("before", "x".repeat(70_000)).unwrap();
        let text = r#"
a: { mac: "52:54:00:00:00:01", ip: 10.0.0.1, group: [x, 'y', "z\u0041"] }
"b": { mac: ["52:54:00:00:00:02", 52-54-00-00-00-03] }
c:
  mac: &card "52:54:00:00:00:04"
  root_path: { iscsi: { target: "iqn.2020-01.a:b", server: '10.0.0.2', lun: 1, port: 3261, initiator: "iqn.2020-01.a:\x63" } }
  host_name: none
  boot: debian
  autoboot: yes
  keep_san: no
d: { mac: *card, root_path: none }
"#;
        let (before, after, whole) = through(&sources, text);
        assert_eq!((before.len(), whole), (4, 0));
        assert_eq!(before, after);
    }

    #[test]
    fn what_no_record_says_is_kept_whole() {
        let sources = Sources::new();
        let text = r"
a: { mac: x, ip6: '::1' }
b: { nics: [{ mac: x }] }
c: { mac: x, dns: 10.0.0.1 }
d: { mac: x, nonsense: 1 }
e: { mac: x, root_path: { nfs: { path: /a } } }
f: { mac: x, root_path: { iscsi: { chap: { user: x } } } }
g: { mac: x, root_path: { iscsi: { lun: [] } } }
h: none
i: { mac: x, allow: { no-such: because } }
";
        let (before, after, whole) = through(&sources, text);
        assert_eq!((before.len(), whole), (9, 9));
        assert_eq!(before, after);
    }

    #[test]
    fn hosts_of_further_files_come_by_name() {
        let sources = Sources::new();
        let first = sources.add("a.yaml", "hosts: { b: { mac: x }, c: { mac: y } }").unwrap();
        let second = sources.add("b.yaml", "hosts: { 'd': { mac: x, dns: 1 }, a: { mac: y } }").unwrap();
        let texts = Texts { files: vec![first, second], with: Vec::new() };
        let site = read(&sources, &texts, &mut Report::new());
        let names: Vec<_> = all(site.hosts, &sources).iter().map(|host| host.name.text).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
    }

    #[test]
    fn words_of_other_files_and_of_patterns_come_out() {
        let sources = Sources::new();
        let site = sources
            .add("site.yaml", "hosts: { a: { mac: x }, 'pc-[1-2]': { mac: 'y[1-2]', ip: '10.0.0.[3-4]' } }");
        let with = sources.add("with.yaml", "hosts: { a: { ip: 10.0.0.9, group: [g, h] } }").unwrap();
        let texts = Texts { files: vec![site.unwrap()], with: vec![with] };
        let hosts = read(&sources, &texts, &mut Report::new()).hosts;
        assert_eq!((hosts.len(), hosts.kept_whole().count()), (3, 0));
        let told = |word: &Scalar<'_>| {
            let file = sources.file(word.span).unwrap();
            format!("{} {}", word.text, slice(file, word.span).unwrap())
        };
        let told: Vec<String> = all(hosts, &sources)
            .iter()
            .map(|host| {
                [host.name]
                    .iter()
                    .chain(&host.ip)
                    .chain(&host.groups)
                    .map(told)
                    .collect::<Vec<_>>()
                    .join(", ")
            })
            .collect();
        assert_eq!(
            told,
            [
                "a a, 10.0.0.9 10.0.0.9, g g, h h",
                "pc-1 'pc-[1-2]', 10.0.0.3 '10.0.0.[3-4]'",
                "pc-2 'pc-[1-2]', 10.0.0.4 '10.0.0.[3-4]'"
            ]
        );
    }

    #[test]
    fn a_usual_host_takes_a_few_dozen_bytes() {
        let sources = Sources::new();
        let text = "pc-0000001:\n    mac: \"52:54:00:00:00:01\"\n    ip: 10.0.0.11\n    group: desktops\n    root_path:\n      \
                    iscsi:\n        server: 172.16.1.1\n        target: iqn.2020-01.example.scale:disk-0000001\n        lun: 2\n";
        let file = sources.add("site.yaml", format!("hosts:\n  {text}")).unwrap();
        let texts = Texts { files: vec![file], with: Vec::new() };
        let hosts = read(&sources, &texts, &mut Report::new()).hosts;
        assert!(hosts.chunks[0].records.len() < 40, "{} bytes", hosts.chunks[0].records.len());
    }
}
