//! The description of a language, and the guard that every language shares.

use std::io::{Error as IoError, Result as IoResult, Write};

use tera::Tera;

use super::characters::visible;
use super::seal::{is_touched, open, without_seals};
use crate::invalid_value::InvalidValue;

/// How a language delimits blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BlockStyle {
    /// No caller asks for the blocks of this language.
    None,
    /// `{` and `}`, with strings and comments as dhcpd has them.
    Braces,
    /// A line `[NAME]` begins a section.
    Sections,
}

/// One language: its file ends in a `LANGUAGE`, which [`super::Dialect`] lists.
#[derive(Debug)]
pub(super) struct Language {
    /// Whether a text may be written without quoting, wherever a value may be written.
    pub(super) is_bare: fn(&str) -> bool,
    /// Whether a text that users add verbatim stays inside the scope where it is put.
    pub(super) balanced: fn(&str) -> Result<(), InvalidValue>,
    /// Adds the language's filters to a template engine.
    pub(super) register: fn(&mut Tera),
    /// Tells template authors how to write a value that is not a bare word.
    pub(super) advice: &'static str,
    /// The lines end in CRLF because Windows reads the file.
    pub(super) ends_in_crlf: bool,
    /// How blocks are delimited.
    pub(super) blocks: BlockStyle,
    /// The secrets in a text of this language, behind words that secrets follow.
    pub(super) secrets: fn(&str) -> Vec<String>,
}

/// Finds nothing: the language has no words that secrets follow.
pub(super) fn no_secrets(_: &str) -> Vec<String> {
    Vec::new()
}

/// Writes a value that a template prints: a literal from a quoting filter, or a bare word of the language.
pub(super) fn guard(language: &Language, text: &str, out: &mut dyn Write) -> IoResult<()> {
    if let Some(literal) = open(text) {
        return out.write_all(literal.as_bytes());
    }
    if (language.is_bare)(text) {
        return out.write_all(text.as_bytes());
    }
    Err(IoError::other(if is_touched(text) {
        let shown = visible(&without_seals(text));
        InvalidValue::new(format!(
            "{shown} was changed after it was quoted; the quoting filter must come last"
        ))
    } else {
        InvalidValue::new(format!("{} is not a bare word here; {}", visible(text), language.advice))
    }))
}
