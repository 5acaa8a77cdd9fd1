//! A line scanner in front of the YAML parser. For plain block style it makes the same events at a quarter of the cost
//! (docs/performance.md).
//!
//! It reads block mappings and lists that are indented with spaces; keys of one plain or quoted scalar on one
//! line; values on the line of their key or dash, which are plain, quoted, or a list or mapping in brackets
//! that ends on that line; empty values; comments; empty lines; LF and CRLF. The escapes that it knows are
//! `\"`, `\\`, `\n` and `\t` in double quotes and `''` in single quotes.
//!
//! At any other text it gives up, and the parser reads the rest of the text: at tabs, values of several lines, `|` and
//! `>`, anchors, aliases, tags, `? `, a list on the line of another list's dash, a comment after a dash without a value,
//! several documents, directives, control and unusual characters, and every error. The scanner keeps back the events of
//! a line until it has read the next line. So when it gives up, the parser starts anew, skips as many events as
//! [`Scanner::given`] counts, and continues. The scanner never reports an error. `tests/scanner.rs` and the fuzz target
//! `scanner` compare it with the parser.

use std::ops::Range;

use super::Span;
use super::event::{Event, Form, Placed};

/// The deepest nesting that it reads; the parser reads 255 levels.
const DEEPEST: usize = 32;

/// The longest key that it reads; the parser reads 1,024 characters.
const LONGEST_KEY: usize = 256;

#[derive(Clone, Copy, PartialEq)]
enum Level {
    Map(usize),
    Seq(usize),
}

/// The part of the document that the last line began and did not finish.
#[derive(Clone, Copy, PartialEq)]
enum Unfinished {
    /// Nothing.
    No,
    /// A key or dash without a value so far, and the place of the value if it stays empty.
    Value(usize),
    /// The document.
    Document,
    /// The text ended, or the scanner gave up.
    Over,
}

/// Reads a text line by line.
pub struct Scanner<'a> {
    text: &'a str,
    /// The offset of the content of the next line, and its indentation.
    at: usize,
    indent: usize,
    levels: Vec<Level>,
    open: Unfinished,
    /// The events of the current line, and the index of the next one.
    events: Vec<Placed<'a>>,
    next: usize,
    /// The events of the line after it.
    later: Vec<Placed<'a>>,
    given: usize,
}

/// The scanner gives up.
struct Unusual;

type Taken<T> = Result<T, Unusual>;

impl<'a> Scanner<'a> {
    /// A scanner at the start of a text.
    pub fn new(text: &'a str) -> Self {
        let mut scanner = Self {
            text,
            at: 0,
            indent: 0,
            levels: Vec::new(),
            open: Unfinished::Document,
            events: Vec::with_capacity(16),
            next: 0,
            later: Vec::with_capacity(16),
            given: 0,
        };
        match scanner.content(0) {
            // Places are numbers of 32 bits.
            Ok((at, indent)) if at < text.len() && u32::try_from(text.len()).is_ok() => {
                (scanner.at, scanner.indent) = (at, indent);
                scanner.advance();
            }
            _ => scanner.open = Unfinished::Over,
        }
        scanner
    }

    /// How many events it has given.
    pub fn given(&self) -> usize {
        self.given
    }

    /// The offset of the next event; `None` if the parser has to continue.
    pub fn ahead(&self) -> Option<usize> {
        let next = self.events.get(self.next).or(self.later.first());
        next.map(|(_, place)| place.start as usize)
    }

    /// Offsets, about every so many bytes, where entries of the innermost mapping may begin; the next entry
    /// is the first. Each is the start of a line with the indentation of the next key. Only reading up to
    /// such an offset tells whether an entry really begins there.
    pub fn starts(&self, every: usize) -> Vec<usize> {
        let (Some(next), Some(column)) = (self.ahead(), self.column()) else { return Vec::new() };
        let mut starts = vec![next];
        let mut from = next;
        while let Some(start) = self.start_behind(from.saturating_add(every), column) {
            starts.push(start);
            from = start;
        }
        starts
    }

    /// The indentation of the next key, if the next event is a key of a block mapping.
    fn column(&self) -> Option<usize> {
        let next = self.ahead()?;
        let before = self.text.get(..next)?;
        let column = next - before.rfind('\n').map_or(0, |at| at + 1);
        let blank = before.bytes().rev().take(column).all(|byte| byte == b' ');
        (blank && self.levels.contains(&Level::Map(column))).then_some(column)
    }

    /// The first line after an offset that has this indentation and may be an entry of a mapping.
    fn start_behind(&self, mut place: usize, column: usize) -> Option<usize> {
        loop {
            let line = place + self.text.as_bytes().get(place..)?.iter().position(|byte| *byte == b'\n')? + 1;
            let at = self.blanks(line);
            let entry = !matches!(self.byte(at), None | Some(b'#' | b'-' | b'\n' | b'\r'));
            if at - line == column && entry {
                return Some(at);
            }
            place = at;
        }
    }

    /// A scanner at one of [`Scanner::starts`], inside the same mapping. It has given no event.
    pub fn from(&self, start: usize) -> Option<Self> {
        let column = self.column()?;
        let level = self.levels.iter().position(|level| *level == Level::Map(column))?;
        let mut scanner = Self {
            text: self.text,
            at: start,
            indent: column,
            levels: self.levels[..=level].to_vec(),
            open: Unfinished::No,
            events: Vec::with_capacity(16),
            next: 0,
            later: Vec::with_capacity(16),
            given: 0,
        };
        scanner.advance();
        Some(scanner)
    }

    /// Continues where another scanner is, which began where this one is.
    pub fn go_on(&mut self, other: Self) {
        let given = self.given + other.given;
        *self = Self { given, ..other };
    }

    /// Counts events that it would have given.
    pub fn count(&mut self, events: usize) {
        self.given += events;
    }

    /// The next event; `None` if the parser has to continue.
    pub fn next(&mut self) -> Option<Placed<'a>> {
        if self.next == self.events.len() {
            std::mem::swap(&mut self.events, &mut self.later);
            self.later.clear();
            self.next = 0;
            self.advance();
        }
        let next = *self.events.get(self.next)?;
        self.next += 1;
        self.given += 1;
        Some(next)
    }

    /// Reads one more line. The parser looks ahead, so it may report an error in a line before it gives the
    /// events of the line before. So the parser gets that line as well.
    fn advance(&mut self) {
        if self.open != Unfinished::Over && self.line().is_err() {
            self.open = Unfinished::Over;
            self.events.clear();
            self.later.clear();
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn put(&mut self, event: Event<'a>, place: Range<usize>) {
        // The text is not longer than that.
        self.later.push((event, Span::new(place.start as u32, place.end as u32)));
    }

    fn nothing(&mut self, at: usize) {
        self.put(Event::scalar("~", Form::Plain), at..at);
    }

    /// Reads the line that begins at `self.at`, and finds the next one.
    fn line(&mut self) -> Taken<()> {
        if self.open == Unfinished::Document {
            self.document()?;
        }
        let (at, indent) = (self.at, self.indent);
        let end = at >= self.text.len();
        let dash =
            self.byte(at) == Some(b'-') && matches!(self.byte(at + 1), None | Some(b' ' | b'\n' | b'\r'));
        let deepest = match self.levels.last() {
            Some(Level::Map(column) | Level::Seq(column)) => Some(*column),
            None => None,
        };
        let deeper = !end && deepest.is_none_or(|column| indent > column);
        match self.open {
            Unfinished::Document | Unfinished::Value(_) if deeper => {
                if self.levels.len() >= DEEPEST {
                    return Err(Unusual);
                }
                self.begin(dash, at, indent);
            }
            // A list may have the same indentation as its key. The parser notices the list only when it has
            // read the first dash.
            Unfinished::Value(_) if dash && !end && self.levels.last() == Some(&Level::Map(indent)) => {
                self.begin(dash, self.blanks(at + 1), indent);
            }
            Unfinished::Value(place) => {
                self.nothing(place);
                self.close(dash, at, indent, end)?;
            }
            Unfinished::No if !deeper => self.close(dash, at, indent, end)?,
            Unfinished::Document | Unfinished::No | Unfinished::Over => return Err(Unusual),
        }
        self.open = Unfinished::No;
        if end {
            self.put(Event::Nothing, at..at);
            self.put(Event::End, at..at);
            self.open = Unfinished::Over;
            return Ok(());
        }
        // `---` and `...` without indentation are document markers.
        if indent == 0 && matches!(self.text.as_bytes().get(at..at + 3), Some(b"---" | b"...")) {
            return Err(Unusual);
        }
        let behind = if dash { self.item(at, indent)? } else { self.entry(at)? };
        (self.at, self.indent) = self.content(behind)?;
        // A line with more indentation after a complete value continues the value, or is an error.
        let column = match self.levels.last() {
            Some(Level::Map(column) | Level::Seq(column)) => *column,
            None => return Err(Unusual),
        };
        if self.open == Unfinished::No && self.at < self.text.len() && self.indent > column {
            return Err(Unusual);
        }
        Ok(())
    }

    /// The start of the document, with or without `---`.
    fn document(&mut self) -> Taken<()> {
        let at = self.at;
        self.put(Event::Nothing, 0..0);
        if self.indent == 0 && self.text.as_bytes().get(at..at + 3) == Some(b"---") {
            let behind = self.rest(at + 3)?;
            (self.at, self.indent) = self.content(behind)?;
            self.put(Event::Document, at..at + 3);
        } else {
            self.put(Event::Document, at..at);
        }
        Ok(())
    }

    fn begin(&mut self, dash: bool, at: usize, indent: usize) {
        if dash {
            self.levels.push(Level::Seq(indent));
            self.put(Event::SEQUENCE, at..at);
        } else {
            self.levels.push(Level::Map(indent));
            self.put(Event::MAPPING, at..at);
        }
    }

    /// Ends the mappings and lists that a line with this indentation ends.
    fn close(&mut self, dash: bool, at: usize, indent: usize, end: bool) -> Taken<()> {
        while let Some(level) = self.levels.last().copied() {
            let (ends, event) = match level {
                Level::Map(column) => (end || column > indent, Event::MappingEnd),
                Level::Seq(column) => {
                    (end || column > indent || (column == indent && !dash), Event::SequenceEnd)
                }
            };
            if !ends {
                let fits = if dash { Level::Seq(indent) } else { Level::Map(indent) };
                return if level == fits { Ok(()) } else { Err(Unusual) };
            }
            self.put(event, at..at);
            self.levels.pop();
        }
        if end { Ok(()) } else { Err(Unusual) }
    }

    /// Reads `- …`; gives the offset of its end.
    fn item(&mut self, dash: usize, indent: usize) -> Taken<usize> {
        let at = self.blanks(dash + 1);
        match self.byte(at) {
            None | Some(b'\n' | b'\r') => {
                self.open = Unfinished::Value(at);
                return self.rest(at);
            }
            // The parser places the value behind the comment.
            Some(b'#') => return Err(Unusual),
            Some(b'-') if matches!(self.byte(at + 1), None | Some(b' ' | b'\n' | b'\r')) => {
                return Err(Unusual);
            }
            _ => {}
        }
        // A mapping that begins on the line of the dash, or a value.
        let before = self.later.len();
        if !matches!(self.byte(at), Some(b'[' | b'{')) && self.colon(at) {
            if self.levels.len() >= DEEPEST {
                return Err(Unusual);
            }
            let column = indent + (at - dash);
            self.levels.push(Level::Map(column));
            self.put(Event::MAPPING, at..at);
            return self.entry(at);
        }
        let behind = self.value(at)?;
        debug_assert!(self.later.len() > before, "a value is an event");
        self.rest(behind)
    }

    /// Whether a key begins here: a scalar with a colon behind it.
    fn colon(&self, at: usize) -> bool {
        let behind = match self.byte(at) {
            Some(b'"' | b'\'') => match self.quoted(at) {
                Ok((.., behind)) => behind,
                Err(Unusual) => return false,
            },
            _ => self.plain(at).map_or(at, |place| place.end),
        };
        self.byte(behind) == Some(b':')
    }

    /// Reads `key: …`; gives the offset of its end.
    fn entry(&mut self, at: usize) -> Taken<usize> {
        let behind = self.scalar(at)?;
        if behind - at > LONGEST_KEY || self.byte(behind) != Some(b':') {
            return Err(Unusual);
        }
        let at = self.blanks(behind + 1);
        match self.byte(at) {
            None | Some(b'\n' | b'\r') => {}
            _ if at == behind + 1 => return Err(Unusual),
            Some(b'#') => {}
            _ => {
                let behind = self.value(at)?;
                return self.rest(behind);
            }
        }
        self.open = Unfinished::Value(behind);
        self.rest(at)
    }

    /// Reads a value on its line; gives the offset of its end.
    fn value(&mut self, at: usize) -> Taken<usize> {
        match self.byte(at) {
            Some(b'[' | b'{') => self.flow(at, 0),
            _ => self.scalar(at),
        }
    }

    fn scalar(&mut self, at: usize) -> Taken<usize> {
        if matches!(self.byte(at), Some(b'"' | b'\'')) {
            let (text, form, behind) = self.quoted(at)?;
            self.put(Event::scalar(text, form), at..behind);
            return Ok(behind);
        }
        let place = self.plain(at)?;
        let behind = place.end;
        let text = self.text.get(place.clone()).ok_or(Unusual)?;
        self.put(Event::scalar(text, Form::Plain), place);
        Ok(behind)
    }

    /// A plain scalar in block style: up to a comment, a colon with a blank behind it, or the end.
    fn plain(&self, from: usize) -> Taken<Range<usize>> {
        let bytes = self.text.as_bytes();
        let mut at = self.first(from)?;
        // Behind the last byte that is no blank.
        let mut end = at;
        while let Some(&byte) = bytes.get(at) {
            match CLASS[byte as usize] {
                Class::Plain | Class::Flow => {
                    // Nearly all bytes are plain.
                    let more = bytes.get(at + 1..).unwrap_or_default().iter();
                    at += more.take_while(|byte| CLASS[**byte as usize] as u8 <= Class::Flow as u8).count();
                }
                Class::Blank => {
                    at += 1;
                    continue;
                }
                Class::Colon => {
                    if matches!(bytes.get(at + 1), None | Some(b' ' | b'\t' | b'\n' | b'\r')) {
                        break;
                    }
                }
                Class::Hash => {
                    if end < at {
                        break;
                    }
                }
                Class::End => break,
                Class::Two | Class::Three => at = self.wide(at)? - 1,
                Class::Unusual => return Err(Unusual),
            }
            at += 1;
            end = at;
        }
        // A blank before the colon is legal, but rare.
        if bytes.get(at) == Some(&b':') && end < at {
            return Err(Unusual);
        }
        Ok(from..end)
    }

    /// Skips the first character of a plain scalar, which has to be an ordinary one.
    fn first(&self, at: usize) -> Taken<usize> {
        let byte = self.byte(at).ok_or(Unusual)?;
        match byte {
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'_'
            | b'/'
            | b'.'
            | b'+'
            | b'~'
            | b'^'
            | b'$'
            | b'('
            | b')'
            | b';'
            | b'='
            | b'<'
            | b'\\' => Ok(at + 1),
            b'-' if self.byte(at + 1).is_some_and(|next| next == b'-' || next.is_ascii_alphanumeric()) => {
                Ok(at + 1)
            }
            _ if byte >= 0x80 => self.wide(at),
            _ => Err(Unusual),
        }
    }

    /// Skips a character of two or three bytes.
    fn wide(&self, at: usize) -> Taken<usize> {
        let bytes = self.text.as_bytes();
        match (CLASS[bytes[at] as usize], bytes.get(at + 1), bytes.get(at + 2)) {
            (Class::Two, _, _) => Ok(at + 2),
            // The separators of lines and paragraphs.
            (Class::Three, Some(0x80), Some(0xa8 | 0xa9)) if bytes[at] == 0xe2 => Err(Unusual),
            (Class::Three, _, _) => Ok(at + 3),
            _ => Err(Unusual),
        }
    }

    /// Reads a quoted scalar; gives its text between the quotes, its form and the offset of its end.
    fn quoted(&self, at: usize) -> Taken<(&'a str, Form, usize)> {
        let quote = self.byte(at).ok_or(Unusual)?;
        let (from, mut to) = (at + 1, at + 1);
        let mut escapes = false;
        loop {
            let byte = self.byte(to).ok_or(Unusual)?;
            match CLASS[byte as usize] {
                _ if byte == quote => {
                    if quote == b'\'' && self.byte(to + 1) == Some(b'\'') {
                        escapes = true;
                        to += 1;
                    } else {
                        break;
                    }
                }
                _ if byte == b'\\' && quote == b'"' => {
                    if !matches!(self.byte(to + 1), Some(b'"' | b'\\' | b'n' | b't')) {
                        return Err(Unusual);
                    }
                    escapes = true;
                    to += 1;
                }
                Class::Plain | Class::Flow | Class::Blank | Class::Colon | Class::Hash => {}
                Class::Two | Class::Three => to = self.wide(to)? - 1,
                Class::End | Class::Unusual => return Err(Unusual),
            }
            to += 1;
        }
        let form = match quote {
            _ if !escapes => Form::Text,
            b'\'' => Form::Single,
            _ => Form::Double,
        };
        Ok((self.text.get(from..to).ok_or(Unusual)?, form, to + 1))
    }

    /// Reads a list or a mapping in brackets; gives the offset of its end.
    fn flow(&mut self, open: usize, level: usize) -> Taken<usize> {
        if level >= DEEPEST {
            return Err(Unusual);
        }
        let map = self.byte(open) == Some(b'{');
        if map {
            self.put(Event::MAPPING, open..open + 1);
        } else {
            self.put(Event::SEQUENCE, open..open + 1);
        }
        let mut at = self.blanks(open + 1);
        loop {
            match (self.byte(at), map) {
                (Some(b'}'), true) => {
                    self.put(Event::MappingEnd, at..at + 1);
                    return Ok(at + 1);
                }
                (Some(b']'), false) => {
                    self.put(Event::SequenceEnd, at..at + 1);
                    return Ok(at + 1);
                }
                _ => {}
            }
            if map {
                let from = at;
                at = self.flow_scalar(at)?;
                if self.byte(at) != Some(b':') || at - from > LONGEST_KEY {
                    return Err(Unusual);
                }
                let colon = at;
                at = self.blanks(colon + 1);
                match self.byte(at) {
                    Some(b',' | b'}') => self.nothing(colon),
                    _ if at == colon + 1 => return Err(Unusual),
                    _ => at = self.flow_value(at, level)?,
                }
            } else {
                at = self.flow_value(at, level)?;
            }
            at = self.blanks(at);
            match (self.byte(at), map) {
                (Some(b','), _) => at = self.blanks(at + 1),
                (Some(b'}'), true) | (Some(b']'), false) => {}
                _ => return Err(Unusual),
            }
        }
    }

    fn flow_value(&mut self, at: usize, level: usize) -> Taken<usize> {
        match self.byte(at) {
            Some(b'[' | b'{') => self.flow(at, level + 1),
            _ => self.flow_scalar(at),
        }
    }

    fn flow_scalar(&mut self, at: usize) -> Taken<usize> {
        if matches!(self.byte(at), Some(b'"' | b'\'')) {
            return self.scalar(at);
        }
        let bytes = self.text.as_bytes();
        let from = at;
        let mut at = self.first(from)?;
        let mut end = at;
        while let Some(&byte) = bytes.get(at) {
            match CLASS[byte as usize] {
                Class::Plain => {}
                Class::Blank => {
                    at += 1;
                    continue;
                }
                Class::Colon => {
                    if matches!(
                        bytes.get(at + 1),
                        None | Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b'[' | b']' | b'{' | b'}')
                    ) {
                        break;
                    }
                }
                Class::Hash if end == at => {}
                Class::Flow | Class::End => break,
                Class::Two | Class::Three => at = self.wide(at)? - 1,
                Class::Hash | Class::Unusual => return Err(Unusual),
            }
            at += 1;
            end = at;
        }
        if bytes.get(at) == Some(&b':') && end < at {
            return Err(Unusual);
        }
        let text = self.text.get(from..end).ok_or(Unusual)?;
        self.put(Event::scalar(text, Form::Plain), from..end);
        Ok(end)
    }

    fn blanks(&self, mut at: usize) -> usize {
        while self.byte(at) == Some(b' ') {
            at += 1;
        }
        at
    }

    /// Skips blanks and a comment after a value; gives the offset of the next line.
    fn rest(&self, from: usize) -> Taken<usize> {
        let at = self.blanks(from);
        match self.byte(at) {
            None => Ok(at),
            Some(b'\n') => Ok(at + 1),
            Some(b'\r') if self.byte(at + 1) == Some(b'\n') => Ok(at + 2),
            Some(b'#') if at > from || self.byte(at - 1) == Some(b' ') => self.comment(at),
            Some(_) => Err(Unusual),
        }
    }

    fn comment(&self, mut at: usize) -> Taken<usize> {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(at) {
            match CLASS[byte as usize] {
                Class::End if byte == b'\n' => return Ok(at + 1),
                Class::End if bytes.get(at + 1) == Some(&b'\n') => return Ok(at + 2),
                Class::Two | Class::Three => at = self.wide(at)? - 1,
                Class::End | Class::Unusual => return Err(Unusual),
                Class::Plain | Class::Flow | Class::Blank | Class::Colon | Class::Hash => {}
            }
            at += 1;
        }
        Ok(at)
    }

    /// From the start of a line: the offset of the next content, and its indentation.
    fn content(&self, mut line: usize) -> Taken<(usize, usize)> {
        loop {
            let at = self.blanks(line);
            line = match self.byte(at) {
                None => return Ok((at, 0)),
                Some(b'\n') => at + 1,
                Some(b'\r') if self.byte(at + 1) == Some(b'\n') => at + 2,
                Some(b'#') => self.comment(at)?,
                Some(_) => return Ok((at, at - line)),
            };
        }
    }
}

/// The role of a byte in a scalar.
#[derive(Clone, Copy)]
enum Class {
    Plain,
    /// `,`, brackets and braces, which end a scalar only between brackets.
    Flow,
    Blank,
    Colon,
    Hash,
    /// The end of a line.
    End,
    /// The first byte of a character of two bytes.
    Two,
    /// The first byte of a character of three bytes.
    Three,
    Unusual,
}

const CLASS: [Class; 256] = {
    let mut classes = [Class::Unusual; 256];
    let mut byte = 0x21;
    while byte < 0x7f {
        classes[byte] = Class::Plain;
        byte += 1;
    }
    // Without U+0080 to U+00BF, of which some are control characters.
    byte = 0xc3;
    while byte <= 0xdf {
        classes[byte] = Class::Two;
        byte += 1;
    }
    // Up to U+DFFF: what follows are private characters, the byte order mark and non-characters.
    while byte <= 0xed {
        classes[byte] = Class::Three;
        byte += 1;
    }
    classes[b',' as usize] = Class::Flow;
    classes[b'[' as usize] = Class::Flow;
    classes[b']' as usize] = Class::Flow;
    classes[b'{' as usize] = Class::Flow;
    classes[b'}' as usize] = Class::Flow;
    classes[b' ' as usize] = Class::Blank;
    classes[b':' as usize] = Class::Colon;
    classes[b'#' as usize] = Class::Hash;
    classes[b'\n' as usize] = Class::End;
    classes[b'\r' as usize] = Class::End;
    classes
};
