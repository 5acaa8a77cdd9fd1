//! `tmpfiles.d(5)` lines such as `L+ "/var/www/html/tftpboot" - - - - /srv/tftp`.
//!
//! All fields but the last may be quoted. The last is the rest of the line, with C escapes. `%` begins a specifier in
//! both. The manual promises C escapes in every field, but in a path systemd 252 only removes the backslash
//! (`/srv/a\x20b` becomes `/srv/ax20b`). So a path is quoted with the two escapes that all versions read alike, `\"` and
//! `\\`.

use std::fmt::Write;

use tera::Tera;

use super::characters::{allow_only, name, visible};
use super::engine::quoting;
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use crate::invalid_value::InvalidValue;

/// Whether a text is one field without quotes: a path, a mode, a user's name.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/' || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:@,+=-".contains(&b))
}

/// The path field, in quotes. Its type must be one that takes no glob (`L`, `d`, `f` …).
///
/// # Errors
/// If it is not absolute and normal, or has a control character.
pub fn path(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "a path of tmpfiles.d", |c| !c.is_control())?;
    let is_normal = text.starts_with('/')
        && text.trim_start_matches('/').len() + 1 == text.len()
        && !text.split('/').any(|part| part == "." || part == "..")
        && !text.contains("//");
    if !is_normal || text.len() > 4095 {
        return Err(InvalidValue::new(format!(
            "{} cannot be a path of tmpfiles.d: absolute, without `//`, `.` and `..`",
            visible(text)
        )));
    }
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            '%' => literal.push_str("%%"),
            c => literal.push(c),
        }
    }
    literal.push('"');
    Ok(literal)
}

/// The last field: the target of a link, or the content of a file.
///
/// # Errors
/// If it is empty, which means "none", or has a NUL.
pub fn argument(text: &str) -> Result<String, InvalidValue> {
    if text.is_empty() {
        return Err(InvalidValue::new("an empty argument is not allowed in tmpfiles.d"));
    }
    if let Some(at) = text.find('\0') {
        let shown = visible(text);
        return Err(InvalidValue::at(
            at,
            format!("{shown} cannot be an argument of tmpfiles.d: it has a NUL"),
        ));
    }
    // A single dash means "none" as well.
    if text == "-" {
        return Ok("\\x2d".to_owned());
    }
    let mut literal = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let is_end = at == 0 || at + c.len_utf8() == text.len();
        match c {
            '%' => literal.push_str("%%"),
            '\\' | '"' | '\'' | '\0'..='\x1f' | '\x7f' => hex(&mut literal, c),
            ' ' | '#' if is_end => hex(&mut literal, c),
            c => literal.push(c),
        }
    }
    Ok(literal)
}

fn hex(literal: &mut String, c: char) {
    // Writing to a String does not fail.
    let _ = write!(literal, "\\x{:02x}", u32::from(c));
}

/// The language as [`super::Dialect::Tmpfiles`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "quote it with `| path` or `| argument`",
    ends_in_crlf: false,
    blocks: BlockStyle::None,
    secrets: no_secrets,
    strings: Strings::TMPFILES,
    filters: &["path", "argument"],
    for_lists: None,
};

fn register(tera: &mut Tera) {
    quoting(tera, "path", path);
    quoting(tera, "argument", argument);
}

/// Accepts any text without control characters, because each line is independent.
///
/// # Errors
/// With the first control character.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    match text.char_indices().find(|&(_, c)| c.is_control() && !matches!(c, '\n' | '\t')) {
        None => Ok(()),
        Some((at, c)) => Err(InvalidValue::at(at, format!("tmpfiles.d cannot have this: {}", name(c)))),
    }
}

#[cfg(test)]
#[path = "tmpfiles_tests.rs"]
mod tests;
