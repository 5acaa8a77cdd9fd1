//! The lexer of dhcpd.conf: tokens, and the statements and blocks that they form, each with its place.
//!
//! It reads as `get_raw_token` and `read_string` of common/conflex.c (ISC DHCP 4.4) do. It accepts every text: a
//! fault, such as an open string, is noted in its token, and a text that ends early has an unfinished part. It takes
//! time linear in the length of the text and allocates nothing.

use std::ops::Range;

/// dhcpd's token buffer holds 1500 bytes with the final NUL. The rest of a longer string would be
/// read as configuration.
pub const LONGEST: usize = 1499;

/// Whether a text has a keyword anywhere, in any case. That is found faster than the tokens of the text.
#[must_use]
pub fn mentions(text: &str, keyword: &str) -> bool {
    let (text, keyword) = (text.as_bytes(), keyword.as_bytes());
    let Some(first) = keyword.first() else { return true };
    let is_here =
        |at: usize| text.get(at..at + keyword.len()).is_some_and(|found| found.eq_ignore_ascii_case(keyword));
    memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text).any(is_here)
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A run of blanks and line ends.
    Blank,
    /// `#` and the rest of its line, without the line end.
    Comment,
    /// A keyword, a name, a number or a part of an address: letters, digits, `_` and `-`.
    Word,
    /// A string with its quotes. An open string reaches to the end of the text.
    Text,
    /// Any other character, such as `;`, `{`, `.` or `=`.
    Mark,
}

/// A fault of a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The closing quote is missing.
    Open,
    /// The escape at this byte of the text has fewer than three octal digits.
    Octal(usize),
    /// The escape at this byte of the text has fewer than two hexadecimal digits.
    Hexadecimal(usize),
    /// It has this many bytes, more than [`LONGEST`].
    TooLong(usize),
}

/// A token and its place. A file of many hosts has millions of them, so it takes 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'t> {
    /// The token as written.
    pub text: &'t str,
    start: u32,
    /// Its kind.
    pub kind: TokenKind,
}

impl<'t> Token<'t> {
    /// No text that is read has four gigabytes.
    fn new(kind: TokenKind, start: usize, text: &'t str) -> Self {
        Self { text, start: u32::try_from(start).unwrap_or(u32::MAX), kind }
    }

    /// The byte where it begins.
    #[must_use]
    pub const fn start(&self) -> usize {
        self.start as usize
    }

    /// The byte after its last one.
    #[must_use]
    pub const fn end(&self) -> usize {
        self.start() + self.text.len()
    }

    /// Its fault, if it is a string that has one.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        match self.kind {
            TokenKind::Text => string(self.text.as_bytes(), self.start()).1,
            _ => None,
        }
    }

    /// The bytes that a string stands for, without its quotes; those of any other token as written. An escape with a
    /// [`Fault`] stands for nothing.
    #[must_use]
    pub fn decoded(&self) -> Vec<u8> {
        let (TokenKind::Text, Some(inside)) = (self.kind, self.text.strip_prefix('"')) else {
            return self.text.as_bytes().to_vec();
        };
        if !inside.contains('\\') {
            return inside.strip_suffix('"').unwrap_or(inside).as_bytes().to_vec();
        }
        let closed = self.fault() != Some(Fault::Open);
        let inside = if closed { inside.strip_suffix('"').unwrap_or(inside) } else { inside };
        let mut bytes = Vec::with_capacity(inside.len());
        let mut rest = inside.as_bytes();
        while let Some((&byte, tail)) = rest.split_first() {
            let code = |digits: Option<&[u8]>, radix| {
                u8::from_str_radix(std::str::from_utf8(digits?).ok()?, radix).ok()
            };
            let (value, length) = match (byte, tail.first()) {
                (b'\\', Some(b'0'..=b'3')) => (code(tail.get(..3), 8), 3),
                (b'\\', Some(b'x')) => (code(tail.get(1..3), 16), 3),
                (b'\\', Some(b't')) => (Some(b'\t'), 1),
                (b'\\', Some(b'r')) => (Some(b'\r'), 1),
                (b'\\', Some(b'n')) => (Some(b'\n'), 1),
                (b'\\', Some(b'b')) => (Some(8), 1),
                (b'\\', Some(other)) => (Some(*other), 1),
                _ => (Some(byte), 0),
            };
            bytes.extend(value);
            rest = tail.get(length..).unwrap_or_default();
        }
        bytes
    }
}

/// Splits a text into tokens. Together they are the whole text.
#[must_use]
pub const fn tokens(text: &str) -> Tokens<'_> {
    Tokens { text, at: 0 }
}

/// The tokens of a text.
#[derive(Clone, Debug)]
pub struct Tokens<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        let start = self.at;
        let rest = self.text.get(start..)?;
        let bytes = rest.as_bytes();
        let (kind, length) = match *bytes.first()? {
            byte if is_blank(byte) => (TokenKind::Blank, run(bytes, is_blank)),
            b'#' => (TokenKind::Comment, memchr::memchr(b'\n', bytes).unwrap_or(bytes.len())),
            b'"' => (TokenKind::Text, string(bytes, start).0),
            byte if is_word(byte) => (TokenKind::Word, run(bytes, is_word)),
            _ => (TokenKind::Mark, rest.chars().next().map_or(1, char::len_utf8)),
        };
        self.at += length;
        Some(Token::new(kind, start, rest.get(..length)?))
    }
}

/// How many bytes at the beginning are of one kind.
#[inline]
fn run(bytes: &[u8], is_part: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| !is_part(*byte)).unwrap_or(bytes.len())
}

/// The blanks of C's `isspace`.
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The state of reading an escape.
#[derive(Clone, Copy)]
enum Escape {
    None,
    Backslash,
    /// So many octal digits were read; whether one of them is not 0.
    Octal(u8, bool),
    /// So many hexadecimal digits were read.
    Hexadecimal(u8),
}

/// The length of the string that `bytes` begin with, and the first thing that is wrong with it.
///
/// After a digit that is missing dhcpd does not go on as one would expect: it skips the character in its place,
/// even a quote. After `\0` without digits it takes the next but one character as escaped, and says nothing.
fn string(bytes: &[u8], start: usize) -> (usize, Option<Fault>) {
    let (mut escape, mut escape_start, mut fault, mut decoded) = (Escape::None, 0, None, 0);
    for (at, &byte) in bytes.iter().enumerate().skip(1) {
        escape = match (escape, byte) {
            (Escape::None, b'"') => {
                let too_long = (decoded > LONGEST).then_some(Fault::TooLong(decoded));
                return (at + 1, fault.or(too_long));
            }
            (Escape::None, b'\\') => {
                escape_start = start + at;
                Escape::Backslash
            }
            (Escape::Backslash, b'0'..=b'3') => Escape::Octal(1, byte != b'0'),
            (Escape::Backslash, b'x') => Escape::Hexadecimal(0),
            (Escape::Octal(1, not_zero), b'0'..=b'7') => Escape::Octal(2, not_zero || byte != b'0'),
            (Escape::Hexadecimal(0), digit) if digit.is_ascii_hexdigit() => Escape::Hexadecimal(1),
            (Escape::Octal(digits, not_zero), byte) if !matches!(byte, b'0'..=b'7') => {
                fault = fault.or(Some(Fault::Octal(escape_start)));
                if not_zero { Escape::Octal(digits, true) } else { Escape::Backslash }
            }
            (Escape::Hexadecimal(_), byte) if !byte.is_ascii_hexdigit() => {
                fault = fault.or(Some(Fault::Hexadecimal(escape_start)));
                Escape::None
            }
            _ => {
                decoded += 1;
                Escape::None
            }
        };
    }
    (bytes.len(), fault.or(Some(Fault::Open)))
}

/// The kind of a part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// A comment before, between or after statements.
    Comment,
    /// A statement that ends with `;`.
    Statement,
    /// The text before a `{`: `subnet 10.0.0.0 netmask 255.0.0.0`.
    BlockStart,
    /// A `}`.
    BlockEnd,
    /// The tokens between the last statement and a `}` or the end of the text.
    Unfinished,
}

/// A part of a file and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<'t> {
    /// Its kind.
    pub kind: PartKind,
    /// Its bytes, with the `;`, `{` or `}` that ends it.
    pub range: Range<usize>,
    /// The same without that end: from the first token to the last.
    pub text: &'t str,
    /// How many blocks of the text it is in. A block's start and end are outside of the block.
    pub depth: usize,
}

impl<'t> Part<'t> {
    /// Its tokens without blanks and comments; their places are those in the whole text.
    pub fn tokens(&self) -> impl Iterator<Item = Token<'t>> + use<'t> {
        let from = self.range.start;
        let is_said = |token: &Token<'_>| !matches!(token.kind, TokenKind::Blank | TokenKind::Comment);
        let tokens = tokens(self.text).filter(is_said);
        tokens.map(move |token| Token::new(token.kind, from + token.start(), token.text))
    }

    /// Its tokens as people see them: those that touch, such as those of an address, are one word. A string is always a
    /// word of its own.
    pub fn words(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        let text = self.text;
        let from = self.range.start;
        let mut tokens = self.tokens().peekable();
        std::iter::from_fn(move || {
            let first = tokens.next()?;
            let mut end = first.end();
            if first.kind != TokenKind::Text {
                let touches =
                    |end: usize, next: &Token<'_>| next.start() == end && next.kind != TokenKind::Text;
                while let Some(next) = tokens.next_if(|next| touches(end, next)) {
                    end = next.end();
                }
            }
            text.get(first.start() - from..end - from)
        })
    }
}

/// Splits a text into its parts.
#[must_use]
pub const fn parts(text: &str) -> Parts<'_> {
    Parts { text, tokens: tokens(text), depth: 0, end_of_block: None }
}

/// The parts of a text.
#[derive(Clone, Debug)]
pub struct Parts<'t> {
    text: &'t str,
    tokens: Tokens<'t>,
    depth: usize,
    /// A `}` that was read behind an unfinished part.
    end_of_block: Option<Token<'t>>,
}

impl<'t> Parts<'t> {
    fn part(&self, kind: PartKind, text: Range<usize>, end: usize) -> Part<'t> {
        let range = text.start..end;
        Part { kind, range, text: self.text.get(text).unwrap_or_default(), depth: self.depth }
    }
}

impl<'t> Iterator for Parts<'t> {
    type Item = Part<'t>;

    fn next(&mut self) -> Option<Part<'t>> {
        self.next_with(|_| ())
    }
}

impl<'t> Parts<'t> {
    /// The next part; `said` takes its tokens, without blanks and comments, as [`Part::tokens`] would find them again.
    #[inline]
    pub fn next_with(&mut self, mut said: impl FnMut(Token<'t>)) -> Option<Part<'t>> {
        // From the first token of the part to the last one so far.
        let mut so_far: Option<Range<usize>> = None;
        while let Some(token) = self.end_of_block.take().or_else(|| self.tokens.next()) {
            let range = token.start()..token.end();
            let before = || so_far.clone().unwrap_or(token.start()..token.start());
            match (token.kind, token.text) {
                (TokenKind::Comment, _) if so_far.is_none() => {
                    return Some(self.part(PartKind::Comment, range.clone(), range.end));
                }
                (TokenKind::Blank | TokenKind::Comment, _) => {}
                (TokenKind::Mark, ";") => return Some(self.part(PartKind::Statement, before(), range.end)),
                (TokenKind::Mark, "{") => {
                    let part = self.part(PartKind::BlockStart, before(), range.end);
                    self.depth += 1;
                    return Some(part);
                }
                (TokenKind::Mark, "}") => {
                    if let Some(so_far) = so_far {
                        self.end_of_block = Some(token);
                        return Some(self.part(PartKind::Unfinished, so_far.clone(), so_far.end));
                    }
                    self.depth = self.depth.saturating_sub(1);
                    return Some(self.part(PartKind::BlockEnd, before(), range.end));
                }
                _ => {
                    said(token);
                    so_far = Some(before().start..range.end);
                }
            }
        }
        so_far.map(|so_far| self.part(PartKind::Unfinished, so_far.clone(), so_far.end))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::{Fault, PartKind, TokenKind, parts, tokens};

    #[test]
    fn tokens_are_those_of_dhcpd() {
        let text = "option ipxe.a-b 10.0.0.1, \"x;\\\"y\" # z\n}\u{e9}";
        let found: Vec<_> = tokens(text).filter(|token| token.kind != TokenKind::Blank).collect();
        let kinds: String = found
            .iter()
            .map(|token| match token.kind {
                TokenKind::Blank => ' ',
                TokenKind::Comment => '#',
                TokenKind::Word => 'w',
                TokenKind::Text => 't',
                TokenKind::Mark => 'm',
            })
            .collect();
        assert_eq!(kinds, "wwmwwmwmwmwmt#mm");
        let texts: Vec<&str> = found.iter().map(|token| token.text).collect();
        assert_eq!(found[12].decoded(), b"x;\"y");
        assert_eq!(tokens("\"\\042\\x41\\t\\q").next().unwrap().decoded(), b"\"A\tq");
        assert_eq!(&texts[11..], [",", "\"x;\\\"y\"", "# z", "}", "\u{e9}"]);
    }

    /// `dhcpd -t` (4.4.3) says "invalid hex digit: 22" of the quote behind `\x1`. It accepts `"a\0"bc";` and a statement
    /// behind it.
    #[test]
    fn a_string_ends_where_dhcpd_ends_it() {
        let first = |text| {
            let token = tokens(text).next().unwrap();
            (token.text.len(), token.fault())
        };
        for (text, length) in
            [("\"\";", 2), ("\"a\\\"b\";", 6), ("\"\\042\";", 6), ("\"\\x22\";", 6), ("\"\\\\\";", 4)]
        {
            assert_eq!(first(text), (length, None), "{text}");
        }
        assert_eq!(first("\"a"), (2, Some(Fault::Open)));
        assert_eq!(first("\"\\"), (2, Some(Fault::Open)));
        // The quote behind the digit is no end.
        assert_eq!(first("\"a\\0\"bc\";"), (8, Some(Fault::Octal(2))));
        assert_eq!(first("\"\\x1\"b\";"), (7, Some(Fault::Hexadecimal(1))));
        assert_eq!(first(&format!("\"{}\"", "x".repeat(1500))), (1502, Some(Fault::TooLong(1500))));
    }

    #[test]
    fn statements_and_blocks_have_places() {
        let text = "a 1; # x\nb \"}\" { # y\n  c # z\n d;\n e }\n; f";
        let found: Vec<_> = parts(text).map(|part| (part.kind, part.text, part.depth)).collect();
        assert_eq!(
            found,
            [
                (PartKind::Statement, "a 1", 0),
                (PartKind::Comment, "# x", 0),
                (PartKind::BlockStart, "b \"}\"", 0),
                (PartKind::Comment, "# y", 1),
                (PartKind::Statement, "c # z\n d", 1),
                (PartKind::Unfinished, "e", 1),
                (PartKind::BlockEnd, "", 0),
                (PartKind::Statement, "", 0),
                (PartKind::Unfinished, "f", 0),
            ]
        );
        let ranges: Vec<_> = parts(text).map(|part| &text[part.range]).collect();
        assert_eq!(ranges[..3], ["a 1;", "# x", "b \"}\" {"]);
        let words: Vec<Vec<&str>> =
            parts("option ipxe.a 1, 2 \"x y\"z; c # d\n e;").map(|part| part.words().collect()).collect();
        assert_eq!(words, [vec!["option", "ipxe.a", "1,", "2", "\"x y\"", "z"], vec!["c", "e"]]);
    }

    proptest! {
        #[test]
        fn every_byte_is_in_one_token(text in "[a-c{};\"#\\\\ %\n'0x\u{e9}]{0,40}") {
            let all: String = tokens(&text).map(|token| token.text).collect();
            prop_assert_eq!(&all, &text);
            let mut end = 0;
            for part in parts(&text) {
                prop_assert!(part.range.start >= end && part.range.end <= text.len());
                prop_assert!(part.range.end > end);
                end = part.range.end;
                for token in part.tokens() {
                    prop_assert_eq!(&text[token.start()..token.end()], token.text);
                }
                prop_assert_eq!(part.words().collect::<String>().len(), part.tokens().map(|token| token.text.len()).sum::<usize>());
            }
        }
    }
}
