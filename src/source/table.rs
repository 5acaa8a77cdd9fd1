//! CSV tables: the first row names keys, every further row is a mapping.

use std::ops::Range;

use csv::{Reader, ReaderBuilder, StringRecord};

use super::{FaultKind, MapEntry, Node, NodeKind, Scalar, SourceFile, Sources, Span, YamlFault};
use crate::parallel::in_pieces;

/// A table whose first row was read.
pub struct Table<'a> {
    sources: &'a Sources,
    file: &'a SourceFile,
    delimiter: u8,
    header: Vec<Column<'a>>,
    /// The index of the column that names the rows.
    name: usize,
    /// The offset of the first row.
    rows: usize,
    /// Whether any row contains a quote.
    quoted: bool,
}

/// A column.
struct Column<'a> {
    key: Scalar<'a>,
    /// The path of keys, the outermost first.
    path: Vec<&'a str>,
    /// Whether a cell can have several values.
    list: bool,
}

/// The key of the column that names the rows.
const NAME: &str = "name";

impl Column<'_> {
    fn is_name(&self) -> bool {
        self.key.text == NAME
    }
}

/// The number of bytes that are searched at a time.
const LOOKED_AT: usize = 1 << 20;

/// Takes the rows of a table.
pub trait TakeRows<'a> {
    /// Takes the rows from an offset on that it knows by their text; gives the offset behind them. They end before the
    /// second offset.
    fn known(&mut self, at: usize, upto: usize) -> usize {
        let _ = upto;
        at
    }

    /// Takes a row: its name, its mapping, and the place of its text.
    fn row(&mut self, name: Scalar<'a>, row: &mut Node<'a>, text: Range<usize>);
}

impl<'a, F: FnMut(Scalar<'a>, &mut Node<'a>)> TakeRows<'a> for F {
    fn row(&mut self, name: Scalar<'a>, row: &mut Node<'a>, _: Range<usize>) {
        self(name, row);
    }
}

impl<'a> Table<'a> {
    /// Reads the first row. The column `name` names the rows. A key with dots is a path of nested mappings.
    /// An empty cell is not set. In a column whose key is in `lists`, blanks separate several values.
    ///
    /// # Errors
    /// If it is not a table, or has no column `name`.
    pub fn new(
        sources: &'a Sources,
        file: &'a SourceFile,
        delimiter: u8,
        lists: &[&str],
    ) -> Result<Self, YamlFault> {
        let has_quote = |_, piece: &[u8]| memchr::memchr(b'"', piece).is_some();
        let quoted = in_pieces(file.text().as_bytes(), LOOKED_AT, has_quote).contains(&true);
        let mut rows = Rows::new(sources, file, delimiter, 0..file.text().len(), quoted);
        let Some(row) = rows.next()? else { return Err(fault(file.span(0, 0), "the table is empty")) };
        let header = row.0.to_vec();
        for (at, key) in header.iter().enumerate() {
            // A spreadsheet may have empty columns at the end.
            let is_same = |first: &&Scalar<'_>| first.text == key.text && !is_empty(key);
            if let Some(first) = header.iter().take(at).find(is_same) {
                let kind = FaultKind::DuplicateKey { key: key.text.to_owned(), first: first.span };
                return Err(YamlFault { span: key.span, kind });
            }
        }
        let Some(name) = header.iter().position(|key| key.text == NAME) else {
            let span = header.first().map_or_else(|| file.span(0, 0), |key| key.span);
            let help = match header.as_slice() {
                [only] if only.text.starts_with("sep=") => "remove this line, which is for Excel alone",
                [only] if only.text.contains([',', ';', '\t']) => {
                    "name the separator of cells: `include: [{ csv: FILE, delimiter: \";\" }]`"
                }
                _ if header.iter().any(|key| key.text.trim().eq_ignore_ascii_case(NAME)) => {
                    "keys are written in small letters and without blanks, as in site.yaml"
                }
                _ => "the first row has the keys of the cells below, one of them `name`",
            };
            return Err(fault(span, &format!("the table has no column `name`: {help}")));
        };
        let column = |key: Scalar<'a>| Column {
            key,
            path: key.text.split('.').collect(),
            list: lists.contains(&key.text),
        };
        let header = header.into_iter().map(column).collect();
        let rows = rows.end();
        // Quotes in the header do not matter for the rows.
        let quoted = quoted && file.text().get(rows..).is_some_and(|rest| rest.contains('"'));
        Ok(Self { sources, file, delimiter, header, name, rows, quoted })
    }

    /// Divides the rows into parts of about so many bytes, which can be read side by side. With quoted cells
    /// there is one part, because a cell in quotes can contain a line end.
    #[must_use]
    pub fn parts(&self, bytes: usize) -> Vec<Range<usize>> {
        let text = self.file.text();
        let mut parts = Vec::new();
        let mut from = self.rows;
        if !self.quoted {
            let end = |from: usize| text.as_bytes().get(from..)?.iter().position(|byte| *byte == b'\n');
            while let Some(end) = end(from.saturating_add(bytes)) {
                let upto = from + bytes + end + 1;
                parts.push(from..upto);
                from = upto;
            }
        }
        parts.push(from..text.len());
        parts
    }

    /// Reads the rows of a part, each as a name and a mapping. Entries that the caller adds to the mapping
    /// are removed before the next row.
    ///
    /// # Errors
    /// If a row cannot be read, or has no name.
    pub fn read(&self, part: Range<usize>, take: &mut dyn TakeRows<'a>) -> Result<(), YamlFault> {
        let mut rows = Rows::new(self.sources, self.file, self.delimiter, part, self.quoted);
        let mut forms = Forms::default();
        loop {
            if let RowReader::Plain { rest } = &mut rows.lines {
                skip_line_ends(self.file.text().as_bytes(), rest);
                rest.start = take.known(rest.start, rest.end);
            }
            let Some(row) = rows.next()? else { return Ok(()) };
            // A spreadsheet may have empty rows.
            if row.0.iter().all(is_empty) {
                continue;
            }
            if row.0.len() != self.header.len() {
                let cells = row.0.len();
                let words = format!(
                    "this row has {cells} cell{}, the first one has {}",
                    if cells == 1 { "" } else { "s" },
                    self.header.len()
                );
                return Err(fault(row.span(), &words));
            }
            let form = forms.of(row.0, &self.header)?;
            let Some(name) = row.0.get(self.name).filter(|name| !is_empty(name)) else {
                return Err(fault(row.span(), "this row has no `name`"));
            };
            form.fill(&row, &self.header);
            let text = row.span();
            let at = |place: u32| (place - self.file.base()) as usize;
            take.row(*name, &mut form.row, at(text.start)..at(text.end));
            form.take_back();
        }
    }

    /// The file with the table, if no row has a quote: then each line is a row, and this byte separates its cells.
    #[must_use]
    pub fn plain(&self) -> Option<(&'a SourceFile, u8)> {
        (!self.quoted).then_some((self.file, self.delimiter))
    }
}

/// Mappings that are filled with the cells of each row: most rows set the same cells as an earlier row, so its mapping
/// is used again.
#[derive(Default)]
struct Forms<'a> {
    all: Vec<Form<'a>>,
    /// The index of the mapping that the last row used.
    last: usize,
}

/// A mapping for rows that set the same cells.
struct Form<'a> {
    /// The cells that it has.
    there: Vec<bool>,
    row: Node<'a>,
    /// The number of its entries.
    entries: usize,
    /// The position of each cell but the name.
    leaves: Vec<Leaf>,
}

/// The position of a cell in the mapping of its row.
struct Leaf {
    column: usize,
    /// The index of the entry in each mapping on the path.
    way: Vec<usize>,
}

/// The most mappings that are kept; then they are dropped.
const MOST_FORMS: usize = 64;

impl<'a> Forms<'a> {
    /// The mapping for a row.
    fn of(&mut self, cells: &[Scalar<'a>], header: &[Column<'a>]) -> Result<&mut Form<'a>, YamlFault> {
        let fits =
            |form: &Form<'_>| form.there.iter().zip(cells).all(|(there, cell)| *there != is_empty(cell));
        if !self.all.get(self.last).is_some_and(fits) {
            self.last = match self.all.iter().position(fits) {
                Some(known) => known,
                None => {
                    if self.all.len() == MOST_FORMS {
                        self.all.clear();
                    }
                    self.all.push(Form::new(cells, header)?);
                    self.all.len() - 1
                }
            };
        }
        // Found or added just now.
        Ok(&mut self.all[self.last])
    }
}

impl<'a> Form<'a> {
    fn new(cells: &[Scalar<'a>], header: &[Column<'a>]) -> Result<Self, YamlFault> {
        let there: Vec<bool> = cells.iter().map(|cell| !is_empty(cell)).collect();
        let (mut root, mut leaves) = (Vec::new(), Vec::new());
        for (at, (column, value)) in header.iter().zip(cells).enumerate() {
            if is_empty(value) || column.is_name() {
                continue;
            }
            if is_empty(&column.key) {
                return Err(fault(value.span, "this cell is in a column without a key"));
            }
            let mut way = Vec::new();
            if !place(&mut root, column.key.span, &column.path, &mut way) {
                let all = column.path.first().copied().unwrap_or_default();
                let key = column.key.text;
                let words = format!("`{key}` and another cell of this row say two things of `{all}`");
                return Err(fault(value.span, &words));
            }
            leaves.push(Leaf { column: at, way });
        }
        let entries = root.len();
        Ok(Self { there, row: Node { span: Span::default(), kind: NodeKind::Map(root) }, entries, leaves })
    }

    /// Fills the cells of a row in.
    fn fill(&mut self, row: &Row<'_, 'a>, header: &[Column<'a>]) {
        self.row.span = row.span();
        for Leaf { column, way } in &self.leaves {
            let (Some(value), Some(Column { list, .. })) = (row.0.get(*column), header.get(*column)) else {
                continue;
            };
            if let Some(leaf) = leaf(&mut self.row, way, value.span) {
                *leaf = node(*value, *list);
            }
        }
    }

    /// Removes the entries that the caller added.
    fn take_back(&mut self) {
        if let NodeKind::Map(entries) = &mut self.row.kind {
            entries.truncate(self.entries);
        }
    }
}

/// The node at the end of a path. The place of a nested mapping is that of its first cell.
fn leaf<'n, 'a>(node: &'n mut Node<'a>, way: &[usize], cell: Span) -> Option<&'n mut Node<'a>> {
    let [first, rest @ ..] = way else { return Some(node) };
    let NodeKind::Map(entries) = &mut node.kind else { return None };
    let (_, inner) = entries.get_mut(*first)?;
    if !rest.is_empty() && rest.iter().all(|at| *at == 0) {
        inner.span = cell;
    }
    leaf(inner, rest, cell)
}

/// Whether a cell is blank.
fn is_empty(cell: &Scalar<'_>) -> bool {
    // Nearly always the first byte decides.
    !cell.text.as_bytes().first().is_some_and(u8::is_ascii_graphic) && cell.text.trim_start().is_empty()
}

fn fault(span: Span, words: &str) -> YamlFault {
    YamlFault { span, kind: FaultKind::Table(words.to_owned()) }
}

/// The rows of a part of a table, one by one.
struct Rows<'a> {
    sources: &'a Sources,
    file: &'a SourceFile,
    delimiter: u8,
    /// The offset of the part.
    from: usize,
    lines: RowReader<'a>,
    cells: Vec<Scalar<'a>>,
}

/// The reader of a part.
enum RowReader<'a> {
    /// For parts that contain a quote: the csv crate.
    Csv { reader: Box<Reader<&'a [u8]>>, record: StringRecord, spans: Vec<Span> },
    /// For other parts, in which a line is a row and delimiters separate its cells. The offset of the next
    /// row.
    Plain { rest: Range<usize> },
}

/// A row: its cells.
struct Row<'r, 'a>(&'r [Scalar<'a>]);

impl Row<'_, '_> {
    fn span(&self) -> Span {
        let place = |word: Option<&Scalar<'_>>| word.map(|word| word.span).unwrap_or_default();
        place(self.0.first()).to(place(self.0.last()))
    }
}

impl<'a> Rows<'a> {
    fn new(
        sources: &'a Sources,
        file: &'a SourceFile,
        delimiter: u8,
        part: Range<usize>,
        quoted: bool,
    ) -> Self {
        let from = part.start;
        let lines = if quoted {
            let text = file.text().as_bytes().get(part).unwrap_or_default();
            let mut reader = ReaderBuilder::new();
            let reader = reader.delimiter(delimiter).has_headers(false).flexible(true).from_reader(text);
            RowReader::Csv { reader: Box::new(reader), record: StringRecord::new(), spans: Vec::new() }
        } else {
            RowReader::Plain { rest: part }
        };
        Self { sources, file, delimiter, from, lines, cells: Vec::new() }
    }

    /// The offset of the next row.
    fn end(&self) -> usize {
        match &self.lines {
            RowReader::Csv { reader, .. } => {
                self.from + usize::try_from(reader.position().byte()).unwrap_or(0)
            }
            RowReader::Plain { rest } => rest.start,
        }
    }

    fn next(&mut self) -> Result<Option<Row<'_, 'a>>, YamlFault> {
        let Self { sources, file, delimiter, from, lines, cells } = self;
        cells.clear();
        match lines {
            RowReader::Plain { rest } => plain_cells(file, rest, *delimiter, cells),
            RowReader::Csv { reader, record, spans } => {
                let place = |place: Option<&csv::Position>| {
                    *from + place.map_or(0, |place| usize::try_from(place.byte()).unwrap_or(0))
                };
                if let Err(error) = reader.read_record(record) {
                    let at = place(error.position());
                    return Err(fault(file.span(at, at), &format!("this row cannot be read: {error}")));
                }
                if !record.is_empty() {
                    quoted_cells(file, place(record.position()), *delimiter, spans)?;
                }
                cells.extend(record.iter().enumerate().map(|(at, own)| {
                    let span = spans.get(at).or(spans.last()).copied().unwrap_or_default();
                    let (from, to) = ((span.start - file.base()) as usize, (span.end - file.base()) as usize);
                    // A text that is in the file as it is need not be kept twice.
                    let text = match file.text().get(from..to) {
                        Some(raw) if raw == own => raw,
                        _ => sources.keep(own.to_owned()),
                    };
                    Scalar { text, span }
                }));
            }
        }
        Ok((!cells.is_empty()).then_some(Row(cells)))
    }
}

/// The cells of the next line that is not empty; no cells after the last line.
fn plain_cells<'a>(
    file: &'a SourceFile,
    rest: &mut Range<usize>,
    delimiter: u8,
    cells: &mut Vec<Scalar<'a>>,
) {
    let text = file.text();
    let bytes = text.as_bytes().get(..rest.end).unwrap_or_default();
    skip_line_ends(bytes, rest);
    let line = bytes.get(rest.start..).unwrap_or_default();
    if line.is_empty() {
        return;
    }
    let end = memchr::memchr2(b'\n', b'\r', line).unwrap_or(line.len());
    let (mut from, end) = (rest.start, rest.start + end);
    let line = bytes.get(from..end).unwrap_or_default();
    let mut cell = |from: usize, to: usize| {
        cells.push(Scalar { text: text.get(from..to).unwrap_or_default(), span: file.span(from, to) });
    };
    for at in memchr::memchr_iter(delimiter, line).map(|at| rest.start + at) {
        cell(from, at);
        from = at + 1;
    }
    cell(from, end);
    rest.start = end;
}

fn skip_line_ends(text: &[u8], rest: &mut Range<usize>) {
    while rest.start < rest.end && matches!(text.get(rest.start), Some(b'\n' | b'\r')) {
        rest.start += 1;
    }
}

fn node(value: Scalar<'_>, list: bool) -> Node<'_> {
    if !list || !value.text.contains([' ', '\t']) {
        return Node { span: value.span, kind: NodeKind::Scalar(value.text) };
    }
    let items =
        value.text.split_whitespace().map(|text| Node { span: value.span, kind: NodeKind::Scalar(text) });
    Node { span: value.span, kind: NodeKind::Seq(items.collect()) }
}

/// Makes a node at a path of keys, and adds the indices on the path to `way`; `false` if another value is on
/// the path.
fn place<'a>(entries: &mut Vec<MapEntry<'a>>, key: Span, path: &[&'a str], way: &mut Vec<usize>) -> bool {
    let [first, rest @ ..] = path else { return false };
    let known = entries.iter().position(|(known, _)| known.text == *first);
    let at = known.unwrap_or(entries.len());
    way.push(at);
    if known.is_none() {
        let kind = if rest.is_empty() { NodeKind::Null } else { NodeKind::Map(Vec::new()) };
        entries.push((Scalar { text: first, span: key }, Node { span: Span::default(), kind }));
    }
    match entries.get_mut(at) {
        _ if rest.is_empty() => known.is_none(),
        Some((_, Node { kind: NodeKind::Map(inner), .. })) => place(inner, key, rest, way),
        _ => false,
    }
}

/// The places of the cells of the row that begins at `start`, without their quotes.
///
/// # Errors
/// If a quote is not closed.
fn quoted_cells(
    file: &SourceFile,
    start: usize,
    delimiter: u8,
    spans: &mut Vec<Span>,
) -> Result<(), YamlFault> {
    spans.clear();
    let bytes = file.text().as_bytes();
    let mut at = start;
    while matches!(bytes.get(at), Some(b'\n' | b'\r')) {
        at += 1;
    }
    let mut from = at;
    // A quote opens a quoted cell only as its first byte; a doubled quote is one quote of the text.
    let mut quoted = false;
    loop {
        match bytes.get(at).copied() {
            Some(b'"') if at == from => quoted = true,
            Some(b'"') if quoted && bytes.get(at + 1) == Some(&b'"') => at += 1,
            Some(b'"') => quoted = false,
            Some(byte) if byte == delimiter && !quoted => {
                spans.push(unquoted(file, from, at));
                from = at + 1;
            }
            None if quoted => {
                return Err(fault(file.span(from, from + 1), "the quote that begins here is not closed"));
            }
            None => break,
            Some(b'\n' | b'\r') if !quoted => break,
            Some(_) => {}
        }
        at += 1;
    }
    spans.push(unquoted(file, from, at));
    Ok(())
}

fn unquoted(file: &SourceFile, from: usize, to: usize) -> Span {
    let bytes = file.text().as_bytes();
    let quoted = to >= from + 2 && bytes.get(from) == Some(&b'"') && bytes.get(to - 1) == Some(&b'"');
    if quoted { file.span(from + 1, to - 1) } else { file.span(from, to) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Node, NodeKind, Rows, Scalar, Table};
    use crate::source::{FaultKind, Sources};

    /// The fault of a table, if it has one.
    fn fault_of(text: &str) -> Option<(String, String)> {
        let sources = Sources::new();
        let file = sources.add("x.csv", text).unwrap();
        let table = Table::new(&sources, file, b',', &[]).unwrap();
        let fault =
            table.read(table.parts(usize::MAX).remove(0), &mut |_: Scalar<'_>, _: &mut Node<'_>| {}).err()?;
        let FaultKind::Table(words) = fault.kind else { panic!() };
        Some((words, text[fault.span.start as usize..fault.span.end as usize].to_owned()))
    }

    #[test]
    fn a_row_says_each_thing_once() {
        let words = |text| fault_of(text).map(|(words, at)| format!("{at}: {words}"));
        assert_eq!(words("name,a,a.b\nx,1,\ny,,2\n"), None);
        let two = "2: `a.b` and another cell of this row say two things of `a`";
        assert_eq!(words("name,a,a.b\nx,1,2\n").as_deref(), Some(two));
        let two = "1: `a` and another cell of this row say two things of `a`";
        assert_eq!(words("name,a.b,a\nx,2,1\n").as_deref(), Some(two));
        let open = "\": the quote that begins here is not closed";
        assert_eq!(words("name,a,b\nx,1,\"2\ny,3,4\nz,5,6\n").as_deref(), Some(open));
        // Empty rows and columns, as spreadsheets write them.
        assert_eq!(words("name,a,,\nx,1,,\n,,,\n , ,,\ny,2,,\n"), None);
        let keyless = "3: this cell is in a column without a key";
        assert_eq!(words("name,a,,\nx,1,,\ny,2,,3\n").as_deref(), Some(keyless));
        // A quote inside a cell, as in inches, opens nothing.
        assert_eq!(words("name,a,b\nx,5\" disk,\"a \"\"b\"\"\"\n\"y\",,\n"), None);
        let short = "x,1: this row has 2 cells, the first one has 3";
        assert_eq!(words("name,a,b\nx,1\n").as_deref(), Some(short));
    }

    /// Every row of a table, as a text.
    fn rows(text: &str) -> Vec<String> {
        let sources = Sources::new();
        let file = sources.add("x.csv", text).unwrap();
        let table = Table::new(&sources, file, b',', &["b"]).unwrap();
        let mut rows = Vec::new();
        let each = &mut |name: Scalar<'_>, row: &mut Node<'_>| {
            rows.push(format!("{name:?} {row:?}"));
            let NodeKind::Map(entries) = &mut row.kind else { panic!("{row:?}") };
            entries.push((Scalar::default(), Node { span: row.span, kind: NodeKind::Null }));
        };
        table.read(table.parts(usize::MAX).remove(0), each).unwrap();
        rows
    }

    proptest! {
        /// A row does not depend on the rows before it.
        #[test]
        fn a_row_is_what_it_is_alone(
            texts in prop::collection::vec(prop::collection::vec("[x yé]{0,3}", 7), 0..12)
        ) {
            let header = "m.o.p,a,name,b,m.n,m.o.q,k.l.z\n";
            let lines: Vec<String> = texts
                .into_iter()
                .map(|mut cells| {
                    cells[2].insert(0, 'n');
                    format!("{}\n", cells.join(","))
                })
                .collect();
            let alone = (0..lines.len()).flat_map(|at| {
                let line = |(other, line): (usize, &String)| {
                    if other == at { line.clone() } else { "\n".repeat(line.len()) }
                };
                rows(&(header.to_owned() + &lines.iter().enumerate().map(line).collect::<String>()))
            });
            let alone: Vec<_> = alone.collect();
            prop_assert_eq!(rows(&(header.to_owned() + &lines.concat())), alone);
        }

        /// Lines without quotes are split as the csv crate splits them.
        #[test]
        fn plain_lines_are_what_the_library_reads(text in "[a-c.;, é\n\r\t]{0,40}") {
            let sources = Sources::new();
            let file = sources.add("x.csv", text.clone()).unwrap();
            let mut rows = Rows::new(&sources, file, b',', 0..text.len(), text.contains('"'));
            let mut ours = Vec::new();
            while let Some(row) = rows.next().unwrap() {
                let there = |word: &Scalar<'_>| {
                    assert_eq!(&text[word.span.start as usize..word.span.end as usize], word.text);
                    word.text.to_owned()
                };
                ours.push(row.0.iter().map(there).collect::<Vec<_>>());
            }
            let mut reader = csv::ReaderBuilder::new();
            let reader = reader.has_headers(false).flexible(true).from_reader(text.as_bytes());
            let theirs = reader.into_records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
            prop_assert_eq!(ours, theirs.collect::<Vec<Vec<String>>>());
        }
    }
}
