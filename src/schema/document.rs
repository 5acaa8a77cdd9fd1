//! From a text to the site as written: the top level, and the big maps entry by entry.

use rustc_hash::FxHashMap;

use super::FromNode;
use super::reading::{Reading, listed};
use super::settings::{Group, Host};
use super::site::{BootEntry, SITE_KEYS, Site, Subnet, Top};
use crate::report::{Finding, Report};
use crate::source::{Entered, Entry, Fault, FaultKind, Kind, Node, Reader, SourceFile, Sources, Span, Word};

/// How many hosts stand in one piece: enough to make the pieces few, few enough to give back
/// memory while the hosts are resolved.
const HOSTS_PER_PIECE: usize = 4096;

/// Reads a site from `file`. Everything that is wrong is in `report`; what could be read is given.
pub fn read<'a>(sources: &'a Sources, file: &'a SourceFile, report: &mut Report) -> Site<'a> {
    let mut reader = Reader::new(sources, file);
    let mut site = Site::default();
    let end = document(&mut reader, sources, file, report, &mut site);
    for fault in reader.take_faults() {
        report.push(finding(&fault, file));
    }
    if let Err(fault) = end {
        report.push(finding(&fault, file));
    }
    site
}

fn document<'a>(
    reader: &mut Reader<'a>,
    sources: &'a Sources,
    file: &'a SourceFile,
    report: &mut Report,
    site: &mut Site<'a>,
) -> Result<(), Fault> {
    let mut reading = Reading { report, sources };
    match reader.start()? {
        None => {
            let help = "`ipxegen init` writes a site to start from";
            let finding =
                Finding::error("empty", file.span(0, 0), "there is no site in this file").help(help);
            reading.report.push(finding);
            return Ok(());
        }
        Some(Entered::Node(node)) => {
            if let Kind::Map(entries) = &node.plain().kind {
                site.span = node.span;
                for (key, value) in entries {
                    top_entry(site, *key, value, &mut reading);
                }
            } else if node.is_null() {
                let finding = Finding::error("empty", node.span, "there is no site in this file");
                reading.report.push(finding.help("`ipxegen init` writes a site to start from"));
            } else {
                reading.wrong_type(&node, "the site: a mapping");
            }
        }
        Some(Entered::Map(span)) => {
            site.span = span;
            let mut seen = Seen::default();
            let mut merges = Vec::new();
            while let Some(key) = reader.next_key()? {
                site.span = site.span.to(key.span);
                if reader.is_merge(key) {
                    merges.push(reader.node()?);
                } else if !seen.first(key, reader) {
                    reader.node()?;
                } else if key.text == "hosts" {
                    hosts(reader, site, &mut reading)?;
                } else {
                    let value = reader.node()?;
                    top_entry(site, key, &value, &mut reading);
                }
            }
            for merged in merges {
                each_merged(&merged, reader, &mut seen, &mut |key, value| {
                    top_entry(site, key, value, &mut reading);
                });
            }
        }
    }
    reader.finish()
}

/// The keys of a mapping that is read entry by entry.
#[derive(Default)]
struct Seen<'a>(FxHashMap<&'a str, Span>);

impl<'a> Seen<'a> {
    fn first(&mut self, key: Word<'a>, reader: &mut Reader<'a>) -> bool {
        if let Some(first) = self.0.get(key.text) {
            let kind = FaultKind::DuplicateKey { key: key.text.to_owned(), first: *first };
            reader.fault(key.span, kind);
            return false;
        }
        self.0.insert(key.text, key.span);
        true
    }
}

/// Calls `take` for the entries of a merged mapping, or of a list of them, that the mapping itself
/// does not have.
fn each_merged<'a>(
    merged: &Node<'a>,
    reader: &mut Reader<'a>,
    seen: &mut Seen<'a>,
    take: &mut impl FnMut(Word<'a>, &Node<'a>),
) {
    match &merged.plain().kind {
        Kind::Map(entries) => {
            for (key, value) in entries {
                if !seen.0.contains_key(key.text) {
                    seen.0.insert(key.text, key.span);
                    take(*key, value);
                }
            }
        }
        Kind::Seq(maps) if maps.iter().all(|map| matches!(map.plain().kind, Kind::Map(_))) => {
            for map in maps {
                each_merged(map, reader, seen, take);
            }
        }
        _ => reader.fault(merged.span, FaultKind::BadMerge),
    }
}

fn top_entry<'a>(site: &mut Site<'a>, key: Word<'a>, value: &Node<'a>, reading: &mut Reading<'_, 'a>) {
    match key.text {
        "subnets" => each(value, reading, "subnets", |name, node, reading| {
            if let Some(subnet) = Subnet::from_node(node, reading) {
                site.subnets.push((name, subnet));
            }
        }),
        "groups" => each(value, reading, "groups", |name, node, reading| {
            site.groups.push(Group::read(name, node, reading));
        }),
        "hosts" => each(value, reading, "hosts", |name, node, reading| {
            push_host(&mut site.hosts, Host::read(name, node, reading));
        }),
        "boot_entries" => each(value, reading, "boot_entries", |name, node, reading| {
            site.boot_entries.extend(BootEntry::read(name, node, reading));
        }),
        text if text.starts_with("x-") => {}
        _ => {
            if !site.top.take(key, value, reading) {
                let known: Vec<&str> = Top::KEYS.iter().chain(SITE_KEYS).copied().collect();
                reading.unknown_key(key, "the site", &known);
            }
        }
    }
}

fn each<'a>(
    node: &Node<'a>,
    reading: &mut Reading<'_, 'a>,
    what: &str,
    mut take: impl FnMut(Word<'a>, &Node<'a>, &mut Reading<'_, 'a>),
) {
    match &node.plain().kind {
        Kind::Null => {}
        Kind::Map(entries) => {
            for (key, value) in entries as &Vec<Entry<'a>> {
                take(*key, value, reading);
            }
        }
        _ => reading.wrong_type(node, &format!("`{what}`: a mapping from names")),
    }
}

fn hosts<'a>(
    reader: &mut Reader<'a>,
    site: &mut Site<'a>,
    reading: &mut Reading<'_, 'a>,
) -> Result<(), Fault> {
    match reader.enter()? {
        Entered::Node(node) => each(&node, reading, "hosts", |name, node, reading| {
            push_host(&mut site.hosts, Host::read(name, node, reading));
        }),
        Entered::Map(_) => {
            let mut seen = Seen::default();
            let mut merges = Vec::new();
            while let Some(name) = reader.next_key()? {
                let node = reader.node()?;
                if reader.is_merge(name) {
                    merges.push(node);
                } else if seen.first(name, reader) {
                    push_host(&mut site.hosts, Host::read(name, &node, reading));
                }
            }
            for merged in merges {
                each_merged(&merged, reader, &mut seen, &mut |name, node| {
                    push_host(&mut site.hosts, Host::read(name, node, reading));
                });
            }
        }
    }
    Ok(())
}

fn push_host<'a>(pieces: &mut Vec<Vec<Host<'a>>>, host: Host<'a>) {
    match pieces.last_mut() {
        Some(piece) if piece.len() < HOSTS_PER_PIECE => piece.push(host),
        _ => {
            let mut piece = Vec::with_capacity(if pieces.is_empty() { 16 } else { HOSTS_PER_PIECE });
            piece.push(host);
            pieces.push(piece);
        }
    }
}

/// A fault of the YAML as a finding.
fn finding(fault: &Fault, file: &SourceFile) -> Finding {
    let span = fault.span;
    match &fault.kind {
        FaultKind::Syntax(words) => {
            let finding = Finding::error("yaml", span, format!("this is not YAML: {words}"));
            match hint(file, span) {
                Some(hint) => finding.help(hint),
                None => finding,
            }
        }
        FaultKind::DuplicateKey { key, first } => {
            Finding::error("duplicate-key", span, format!("the key `{key}` stands twice in one mapping"))
                .here("stands again here")
                .and(*first, "stands first here")
                .help("remove one of the two; YAML has no meaning for both")
        }
        FaultKind::Tag(tag) => Finding::error("yaml-tag", span, format!("the tag `{tag}` means nothing here"))
            .help("remove it; a text that begins with `!` goes into double quotes"),
        FaultKind::UnknownAlias => Finding::error("yaml-alias", span, "this alias has no anchor before it")
            .help("`&name` marks a value, `*name` further down repeats it; a text that begins with `*` goes into double quotes"),
        FaultKind::CompoundKey => Finding::error("yaml-key", span, "a key must be a single value"),
        FaultKind::BadMerge => Finding::error("yaml-merge", span, "`<<` merges a mapping, or a list of mappings"),
        FaultKind::Expansion => {
            Finding::error("yaml-alias", span, "aliases repeat more values, or nest deeper, than any site needs")
                .help("nothing behind this place was read; write out what is meant")
        }
        FaultKind::SecondDocument => {
            Finding::error("yaml-document", span, "a second document begins here; a site is one document")
                .help(format!("remove {}, or give the parts as files of their own", listed(&["---"])))
        }
    }
}

/// What usually is behind a syntax error at this place.
fn hint(file: &SourceFile, span: Span) -> Option<&'static str> {
    let text = file.text();
    let at = (span.start - file.base()) as usize;
    let mut from = at.min(text.len()).saturating_sub(500);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let mut to = at.min(text.len());
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    let line_start = text.get(from..to)?.rfind('\n').map_or(from, |newline| from + newline + 1);
    let line = text.get(line_start..)?.lines().next().unwrap_or("");
    let line = line.get(..line.len().min(2000)).unwrap_or(line);
    if line.trim_start_matches(' ').starts_with('\t') || line.starts_with('\t') {
        return Some("indent with blanks: YAML does not take tabs");
    }
    if line.contains('{') {
        return Some("a value with `{` in it goes into double quotes");
    }
    None
}
