//! The hosts of a site as they were written, each in a few dozen bytes.
//!
//! What a host comes to is known only when all of the site was read, so a million of them have to
//! wait. As [`Host`]s they would take three times the memory of their text. But nearly all say the
//! same few things, in words that stand in the text: of those only the places are kept, as
//! differences. A host that says anything else is kept as it is.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::settings::{Host, Setting, Settings};
use super::{Field, IscsiPath, RootPath};
use crate::source::{Scalar, SourceFile, Sources, Span};

/// How many hosts a piece takes before the next one is begun.
const PIECE: usize = 4096;

/// Hosts in their order.
#[derive(Default)]
pub struct Hosts<'a> {
    pieces: Vec<HostChunk<'a>>,
    count: usize,
}

impl std::fmt::Debug for Hosts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} hosts", self.count)
    }
}

/// Some hosts that stand one behind the other.
#[derive(Default)]
pub struct HostChunk<'a> {
    /// One record for each: its length, and what [`Pack`] writes.
    records: Vec<u8>,
    count: usize,
    /// Texts that are not what stands at their place: unescaped, or of a name pattern.
    texts: Vec<&'a str>,
    /// Hosts that say more than a record can.
    whole: Vec<Host<'a>>,
    /// The file of the last one.
    file: Option<&'a SourceFile>,
    /// Used again for each record.
    record: Vec<u8>,
}

/// What a record begins with.
const WHOLE: u64 = 0;
const PACKED: u64 = 1;

/// What the record of a setting begins with.
const ISCSI: u64 = 1;
const ROOT_PATH: u64 = 2;
const HOST_NAME: u64 = 3;
const BOOT: u64 = 4;
const AUTOBOOT: u64 = 5;
const KEEP_SAN: u64 = 6;

impl<'a> Hosts<'a> {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a host.
    pub fn push(&mut self, host: Host<'a>, sources: &'a Sources) {
        self.count += 1;
        match self.pieces.last_mut() {
            Some(piece) if piece.count < PIECE => {}
            last => {
                last.map(HostChunk::shrink);
                self.pieces.push(HostChunk::default());
            }
        }
        if let Some(piece) = self.pieces.last_mut() {
            piece.push(host, sources);
        }
    }

    /// Adds those of a piece.
    pub(super) fn append(&mut self, piece: HostChunk<'a>) {
        self.count += piece.count;
        self.pieces.push(piece);
    }

    /// The hosts that say more than their addresses, their groups, a disk and what is booted.
    pub fn kept_whole(&self) -> impl Iterator<Item = &Host<'a>> {
        self.pieces.iter().flat_map(|piece| &piece.whole)
    }

    /// Their names.
    pub(super) fn names(&self, sources: &'a Sources) -> impl Iterator<Item = Scalar<'a>> {
        self.pieces.iter().flat_map(move |piece| piece.names(sources).map(|(name, _)| name))
    }

    /// Sorts all hosts but the first ones by name.
    pub(super) fn sort_behind(&mut self, first: usize, sources: &'a Sources) {
        if self.count <= first {
            return;
        }
        let pieces = self.pieces.iter().enumerate();
        let names = pieces
            .flat_map(|(at, piece)| piece.names(sources).map(move |(name, start)| (name.text, at, start)));
        let mut names: Vec<_> = names.collect();
        names.get_mut(first..).unwrap_or_default().sort_by_key(|(name, ..)| *name);
        let unsorted = std::mem::take(self);
        for (_, at, start) in names {
            let host = unsorted.pieces.get(at).and_then(|piece| {
                let (record, _) = record_at(&piece.records, start)?;
                piece.host(record, &mut None, sources)
            });
            if let Some(host) = host {
                self.push(host.into_owned(), sources);
            }
        }
    }

    /// The hosts by pieces; what a piece takes in memory goes with it.
    pub fn into_chunks(self) -> Vec<HostChunk<'a>> {
        self.pieces
    }
}

impl<'a> HostChunk<'a> {
    /// How many hosts are in it.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Gives back the room for more hosts.
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
            number(&mut record, WHOLE);
            number(&mut record, self.whole.len() as u64);
            self.whole.push(host);
        }
        number(&mut self.records, record.len() as u64);
        self.records.extend_from_slice(&record);
        self.record = record;
    }

    /// The names of its hosts, each with where the record begins.
    fn names(&self, sources: &'a Sources) -> impl Iterator<Item = (Scalar<'a>, usize)> {
        let (mut start, mut file) = (0, None);
        std::iter::from_fn(move || {
            let (record, next) = record_at(&self.records, start)?;
            let name = self.name(record, &mut file, sources);
            Some((name, std::mem::replace(&mut start, next)))
        })
    }

    /// The name of the host of a record. `file` is where the one before stood.
    fn name(&self, record: &[u8], file: &mut Option<&'a SourceFile>, sources: &'a Sources) -> Scalar<'a> {
        let mut unpack = Unpack { rest: record, at: 0, file: *file, texts: &self.texts };
        if unpack.number() == PACKED {
            let name = unpack.name(sources);
            *file = unpack.file;
            return name;
        }
        let at = usize::try_from(unpack.number()).unwrap_or(usize::MAX);
        self.whole.get(at).map_or_else(Scalar::default, |host| host.name)
    }

    /// The hosts, one by one.
    pub fn hosts(&self, sources: &'a Sources) -> impl Iterator<Item = Cow<'_, Host<'a>>> {
        let mut at = 0;
        let mut file = None;
        std::iter::from_fn(move || {
            let (record, next) = record_at(&self.records, at)?;
            at = next;
            self.host(record, &mut file, sources)
        })
    }

    /// The host of a record. `file` is where the one before stood.
    fn host(
        &self,
        record: &[u8],
        file: &mut Option<&'a SourceFile>,
        sources: &'a Sources,
    ) -> Option<Cow<'_, Host<'a>>> {
        let mut unpack = Unpack { rest: record, at: 0, file: *file, texts: &self.texts };
        if unpack.number() == PACKED {
            let host = unpack.host(sources);
            *file = unpack.file;
            return Some(Cow::Owned(host));
        }
        let at = usize::try_from(unpack.number()).unwrap_or(usize::MAX);
        self.whole.get(at).map(Cow::Borrowed)
    }
}

/// The file of a place; most stand in the file of the one before.
fn file_of<'a>(span: Span, last: Option<&'a SourceFile>, sources: &'a Sources) -> Option<&'a SourceFile> {
    last.filter(|file| file.holds(span)).or_else(|| sources.file(span))
}

/// The record that begins there, and where the next one does.
fn record_at(records: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let mut rest = records.get(at..).filter(|rest| !rest.is_empty())?;
    let length = usize::try_from(take_number(&mut rest)).ok()?;
    let from = records.len() - rest.len();
    Some((records.get(from..from + length)?, from + length))
}

/// Writes a number: seven bits in each byte, the lowest first; the highest bit says that more follow.
fn number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take_number(rest: &mut &[u8]) -> u64 {
    // Most have one byte.
    if let [byte @ 0..0x80, more @ ..] = *rest {
        *rest = more;
        return u64::from(*byte);
    }
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let Some((byte, more)) = rest.split_first() else { break };
        *rest = more;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

/// How the text of a word follows from its place.
#[derive(Clone, Copy)]
enum Text {
    /// It is what stands there.
    There,
    /// It is what stands there between quotes.
    Quoted,
    /// It is one of the further texts.
    Kept,
}

/// Writes one record.
struct Pack<'p, 'a> {
    out: &'p mut Vec<u8>,
    /// The place that the next one is told from.
    at: u32,
    /// The file of the host's name.
    file: Option<&'a SourceFile>,
    texts: &'p mut Vec<&'a str>,
}

impl<'a> Pack<'_, 'a> {
    /// Writes a host; `None` when it says more than a record can.
    fn host(&mut self, host: &Host<'a>) -> Option<()> {
        let Host { name, span, macs, ip, ip6: None, nics: None, groups, settings, wrong: false } = host
        else {
            return None;
        };
        self.number(PACKED);
        self.word(*name);
        self.span(*span);
        self.words(macs);
        self.words(ip.as_slice());
        self.words(groups);
        self.number(settings.len() as u64);
        settings.iter().try_for_each(|setting| self.setting(setting))
    }

    fn setting(&mut self, setting: &Setting<'a>) -> Option<()> {
        let (what, word) = match setting {
            Setting::RootPath(RootPath::Iscsi(path)) => return self.iscsi(path),
            Setting::RootPath(RootPath::Text(word)) => (ROOT_PATH, word),
            Setting::HostName(word) => (HOST_NAME, word),
            Setting::Boot(word) => (BOOT, word),
            Setting::Autoboot(word) => (AUTOBOOT, word),
            Setting::KeepSan(word) => (KEEP_SAN, word),
            _ => return None,
        };
        self.number(what);
        self.word(*word);
        Some(())
    }

    fn iscsi(&mut self, path: &IscsiPath<'a>) -> Option<()> {
        let IscsiPath {
            span,
            target,
            server,
            lun,
            port,
            initiator,
            portals: Field::Absent,
            chap: Field::Absent,
            reverse_chap: Field::Absent,
            store: Field::Absent,
            ..
        } = path
        else {
            return None;
        };
        let fields = [target, server, lun, port, initiator];
        let mut which = 0;
        for (bit, field) in fields.iter().enumerate() {
            match field {
                Field::Absent => {}
                Field::Given(_) => which |= 1 << bit,
                Field::Wrong(_) => return None,
            }
        }
        self.number(ISCSI);
        self.span(*span);
        self.number(which);
        fields.iter().filter_map(|field| field.given()).for_each(|word| self.word(*word));
        Some(())
    }

    fn words(&mut self, words: &[Scalar<'a>]) {
        self.number(words.len() as u64);
        words.iter().for_each(|word| self.word(*word));
    }

    fn word(&mut self, word: Scalar<'a>) {
        let there = self.file.and_then(|file| slice(file, word.span));
        let how = match there {
            Some(there) if std::ptr::eq(there, word.text) => Text::There,
            Some(there) if unquoted(there).is_some_and(|inside| std::ptr::eq(inside, word.text)) => {
                Text::Quoted
            }
            _ => Text::Kept,
        };
        self.start(word.span.start);
        self.number(u64::from(word.span.end.saturating_sub(word.span.start)) << 2 | how as u64);
        if let Text::Kept = how {
            // Those of all rows of a table are the same one.
            let known = self.texts.iter().rev().take(8).position(|text| std::ptr::eq(*text, word.text));
            let at = match known {
                Some(back) => self.texts.len() - 1 - back,
                None => {
                    self.texts.push(word.text);
                    self.texts.len() - 1
                }
            };
            self.number(at as u64);
        }
    }

    fn span(&mut self, span: Span) {
        self.start(span.start);
        self.number(span.end.saturating_sub(span.start).into());
    }

    /// Writes the beginning of a place: how far it is from the last one, the sign in the lowest bit.
    fn start(&mut self, start: u32) {
        let forward = u64::from(start.saturating_sub(self.at)) << 1;
        let back = u64::from(self.at.saturating_sub(start)) << 1 | 1;
        self.number(if start >= self.at { forward } else { back });
        self.at = start;
    }

    fn number(&mut self, value: u64) {
        number(self.out, value);
    }
}

/// What stands at a place of that file.
fn slice(file: &SourceFile, span: Span) -> Option<&str> {
    let at = |place: u32| place.checked_sub(file.base()).map(|at| at as usize);
    file.text().get(at(span.start)?..at(span.end)?)
}

fn unquoted(text: &str) -> Option<&str> {
    text.get(1..text.len().checked_sub(1)?)
}

/// Reads one record.
struct Unpack<'u, 'a> {
    rest: &'u [u8],
    at: u32,
    file: Option<&'a SourceFile>,
    texts: &'u [&'a str],
}

impl<'a> Unpack<'_, 'a> {
    fn host(&mut self, sources: &'a Sources) -> Host<'a> {
        let name = self.name(sources);
        Host {
            name,
            span: self.span(),
            macs: self.words(),
            ip: self.words().pop(),
            ip6: None,
            nics: None,
            groups: self.words(),
            settings: self.settings(),
            wrong: false,
        }
    }

    /// The name, which comes first and says which file the others are in.
    fn name(&mut self, sources: &'a Sources) -> Scalar<'a> {
        let (rest, at) = (self.rest, self.at);
        let span = self.start_and_length().0;
        self.file = file_of(span, self.file, sources);
        (self.rest, self.at) = (rest, at);
        self.word()
    }

    fn settings(&mut self) -> Settings<'a> {
        let mut settings = SmallVec::new();
        for _ in 0..self.number() {
            settings.push(match self.number() {
                ISCSI => Setting::RootPath(RootPath::Iscsi(Box::new(self.iscsi()))),
                ROOT_PATH => Setting::RootPath(RootPath::Text(self.word())),
                HOST_NAME => Setting::HostName(self.word()),
                BOOT => Setting::Boot(self.word()),
                AUTOBOOT => Setting::Autoboot(self.word()),
                _ => Setting::KeepSan(self.word()),
            });
        }
        settings
    }

    fn iscsi(&mut self) -> IscsiPath<'a> {
        let mut path = IscsiPath { span: self.span(), ..IscsiPath::default() };
        let which = self.number();
        let fields = [&mut path.target, &mut path.server, &mut path.lun, &mut path.port, &mut path.initiator];
        for (bit, field) in fields.into_iter().enumerate() {
            if which >> bit & 1 == 1 {
                *field = Field::Given(self.word());
            }
        }
        path
    }

    fn words(&mut self) -> SmallVec<[Scalar<'a>; 1]> {
        let mut words = SmallVec::new();
        for _ in 0..self.number() {
            words.push(self.word());
        }
        words
    }

    fn word(&mut self) -> Scalar<'a> {
        let (span, how) = self.start_and_length();
        let there = || self.file.and_then(|file| slice(file, span));
        let text = match how {
            how if how == Text::There as u64 => there(),
            how if how == Text::Quoted as u64 => there().and_then(unquoted),
            _ => {
                let at = usize::try_from(self.number()).unwrap_or(usize::MAX);
                self.texts.get(at).copied()
            }
        };
        Scalar { text: text.unwrap_or_default(), span }
    }

    /// The place of a word, and how its text follows from it.
    fn start_and_length(&mut self) -> (Span, u64) {
        let start = self.start();
        let number = self.number();
        (Span::new(start, start.saturating_add(u32::try_from(number >> 2).unwrap_or(0))), number & 3)
    }

    fn span(&mut self) -> Span {
        let start = self.start();
        Span::new(start, start.saturating_add(u32::try_from(self.number()).unwrap_or(0)))
    }

    fn start(&mut self) -> u32 {
        let number = self.number();
        let far = u32::try_from(number >> 1).unwrap_or(0);
        self.at = if number & 1 == 0 { self.at.saturating_add(far) } else { self.at.saturating_sub(far) };
        self.at
    }

    fn number(&mut self) -> u64 {
        take_number(&mut self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::{Texts, read};
    use super::super::{Host, Reading};
    use super::{Cow, HostChunk, Hosts};
    use crate::report::Report;
    use crate::source::{Entered, Node, NodeKind, Reader, Scalar, Sources};

    fn all<'a>(hosts: Hosts<'a>, sources: &'a Sources) -> Vec<Host<'a>> {
        let of = |piece: &HostChunk<'a>| piece.hosts(sources).map(Cow::into_owned).collect::<Vec<_>>();
        hosts.into_chunks().iter().flat_map(of).collect()
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
        let site =
            sources.add("site.yaml", "hosts: { a: { mac: x }, 'pc-[1-2]': { mac: y, ip: '10.0.0.[3-4]' } }");
        let with = sources.add("with.yaml", "hosts: { a: { ip: 10.0.0.9, group: [g, h] } }").unwrap();
        let texts = Texts { files: vec![site.unwrap()], with: vec![with] };
        let hosts = read(&sources, &texts, &mut Report::new()).hosts;
        assert_eq!((hosts.len(), hosts.kept_whole().count()), (3, 0));
        let told = |word: &Scalar<'_>| {
            let file = sources.file(word.span).unwrap();
            format!("{} {}", word.text, super::slice(file, word.span).unwrap())
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
        assert!(hosts.pieces[0].records.len() < 40, "{} bytes", hosts.pieces[0].records.len());
    }
}
