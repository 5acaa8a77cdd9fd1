//! Lines that lack the colon between a key and its value.

use std::ops::Range;

use super::Diagnosis;
use super::lines::{indent, line};

/// A key after a line that is not a key.
pub(super) fn line_before(text: &str, at: usize) -> Option<Diagnosis> {
    if text.as_bytes().get(at) != Some(&b':') {
        return None;
    }
    let here = line(text, at);
    let key = text.get(here.start..at)?.trim();
    let before = line(text, here.start.checked_sub(1)?);
    let content = text.get(before.clone())?.trim();
    if !is_key(key)
        || content.is_empty()
        || content.starts_with(['#', '-'])
        || content.contains(": ")
        || content.ends_with(':')
    {
        return None;
    }
    let start = before.start + indent(text, &before);
    Some(without_colon(start..start + content.len(), content))
}

/// A key without a colon, without a blank behind it, or with `=` instead.
pub(super) fn separator(text: &str, at: usize, words: &str) -> Option<Diagnosis> {
    if !words.contains("simple key") && !words.contains("expected ':'") {
        return None;
    }
    let here = line(text, at);
    let content = text.get(here.clone())?;
    let trimmed = content.trim();
    let start = here.start + (content.len() - content.trim_start().len());
    let place = start..start + trimmed.len();
    Some(without_colon(place, trimmed))
}

/// A line that should be a key and a value.
fn without_colon(place: Range<usize>, content: &str) -> Diagnosis {
    if let Some(help) = key_and_value(content) {
        return Diagnosis::new(place, "a key and its value are separated by a colon and a blank", help);
    }
    if let Some(item) = content.strip_prefix('-') {
        return Diagnosis::new(
            place,
            "a `-` and its value are separated by a blank",
            format!("write `- {item}`"),
        );
    }
    if content.starts_with(['；', ';']) || content.starts_with("//") || content.starts_with("/*") {
        return Diagnosis::new(place, "this is no comment of YAML", "a comment begins with `#`");
    }
    if content.starts_with('[') && content.ends_with(']') {
        return Diagnosis::new(
            place,
            "this is a section of an INI file, such as smb.conf, not YAML",
            "write a mapping, such as `smb: { shares: { install: { path: /srv/install } } }`",
        );
    }
    Diagnosis::new(place, "this line has no colon", "a line is `key: value`, or `- value` in a list")
}

/// The help for `key=value`, `key:value` and `key value`.
pub(in crate::schema) fn key_and_value(content: &str) -> Option<String> {
    let separator = |char: char| matches!(char, '=' | ':' | '：') || char.is_whitespace();
    let (name, _) = content.split_once(separator)?;
    let value = content.get(name.len()..)?.trim_start_matches(separator).trim_end_matches([';', ',']);
    (is_key(name) && !value.is_empty()).then(|| format!("write `{name}: {value}`"))
}

pub(super) fn is_key(key: &str) -> bool {
    !key.is_empty()
        && key.starts_with(|char: char| char.is_ascii_alphabetic())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}
