//! CSV tables: the first row names keys, every further row is a mapping.

use csv::{ReaderBuilder, StringRecord};

use super::{Fault, FaultKind, Kind, Node, SourceFile, Sources, Span, Word};

/// Reads a table. The column `name` names the row; a key with dots is a mapping within a mapping; an
/// empty cell is not there; in a column whose key is one of `lists` several values are separated by
/// blanks.
///
/// # Errors
/// When it is no table, or has no column `name`.
pub fn read_table<'a>(
    sources: &'a Sources,
    file: &'a SourceFile,
    delimiter: u8,
    lists: &[&str],
    each: &mut dyn FnMut(Word<'a>, Node<'a>),
) -> Result<(), Fault> {
    let text = file.text();
    let fault = |span: Span, words: String| Fault { span, kind: FaultKind::Table(words) };
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut header: Vec<Word<'a>> = Vec::new();
    let mut spans: Vec<Span> = Vec::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let at = error.position().map_or(0, |place| usize::try_from(place.byte()).unwrap_or(0));
                return Err(fault(file.span(at, at), format!("this row cannot be read: {error}")));
            }
        }
        let start = record.position().map_or(0, |place| usize::try_from(place.byte()).unwrap_or(0));
        cells(file, start, delimiter, &mut spans);
        let cell = |at: usize| -> Word<'a> {
            let span = spans.get(at).copied().unwrap_or_else(|| file.span(start, start));
            let own = record.get(at).unwrap_or_default();
            let (from, to) = ((span.start - file.base()) as usize, (span.end - file.base()) as usize);
            // What stands in the file as it is need not be kept twice.
            let text = match text.get(from..to) {
                Some(raw) if raw == own => raw,
                _ => sources.keep(own.to_owned()),
            };
            Word { text, span }
        };
        if header.is_empty() {
            header = (0..record.len()).map(cell).collect();
            for (at, key) in header.iter().enumerate() {
                if let Some(first) = header.iter().take(at).find(|first| first.text == key.text) {
                    let kind = FaultKind::DuplicateKey { key: key.text.to_owned(), first: first.span };
                    return Err(Fault { span: key.span, kind });
                }
            }
            if !header.iter().any(|key| key.text == "name") {
                let span = header.first().map_or_else(|| file.span(0, 0), |key| key.span);
                return Err(fault(span, "the table has no column `name`".to_owned()));
            }
            continue;
        }
        let mut name = None;
        let mut root = Vec::new();
        for (at, key) in header.iter().enumerate() {
            let value = cell(at);
            if value.text.trim().is_empty() {
                continue;
            }
            if key.text == "name" {
                name = Some(value);
            } else {
                put(&mut root, *key, key.text, node(value, lists.contains(&key.text)));
            }
        }
        let row = spans.first().copied().unwrap_or_default().to(spans.last().copied().unwrap_or_default());
        match name {
            Some(name) => each(name, Node { span: row, kind: Kind::Map(root) }),
            None => return Err(fault(row, "this row has no `name`".to_owned())),
        }
    }
    if header.is_empty() {
        return Err(fault(file.span(0, 0), "the table is empty".to_owned()));
    }
    Ok(())
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
