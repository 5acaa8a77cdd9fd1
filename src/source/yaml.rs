//! From YAML text to nodes. Only this file uses the YAML parser. The [`Scanner`] in front of it makes the
//! same events of the usual lines.
//!
//! A value with an anchor is a shared node, so an alias costs a reference count, however big the value is.
//! Merges (`<<`) are applied here: a key of the mapping itself wins over a merged one, and an earlier merged
//! mapping over a later one.

use std::borrow::Cow;
use std::collections::hash_map::Entry as Slot;
use std::sync::Arc;

use foldhash::{HashMap, HashSet};
use granit_parser::{Event as Parsed, Options, Parser, ScalarStyle, ScanError, StrInput, Tag};

use super::event::{Event, Form};
use super::scanner::Scanner;
use super::{MapEntry, Node, NodeKind, Scalar, SourceFile, Sources, Span, invisible_name};
use crate::limits::{REPEATED_AT_LEAST, REPEATED_PER_BYTE, YAML_DEPTH};

/// From this many entries on, the keys of a mapping are hashed instead of compared.
const HASH_FROM: usize = 16;

/// A fault of the YAML itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlFault {
    /// Its place.
    pub span: Span,
    /// Its kind.
    pub kind: FaultKind,
}

/// The kind of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The text is not YAML, in the parser's words. Nothing after this place was read.
    Syntax(String),
    /// An invisible character, by its name, in a place where it becomes part of a key or a value.
    Invisible(&'static str),
    /// A key is used twice in one mapping. The first one counts.
    DuplicateKey {
        /// The key.
        key: String,
        /// The place of its first use.
        first: Span,
    },
    /// A tag that has no meaning here.
    Tag(String),
    /// `*name` without a finished `&name` before it.
    UnknownAlias,
    /// A key that is a list or a mapping.
    CompoundKey,
    /// `<<` with a value that is not a mapping.
    BadMerge,
    /// A CSV file that is not a table.
    Table(String),
    /// A second document in one file.
    SecondDocument,
    /// Aliases that repeat or nest far more than any site needs.
    Expansion,
}

/// The result of [`Reader::enter`].
pub enum Entered<'a> {
    /// A mapping: its entries follow by [`Reader::next_key`].
    Map(Span),
    /// Anything else, or a mapping with an anchor: read whole.
    Node(Node<'a>),
}

/// A value with an anchor, and the size of what an alias to it repeats.
struct Anchored<'a> {
    node: Arc<Node<'a>>,
    values: u64,
    levels: usize,
}

/// Reads one YAML text.
pub struct Reader<'a> {
    sources: &'a Sources,
    file: &'a SourceFile,
    scanner: Scanner<'a>,
    /// The parser, once the scanner has given up.
    parser: Option<Box<Parser<'a, StrInput<'a>>>>,
    anchors: HashMap<u32, Anchored<'a>>,
    /// The nesting level of the value that is being read.
    level: usize,
    /// The deepest level inside the value that is being read, aliases followed.
    deepest: usize,
    /// The number of values read; those of an alias count each time it is used.
    values: u64,
    /// The number of these that aliases repeat.
    repeated: u64,
    faults: Vec<YamlFault>,
    /// The memory of mappings that are no longer used.
    spare: Vec<Vec<MapEntry<'a>>>,
    /// The offset of the entry at which reading pauses.
    upto: usize,
    /// Whether it reads one part only, for which there is no parser.
    part: bool,
}

/// What reading has counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    /// The events of the scanner.
    events: usize,
    /// The values.
    values: u64,
}

impl std::ops::Sub for Count {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { events: self.events - before.events, values: self.values - before.values }
    }
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, more: Self) {
        self.events += more.events;
        self.values += more.values;
    }
}

/// Parts of a mapping that can be read side by side, each by a reader of its own.
///
/// The offset at which a part begins is a guess. It was right if reading the part before ended exactly there, which
/// [`Reader::stands_at`] tells.
pub struct Parts<'a> {
    sources: &'a Sources,
    file: &'a SourceFile,
    scanner: Scanner<'a>,
    level: usize,
    starts: Vec<usize>,
}

impl<'a> Parts<'a> {
    /// The number of parts.
    #[must_use]
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The offset of a part; after the last one, an offset that nothing reaches.
    #[must_use]
    pub fn start(&self, part: usize) -> usize {
        self.starts.get(part).copied().unwrap_or(usize::MAX)
    }

    /// A reader for the entries of a part.
    #[must_use]
    pub fn reader(&self, part: usize) -> Option<Reader<'a>> {
        let scanner = self.scanner.from(self.start(part))?;
        let upto = self.start(part + 1);
        let reader = Reader::behind(scanner, self.sources, self.file);
        Some(Reader { level: self.level, upto, part: true, ..reader })
    }
}

impl<'a> Reader<'a> {
    /// A reader at the start of `file`, which is one of `sources`.
    #[must_use]
    pub fn new(sources: &'a Sources, file: &'a SourceFile) -> Self {
        Self::behind(Scanner::new(file.text()), sources, file)
    }

    fn behind(scanner: Scanner<'a>, sources: &'a Sources, file: &'a SourceFile) -> Self {
        Self {
            sources,
            file,
            scanner,
            parser: None,
            anchors: HashMap::default(),
            level: 0,
            deepest: 0,
            values: 0,
            repeated: 0,
            faults: Vec::new(),
            spare: Vec::new(),
            upto: usize::MAX,
            part: false,
        }
    }

    /// A reader that uses only the parser, for tests that compare it with [`Reader::new`].
    #[must_use]
    pub fn without_scanner(sources: &'a Sources, file: &'a SourceFile) -> Self {
        let parser = Some(Box::new(parser(file.text())));
        Self { parser, ..Self::new(sources, file) }
    }

    /// Whether the parser was needed.
    #[must_use]
    pub const fn asked_parser(&self) -> bool {
        self.parser.is_some()
    }

    /// The faults so far that did not stop the reading.
    pub fn take_faults(&mut self) -> Vec<YamlFault> {
        std::mem::take(&mut self.faults)
    }

    /// Whether a key is the merge key: a plain `<<`, not a quoted one.
    #[must_use]
    pub fn is_merge(&self, key: Scalar<'_>) -> bool {
        let at = (key.span.start - self.file.base()) as usize;
        key.text == "<<" && self.file.text().as_bytes().get(at) == Some(&b'<')
    }

    /// Adds a fault that only the caller can see.
    pub fn fault(&mut self, span: Span, kind: FaultKind) {
        self.faults.push(YamlFault { span, kind });
    }

    /// Enters the document's value.
    ///
    /// # Errors
    /// A syntax fault. `Ok(None)`: the text holds no value.
    pub fn start(&mut self) -> Result<Option<Entered<'a>>, YamlFault> {
        loop {
            match self.next()? {
                (Event::End, _) => return Ok(None),
                (Event::Nothing | Event::Document, _) => {}
                (event, span) => return self.enter_at(event, span).map(Some),
            }
        }
    }

    /// Reads the document's value as a whole.
    ///
    /// # Errors
    /// A syntax fault. `Ok(None)`: the text holds no value.
    pub fn start_whole(&mut self) -> Result<Option<Entered<'a>>, YamlFault> {
        loop {
            match self.next()? {
                (Event::End, _) => return Ok(None),
                (Event::Nothing | Event::Document, _) => {}
                (event, span) => return self.node_at(event, span).map(|node| Some(Entered::Node(node))),
            }
        }
    }

    /// Ends the reading: nothing may follow the document's value.
    ///
    /// # Errors
    /// A syntax fault.
    pub fn finish(&mut self) -> Result<(), YamlFault> {
        loop {
            match self.next()? {
                (Event::End, _) => return Ok(()),
                (Event::Document, span) => {
                    self.faults.push(YamlFault { span, kind: FaultKind::SecondDocument });
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    /// Enters the next value if it is a mapping, or reads it as a whole.
    ///
    /// # Errors
    /// A syntax fault.
    pub fn enter(&mut self) -> Result<Entered<'a>, YamlFault> {
        let (event, span) = self.next()?;
        self.enter_at(event, span)
    }

    fn enter_at(&mut self, event: Event<'a>, span: Span) -> Result<Entered<'a>, YamlFault> {
        match event {
            Event::Mapping { anchor: 0, tagged: false } => Ok(Entered::Map(span)),
            _ => self.node_at(event, span).map(Entered::Node),
        }
    }

    /// Divides the rest of the mapping entered last into parts of about so many bytes. `None` if the scanner
    /// cannot read its next entry.
    #[must_use]
    pub fn parts(&self, bytes: usize) -> Option<Parts<'a>> {
        if self.parser.is_some() {
            return None;
        }
        let starts = self.scanner.starts(bytes);
        let scanner = self.scanner.from(*starts.first()?)?;
        Some(Parts { sources: self.sources, file: self.file, scanner, level: self.level, starts })
    }

    /// The file that it reads.
    #[must_use]
    pub const fn file(&self) -> &'a SourceFile {
        self.file
    }

    /// The offset of the next event, if the scanner reads it.
    #[must_use]
    pub fn place(&self) -> Option<usize> {
        self.scanner.ahead().filter(|_| self.parser.is_none())
    }

    /// Whether the next event is at this offset, and the scanner reads it.
    #[must_use]
    pub fn stands_at(&self, place: usize) -> bool {
        self.place() == Some(place)
    }

    /// What it has counted.
    #[must_use]
    pub fn count(&self) -> Count {
        Count { events: self.scanner.given(), values: self.values }
    }

    /// The offset of the entry at which reading pauses.
    #[must_use]
    pub const fn upto(&self) -> usize {
        self.upto
    }

    /// Goes to the entry of the same mapping that begins at an offset. The caller has read those before it, which would have
    /// been counted so. `None` if the next event is no key.
    pub fn skip(&mut self, place: usize, count: Count) -> Option<()> {
        self.scanner.go_on(self.scanner.from(place)?);
        self.scanner.count(count.events);
        self.values += count.values;
        Some(())
    }

    /// Pauses at the entry that begins at this offset, unless the parser is needed before it.
    pub fn read_upto(&mut self, place: usize) {
        self.upto = place;
    }

    /// Continues where the reader of a part is; the part begins where this reader is.
    pub fn go_on(&mut self, part: Self) {
        self.scanner.go_on(part.scanner);
        self.values += part.values;
    }

    /// The next key of the mapping entered last; `None` at its end, or where reading pauses.
    ///
    /// # Errors
    /// A syntax fault.
    pub fn next_key(&mut self) -> Result<Option<Scalar<'a>>, YamlFault> {
        // If no entry begins at that offset, reading does not pause.
        if self.stands_at(self.upto) {
            return Ok(None);
        }
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                return Ok(None);
            }
            if let Some(key) = self.key(event, span)? {
                return Ok(Some(key));
            }
            self.node()?;
        }
    }

    /// Reads the value that comes next, whole.
    ///
    /// # Errors
    /// A syntax fault.
    pub fn node(&mut self) -> Result<Node<'a>, YamlFault> {
        let (event, span) = self.next()?;
        self.node_at(event, span)
    }

    /// Takes back a value that is no longer used, to use its memory again.
    pub fn take_back(&mut self, node: Node<'a>) {
        if let NodeKind::Map(mut entries) = node.kind {
            entries.drain(..).for_each(|(_, value)| self.take_back(value));
            self.spare.push(entries);
        }
    }

    /// The value that begins with this event. The caller takes the event instead of peeking at it: events are big, and
    /// there are a dozen for each host.
    fn node_at(&mut self, event: Event<'a>, span: Span) -> Result<Node<'a>, YamlFault> {
        // The parser limits nesting to 255 levels, so this recursion is bounded.
        self.values += 1;
        let (values, outer) = (self.values, std::mem::replace(&mut self.deepest, self.level));
        let (anchor, node) = match event {
            Event::Scalar { text, form, anchor } => {
                let kind = self.scalar(text, form, span)?;
                (anchor, Node { span, kind })
            }
            Event::Sequence { anchor } => (anchor, self.sequence(span)?),
            Event::Mapping { anchor, .. } => (anchor, self.mapping(span)?),
            Event::Alias(id) => {
                let node = self.alias(id, span)?;
                self.deepest = self.deepest.max(outer);
                return Ok(node);
            }
            _ => {
                self.deepest = self.deepest.max(outer);
                self.faults.push(YamlFault { span, kind: FaultKind::UnknownAlias });
                return Ok(Node { span, kind: NodeKind::Null });
            }
        };
        let levels = self.deepest - self.level;
        self.deepest = self.deepest.max(outer);
        if anchor == 0 {
            return Ok(node);
        }
        let span = node.span;
        let shared = Arc::new(node);
        let values = self.values - values + 1;
        self.anchors.insert(anchor, Anchored { node: Arc::clone(&shared), values, levels });
        Ok(Node { span, kind: NodeKind::Shared(shared) })
    }

    fn scalar(&mut self, text: &'a str, form: Form, span: Span) -> Result<NodeKind<'a>, YamlFault> {
        Ok(NodeKind::Scalar(match form {
            Form::Plain => {
                let text = if text.is_ascii() { text } else { self.without_invisible(text, span)? };
                if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
                    return Ok(NodeKind::Null);
                }
                text
            }
            Form::Text => text,
            Form::Single => self.sources.keep(text.replace("''", "'")),
            Form::Double => self.sources.keep(unescaped(text)),
        }))
    }

    /// A plain scalar without the invisible characters at its ends, which are faults. One that indents the line,
    /// or follows the colon of a key, has changed the structure, and nothing more is read.
    fn without_invisible(&mut self, text: &'a str, span: Span) -> Result<&'a str, YamlFault> {
        let is_invisible = |char| invisible_name(char).is_some();
        let start = (span.start - self.file.base()) as usize;
        let fault = |offset: usize, char: char, name| YamlFault {
            span: self.file.span(start + offset, start + offset + char.len_utf8()),
            kind: FaultKind::Invisible(name),
        };
        let find = |mut found: std::str::CharIndices<'_>, by: usize| {
            found.find_map(|(offset, char)| invisible_name(char).map(|name| fault(by + offset, char, name)))
        };
        let before = self.file.text().get(..start).unwrap_or_default();
        let indents = before.trim_end_matches(' ').ends_with('\n') && text.starts_with(is_invisible);
        let behind_colon = text.match_indices(':').map(|(colon, _)| colon + 1);
        let behind_colon =
            behind_colon.filter(|at| text.get(*at..).is_some_and(|rest| rest.starts_with(is_invisible)));
        for at in indents.then_some(0).into_iter().chain(behind_colon) {
            if let Some(fault) = find(text.get(at..).unwrap_or_default().char_indices(), at) {
                return Err(fault);
            }
        }
        let inner = text.trim_matches(is_invisible);
        if inner.len() < text.len() {
            let end = text.trim_end_matches(is_invisible).len();
            let at = if text.starts_with(is_invisible) { 0 } else { end };
            let found = find(text.get(at..).unwrap_or_default().char_indices(), at);
            self.faults.extend(found);
        }
        Ok(inner)
    }

    /// Steps into a list or a mapping.
    fn deeper(&mut self) {
        self.level += 1;
        self.deepest = self.deepest.max(self.level);
    }

    fn sequence(&mut self, start: Span) -> Result<Node<'a>, YamlFault> {
        let mut items = Vec::new();
        self.deeper();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                self.level -= 1;
                return Ok(Node { span: start.to(span), kind: NodeKind::Seq(items) });
            }
            items.push(self.node_at(event, span)?);
        }
    }

    fn mapping(&mut self, start: Span) -> Result<Node<'a>, YamlFault> {
        let mut entries: Vec<MapEntry<'a>> = self.spare.pop().unwrap_or_default();
        let mut merges = Vec::new();
        let mut seen: HashMap<&'a str, Span> = HashMap::default();
        self.deeper();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                self.level -= 1;
                if !merges.is_empty() {
                    let mut known = entries.iter().map(|(key, _)| key.text).collect();
                    for merged in merges {
                        self.merge(&mut entries, &merged, &mut known);
                    }
                }
                return Ok(Node { span: start.to(span), kind: NodeKind::Map(entries) });
            }
            let key = self.key(event, span)?;
            let value = self.node()?;
            let Some(key) = key else { continue };
            if self.is_merge(key) {
                merges.push(value);
                continue;
            }
            // Small mappings, the usual case, compare; the first big one fills the set.
            let first = if entries.len() < HASH_FROM {
                entries.iter().find(|(first, _)| first.text == key.text).map(|(first, _)| first.span)
            } else {
                if seen.is_empty() {
                    seen.extend(entries.iter().map(|(first, _)| (first.text, first.span)));
                }
                match seen.entry(key.text) {
                    Slot::Occupied(first) => Some(*first.get()),
                    Slot::Vacant(slot) => {
                        slot.insert(key.span);
                        None
                    }
                }
            };
            if let Some(first) = first {
                let kind = FaultKind::DuplicateKey { key: key.text.to_owned(), first };
                self.faults.push(YamlFault { span: key.span, kind });
            } else {
                entries.push((key, value));
            }
        }
    }

    /// Adds the entries of `merged` whose keys are not `known`, which has the keys of `entries`.
    fn merge(&mut self, entries: &mut Vec<MapEntry<'a>>, merged: &Node<'a>, known: &mut HashSet<&'a str>) {
        let plain = merged.plain();
        match &plain.kind {
            NodeKind::Map(more) => {
                entries.extend(more.iter().filter(|(key, _)| known.insert(key.text)).cloned());
            }
            NodeKind::Seq(maps) if maps.iter().all(|map| matches!(map.plain().kind, NodeKind::Map(_))) => {
                for map in maps {
                    self.merge(entries, map, known);
                }
            }
            _ => self.faults.push(YamlFault { span: merged.span, kind: FaultKind::BadMerge }),
        }
    }

    fn alias(&mut self, id: u32, span: Span) -> Result<Node<'a>, YamlFault> {
        // An alias inside its own anchor is not finished yet, so not found: no cycles.
        let Some(anchored) = self.anchors.get(&id) else {
            self.faults.push(YamlFault { span, kind: FaultKind::UnknownAlias });
            return Ok(Node { span, kind: NodeKind::Null });
        };
        self.values = self.values.saturating_add(anchored.values);
        self.repeated = self.repeated.saturating_add(anchored.values);
        self.deepest = self.deepest.max(self.level + anchored.levels);
        let most = REPEATED_AT_LEAST.max(REPEATED_PER_BYTE.saturating_mul(self.file.text().len() as u64));
        if self.repeated > most || self.deepest > YAML_DEPTH {
            return Err(YamlFault { span, kind: FaultKind::Expansion });
        }
        Ok(Node { span: anchored.node.span, kind: NodeKind::Shared(Arc::clone(&anchored.node)) })
    }

    /// The key that begins with this event; `None` (and a fault) when it is no scalar.
    fn key(&mut self, event: Event<'a>, span: Span) -> Result<Option<Scalar<'a>>, YamlFault> {
        let node = match event {
            // Nearly all keys.
            Event::Scalar { text, form, anchor: 0 } => {
                self.values += 1;
                Node { span, kind: self.scalar(text, form, span)? }
            }
            _ => self.node_at(event, span)?,
        };
        if let Some(word) = node.word() {
            return Ok(Some(word));
        }
        // `null:` and `~:` are names like any other.
        if node.is_null() && node.span.end > node.span.start {
            let from = (node.span.start - self.file.base()) as usize;
            let to = (node.span.end - self.file.base()) as usize;
            if let Some(text) = self.file.text().get(from..to) {
                return Ok(Some(Scalar { text, span: node.span }));
            }
        }
        self.faults.push(YamlFault { span: node.span, kind: FaultKind::CompoundKey });
        Ok(None)
    }

    /// Whether the tag declares text; any tag that is not YAML's own is a fault.
    fn check_tag(&mut self, tag: Option<&Tag>, span: Span) -> bool {
        let Some(tag) = tag else { return false };
        if tag.is_yaml_core_schema() {
            return tag.to_string().ends_with("str");
        }
        self.faults.push(YamlFault { span, kind: FaultKind::Tag(tag.to_string()) });
        false
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), YamlFault> {
        if self.parser.is_none()
            && let Some((event, place)) = self.scanner.next()
        {
            let base = self.file.base();
            return Ok((event, Span::new(base + place.start, base + place.end)));
        }
        self.parsed()
    }

    fn parsed(&mut self) -> Result<(Event<'a>, Span), YamlFault> {
        if self.part {
            let span = self.file.span(0, 0);
            return Err(YamlFault { span, kind: FaultKind::Syntax("not in the usual way".to_owned()) });
        }
        let mut skipped = if self.parser.is_none() { self.scanner.given() } else { 0 };
        let parser = self.parser.get_or_insert_with(|| Box::new(parser(self.file.text())));
        let event = loop {
            match parser.next_event() {
                Some(Ok(_)) if skipped > 0 => skipped -= 1,
                event => break event,
            }
        };
        match event {
            Some(Ok((event, span))) => {
                let from = span.start.byte_offset().unwrap_or(0);
                let to = span.end.byte_offset().unwrap_or(from);
                let span = self.file.span(from, to);
                Ok((self.event(event, span), span))
            }
            Some(Err(error)) => Err(self.syntax(&error)),
            None => Ok((Event::End, self.file.span(usize::MAX, usize::MAX))),
        }
    }

    /// Converts the parser's event.
    fn event(&mut self, event: Parsed<'a>, span: Span) -> Event<'a> {
        match event {
            Parsed::Scalar(text, style, anchor, tag) => {
                let tagged_text = self.check_tag(tag.as_deref(), span);
                let text = match text {
                    Cow::Borrowed(text) => text,
                    Cow::Owned(text) => self.sources.keep(text),
                };
                let plain = style == ScalarStyle::Plain && !tagged_text;
                let form = if plain { Form::Plain } else { Form::Text };
                Event::Scalar { text, form, anchor: number(anchor) }
            }
            Parsed::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), span);
                Event::Sequence { anchor: number(anchor) }
            }
            Parsed::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), span);
                Event::Mapping { anchor: number(anchor), tagged: tag.is_some() }
            }
            Parsed::SequenceEnd => Event::SequenceEnd,
            Parsed::MappingEnd => Event::MappingEnd,
            Parsed::Alias(id) => Event::Alias(number(id)),
            Parsed::DocumentStart(..) => Event::Document,
            Parsed::StreamEnd => Event::End,
            _ => Event::Nothing,
        }
    }

    fn syntax(&self, error: &ScanError) -> YamlFault {
        let at = error.marker().byte_offset().unwrap_or(0);
        let text = self.file.text();
        let length = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let span = self.file.span(at, at + length);
        YamlFault { span, kind: FaultKind::Syntax(error.kind().to_string()) }
    }
}

/// The number of an anchor. A text of 4 GiB is refused, so there are never that many.
fn number(anchor: usize) -> u32 {
    u32::try_from(anchor).unwrap_or(u32::MAX)
}

/// The text of a scalar in double quotes whose only escapes are `\"`, `\\`, `\n` and `\t`.
fn unescaped(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut signs = raw.chars();
    while let Some(sign) = signs.next() {
        text.push(match sign {
            '\\' => match signs.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                escaped => escaped.unwrap_or(sign),
            },
            sign => sign,
        });
    }
    text
}

fn parser(text: &str) -> Parser<'_, StrInput<'_>> {
    let mut options = Options::default();
    options.emit_unresolved_aliases = true;
    Parser::new_from_str_with_options(text, options)
}
