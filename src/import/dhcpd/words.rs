//! The values of a statement: lists of words between commas.

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::dialects::dhcpd::lexer::{Token, TokenKind};

/// A word or a string of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its bytes; of a string those that it stands for. Most are short: an address, a keyword.
    pub bytes: SmallVec<[u8; 24]>,
    /// Whether it is a string in quotes.
    pub quoted: bool,
}

impl Word {
    /// It as text, if it is UTF-8 without control characters.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.bytes).ok()?;
        (!text.chars().any(char::is_control)).then_some(text)
    }

    /// It as text, if it is not a string.
    #[must_use]
    pub fn bare(&self) -> Option<&str> {
        self.text().filter(|_| !self.quoted)
    }

    /// Whether it is this keyword; dhcpd reads keywords in any case.
    #[must_use]
    pub fn is(&self, keyword: &str) -> bool {
        self.bare().is_some_and(|text| text.eq_ignore_ascii_case(keyword))
    }

    /// It as a number without a sign: dhcpd reads `010` as 8, `0x10` as 16, and `-1` as the greatest of 32 bits
    /// (`convert_num` in common/parse.c).
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        let text = self.bare()?;
        if let Some(digits) = text.strip_prefix('-') {
            return Some(digits.parse::<u32>().ok()?.wrapping_neg());
        }
        let lower = text.to_ascii_lowercase();
        match lower.strip_prefix("0x") {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None if text.len() > 1 && text.starts_with('0') => u32::from_str_radix(text, 8).ok(),
            None => text.parse().ok(),
        }
    }

    /// It as a flag (`parse_boolean` in common/parse.c); a lone `ignore` is a third state.
    #[must_use]
    pub fn flag(&self) -> Option<bool> {
        match self.text()?.to_ascii_lowercase().as_str() {
            "true" | "on" => Some(true),
            "false" | "off" => Some(false),
            _ => None,
        }
    }
}

/// A keyword in small letters, as most files have it.
#[must_use]
pub fn lower(keyword: &str) -> Cow<'_, str> {
    match keyword.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => keyword.to_ascii_lowercase().into(),
        false => keyword.into(),
    }
}

/// Tokens as words: those that touch are one word, and a string is one of its own; `None` for a comma.
fn words<'k>(tokens: &'k [Token<'k>]) -> impl Iterator<Item = Option<Word>> + use<'k> {
    let is_comma = |token: &Token<'_>| token.kind == TokenKind::Mark && token.text == ",";
    let mut tokens = tokens.iter().peekable();
    std::iter::from_fn(move || {
        let first = tokens.next()?;
        if is_comma(first) {
            return Some(None);
        }
        if first.kind == TokenKind::Text {
            return Some(Some(Word { bytes: SmallVec::from_vec(first.decoded()), quoted: true }));
        }
        let mut bytes = SmallVec::from_slice(first.text.as_bytes());
        let mut end = first.end();
        let touches = |token: &Token<'_>, end| token.start() == end && token.kind != TokenKind::Text;
        while let Some(next) = tokens.next_if(|token| touches(token, end) && !is_comma(token)) {
            bytes.extend_from_slice(next.text.as_bytes());
            end = next.end();
        }
        Some(Some(Word { bytes, quoted: false }))
    })
}

/// Tokens as words, without commas.
#[must_use]
pub fn plain(tokens: &[Token<'_>]) -> Vec<Word> {
    words(tokens).flatten().collect()
}

/// The first word of tokens.
#[must_use]
pub fn first(tokens: &[Token<'_>]) -> Option<Word> {
    words(tokens).flatten().next()
}

/// Tokens as lists of words between commas. A comma without a word before or behind it makes an empty list.
#[must_use]
pub fn lists(tokens: &[Token<'_>]) -> Vec<Vec<Word>> {
    let mut lists = vec![Vec::new()];
    for word in words(tokens) {
        match word {
            None => lists.push(Vec::new()),
            Some(word) => {
                if let Some(list) = lists.last_mut() {
                    list.push(word);
                }
            }
        }
    }
    lists
}
