//! Kea's JSON: with comments, `<?include "FILE"?>`, and a comma behind the last item.

use std::rc::Rc;

use super::super::copies::weight_of_text;
use super::super::draft::{Mapping, Value};
use super::super::origin::{Lines, Origin};
use super::super::source_file::{FilesByPath, SourceFile};

/// How deep values may be nested.
const DEEPEST: usize = 64;

/// How many files may include each other in a chain.
const CHAIN: usize = 8;

/// The most bytes that includes may add up to, and the most includes.
const LARGEST: usize = 64 << 20;
const INCLUDES: usize = 10_000;

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub origin: Origin,
    pub json: Json,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Json {
    /// A text.
    Text(String),
    /// A number, `true`, `false` or `null`.
    Bare(String),
    /// A list.
    List(Vec<Node>),
    /// Members, in order.
    Object(Vec<(String, Node)>),
}

impl Node {
    /// The text or the number.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.json {
            Json::Text(text) | Json::Bare(text) => Some(text),
            Json::List(_) | Json::Object(_) => None,
        }
    }

    /// The items of a list.
    pub(super) fn items(&self) -> &[Self] {
        if let Json::List(items) = &self.json { items } else { &[] }
    }

    /// The members of an object.
    pub(super) fn members(&self) -> &[(String, Self)] {
        if let Json::Object(members) = &self.json { members } else { &[] }
    }

    /// A member.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|(known, _)| known == name).map(|(_, node)| node)
    }

    /// It as a value of the draft.
    pub(super) fn value(&self) -> Value {
        match &self.json {
            Json::Text(text) => Value::Text(text.clone()),
            // A broken file may have any word here, such as `-`, which YAML does not read as a scalar.
            Json::Bare(text) if serde_json::from_str::<serde_json::Value>(text).is_err() => {
                text.as_str().into()
            }
            Json::Bare(text) => Value::Bare(text.clone()),
            Json::List(items) => Value::List(items.iter().map(Self::value).collect()),
            Json::Object(members) => {
                let mut map = Mapping::default();
                for (name, node) in members {
                    map.set(name, node.value());
                }
                Value::Map(map)
            }
        }
    }

    /// How many values of common length it has.
    pub(super) fn weight(&self) -> usize {
        match &self.json {
            Json::Text(text) | Json::Bare(text) => weight_of_text(text),
            Json::List(items) => items.iter().map(Self::weight).sum::<usize>() + 1,
            Json::Object(members) => {
                members.iter().map(|(name, node)| weight_of_text(name) + node.weight()).sum::<usize>() + 1
            }
        }
    }

    /// It as JSON without comments. A bare word that is no value of JSON becomes a text.
    pub(super) fn to_json(&self) -> serde_json::Value {
        match &self.json {
            Json::Text(text) => text.as_str().into(),
            Json::Bare(text) => serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into()),
            Json::List(items) => items.iter().map(Self::to_json).collect(),
            Json::Object(members) => {
                let members = members.iter().map(|(name, node)| (name.clone(), node.to_json()));
                serde_json::Value::Object(members.collect())
            }
        }
    }

    /// Its beginning in one line, for the account.
    pub(super) fn shown(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        if text.len() > 100 {
            return;
        }
        match &self.json {
            Json::Text(own) => text.push_str(&format!("\"{own}\"")),
            Json::Bare(own) => text.push_str(own),
            Json::List(items) => {
                text.push('[');
                for (index, item) in items.iter().enumerate().take(40) {
                    text.push_str(if index > 0 { ", " } else { "" });
                    item.write(text);
                }
                text.push(']');
            }
            Json::Object(members) => {
                text.push('{');
                for (index, (name, node)) in members.iter().enumerate().take(40) {
                    text.push_str(if index > 0 { ", " } else { "" });
                    text.push_str(&format!("\"{name}\": "));
                    node.write(text);
                }
                text.push('}');
            }
        }
    }
}

/// A token with its place.
struct Token {
    origin: Origin,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// `{`, `}`, `[`, `]`, `:` or `,`.
    Mark(u8),
    Text(String),
    Bare(String),
}

/// The paths of the files that a text includes.
pub(super) fn includes(text: &str) -> Vec<String> {
    let parts = text.split("<?include").skip(1);
    parts.filter_map(|part| Some(part.split('"').nth(1)?.to_owned())).collect()
}

/// The value of a file; faults are sentences at their places.
pub(super) fn parse(
    file: &SourceFile,
    files: &[SourceFile],
    faults: &mut Vec<(Origin, String)>,
) -> Option<Node> {
    let mut tokens = Vec::new();
    let mut includes = Includes {
        files: &FilesByPath::new(files),
        open: vec![Rc::from(file.path.as_str())],
        count: 0,
        bytes: 0,
        is_full: false,
    };
    lex(file, &mut includes, &mut tokens, faults);
    tokens.reverse();
    let mut parser = Parser { tokens, faults };
    parser.value(0)
}

/// The includes of a file, and of those that it includes.
struct Includes<'f> {
    files: &'f FilesByPath<'f>,
    /// The files whose includes are being read.
    open: Vec<Rc<str>>,
    count: usize,
    bytes: usize,
    /// They were too many.
    is_full: bool,
}

impl<'f> Includes<'f> {
    /// The file with a path, or why it is not included. A fault that all further includes have is told once.
    fn take(&mut self, path: &str) -> Result<&'f SourceFile, Option<String>> {
        let found = self
            .files
            .find(path)
            .filter(|file| self.open.len() < CHAIN && !self.open.iter().any(|known| **known == *file.path));
        let found = found.ok_or_else(|| Some(format!("{path} is missing: add it to the command line")))?;
        self.count += 1;
        self.bytes += found.text.len();
        if self.count <= INCLUDES && self.bytes <= LARGEST {
            return Ok(found);
        }
        let is_first = !std::mem::replace(&mut self.is_full, true);
        Err(is_first.then(|| format!("the includes add up to too much: {path} is left out")))
    }
}

fn lex(
    file: &SourceFile,
    includes: &mut Includes<'_>,
    tokens: &mut Vec<Token>,
    faults: &mut Vec<(Origin, String)>,
) {
    let text = file.text.as_str();
    let bytes = text.as_bytes();
    let mut places = Lines::new(&file.path, text);
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = text.get(at..).unwrap_or_default();
        let start = at;
        let line = || rest.find('\n').unwrap_or(rest.len());
        match byte {
            b'{' | b'}' | b'[' | b']' | b':' | b',' => {
                tokens.push(Token { origin: places.at(start), kind: Kind::Mark(*byte) });
                at += 1;
            }
            b'#' => at += line(),
            b'/' if rest.starts_with("//") => at += line(),
            b'/' if rest.starts_with("/*") => at += rest.find("*/").map_or(rest.len(), |end| end + 2),
            b'<' if rest.starts_with("<?include") => {
                let line = rest.get(..line()).unwrap_or_default();
                let end = line.find("?>").map_or(line.len(), |end| end + 2);
                let path = self::includes(line.get(..end).unwrap_or_default()).pop().unwrap_or_default();
                match includes.take(&path) {
                    Ok(found) => {
                        includes.open.push(Rc::from(found.path.as_str()));
                        lex(found, includes, tokens, faults);
                        includes.open.pop();
                    }
                    Err(fault) => faults.extend(fault.map(|fault| (places.at(start), fault))),
                }
                at += end;
            }
            b'"' => {
                let (value, length) = string(rest);
                tokens.push(Token { origin: places.at(start), kind: Kind::Text(value) });
                at += length;
            }
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.') => {
                let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let end = bytes.iter().skip(at).position(|byte| !word(byte)).unwrap_or(bytes.len() - at);
                let value = rest.get(..end).unwrap_or_default().to_owned();
                tokens.push(Token { origin: places.at(start), kind: Kind::Bare(value) });
                at += end.max(1);
            }
            _ => at += 1,
        }
    }
}

/// The string at the beginning of a text, and its length with quotes.
fn string(text: &str) -> (String, usize) {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, at + 1),
            // The text is not closed in its line; Kea refuses that.
            '\n' => return (value, at),
            '\\' => match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, 'r')) => value.push('\r'),
                Some((at, 'u')) => {
                    let code = text.get(at + 1..at + 5).and_then(|code| u32::from_str_radix(code, 16).ok());
                    if let Some(c) = code.and_then(char::from_u32) {
                        value.push(c);
                        chars.nth(3);
                    }
                }
                Some((_, c)) => value.push(c),
                None => {}
            },
            c => value.push(c),
        }
    }
    (value, text.len())
}

struct Parser<'f> {
    /// The tokens, the next one last.
    tokens: Vec<Token>,
    faults: &'f mut Vec<(Origin, String)>,
}

impl Parser<'_> {
    fn next_is(&self, mark: u8) -> bool {
        self.tokens.last().is_some_and(|token| token.kind == Kind::Mark(mark))
    }

    fn value(&mut self, depth: usize) -> Option<Node> {
        let Token { origin, kind } = self.tokens.pop()?;
        let json = match kind {
            Kind::Text(text) => Json::Text(text),
            Kind::Bare(text) => Json::Bare(text),
            Kind::Mark(b'{') if depth < DEEPEST => Json::Object(self.members(depth)),
            Kind::Mark(b'[') if depth < DEEPEST => Json::List(self.items(depth)),
            Kind::Mark(b'{' | b'[') => {
                self.faults.push((origin, format!("values are nested more than {DEEPEST} levels deep")));
                self.tokens.clear();
                return None;
            }
            Kind::Mark(mark) => {
                self.faults.push((origin, format!("`{}` is no value", char::from(mark))));
                return None;
            }
        };
        Some(Node { origin, json })
    }

    fn items(&mut self, depth: usize) -> Vec<Node> {
        let mut items = Vec::new();
        while !self.tokens.is_empty() {
            if self.next_is(b']') {
                self.tokens.pop();
                break;
            }
            if self.next_is(b',') {
                self.tokens.pop();
                continue;
            }
            // The list is not closed: what follows belongs to the object around it.
            if self.next_is(b'}') || self.next_is(b':') {
                self.fault("the list is not closed");
                break;
            }
            items.extend(self.value(depth + 1));
        }
        items
    }

    fn members(&mut self, depth: usize) -> Vec<(String, Node)> {
        let mut members = Vec::new();
        while let Some(token) = self.tokens.pop() {
            match token.kind {
                Kind::Mark(b'}') => break,
                Kind::Mark(b',') => {}
                Kind::Text(name) if self.next_is(b':') => {
                    self.tokens.pop();
                    if self.next_is(b'}') || self.next_is(b',') {
                        self.faults.push((token.origin, format!("`{name}` has no value")));
                        continue;
                    }
                    if let Some(node) = self.value(depth + 1) {
                        members.push((name, Node { origin: token.origin, ..node }));
                    }
                }
                other => self.faults.push((token.origin, format!("{other:?} is no parameter"))),
            }
        }
        members
    }

    fn fault(&mut self, text: &str) {
        if let Some(token) = self.tokens.last() {
            self.faults.push((token.origin.clone(), text.to_owned()));
        }
    }
}
