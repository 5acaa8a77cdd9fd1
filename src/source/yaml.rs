//! YAML text to nodes. The one file that knows the YAML parser.
//!
//! Anchors are kept as shared nodes, so an alias costs a reference count, whatever it expands to.
//! Merges (`<<`) are applied here: a key of the mapping itself wins over a merged one wherever it
//! stands, an earlier merged mapping over a later one.

use std::rc::Rc;

use granit_parser::{Event, Options, Parser, ScalarStyle, ScanError, StrInput, Tag};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Entry, Kind, Node, SourceFile, Sources, Span, Word};

/// How many entries a mapping has before its keys are hashed instead of compared.
const HASH_FROM: usize = 16;

/// Something that is wrong with the YAML itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub span: Span,
    /// What.
    pub kind: FaultKind,
}

/// What is wrong with the YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The text is not YAML: the parser's own words. Nothing behind this place was read.
    Syntax(String),
    /// A key stands twice in one mapping; the place of the first. The first one counts.
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it stood first.
        first: Span,
    },
    /// A tag that means nothing here.
    Tag(String),
    /// `*name` without a finished `&name` before it.
    UnknownAlias,
    /// A key that is a list or a mapping.
    CompoundKey,
    /// `<<` with something that is no mapping.
    BadMerge,
    /// A table that is none.
    Table(String),
    /// A second document in one file.
    SecondDocument,
}

/// What [`Reader::enter`] found.
pub enum Entered<'a> {
    /// A mapping: its entries follow by [`Reader::next_key`].
    Map(Span),
    /// Anything else, or a mapping with an anchor: read whole.
    Node(Node<'a>),
}

/// Reads one YAML text.
pub struct Reader<'a> {
    sources: &'a Sources,
    file: &'a SourceFile,
    parser: Parser<'a, StrInput<'a>>,
    peeked: Option<(Event<'a>, Span)>,
    anchors: FxHashMap<usize, Rc<Node<'a>>>,
    faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    /// A reader at the start of `file`, which is one of `sources`.
    #[must_use]
    pub fn new(sources: &'a Sources, file: &'a SourceFile) -> Self {
        let mut options = Options::default();
        options.emit_unresolved_aliases = true;
        let parser = Parser::new_from_str_with_options(file.text(), options);
        Self { sources, file, parser, peeked: None, anchors: FxHashMap::default(), faults: Vec::new() }
    }

    /// What was wrong so far without stopping the reading.
    pub fn take_faults(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.faults)
    }

    /// Whether a key is the merge key: a plain `<<`, not a quoted one.
    #[must_use]
    pub fn is_merge(&self, key: Word<'_>) -> bool {
        let at = (key.span.start - self.file.base()) as usize;
        key.text == "<<" && self.file.text().as_bytes().get(at) == Some(&b'<')
    }

    /// Collects a fault that only the caller could see.
    pub fn fault(&mut self, span: Span, kind: FaultKind) {
        self.faults.push(Fault { span, kind });
    }

    /// Goes to the document's one value.
    ///
    /// # Errors
    /// A syntax fault. `Ok(None)`: the text holds no value.
    pub fn start(&mut self) -> Result<Option<Entered<'a>>, Fault> {
        loop {
            match self.peek()? {
                (Event::StreamEnd, _) => return Ok(None),
                (Event::StreamStart | Event::DocumentStart(..), _) => {
                    self.next()?;
                }
                _ => return self.enter().map(Some),
            }
        }
    }

    /// Reads the document's one value, whole.
    ///
    /// # Errors
    /// A syntax fault. `Ok(None)`: the text holds no value.
    pub fn start_whole(&mut self) -> Result<Option<Entered<'a>>, Fault> {
        loop {
            match self.peek()? {
                (Event::StreamEnd, _) => return Ok(None),
                (Event::StreamStart | Event::DocumentStart(..), _) => {
                    self.next()?;
                }
                _ => return self.node().map(|node| Some(Entered::Node(node))),
            }
        }
    }

    /// Ends the reading: what follows the document's value must be nothing.
    ///
    /// # Errors
    /// A syntax fault.
    pub fn finish(&mut self) -> Result<(), Fault> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentStart(..), span) => {
                    self.faults.push(Fault { span, kind: FaultKind::SecondDocument });
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    /// Steps into the mapping that comes next, or reads what comes instead.
    ///
    /// # Errors
    /// A syntax fault.
    pub fn enter(&mut self) -> Result<Entered<'a>, Fault> {
        if let (Event::MappingStart(_, 0, None), span) = self.peek()? {
            let span = *span;
            self.next()?;
            return Ok(Entered::Map(span));
        }
        self.node().map(Entered::Node)
    }

    /// The next key of the mapping entered last; `None` at its end.
    ///
    /// # Errors
    /// A syntax fault.
    pub fn next_key(&mut self) -> Result<Option<Word<'a>>, Fault> {
        loop {
            if let (Event::MappingEnd, _) = self.peek()? {
                self.next()?;
                return Ok(None);
            }
            if let Some(key) = self.key()? {
                return Ok(Some(key));
            }
            self.node()?;
        }
    }

    /// Reads the value that comes next, whole.
    ///
    /// # Errors
    /// A syntax fault.
    pub fn node(&mut self) -> Result<Node<'a>, Fault> {
        // The parser limits nesting to 255 levels, so this recursion is bounded.
        let (event, span) = self.next()?;
        let (anchor, node) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tagged_text = self.check_tag(tag.as_deref(), span);
                let text = match text {
                    std::borrow::Cow::Borrowed(text) => text,
                    std::borrow::Cow::Owned(text) => self.sources.keep(text),
                };
                let plain = style == ScalarStyle::Plain && !tagged_text;
                let null = plain && matches!(text, "" | "~" | "null" | "Null" | "NULL");
                let kind = if null { Kind::Null } else { Kind::Scalar(text) };
                (anchor, Node { span, kind })
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), span);
                (anchor, self.sequence(span)?)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_deref(), span);
                (anchor, self.mapping(span)?)
            }
            Event::Alias(id) => return Ok(self.alias(id, span)),
            _ => {
                self.faults.push(Fault { span, kind: FaultKind::UnknownAlias });
                return Ok(Node { span, kind: Kind::Null });
            }
        };
        if anchor == 0 {
            return Ok(node);
        }
        let span = node.span;
        let shared = Rc::new(node);
        self.anchors.insert(anchor, Rc::clone(&shared));
        Ok(Node { span, kind: Kind::Shared(shared) })
    }

    fn sequence(&mut self, start: Span) -> Result<Node<'a>, Fault> {
        let mut items = Vec::new();
        loop {
            if let (Event::SequenceEnd, end) = self.peek()? {
                let span = start.to(*end);
                self.next()?;
                return Ok(Node { span, kind: Kind::Seq(items) });
            }
            items.push(self.node()?);
        }
    }

    fn mapping(&mut self, start: Span) -> Result<Node<'a>, Fault> {
        let mut entries: Vec<Entry<'a>> = Vec::new();
        let mut merges = Vec::new();
        let mut seen: FxHashSet<&'a str> = FxHashSet::default();
        loop {
            if let (Event::MappingEnd, end) = self.peek()? {
                let span = start.to(*end);
                self.next()?;
                for merged in merges {
                    self.merge(&mut entries, &merged);
                }
                return Ok(Node { span, kind: Kind::Map(entries) });
            }
            let key = self.key()?;
            let value = self.node()?;
            let Some(key) = key else { continue };
            if self.is_merge(key) {
                merges.push(value);
                continue;
            }
            // Small mappings, the usual case, compare; the first big one fills the set.
            let known = if entries.len() < HASH_FROM {
                entries.iter().any(|(first, _)| first.text == key.text)
            } else {
                if seen.is_empty() {
                    seen.extend(entries.iter().map(|(first, _)| first.text));
                }
                !seen.insert(key.text)
            };
            if known {
                let first = entries.iter().find(|(first, _)| first.text == key.text);
                let first = first.map_or(key.span, |(first, _)| first.span);
                let kind = FaultKind::DuplicateKey { key: key.text.to_owned(), first };
                self.faults.push(Fault { span: key.span, kind });
            } else {
                entries.push((key, value));
            }
        }
    }

    /// Lays the entries of `merged` under `entries`.
    fn merge(&mut self, entries: &mut Vec<Entry<'a>>, merged: &Node<'a>) {
        let plain = merged.plain();
        match &plain.kind {
            Kind::Map(more) => {
                let known: FxHashSet<&str> = entries.iter().map(|(key, _)| key.text).collect();
                let new: Vec<_> = more.iter().filter(|(key, _)| !known.contains(key.text)).cloned().collect();
                entries.extend(new);
            }
            Kind::Seq(maps) if maps.iter().all(|map| matches!(map.plain().kind, Kind::Map(_))) => {
                for map in maps {
                    self.merge(entries, map);
                }
            }
            _ => self.faults.push(Fault { span: merged.span, kind: FaultKind::BadMerge }),
        }
    }

    fn alias(&mut self, id: usize, span: Span) -> Node<'a> {
        // An alias inside its own anchor is not finished yet, so not found: no cycles.
        match self.anchors.get(&id) {
            Some(node) => Node { span: node.span, kind: Kind::Shared(Rc::clone(node)) },
            None => {
                self.faults.push(Fault { span, kind: FaultKind::UnknownAlias });
                Node { span, kind: Kind::Null }
            }
        }
    }

    /// The key that comes next; `None` (and a fault) when it is no scalar.
    fn key(&mut self) -> Result<Option<Word<'a>>, Fault> {
        let node = self.node()?;
        if let Some(word) = node.word() {
            return Ok(Some(word));
        }
        // `null:` and `~:` are names like any other.
        if node.is_null() && node.span.end > node.span.start {
            let from = (node.span.start - self.file.base()) as usize;
            let to = (node.span.end - self.file.base()) as usize;
            if let Some(text) = self.file.text().get(from..to) {
                return Ok(Some(Word { text, span: node.span }));
            }
        }
        self.faults.push(Fault { span: node.span, kind: FaultKind::CompoundKey });
        Ok(None)
    }

    /// Whether the tag says "this is text"; any other than YAML's own is a fault.
    fn check_tag(&mut self, tag: Option<&Tag>, span: Span) -> bool {
        let Some(tag) = tag else { return false };
        if tag.is_yaml_core_schema() {
            return tag.to_string().ends_with("str");
        }
        self.faults.push(Fault { span, kind: FaultKind::Tag(tag.to_string()) });
        false
    }

    fn peek(&mut self) -> Result<&(Event<'a>, Span), Fault> {
        let event = match self.peeked.take() {
            Some(event) => event,
            None => self.pull()?,
        };
        Ok(self.peeked.insert(event))
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Fault> {
        match self.peeked.take() {
            Some(event) => Ok(event),
            None => self.pull(),
        }
    }

    fn pull(&mut self) -> Result<(Event<'a>, Span), Fault> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let from = span.start.byte_offset().unwrap_or(0);
                let to = span.end.byte_offset().unwrap_or(from);
                Ok((event, self.file.span(from, to)))
            }
            Some(Err(error)) => Err(self.syntax(&error)),
            None => Ok((Event::StreamEnd, self.file.span(usize::MAX, usize::MAX))),
        }
    }

    fn syntax(&self, error: &ScanError) -> Fault {
        let at = error.marker().byte_offset().unwrap_or(0);
        let text = self.file.text();
        let length = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let span = self.file.span(at, at + length);
        Fault { span, kind: FaultKind::Syntax(error.kind().to_string()) }
    }
}
