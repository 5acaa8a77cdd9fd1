//! Apache's httpd: `"/srv/my files"`.
//!
//! In quotes, `\"` and `\\` are escapes; any other backslash stays. httpd replaces `${NAME}` from `Define` and the
//! environment before it parses a line, and has no escape for it (server/core.c, `ap_resolve_env`), so it is refused.
//! In `<Directory>`, `*`, `?` and `[` are wildcards.

use tera::Tera;

use super::characters::{allow_only, name, visible};
use super::engine::quoting;
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use crate::invalid_value::InvalidValue;

/// httpd refuses continued lines of more than 8190 bytes. This limit for a word keeps far below.
const LONGEST: usize = 4000;

/// Whether a text is one word without quotes.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '.'))
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:@,+=%-".contains(&b))
        && text.len() <= LONGEST
}

/// A text as one word, in quotes.
///
/// # Errors
/// If it has `${` or a control character, or is too long.
pub fn quote(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "Apache's configuration", |c| !c.is_control())?;
    if let Some(at) = text.find("${") {
        let reason = format!("{} is not allowed in Apache's configuration: it has `${{`", visible(text));
        return Err(InvalidValue::at(at, reason));
    }
    if text.len() > LONGEST {
        return Err(InvalidValue::new(format!("{} is longer than {LONGEST} bytes", visible(text))));
    }
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            literal.push('\\');
        }
        literal.push(c);
    }
    literal.push('"');
    Ok(literal)
}

/// The path of a `<Directory>`, which takes wildcards.
///
/// # Errors
/// As [`quote`], and for `*`, `?` and `[`.
pub fn directory(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "the path of a <Directory>", |c| !matches!(c, '*' | '?' | '['))?;
    quote(text)
}

/// The language as [`super::Dialect::Apache`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "quote it with `| q` or `| directory`",
    ends_in_crlf: false,
    blocks: BlockStyle::None,
    secrets: no_secrets,
    strings: Strings::APACHE,
    filters: &["q", "directory"],
    for_lists: None,
};

fn register(tera: &mut Tera) {
    quoting(tera, "q", quote);
    quoting(tera, "directory", directory);
}

/// Whether `text` consists of whole lines and whole sections.
///
/// # Errors
/// With the byte where it would leave its section, or where a section is not finished.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    if let Some((at, c)) =
        text.char_indices().find(|&(_, c)| c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
    {
        return Err(InvalidValue::at(at, format!("Apache cannot have this: {}", name(c))));
    }
    let mut sections: Vec<(String, usize)> = Vec::new();
    let (mut start, mut continued) = (0, false);
    for line in text.split('\n') {
        let at = start + line.len() - line.trim_start().len();
        // A continuation line belongs to the line before it, even if that is a comment.
        if !continued {
            section(line.trim(), at, &mut sections)?;
        }
        continued = line.trim_end_matches('\r').ends_with('\\');
        start += line.len() + 1;
    }
    if continued {
        return Err(InvalidValue::at(text.len() - 1, "a backslash at the end joins the next line"));
    }
    match sections.last() {
        Some((name, at)) => Err(InvalidValue::at(*at, format!("<{name}> is not closed"))),
        None => Ok(()),
    }
}

/// Opens or closes a section; httpd compares their names without regard to case.
fn section(line: &str, at: usize, sections: &mut Vec<(String, usize)>) -> Result<(), InvalidValue> {
    let Some(rest) = line.strip_prefix('<') else { return Ok(()) };
    let closes = rest.strip_prefix('/');
    let name = closes.unwrap_or(rest).split([' ', '\t', '>']).next().unwrap_or_default().to_lowercase();
    if closes.is_none() {
        if name.is_empty() || !line.ends_with('>') {
            return Err(InvalidValue::at(at, "this section has no `>` at the end of its line"));
        }
        sections.push((name, at));
        return Ok(());
    }
    match sections.pop() {
        Some((open, _)) if open == name => Ok(()),
        Some((open, _)) => Err(InvalidValue::at(at, format!("this closes <{name}> while <{open}> is open"))),
        None => Err(InvalidValue::at(at, format!("this closes <{name}>, which is not of this text"))),
    }
}

#[cfg(test)]
#[path = "apache_tests.rs"]
mod tests;
