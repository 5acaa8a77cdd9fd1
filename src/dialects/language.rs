//! The description of a language, and the guard that every language shares.

use std::io::{Error as IoError, Result as IoResult, Write};

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::budget::printed;
use super::characters::visible;
use super::engine::{UNDEFINED, refuse};
use super::nested_literals::{Strings, place_mark, without_marks};
use super::prepared::PRINTED;
use super::seal::{is_touched, open, seal, without_seals};
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
    /// `{` and `}` of JSON on different lines.
    Json,
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
    /// How strings and comments are delimited.
    pub(super) strings: Strings,
    /// The quoting filters of this language.
    pub(super) filters: &'static [&'static str],
    /// The filter that takes a list.
    pub(super) for_lists: Option<&'static str>,
}

/// Finds nothing: the language has no words that secrets follow.
pub(super) fn no_secrets(_: &str) -> Vec<String> {
    Vec::new()
}

/// Writes a value that a template prints: a literal from a quoting filter, or a bare word of the language.
pub(super) fn guard(language: &Language, text: &str, out: &mut dyn Write) -> IoResult<()> {
    out.write_all(passed(language, text).map_err(IoError::other)?.as_bytes())
}

/// The text that is printed for a value.
fn passed<'t>(language: &Language, text: &'t str) -> Result<&'t str, InvalidValue> {
    if let Some(literal) = open(text) {
        return Ok(literal);
    }
    if (language.is_bare)(text) {
        return Ok(text);
    }
    Err(if is_touched(text) {
        let shown = visible(&without_marks(&without_seals(text)));
        InvalidValue::new(format!(
            "{shown} was changed after it was quoted; the quoting filter must come last"
        ))
    } else {
        InvalidValue::new(format!("{} is not a bare word here; {}", visible(text), language.advice))
    })
}

/// Registers the filter that every value of a user's template passes last: the guard, where the place is known.
pub(super) fn register(tera: &mut Tera, language: &'static Language) {
    tera.register_filter(PRINTED, move |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        let marked = |literal: &str| -> TeraResult<Option<String>> {
            Ok(place_mark(literal, kwargs.must_get("at")?, kwargs.must_get("to")?))
        };
        if value.is_undefined() {
            return Err(refuse(UNDEFINED));
        }
        let Some(text) = value.as_str() else {
            if value.is_array() || value.is_map() {
                let shown = value.to_string();
                printed(shown.len() as u64)?;
                if !(language.is_bare)(&shown) {
                    return Err(refuse(not_one_text(language, &value)));
                }
            }
            return Ok(value);
        };
        printed(text.len() as u64)?;
        if value.is_safe() {
            // Rendered under this guard already, as a whole.
            return Ok(marked(text)?.map_or_else(|| value.clone(), |text| Value::safe_string(&text)));
        }
        let literal = passed(language, text)?;
        // A bare word may be part of a string.
        match open(text).map(marked).transpose()?.flatten() {
            Some(marked) => Ok(seal(&marked)),
            None if literal.len() == text.len() => Ok(value),
            None => Ok(seal(literal)),
        }
    });
}

/// How a value that is not one text is printed.
pub(super) fn not_one_text(language: &Language, value: &Value) -> String {
    let name = if value.is_array() { "a list" } else { "a mapping" };
    match language.for_lists {
        Some(filter) if value.is_array() || filter == "json" => {
            format!("{name} is not one text; use `| {filter}`")
        }
        _ => format!("{name} is not one text; use a loop, or the name of one of its values"),
    }
}
