//! `smb.conf` of Samba 4.17.
//!
//! The format (lib/util/tini.c) has neither quotes nor escapes: a value is the rest of its line. Samba joins runs of
//! blanks and replaces `%x` at run time. So a value is written unchanged or refused. An injected `root preexec` would run
//! any command as root.

use tera::Tera;

use super::characters::{allow_only, name, visible};
use super::engine::quoting;
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use crate::invalid_value::InvalidValue;

/// Whether Samba reads a text back unchanged.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:@,+-".contains(&b))
}

/// The name of a share, for between the brackets.
///
/// # Errors
/// If Samba forbids a character of it (`INVALID_SHARENAME_CHARS`, which `testparm` does not look
/// for), would change its blanks, or means something else by it.
pub fn section(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "the name of a share", |c| !c.is_control() && !"%<>*?|/\\+=;:\",[]".contains(c))?;
    blanks(text, "the name of a share")?;
    if text.is_empty() || text.chars().count() > 80 {
        return Err(InvalidValue::new(format!(
            "{} is not the name of a share: 1 to 80 characters",
            visible(text)
        )));
    }
    if ["global", "homes", "printers", "print$", "ipc$"].iter().any(|name| name.eq_ignore_ascii_case(text)) {
        return Err(InvalidValue::new(format!(
            "{} is a section with a meaning of its own in smb.conf",
            visible(text)
        )));
    }
    Ok(text.to_owned())
}

/// The rest of a line, behind `=`.
///
/// # Errors
/// If Samba would read back another text.
pub fn value(text: &str) -> Result<String, InvalidValue> {
    const WHAT: &str = "a value of smb.conf";
    allow_only(text, WHAT, |c| !c.is_control())?;
    if text.is_empty() {
        return Err(InvalidValue::new("an empty value is not allowed in smb.conf"));
    }
    blanks(text, WHAT)?;
    if let Some(at) = text.find('%') {
        return Err(InvalidValue::at(
            at,
            format!("{} is not allowed in {WHAT}: Samba replaces `%`", visible(text)),
        ));
    }
    if text.ends_with('\\') {
        let at = text.len() - 1;
        return Err(InvalidValue::at(
            at,
            format!("{} is not allowed in {WHAT}: the final `\\` joins the next line", visible(text)),
        ));
    }
    if text.starts_with('"') && text.ends_with('"') {
        return Err(InvalidValue::at(
            0,
            format!("{} is not allowed in {WHAT}: its quotes would go", visible(text)),
        ));
    }
    Ok(text.to_owned())
}

/// Refuses blanks that Samba removes: at either end, or more than one in a row.
fn blanks(text: &str, what: &str) -> Result<(), InvalidValue> {
    let at = if text.starts_with(' ') {
        Some(0)
    } else if text.ends_with(' ') {
        Some(text.len() - 1)
    } else {
        text.find("  ")
    };
    match at {
        None => Ok(()),
        Some(at) => Err(InvalidValue::at(
            at,
            format!("{} is not allowed in {what}: Samba drops this blank", visible(text)),
        )),
    }
}

/// The language as [`super::Dialect::Smb`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "check it with `| value` or `| section`",
    ends_in_crlf: false,
    blocks: BlockStyle::Sections,
    secrets: no_secrets,
    strings: Strings::NONE,
    filters: &["section", "value"],
    for_lists: None,
};

fn register(tera: &mut Tera) {
    quoting(tera, "section", section);
    quoting(tera, "value", value);
}

/// Whether `text` holds whole parameters of the section that contains it, and opens no other.
///
/// # Errors
/// With the byte at which a line leaves the section, is ignored, or goes on in what follows.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    let mut start = 0;
    let mut goes_on = None;
    // Line breaks at the end are removed when the text is printed, but not a backslash before them.
    for line in text.trim_end_matches(['\n', '\r']).split('\n') {
        let line_start = start;
        start += line.len() + 1;
        let line = line.strip_suffix('\r').unwrap_or(line);
        if let Some((at, c)) = line.char_indices().find(|&(_, c)| c.is_control() && c != '\t') {
            return Err(InvalidValue::at(line_start + at, format!("Samba cannot read this: {}", name(c))));
        }
        let body = line.trim_start_matches([' ', '\t']);
        let begin = line_start + line.len() - body.len();
        if body.starts_with('[') {
            return Err(InvalidValue::at(begin, "this opens another section"));
        }
        let is_comment = goes_on.is_none() && body.starts_with(['#', ';']);
        if goes_on.is_none() && !body.is_empty() && !is_comment && !body.contains('=') {
            return Err(InvalidValue::at(begin, "Samba ignores a line without `=` in silence"));
        }
        let tail = body.trim_end_matches([' ', '\t']);
        goes_on = (!is_comment && tail.ends_with('\\')).then(|| begin + tail.len() - 1);
    }
    match goes_on {
        None => Ok(()),
        Some(at) => Err(InvalidValue::at(at, "a backslash at the end joins the next line")),
    }
}

#[cfg(test)]
#[path = "smb_tests.rs"]
mod tests;
