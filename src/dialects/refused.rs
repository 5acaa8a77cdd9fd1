//! Why a value cannot be written.

use std::fmt;

use tera::Error;

/// A value that a language cannot carry, in words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// One sentence: lower case, the value shown, no full stop.
    pub reason: String,
    /// The byte of the value at which it goes wrong, where there is one.
    pub at: Option<usize>,
}

impl Refused {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), at: None }
    }

    pub(super) fn at(at: usize, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), at: Some(at) }
    }

    /// The first character that `allowed` does not allow is the reason.
    pub(super) fn unless_all(text: &str, what: &str, allowed: impl Fn(char) -> bool) -> Result<(), Self> {
        match text.char_indices().find(|&(_, c)| !allowed(c)) {
            None => Ok(()),
            Some((at, c)) => {
                Err(Self::at(at, format!("{} cannot stand in {what}: {}", visible(text), name(c))))
            }
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Refused {}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        Self::message(refused)
    }
}

/// The character as a message names it.
pub(super) fn name(c: char) -> String {
    match c {
        '\n' => "it has a line break".into(),
        ' ' => "it has a blank".into(),
        '`' => "it has a backquote".into(),
        c if is_hidden(c) => format!("it has the invisible character U+{:04X}", u32::from(c)),
        c => format!("it has `{c}`"),
    }
}

/// Characters that people do not see, or that change how they see others: controls, and the marks
/// of width zero and of direction (the "trojan source" of CVE-2021-42574).
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The text in double quotes, its invisible characters made visible, cut when it is long.
#[must_use]
pub fn visible(text: &str) -> String {
    const LONG: usize = 72;
    let mut shown = String::with_capacity(text.len() + 2);
    shown.push('"');
    for (count, c) in text.chars().enumerate() {
        if count == LONG {
            shown.push('…');
            break;
        }
        if is_hidden(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown.push('"');
    shown
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(visible("a\nb\u{202e}\u{1b}[0m"), r#""a\nb\u{202e}\u{1b}[0m""#);
        assert_eq!(visible(&"x".repeat(100)).chars().count(), 75);
    }
}
