//! CSV tables: the first row names keys, every further row is a mapping.

use std::ops::Range;

use csv::{Reader, ReaderBuilder, StringRecord};

use super::{Fault, FaultKind, Kind, Node, SourceFile, Sources, Span, Word};

/// A table whose first row was read.
pub struct Table<'a> {
    sources: &'a Sources,
    file: &'a SourceFile,
    delimiter: u8,
    /// The keys, and whether several values may stand in their cells.
    header: Vec<(Word<'a>, bool)>,
    /// Where the rows begin.
    rows: usize,
}

/// What was done with a row.
type Each<'e, 'a> = &'e mut dyn FnMut(Word<'a>, Node<'a>);

impl<'a> Table<'a> {
    /// Reads the first row. The column `name` names a row; a key with dots is a mapping within a mapping; an
    /// empty cell is not there; in a column whose key is one of `lists` several values are separated by
    /// blanks.
    ///
    /// # Errors
    /// When it is no table, or has no column `name`.
    pub fn new(
        sources: &'a Sources,
        file: &'a SourceFile,
        delimiter: u8,
        lists: &[&str],
    ) -> Result<Self, Fault> {
        let mut rows = Rows::new(sources, file, delimiter, 0..file.text().len());
        let Some(row) = rows.next()? else { return Err(fault(file.span(0, 0), "the table is empty")) };
        let header: Vec<Word<'a>> = row.cells().collect();
        for (at, key) in header.iter().enumerate() {
            if let Some(first) = header.iter().take(at).find(|first| first.text == key.text) {
                let kind = FaultKind::DuplicateKey { key: key.text.to_owned(), first: first.span };
                return Err(Fault { span: key.span, kind });
            }
        }
        if !header.iter().any(|key| key.text == "name") {
            let span = header.first().map_or_else(|| file.span(0, 0), |key| key.span);
            return Err(fault(span, "the table has no column `name`"));
        }
        let header = header.into_iter().map(|key| (key, lists.contains(&key.text))).collect();
        Ok(Self { sources, file, delimiter, header, rows: rows.end() })
    }

    /// Divides the rows into parts of about so many bytes that can be read side by side: only where no cell
    /// is quoted, for in quotes a line may end that is no row's.
    #[must_use]
    pub fn parts(&self, bytes: usize) -> Vec<Range<usize>> {
        let text = self.file.text();
        let rest = text.as_bytes().get(self.rows..).unwrap_or_default();
        let mut parts = Vec::new();
        let mut from = self.rows;
        if !rest.contains(&b'"') {
            let end = |from: usize| text.as_bytes().get(from..)?.iter().position(|byte| *byte == b'\n');
            while let Some(end) = end(from + bytes) {
                let upto = from + bytes + end + 1;
                parts.push(from..upto);
                from = upto;
            }
        }
        parts.push(from..text.len());
        parts
    }

    /// Reads the rows of a part, each as a mapping behind its name.
    ///
    /// # Errors
    /// When a row cannot be read, or has no name.
    pub fn read(&self, part: Range<usize>, each: Each<'_, 'a>) -> Result<(), Fault> {
        let mut rows = Rows::new(self.sources, self.file, self.delimiter, part);
        while let Some(row) = rows.next()? {
            if row.record.len() != self.header.len() {
                let cells = |count: usize| format!("{count} {}", if count == 1 { "cell" } else { "cells" });
                let words = format!(
                    "this row has {}, the first one {}",
                    cells(row.record.len()),
                    cells(self.header.len())
                );
                return Err(fault(row.span(), &words));
            }
            let mut name = None;
            let mut root = Vec::with_capacity(self.header.len());
            for ((key, list), value) in self.header.iter().zip(row.cells()) {
                if value.text.trim().is_empty() {
                    continue;
                }
                if key.text == "name" {
                    name = Some(value);
                } else {
                    put(&mut root, *key, key.text, node(value, *list));
                }
            }
            match name {
                Some(name) => each(name, Node { span: row.span(), kind: Kind::Map(root) }),
                None => return Err(fault(row.span(), "this row has no `name`")),
            }
        }
        Ok(())
    }
}

fn fault(span: Span, words: &str) -> Fault {
    Fault { span, kind: FaultKind::Table(words.to_owned()) }
}

/// The rows of a part of a table, one by one.
struct Rows<'a> {
    sources: &'a Sources,
    file: &'a SourceFile,
    delimiter: u8,
    /// Where the part begins.
    from: usize,
    reader: Reader<&'a [u8]>,
    record: StringRecord,
    spans: Vec<Span>,
}

/// A row and the places of its cells.
struct Row<'r, 'a> {
    sources: &'a Sources,
    file: &'a SourceFile,
    record: &'r StringRecord,
    spans: &'r [Span],
}

impl<'a> Rows<'a> {
    fn new(sources: &'a Sources, file: &'a SourceFile, delimiter: u8, part: Range<usize>) -> Self {
        let from = part.start;
        let text = file.text().as_bytes().get(part).unwrap_or_default();
        let mut reader = ReaderBuilder::new();
        let reader = reader.delimiter(delimiter).has_headers(false).flexible(true).from_reader(text);
        Self { sources, file, delimiter, from, reader, record: StringRecord::new(), spans: Vec::new() }
    }

    /// Where the next row begins.
    fn end(&self) -> usize {
        self.from + usize::try_from(self.reader.position().byte()).unwrap_or(0)
    }

    fn next(&mut self) -> Result<Option<Row<'_, 'a>>, Fault> {
        let place = |place: Option<&csv::Position>| {
            self.from + place.map_or(0, |place| usize::try_from(place.byte()).unwrap_or(0))
        };
        match self.reader.read_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => {
                let at = place(error.position());
                return Err(fault(self.file.span(at, at), &format!("this row cannot be read: {error}")));
            }
        }
        cells(self.file, place(self.record.position()), self.delimiter, &mut self.spans);
        let Self { sources, file, record, spans, .. } = self;
        Ok(Some(Row { sources, file, record, spans }))
    }
}

impl<'r, 'a> Row<'r, 'a> {
    fn span(&self) -> Span {
        let (first, last) = (self.spans.first(), self.spans.last());
        first.copied().unwrap_or_default().to(last.copied().unwrap_or_default())
    }

    fn cells(&self) -> impl Iterator<Item = Word<'a>> + use<'r, 'a> {
        let (sources, file, spans) = (self.sources, self.file, self.spans);
        self.record.iter().enumerate().map(move |(at, own)| {
            let span = spans.get(at).or(spans.last()).copied().unwrap_or_default();
            let (from, to) = ((span.start - file.base()) as usize, (span.end - file.base()) as usize);
            // What stands in the file as it is need not be kept twice.
            let text = match file.text().get(from..to) {
                Some(raw) if raw == own => raw,
                _ => sources.keep(own.to_owned()),
            };
            Word { text, span }
        })
    }
}

fn node(value: Word<'_>, list: bool) -> Node<'_> {
    if !list || !value.text.contains([' ', '\t']) {
        return Node { span: value.span, kind: Kind::Scalar(value.text) };
    }
    let items = value.text.split_whitespace().map(|text| Node { span: value.span, kind: Kind::Scalar(text) });
    Node { span: value.span, kind: Kind::Seq(items.collect()) }
}

/// Puts a value at a key with dots.
fn put<'a>(entries: &mut Vec<(Word<'a>, Node<'a>)>, key: Word<'a>, path: &'a str, value: Node<'a>) {
    let Some((first, rest)) = path.split_once('.') else {
        entries.push((Word { text: path, span: key.span }, value));
        return;
    };
    let at = match entries.iter().position(|(known, _)| known.text == first) {
        Some(at) => at,
        None => {
            let inner = Node { span: value.span, kind: Kind::Map(Vec::new()) };
            entries.push((Word { text: first, span: key.span }, inner));
            entries.len() - 1
        }
    };
    if let Some((_, Node { kind: Kind::Map(inner), .. })) = entries.get_mut(at) {
        put(inner, key, rest, value);
    }
}

/// The places of the cells of the row that begins at `start`, without their quotes.
fn cells(file: &SourceFile, start: usize, delimiter: u8, spans: &mut Vec<Span>) {
    spans.clear();
    let bytes = file.text().as_bytes();
    let mut at = start;
    while matches!(bytes.get(at), Some(b'\n' | b'\r')) {
        at += 1;
    }
    let mut from = at;
    let mut quoted = false;
    loop {
        let byte = bytes.get(at).copied();
        match byte {
            Some(b'"') => quoted = !quoted,
            Some(byte) if byte == delimiter && !quoted => {
                spans.push(unquoted(file, from, at));
                from = at + 1;
            }
            None => break,
            Some(b'\n' | b'\r') if !quoted => break,
            Some(_) => {}
        }
        at += 1;
    }
    spans.push(unquoted(file, from, at));
}

fn unquoted(file: &SourceFile, from: usize, to: usize) -> Span {
    let bytes = file.text().as_bytes();
    let quoted = to >= from + 2 && bytes.get(from) == Some(&b'"') && bytes.get(to - 1) == Some(&b'"');
    if quoted { file.span(from + 1, to - 1) } else { file.span(from, to) }
}
