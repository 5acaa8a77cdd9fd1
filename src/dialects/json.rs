//! JSON (RFC 8259), written by serde.

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::characters::visible;
use super::engine::{known, refuse};
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use super::seal::{is_touched, seal, without_seals};
use crate::invalid_value::InvalidValue;

/// A number, `true`, `false` or `null`.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    let value = serde_json::from_str::<serde_json::Value>(text);
    text.trim() == text
        && value.is_ok_and(|value| !value.is_string() && !value.is_array() && !value.is_object())
}

/// Any value as JSON, on one line.
///
/// # Errors
/// If serde has no JSON for it.
pub fn quote<T: serde::Serialize>(value: &T) -> Result<String, InvalidValue> {
    Ok(sorted(value)?.to_string())
}

/// Any value as JSON, on lines of which all but the first are indented.
///
/// # Errors
/// If serde has no JSON for it.
pub fn lines<T: serde::Serialize>(value: &T, indent: usize) -> Result<String, InvalidValue> {
    let text = format!("{:#}", sorted(value)?);
    // In a text a line break is `\n`: those that are there part lines.
    Ok(text.replace('\n', &format!("\n{}", " ".repeat(indent.min(80)))))
}

/// The value with its keys in order: Tera keeps none.
fn sorted<T: serde::Serialize>(value: &T) -> Result<serde_json::Value, InvalidValue> {
    let mut value = serde_json::to_value(value)
        .map_err(|error| InvalidValue::new(format!("this has no JSON: {error}")))?;
    value.sort_all_objects();
    Ok(value)
}

/// A text that is rendered already, somewhere in a value.
fn rendered(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return (value.is_safe() || is_touched(text)).then(|| visible(&without_seals(text)));
    }
    if let Some(values) = value.as_array() {
        return values.iter().find_map(rendered);
    }
    value.as_map().and_then(|map| map.values().find_map(rendered))
}

/// The language as [`super::Dialect::Json`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "write it with `| json`",
    ends_in_crlf: false,
    blocks: BlockStyle::Json,
    secrets: no_secrets,
    strings: Strings::JSON,
    filters: &["json"],
    for_lists: Some("json"),
};

fn register(tera: &mut Tera) {
    tera.register_filter("json", |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &["indent"])?;
        if let Some(shown) = rendered(&value) {
            return Err(refuse(format!("{shown} is already rendered; `json` takes a value as it is")));
        }
        Ok(seal(&match kwargs.get::<usize>("indent")? {
            Some(indent) => lines(&value, indent)?,
            None => quote(&value)?,
        }))
    });
    tera.register_filter("comment", |_: Value, _: Kwargs, _: &State| -> TeraResult<Value> {
        Err(refuse("JSON has no comments"))
    });
}

/// Whether `text` is a whole value.
///
/// # Errors
/// If it is not a value.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(InvalidValue::new(format!("this is not one value of JSON: {error}"))),
    }
}

/// The text without the comments that Kea allows in JSON: from `//` or `#` to the end of the line, and `/* … */`.
#[must_use]
pub fn without_comments(text: &str) -> String {
    let mut left = text;
    let mut kept = String::with_capacity(text.len());
    while let Some(at) = left.find(['"', '#', '/']) {
        let (before, rest) = left.split_at(at);
        kept.push_str(before);
        let length = match rest.as_bytes() {
            [b'"', ..] => {
                let length = string_length(rest);
                kept.push_str(rest.get(..length).unwrap_or_default());
                length
            }
            [b'/', b'*', ..] => rest.find("*/").map_or(rest.len(), |end| end + 2),
            [b'#', ..] | [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
            _ => {
                kept.push('/');
                1
            }
        };
        left = rest.get(length..).unwrap_or_default();
    }
    kept.push_str(left);
    kept
}

/// The length of the string at the beginning of a text, with its quotes.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::{balanced, is_bare, quote};

    #[test]
    fn only_numbers_and_truth_are_bare() {
        for text in ["0", "-1", "1.5", "true", "false", "null"] {
            assert!(is_bare(text), "{text}");
        }
        for text in ["", "x", "\"x\"", "[]", "{}", " 1", "1,2", "1}"] {
            assert!(!is_bare(text), "{text}");
        }
    }

    #[test]
    fn text_comes_back() {
        for text in ["a\"b", "a\\", "</x>", "\u{2028}", "a\nb", "日本"] {
            let literal = quote(&text).unwrap();
            assert!(!literal.contains('\n'));
            assert_eq!(serde_json::from_str::<String>(&literal).unwrap(), text);
            assert_eq!(balanced(&literal), Ok(()));
        }
        assert!(balanced("1, 2").is_err());
        assert!(balanced("{").is_err());
    }
}
