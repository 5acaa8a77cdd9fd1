//! Reads the texts of a site: the top level, and the big maps entry by entry.
//!
//! A site is one file or all files of a folder, the files that they include, and the fragments of `--with`,
//! which change the result. Included files add entries to the maps; an entry that is written twice is a
//! finding with both places.

use std::collections::hash_map::Entry as Slot;
use std::path::{Path, PathBuf};

use foldhash::{HashMap, HashSet};

use super::classes::Class;
use super::fault::{duplicate, finding};
use super::hosts::{self, HostEntries, Input};
use super::include::Include;
use super::overlay::Overlay;
use super::reading::{Field, FromNode};
use super::settings::Group;
use super::site::{self, BootEntry, INCLUDE_KEY, Server, Site, Subnet, big_map};
use crate::limits::PATTERN_HOSTS;
use crate::report::catalogue::{EMPTY, INCLUDE, UNKNOWN_REFERENCE};
use crate::report::{Finding, Report};
use crate::source::{
    Entered, FaultKind, Node, NodeKind, Reader, Scalar, SourceFile, Sources, Span, Table, YamlFault,
    files_matching, read_included,
};

/// The texts of a site before includes.
#[derive(Clone, Debug, Default)]
pub struct Texts<'a> {
    /// The file, or all of a folder.
    pub files: Vec<&'a SourceFile>,
    /// The fragments of `--with`; a later one overrides an earlier one.
    pub with: Vec<&'a SourceFile>,
}

/// Reads a site. Faults are reported; everything that could be read is in the result.
pub fn read<'a>(sources: &'a Sources, texts: &Texts<'a>, report: &mut Report) -> Site<'a> {
    read_up_to(sources, texts, PATTERN_HOSTS, report)
}

/// Reads a site in which name patterns may make `pattern_hosts` hosts.
pub fn read_up_to<'a>(
    sources: &'a Sources,
    texts: &Texts<'a>,
    pattern_hosts: u64,
    report: &mut Report,
) -> Site<'a> {
    compose(sources, texts, hosts::PART_BYTES, pattern_hosts, report)
}

/// Reads a site with its hosts in parts of about `bytes`, for tests that compare the results.
pub fn read_in_parts<'a>(
    sources: &'a Sources,
    texts: &Texts<'a>,
    bytes: usize,
    report: &mut Report,
) -> Site<'a> {
    compose(sources, texts, bytes, PATTERN_HOSTS, report)
}

fn compose<'a>(
    sources: &'a Sources,
    texts: &Texts<'a>,
    bytes: usize,
    pattern_hosts: u64,
    report: &mut Report,
) -> Site<'a> {
    let overlay = Overlay::read(sources, &texts.with, report);
    let mut composer = Composer {
        bytes,
        input: Input { sources, report, overlay },
        site: Site::default(),
        hosts: HostEntries::new(pattern_hosts),
        seen: HashMap::default(),
        visited: texts.files.iter().map(|file| absolute(Path::new(file.name()))).collect(),
        includes: Vec::new(),
        any: false,
    };
    for file in &texts.files {
        composer.file(file);
    }
    // One file keeps its order. The order of several files, such as those of a folder, must not change the output.
    let ordered = if texts.files.len() == 1 { composer.counts() } else { Counts::default() };
    composer.include_all();
    composer.rest_of_overlay();
    composer.sort_behind(&ordered);
    let Composer { input: Input { report, .. }, hosts, mut site, any, .. } = composer;
    if !any && !report.has_errors() {
        let span = texts.files.first().map_or_else(Span::default, |file| file.span(0, 0));
        let finding = Finding::new(&EMPTY, span, "there is no site in this file");
        report.push(finding.help("`ipxegen init` writes a site to start from"));
    }
    site.hosts = hosts.hosts;
    site
}

/// Puts a site together from its files.
struct Composer<'c, 'a> {
    /// The size of a part of `hosts:`, roughly.
    bytes: usize,
    input: Input<'c, 'a>,
    /// The site but its hosts.
    site: Site<'a>,
    hosts: HostEntries<'a>,
    /// For each map but `hosts`, the place of each name's first use. The keys of the site are the map with the empty
    /// name.
    seen: HashMap<&'static str, HashMap<&'a str, Span>>,
    visited: HashSet<PathBuf>,
    /// The items of `include` so far.
    includes: Vec<Include<'a>>,
    /// Whether there was any value at all.
    any: bool,
}

impl<'a> Composer<'_, 'a> {
    fn file(&mut self, file: &'a SourceFile) {
        let mut reader = Reader::new(self.input.sources, file);
        let end = self.document(&mut reader);
        for fault in reader.take_faults().into_iter().chain(end.err()) {
            self.any = true;
            self.input.report.push(finding(&fault, file));
        }
    }

    fn document(&mut self, reader: &mut Reader<'a>) -> Result<(), YamlFault> {
        match reader.start()? {
            None => return Ok(()),
            Some(Entered::Node(node)) => match &node.plain().kind {
                NodeKind::Null => {}
                NodeKind::Map(entries) => {
                    self.begin(node.span);
                    for (key, value) in entries {
                        self.top(*key, value.clone());
                    }
                }
                _ => {
                    self.any = true;
                    self.input.reading().wrong_type(&node, "a mapping for the site");
                }
            },
            Some(Entered::Map(span)) => {
                self.begin(span);
                let mut merges = Vec::new();
                while let Some(key) = reader.next_key()? {
                    if reader.is_merge(key) {
                        merges.push(reader.node()?);
                    } else if key.text == "hosts" && self.input.overlay.keeps("hosts") {
                        if self.first("", key) {
                            self.hosts(reader)?;
                        } else {
                            reader.node()?;
                        }
                    } else {
                        let value = reader.node()?;
                        self.top(key, value);
                    }
                }
                for merged in merges {
                    self.merged(&merged, reader, "", &mut |composer, key, value| {
                        composer.top(key, value.clone());
                    });
                }
            }
        }
        reader.finish()
    }

    fn begin(&mut self, span: Span) {
        self.any = true;
        if self.site.span == Span::default() {
            self.site.span = span;
        }
    }

    /// Whether a name is new in its map; if not, that is a finding. `hosts` finds its own. A big map may be in several
    /// files.
    fn first(&mut self, map: &'static str, name: Scalar<'a>) -> bool {
        let first = match self.seen.entry(map).or_default().entry(name.text) {
            Slot::Occupied(first) => *first.get(),
            Slot::Vacant(slot) => {
                slot.insert(name.span);
                return true;
            }
        };
        let file = |place: Span| self.input.sources.file(place).map(SourceFile::base);
        if map.is_empty()
            && (big_map(name.text).is_some() || name.text == INCLUDE_KEY.name)
            && file(first) != file(name.span)
        {
            return true;
        }
        self.input.report.push(duplicate(map, name, first));
        false
    }

    /// Whether a map has an entry of that name.
    fn has(&mut self, map: &str, name: &str) -> bool {
        match map {
            "hosts" => self.hosts.contains(name, self.input.sources),
            _ => self.seen.get(map).is_some_and(|seen| seen.contains_key(name)),
        }
    }

    /// Takes the entries of a merged mapping (`<<`) that the mapping itself does not have.
    fn merged(
        &mut self,
        merged: &Node<'a>,
        reader: &mut Reader<'a>,
        map: &'static str,
        take: &mut dyn FnMut(&mut Self, Scalar<'a>, &Node<'a>),
    ) {
        match &merged.plain().kind {
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    if !self.has(map, key.text) {
                        take(self, *key, value);
                    }
                }
            }
            NodeKind::Seq(maps) if maps.iter().all(|map| matches!(map.plain().kind, NodeKind::Map(_))) => {
                for one in maps {
                    self.merged(one, reader, map, take);
                }
            }
            _ => reader.fault(merged.span, FaultKind::BadMerge),
        }
    }

    /// One key of the site.
    fn top(&mut self, key: Scalar<'a>, value: Node<'a>) {
        if key.text.starts_with("x-") || !self.first("", key) {
            return;
        }
        let Some(value) = self.input.overlay.over_key(key.text, value) else { return };
        self.changed_key(key, &value);
    }

    /// One key of the site, after the changes of fragments.
    fn changed_key(&mut self, key: Scalar<'a>, value: &Node<'a>) {
        if let Some(map) = big_map(key.text) {
            match &value.plain().kind {
                NodeKind::Null => {}
                NodeKind::Map(entries) => {
                    for (name, node) in entries {
                        self.named(map, *name, node.clone());
                    }
                }
                _ => {
                    self.site.wrong_server |= map == "servers";
                    self.site.wrong_subnet |= map == "subnets";
                    self.input.reading().wrong_type(value, &format!("a mapping from names for `{map}`"));
                }
            }
        } else if key.text == INCLUDE_KEY.name {
            if let Field::Given(items) = super::field::<Vec<Include<'a>>>(value, &mut self.input.reading()) {
                self.includes.extend(items);
            }
        } else {
            let mut reading = self.input.reading();
            if !self.site.top.take(key, value, &mut reading) {
                reading.unknown_key(key, "the site", &site::keys());
            }
        }
    }

    /// The value of `hosts:`, which is not read whole.
    fn hosts(&mut self, reader: &mut Reader<'a>) -> Result<(), YamlFault> {
        match reader.enter()? {
            Entered::Node(node) => self.changed_key(Scalar { text: "hosts", span: node.span }, &node),
            Entered::Map(_) => {
                let merges = hosts::read_mapping(&mut self.hosts, reader, self.bytes, &mut self.input)?;
                for merged in merges {
                    self.merged(&merged, reader, "hosts", &mut |composer, name, node| {
                        composer.named("hosts", name, node.clone());
                    });
                }
            }
        }
        Ok(())
    }

    /// One entry of a big map.
    fn named(&mut self, map: &'static str, name: Scalar<'a>, node: Node<'a>) {
        if map == "hosts" {
            return self.hosts.entry(name, node, &mut self.input);
        }
        if !self.first(map, name) {
            return;
        }
        if let Some(node) = self.input.overlay.over_name(map, name.text, node) {
            self.small(map, name, &node);
        }
    }

    /// One entry of a big map other than `hosts`, after the changes of fragments.
    fn small(&mut self, map: &str, name: Scalar<'a>, node: &Node<'a>) {
        let mut reading = self.input.reading();
        match map {
            "servers" => match Server::from_node(node, &mut reading) {
                Some(server) => self.site.servers.push((name, server)),
                None => self.site.wrong_server = true,
            },
            "subnets" => match Subnet::from_node(node, &mut reading) {
                Some(subnet) => self.site.subnets.push((name, subnet)),
                None => self.site.wrong_subnet = true,
            },
            "classes" => self.site.classes.push(Class::read(name, node, &mut reading)),
            "groups" => self.site.groups.push(Group::read(name, node, &mut reading)),
            _ => self.site.boot_entries.extend(BootEntry::read(name, node, &mut reading)),
        }
    }

    /// Reads the included files, and the files that those include.
    fn include_all(&mut self) {
        let mut at = 0;
        while let Some(include) = self.includes.get(at).cloned() {
            at += 1;
            let (word, csv) = match &include {
                Include::Yaml(word) => (*word, None),
                Include::Table(table) => match table.csv.given() {
                    Some(word) => (*word, Some(table)),
                    None => continue,
                },
            };
            let paths = match files_matching(self.input.sources, word) {
                Ok(paths) => paths,
                Err(unread) => {
                    self.input.report.push(Finding::unread(&INCLUDE, word.span, unread));
                    continue;
                }
            };
            if paths.is_empty() {
                let finding = Finding::new(&INCLUDE, word.span, format!("no file matches `{}`", word.text));
                self.input.report.push(finding.help("paths are relative to the file that names them"));
            }
            for path in paths {
                // Two patterns may match the same file.
                if !self.visited.insert(absolute(&path)) {
                    continue;
                }
                let file = match read_included(self.input.sources, word, &path) {
                    Ok(file) => file,
                    Err(unread) => {
                        self.input.report.push(Finding::unread(&INCLUDE, word.span, unread));
                        continue;
                    }
                };
                match csv {
                    None => self.file(file),
                    Some(table) => self.table(file, table),
                }
            }
        }
    }

    fn table(&mut self, file: &'a SourceFile, table: &super::include::Table<'a>) {
        let delimiter = table.delimiter.given().map_or(b',', |word| word.text.bytes().next().unwrap_or(b','));
        let groups: Vec<Scalar<'a>> = table.group.given().cloned().unwrap_or_default();
        if let Err(fault) = self.rows(file, delimiter, &groups) {
            self.input.report.push(finding(&fault, file));
        }
    }

    fn rows(&mut self, file: &'a SourceFile, delimiter: u8, groups: &[Scalar<'a>]) -> Result<(), YamlFault> {
        let table = Table::new(self.input.sources, file, delimiter, super::settings::LISTS)?;
        // A row without a group gets those of the include.
        let complete = |row: &mut Node<'a>| {
            if let (NodeKind::Map(entries), [group, ..]) = (&mut row.kind, groups)
                && !entries.iter().any(|(key, _)| key.text == "group")
            {
                let item = |word: &Scalar<'a>| Node { span: word.span, kind: NodeKind::Scalar(word.text) };
                let key = Scalar { text: "group", span: group.span };
                let kind = NodeKind::Seq(groups.iter().map(item).collect());
                entries.push((key, Node { span: group.span, kind }));
            }
        };
        hosts::read_table(&mut self.hosts, &table, &complete, self.bytes, &mut self.input)
    }

    /// Adds the entries and keys of fragments that the site does not have.
    fn rest_of_overlay(&mut self) {
        for (map, name, node) in self.input.overlay.names_left() {
            if node.is_null() {
                let message = format!("there is no `{}` in `{map}` to remove", name.text);
                self.input.report.push(Finding::new(&UNKNOWN_REFERENCE, name.span, message));
                continue;
            }
            self.any = true;
            self.named(map, name, node);
        }
        for (key, node) in self.input.overlay.keys_left() {
            // `x-…` is for anchors, in a fragment as in the site.
            if !node.is_null() && !key.text.starts_with("x-") {
                self.begin(key.span);
                self.changed_key(key, &node);
            }
        }
        self.include_all();
    }

    /// The number of entries of each big map so far.
    fn counts(&self) -> Counts {
        Counts {
            servers: self.site.servers.len(),
            subnets: self.site.subnets.len(),
            classes: self.site.classes.len(),
            groups: self.site.groups.len(),
            hosts: self.hosts.hosts.len(),
            boot_entries: self.site.boot_entries.len(),
        }
    }

    /// Sorts all entries behind the first ones by name.
    fn sort_behind(&mut self, first: &Counts) {
        let site = &mut self.site;
        behind(&mut site.servers, first.servers).sort_by_key(|(name, _)| name.text);
        behind(&mut site.subnets, first.subnets).sort_by_key(|(name, _)| name.text);
        behind(&mut site.classes, first.classes).sort_by_key(|class| class.name.text);
        behind(&mut site.groups, first.groups).sort_by_key(|group| group.name.text);
        behind(&mut site.boot_entries, first.boot_entries).sort_by_key(|entry| entry.id.text);
        if !self.hosts.ascend() {
            self.hosts.hosts.sort_behind(first.hosts, self.input.sources);
        }
    }
}

fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// A number of entries of each big map.
#[derive(Default)]
struct Counts {
    servers: usize,
    subnets: usize,
    classes: usize,
    groups: usize,
    hosts: usize,
    boot_entries: usize,
}

/// The items behind the first `count`; the list has only grown since they were counted.
fn behind<T>(list: &mut [T], count: usize) -> &mut [T] {
    list.get_mut(count..).unwrap_or_default()
}
