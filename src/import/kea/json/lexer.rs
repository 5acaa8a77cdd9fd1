//! The tokens of a file and of those that it includes.

use std::rc::Rc;

use super::super::super::origin::{Lines, Origin};
use super::super::super::source_file::{FilesByPath, SourceFile};
use super::faults::Faults;

/// How many files may include each other in a chain.
const CHAIN: usize = 8;

/// The most bytes that includes may add up to, and the most includes.
const LARGEST: usize = 64 << 20;
const INCLUDES: usize = 10_000;

/// A token with its place.
pub(super) struct Token {
    pub(super) origin: Origin,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `{`, `}`, `[`, `]`, `:` or `,`.
    Mark(u8),
    Text(String),
    Bare(String),
    /// The content of a file that is missing.
    Missing,
}

impl Kind {
    /// A text without its quotes, or a word.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Bare(text) => text,
            Self::Mark(_) | Self::Missing => "",
        }
    }

    /// It as the file has it, for the account.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Mark(mark) => char::from(*mark).to_string(),
            Self::Text(text) => format!("\"{text}\""),
            Self::Bare(text) => text.clone(),
            Self::Missing => "<?include?>".to_owned(),
        }
    }
}

/// The paths of the files that a text includes.
pub(in super::super) fn includes(text: &str) -> Vec<String> {
    let parts = text.split("<?include").skip(1);
    parts.filter_map(|part| Some(part.split('"').nth(1)?.to_owned())).collect()
}

/// The tokens of a file, in order.
pub(super) fn tokens(file: &SourceFile, files: &[SourceFile], faults: &mut Faults) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut includes = Includes {
        files: &FilesByPath::new(files),
        open: vec![Rc::from(file.path.as_str())],
        count: 0,
        bytes: 0,
        is_full: false,
    };
    lex(file, &mut includes, &mut tokens, faults);
    tokens
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

fn lex(file: &SourceFile, includes: &mut Includes<'_>, tokens: &mut Vec<Token>, faults: &mut Faults) {
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
            b'/' if rest.starts_with("/*") => {
                let end = rest.find("*/");
                if end.is_none() {
                    faults.lost(places.at(start), "/* to the end of the file", "Kea expects `*/`");
                }
                at += end.map_or(rest.len(), |end| end + 2);
            }
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
                    Err(fault) => {
                        if let Some(fault) = fault {
                            faults.lost(places.at(start), line.get(..end).unwrap_or_default(), fault);
                        }
                        tokens.push(Token { origin: places.at(start), kind: Kind::Missing });
                    }
                }
                at += end;
            }
            b'"' => {
                let QuotedText { mut value, length, is_closed, fault } = string(rest);
                if let Some(fault) = fault {
                    faults.mended(places.at(start), fault);
                }
                let mut has_comma = false;
                if !is_closed {
                    faults.mended(places.at(start), "Kea expects `\"` at the end of this text in its line");
                    // The quotes are missing before the comma behind the value.
                    let before = value.trim_end().strip_suffix(',').map(str::len);
                    has_comma = before.is_some();
                    value.truncate(before.unwrap_or(value.len()));
                }
                tokens.push(Token { origin: places.at(start), kind: Kind::Text(value) });
                if has_comma {
                    tokens.push(Token { origin: places.at(start), kind: Kind::Mark(b',') });
                }
                at += length;
            }
            byte if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.') => {
                let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let end = bytes.iter().skip(at).position(|byte| !word(byte)).unwrap_or(bytes.len() - at);
                let value = rest.get(..end).unwrap_or_default().to_owned();
                tokens.push(Token { origin: places.at(start), kind: Kind::Bare(value) });
                at += end.max(1);
            }
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            _ => {
                // A run of them is one fault.
                let known = |c: char| c.is_ascii_alphanumeric() || " \t\r\n{}[]:,#/\"-+.".contains(c);
                let end =
                    rest.char_indices().skip(1).find(|(_, c)| known(*c)).map_or(rest.len(), |(end, _)| end);
                let shown = rest.get(..end).unwrap_or_default();
                faults.lost(places.at(start), shown, "Kea knows no such character outside of a text");
                at += end.max(1);
            }
        }
    }
}

/// A text in quotes.
struct QuotedText {
    value: String,
    /// The length with quotes.
    length: usize,
    is_closed: bool,
    /// The first character or escape that Kea refuses. The import reads it as other parsers of JSON do, or as it is.
    fault: Option<String>,
}

/// The text in quotes at the beginning of a text. Kea (`dhcp4_lexer.ll`) refuses a whole file for an escape that it does not
/// know, a code above `00ff`, and a control character.
fn string(text: &str) -> QuotedText {
    let mut value = String::new();
    let mut fault = None;
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return QuotedText { value, length: at + 1, is_closed: true, fault },
            // The text is not closed in its line; Kea refuses that.
            '\n' => return QuotedText { value, length: at, is_closed: false, fault },
            '\\' => match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, 'b')) => value.push('\u{8}'),
                Some((_, 'f')) => value.push('\u{c}'),
                Some((_, c @ ('"' | '\\' | '/'))) => value.push(c),
                Some((at, 'u')) => {
                    let digits = text.get(at + 1..at + 5);
                    let digits = digits.filter(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()));
                    let code = digits.and_then(|code| u32::from_str_radix(code, 16).ok());
                    if code.is_none_or(|code| code > 0xff) {
                        let shown = digits.unwrap_or_default();
                        fault.get_or_insert_with(|| {
                            format!("Kea knows `\\u0000` to `\\u00ff`, and not `\\u{shown}`")
                        });
                    }
                    match code.and_then(char::from_u32) {
                        Some(c) => {
                            value.push(c);
                            chars.nth(3);
                        }
                        None => value.push_str("\\u"),
                    }
                }
                Some((at, '\n')) => return QuotedText { value, length: at, is_closed: false, fault },
                Some((_, c)) => {
                    fault.get_or_insert_with(|| {
                        format!("Kea knows no escape `\\{c}` in a text; the import reads `{c}`")
                    });
                    value.push(c);
                }
                None => {}
            },
            c => {
                if c.is_ascii_control() {
                    let code = u32::from(c);
                    fault.get_or_insert_with(|| {
                        format!("Kea accepts no control character in a text, such as `\\u{code:04x}`")
                    });
                }
                value.push(c);
            }
        }
    }
    QuotedText { value, length: text.len(), is_closed: false, fault }
}
