//! From texts to the site as written: the top level, and the big maps entry by entry.
//!
//! A site is one file, or all of a folder, and what they include; fragments given with `--with` lie
//! over all of it. Included files add to maps; the same entry twice is a finding with both places.

use std::collections::hash_map::Entry as Slot;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rustc_hash::{FxHashMap, FxHashSet};

use super::fault::finding;
use super::include::Include;
use super::overlay::Overlay;
use super::parts::{self, Part};
use super::pattern;
use super::reading::{Field, FromNode, HINTED, Reading};
use super::settings::{Group, Host};
use super::site::{self, BootEntry, INCLUDE_KEY, Server, Site, Subnet, big_map};
use crate::limits::PATTERN_HOSTS;
use crate::parallel::in_order;
use crate::progress::{Work, done};
use crate::report::catalogue::{DUPLICATE_KEY, EMPTY, INCLUDE, UNKNOWN_REFERENCE};
use crate::report::{Finding, Report};
use crate::source::{
    Entered, FaultKind, Node, NodeKind, Parts, Reader, Scalar, SourceFile, Sources, Span, Table, YamlFault,
    files_matching, read_included,
};

/// The texts of a site before includes.
#[derive(Clone, Debug, Default)]
pub struct Texts<'a> {
    /// The file, or all of a folder.
    pub files: Vec<&'a SourceFile>,
    /// Fragments that lie over it, the last one on top.
    pub with: Vec<&'a SourceFile>,
}

/// Reads a site. Everything that is wrong is in `report`; what could be read is given.
pub fn read<'a>(sources: &'a Sources, texts: &Texts<'a>, report: &mut Report) -> Site<'a> {
    read_up_to(sources, texts, PATTERN_HOSTS, report)
}

/// The same, where name patterns may make so many hosts in all.
pub fn read_up_to<'a>(
    sources: &'a Sources,
    texts: &Texts<'a>,
    pattern_hosts: u64,
    report: &mut Report,
) -> Site<'a> {
    compose(sources, texts, parts::BYTES, pattern_hosts, report)
}

/// The same, with hosts read in parts of about so many bytes: what comes out does not depend on it, and the
/// tests see to that.
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
        sources,
        bytes,
        report,
        budget: pattern::Budget::new(pattern_hosts),
        overlay,
        site: Site::default(),
        seen: FxHashMap::default(),
        ascending: None,
        visited: texts.files.iter().map(|file| absolute(Path::new(file.name()))).collect(),
        includes: Vec::new(),
        any: false,
    };
    // What stands in one file keeps its order; of several files the order must not matter.
    let mut ordered = Counts::default();
    for file in &texts.files {
        composer.file(file);
    }
    if texts.files.len() == 1 {
        ordered = Counts::of(&composer.site);
    }
    composer.include_all();
    composer.rest_of_overlay();
    ordered.sort_behind(&mut composer.site, composer.ascending.is_some(), sources);
    if !composer.any && !composer.report.has_errors() {
        let span = texts.files.first().map_or_else(Span::default, |file| file.span(0, 0));
        let finding = Finding::new(&EMPTY, span, "there is no site in this file");
        composer.report.push(finding.help("`ipxegen init` writes a site to start from"));
    }
    composer.site
}

struct Composer<'c, 'a> {
    sources: &'a Sources,
    /// About how many bytes a part has.
    bytes: usize,
    report: &'c mut Report,
    budget: pattern::Budget,
    overlay: Overlay<'a>,
    site: Site<'a>,
    /// Where each name of each map stood first; the keys of the site under the empty map name.
    seen: FxHashMap<&'static str, FxHashMap<&'a str, Span>>,
    /// The last of the hosts, as long as each came behind the one before: then none can come twice, and
    /// none is in `seen`, whose table would be the most memory of reading.
    ascending: Option<&'a str>,
    visited: FxHashSet<PathBuf>,
    /// What is still to be included.
    includes: Vec<Include<'a>>,
    /// Whether there was any value at all.
    any: bool,
}

impl<'a> Composer<'_, 'a> {
    fn file(&mut self, file: &'a SourceFile) {
        let mut reader = Reader::new(self.sources, file);
        let end = self.document(&mut reader);
        for fault in reader.take_faults().into_iter().chain(end.err()) {
            self.any = true;
            self.report.push(finding(&fault, file));
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
                    self.reading().wrong_type(&node, "the site: a mapping");
                }
            },
            Some(Entered::Map(span)) => {
                self.begin(span);
                let mut merges = Vec::new();
                while let Some(key) = reader.next_key()? {
                    if reader.is_merge(key) {
                        merges.push(reader.node()?);
                    } else if key.text == "hosts" && self.overlay.keeps("hosts") {
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

    fn reading(&mut self) -> Reading<'_, 'a> {
        Reading { report: self.report, sources: self.sources }
    }

    /// Whether a name is new to its map; if not, that is a finding with both places. Of the site's
    /// own keys, maps may stand in several files.
    fn first(&mut self, map: &'static str, name: Scalar<'a>) -> bool {
        if map == "hosts" {
            self.see_hosts();
        }
        let first = match self.seen.entry(map).or_default().entry(name.text) {
            Slot::Occupied(first) => *first.get(),
            Slot::Vacant(slot) => {
                slot.insert(name.span);
                return true;
            }
        };
        let other_file = |place: Span| self.sources.file(place).map(SourceFile::base);
        if map.is_empty()
            && (big_map(name.text).is_some() || name.text == INCLUDE_KEY.name)
            && other_file(first) != other_file(name.span)
        {
            return true;
        }
        let message = if map.is_empty() {
            format!("the key `{}` stands twice", name.text)
        } else {
            format!("`{}` stands twice in `{map}`", name.text)
        };
        let finding = Finding::new(&DUPLICATE_KEY, name.span, message)
            .here("stands again here")
            .and(first, "stands first here");
        self.report.push(finding.help("remove one of the two"));
        false
    }

    /// The entries of a merged mapping that the mapping itself does not have.
    fn merged(
        &mut self,
        merged: &Node<'a>,
        reader: &mut Reader<'a>,
        map: &'static str,
        take: &mut dyn FnMut(&mut Self, Scalar<'a>, &Node<'a>),
    ) {
        if map == "hosts" {
            self.see_hosts();
        }
        match &merged.plain().kind {
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    if !self.seen.get(map).is_some_and(|seen| seen.contains_key(key.text)) {
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
        let Some(value) = self.overlay.over_key(key.text, value) else { return };
        self.laid(key, &value);
    }

    /// One key of the site, with what lies over it.
    fn laid(&mut self, key: Scalar<'a>, value: &Node<'a>) {
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
                    self.reading().wrong_type(value, &format!("`{map}`: a mapping from names"));
                }
            }
        } else if key.text == INCLUDE_KEY.name {
            let mut reading = Reading { report: self.report, sources: self.sources };
            if let Field::Given(items) = super::field::<Vec<Include<'a>>>(value, &mut reading) {
                self.includes.extend(items);
            }
        } else {
            let mut reading = Reading { report: self.report, sources: self.sources };
            if !self.site.top.take(key, value, &mut reading) {
                reading.unknown_key(key, "the site", &site::keys());
            }
        }
    }

    /// The hosts.
    fn hosts(&mut self, reader: &mut Reader<'a>) -> Result<(), YamlFault> {
        match reader.enter()? {
            Entered::Node(node) => self.laid(Scalar { text: "hosts", span: node.span }, &node),
            Entered::Map(_) => {
                let mut merges = Vec::new();
                let parts = reader.parts(self.bytes).filter(|_| !self.overlay.lies_over("hosts"));
                match parts {
                    Some(parts) if parts.count() > 1 => self.hosts_by_parts(reader, &parts, &mut merges)?,
                    _ => self.hosts_one_by_one(reader, &mut merges)?,
                }
                for merged in merges {
                    self.merged(&merged, reader, "hosts", &mut |composer, name, node| {
                        composer.named("hosts", name, node.clone());
                    });
                }
            }
        }
        Ok(())
    }

    fn hosts_one_by_one(
        &mut self,
        reader: &mut Reader<'a>,
        merges: &mut Vec<Node<'a>>,
    ) -> Result<(), YamlFault> {
        while let Some(name) = reader.next_key()? {
            let node = reader.node()?;
            if reader.is_merge(name) {
                merges.push(node);
            } else {
                self.named("hosts", name, node);
            }
        }
        Ok(())
    }

    /// Reads parts side by side, and again one by one those that do not count.
    fn hosts_by_parts(
        &mut self,
        reader: &mut Reader<'a>,
        parts: &Parts<'a>,
        merges: &mut Vec<Node<'a>>,
    ) -> Result<(), YamlFault> {
        let sources = self.sources;
        let make = |at| (at, parts.reader(at).and_then(|reader| parts::of_yaml(reader, sources)));
        let take = |(at, made): (usize, Option<(Part<'a>, Reader<'a>)>)| {
            let upto = parts.start(at + 1);
            let taken = made.and_then(|(part, behind)| self.take(part, parts.count()).then_some(behind));
            if let Some(behind) = taken {
                reader.go_on(behind);
            } else {
                reader.read_upto(upto);
                self.hosts_one_by_one(reader, merges).map_err(Some)?;
                reader.read_upto(usize::MAX);
            }
            // Else the mapping is at its end, whatever the other parts are of.
            if reader.stands_at(upto) { Ok(()) } else { Err(None) }
        };
        match in_order(parts.count(), make, take) {
            Err(Some(fault)) => Err(fault),
            Ok(()) | Err(None) => Ok(()),
        }
    }

    /// Takes the hosts of one of so many parts; `false` when one of their names is not new, or not every
    /// finding would have its hint any more, and nothing was taken.
    fn take(&mut self, part: Part<'a>, parts: usize) -> bool {
        if !part.report.is_empty() && self.report.len() + part.report.len() > HINTED {
            return false;
        }
        let nothing_seen = self.seen.get("hosts").is_none_or(FxHashMap::is_empty);
        if let Some((first, last)) = part.ends()
            && nothing_seen
            && self.ascending.is_none_or(|before| before < first)
        {
            self.ascending = Some(last);
            self.append(part);
            return true;
        }
        self.see_hosts();
        let seen = self.seen.entry("hosts").or_default();
        // Room for those of all parts at once: a table that grows is filled anew each time.
        if seen.is_empty() {
            seen.reserve(part.names.len() * parts);
        }
        let new = |(at, name): (usize, &Scalar<'a>)| match seen.entry(name.text) {
            Slot::Occupied(_) => Some(at),
            Slot::Vacant(slot) => {
                slot.insert(name.span);
                None
            }
        };
        if let Some(again) = part.names.iter().enumerate().find_map(new) {
            for name in part.names.iter().take(again) {
                seen.remove(name.text);
            }
            return false;
        }
        self.append(part);
        true
    }

    fn append(&mut self, part: Part<'a>) {
        done(Work::Read, part.names.len() as u64);
        self.report.take(part.report);
        self.site.hosts.append(part.hosts);
    }

    /// Makes up for hosts of which nobody had to know where they stood.
    fn see_hosts(&mut self) {
        if self.ascending.take().is_some() {
            let seen = self.seen.entry("hosts").or_default();
            seen.extend(self.site.hosts.names(self.sources).map(|name| (name.text, name.span)));
        }
    }

    /// One entry of a big map.
    fn named(&mut self, map: &'static str, name: Scalar<'a>, node: Node<'a>) {
        if !self.first(map, name) {
            return;
        }
        let Some(node) = self.overlay.over_name(map, name.text, node) else { return };
        if map == "hosts" && name.text.contains('[') {
            for (name, node) in pattern::expand(name, &node, self.sources, &mut self.budget, self.report) {
                self.named(map, name, node);
            }
        } else if map == "hosts" {
            self.host(name, &node);
        } else {
            self.small(map, name, &node);
        }
    }

    fn host(&mut self, name: Scalar<'a>, node: &Node<'a>) {
        let mut reading = Reading { report: self.report, sources: self.sources };
        let host = Host::read(name, node, &mut reading);
        self.site.hosts.push(host, self.sources);
        done(Work::Read, 1);
    }

    fn small(&mut self, map: &str, name: Scalar<'a>, node: &Node<'a>) {
        let mut reading = Reading { report: self.report, sources: self.sources };
        match map {
            "servers" => match Server::from_node(node, &mut reading) {
                Some(server) => self.site.servers.push((name, server)),
                None => self.site.wrong_server = true,
            },
            "subnets" => match Subnet::from_node(node, &mut reading) {
                Some(subnet) => self.site.subnets.push((name, subnet)),
                None => self.site.wrong_subnet = true,
            },
            "groups" => self.site.groups.push(Group::read(name, node, &mut reading)),
            _ => self.site.boot_entries.extend(BootEntry::read(name, node, &mut reading)),
        }
    }

    /// Reads what is included, and what that includes.
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
            let paths = match files_matching(self.sources, word) {
                Ok(paths) => paths,
                Err(unread) => {
                    self.report.push(Finding::unread(&INCLUDE, word.span, unread));
                    continue;
                }
            };
            if paths.is_empty() {
                let finding = Finding::new(&INCLUDE, word.span, format!("no file matches `{}`", word.text));
                self.report.push(finding.help("paths are relative to the file that names them"));
            }
            for path in paths {
                // Two globs may meet in one file.
                if !self.visited.insert(absolute(&path)) {
                    continue;
                }
                let file = match read_included(self.sources, word, &path) {
                    Ok(file) => file,
                    Err(unread) => {
                        self.report.push(Finding::unread(&INCLUDE, word.span, unread));
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
            self.report.push(finding(&fault, file));
        }
    }

    fn rows(&mut self, file: &'a SourceFile, delimiter: u8, groups: &[Scalar<'a>]) -> Result<(), YamlFault> {
        let sources = self.sources;
        let table = Table::new(sources, file, delimiter, super::settings::LISTS)?;
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
        let parts = table.parts(if self.overlay.lies_over("hosts") { usize::MAX } else { self.bytes });
        let make = |at: usize| {
            let rows = parts.get(at).cloned().unwrap_or_default();
            let part = (parts.len() > 1).then(|| parts::of_table(&table, rows.clone(), &complete, sources));
            (rows, part.flatten())
        };
        let take = |(rows, part): (Range<usize>, Option<Part<'a>>)| {
            if part.is_some_and(|part| self.take(part, parts.len())) {
                return Ok(());
            }
            table.read(rows, &mut |name, node| {
                complete(node);
                self.named("hosts", name, node.clone());
            })
        };
        in_order(parts.len(), make, take)
    }

    /// What the fragments of `--with` add.
    fn rest_of_overlay(&mut self) {
        for (map, name, node) in self.overlay.names_left() {
            if node.is_null() {
                let message = format!("there is no `{}` in `{map}` to remove", name.text);
                self.report.push(Finding::new(&UNKNOWN_REFERENCE, name.span, message));
                continue;
            }
            self.any = true;
            self.named(map, name, node);
        }
        for (key, node) in self.overlay.keys_left() {
            // A place for anchors, in a fragment as in the site.
            if !node.is_null() && !key.text.starts_with("x-") {
                self.begin(key.span);
                self.laid(key, &node);
            }
        }
        self.include_all();
    }
}

fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// How many entries stand in the order of their file.
#[derive(Default)]
struct Counts {
    servers: usize,
    subnets: usize,
    groups: usize,
    hosts: usize,
    boot_entries: usize,
}

impl Counts {
    fn of(site: &Site<'_>) -> Self {
        Self {
            servers: site.servers.len(),
            subnets: site.subnets.len(),
            groups: site.groups.len(),
            hosts: site.hosts.len(),
            boot_entries: site.boot_entries.len(),
        }
    }

    /// Sorts what came later by name, so that the order of files does not change the output.
    fn sort_behind<'a>(&self, site: &mut Site<'a>, hosts_are_sorted: bool, sources: &'a Sources) {
        behind(&mut site.servers, self.servers).sort_by_key(|(name, _)| name.text);
        behind(&mut site.subnets, self.subnets).sort_by_key(|(name, _)| name.text);
        behind(&mut site.groups, self.groups).sort_by_key(|group| group.name.text);
        behind(&mut site.boot_entries, self.boot_entries).sort_by_key(|entry| entry.id.text);
        if !hosts_are_sorted {
            site.hosts.sort_behind(self.hosts, sources);
        }
    }
}

/// What stands behind the first `count` of a list, which has only grown since they were counted.
fn behind<T>(list: &mut [T], count: usize) -> &mut [T] {
    list.get_mut(count..).unwrap_or_default()
}
