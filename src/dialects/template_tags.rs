//! The tags of a template, as Tera's lexer finds them (src/parsing/lexer.rs): strings hold anything, a comment ends
//! at the first `#}`, `raw` at its `endraw`.

use std::ops::Range;

/// A tag of a template: `{% … %}` or `{{ … }}`.
pub(super) struct Tag<'t> {
    /// It prints a value: `{{ … }}`.
    pub(super) prints: bool,
    /// Its first word; empty where it prints.
    pub(super) word: &'t str,
    /// Its name: the second word, or the string there.
    pub(super) name: &'t str,
    /// The place behind the `=` that follows the name.
    pub(super) assign: Option<usize>,
    /// Its start.
    pub(super) start: usize,
    /// The text between its delimiters and the `-` that trim.
    pub(super) inside: Range<usize>,
    /// Its end.
    pub(super) end: usize,
}

impl Tag<'_> {
    /// Whether it takes the white space before it.
    pub(super) fn trims_before(&self) -> bool {
        self.inside.start - self.start == 3
    }

    /// Whether it takes the white space behind it.
    pub(super) fn trims_behind(&self) -> bool {
        self.end - self.inside.end == 3
    }
}

/// The tags of a template; they end where Tera's lexer would give up.
pub(super) struct Tags<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Tags<'t> {
    pub(super) const fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The place of `end` outside strings, from `at` on.
    fn find_end(&self, end: &str) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' | b'\'' | b'`' => {
                    // Tera reports a string that does not end.
                    at = end_of_string(bytes, at)?;
                    continue;
                }
                _ if self.text.get(at..).is_some_and(|rest| rest.starts_with(end)) => return Some(at),
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// The place after `{% word %}`, if that tag begins at a place.
    fn behind_tag(&self, at: usize, word: &str) -> Option<usize> {
        let rest = self.text.get(at..)?;
        let inside = rest.strip_prefix("{%-").or_else(|| rest.strip_prefix("{%"))?;
        let behind = inside.trim_ascii_start().strip_prefix(word)?.trim_ascii_start();
        let behind = behind.strip_prefix("-%}").or_else(|| behind.strip_prefix("%}"))?;
        Some(self.text.len() - behind.len())
    }

    /// The tag that begins at `start` and ends with `close`; the place is behind the opening delimiter.
    fn tag(&mut self, start: usize, close: &str) -> Option<Tag<'t>> {
        let end = self.find_end(close)?;
        let mut inside = self.at..end;
        inside.start += usize::from(self.text.get(inside.clone())?.starts_with('-'));
        inside.end -= usize::from(self.text.get(inside.clone())?.ends_with('-'));
        self.at = end + 2;
        let prints = close == "}}";
        let mut tag = Tag { prints, word: "", name: "", assign: None, start, inside, end: self.at };
        if prints {
            return Some(tag);
        }
        let words = self.text.get(tag.inside.clone())?.trim_ascii_start();
        let (word, rest) = words.split_at(words.find(|c| !is_word(c)).unwrap_or(words.len()));
        let rest = rest.trim_ascii_start();
        let name = match rest.chars().next().filter(|c| "\"'`".contains(*c)) {
            Some(quote) => rest.get(1..)?.split(quote).next().unwrap_or_default(),
            None => rest.get(..rest.find(|c| !is_word(c)).unwrap_or(rest.len()))?,
        };
        let value = rest.strip_prefix(name).and_then(|rest| rest.trim_ascii_start().strip_prefix('='));
        tag.assign = value.map(|value| tag.inside.end - value.len());
        (tag.word, tag.name) = (word, name);
        Some(tag)
    }
}

/// Whether a character is one of a name's.
pub(super) const fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The place after the string that begins at a place; `None` if the string does not end.
fn end_of_string(bytes: &[u8], at: usize) -> Option<usize> {
    let delimiter = bytes.get(at)?;
    let mut inside = at + 1;
    while bytes.get(inside)? != delimiter {
        inside += if bytes.get(inside) == Some(&b'\\') { 2 } else { 1 };
    }
    Some(inside + 1)
}

impl<'t> Iterator for Tags<'t> {
    type Item = Tag<'t>;

    fn next(&mut self) -> Option<Tag<'t>> {
        loop {
            let open = self.at + self.text.get(self.at..)?.find('{')?;
            self.at = open + 2;
            match self.text.as_bytes().get(open + 1)? {
                b'{' => return self.tag(open, "}}"),
                b'#' => self.at += self.text.get(self.at..)?.find("#}")? + 2,
                b'%' => {
                    if let Some(body) = self.behind_tag(open, "raw") {
                        let ends = self.text.get(body..)?.match_indices("{%");
                        let mut ends = ends.filter_map(|(at, _)| self.behind_tag(body + at, "endraw"));
                        self.at = ends.next()?;
                        continue;
                    }
                    return self.tag(open, "%}");
                }
                // `{` and anything else is text; the second character may open something.
                _ => self.at = open + 1,
            }
        }
    }
}

/// A token of an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ExpressionToken<'t> {
    /// A name or a number.
    Word(&'t str),
    /// The text between quotation marks.
    Text(&'t str),
    /// Any other character.
    Sign(u8),
}

/// The tokens of a part of a template, and where each begins.
pub(super) fn tokens(text: &str, part: Range<usize>) -> Vec<(usize, ExpressionToken<'_>)> {
    let mut all = Vec::new();
    let bytes = text.as_bytes();
    let mut at = part.start;
    while let Some(&byte) = bytes.get(at).filter(|_| at < part.end) {
        let (token, end) = match byte {
            b'"' | b'\'' | b'`' => {
                let end = end_of_string(bytes, at).unwrap_or(part.end);
                (
                    Some(ExpressionToken::Text(text.get(at + 1..end.saturating_sub(1)).unwrap_or_default())),
                    end,
                )
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => {
                let length = bytes.get(at..part.end).unwrap_or_default();
                let length = length.iter().take_while(|byte| is_word(char::from(**byte))).count();
                (text.get(at..at + length).map(ExpressionToken::Word), at + length)
            }
            _ if byte.is_ascii_whitespace() => (None, at + 1),
            _ => (Some(ExpressionToken::Sign(byte)), at + 1),
        };
        all.extend(token.map(|token| (at, token)));
        at = end;
    }
    all
}
