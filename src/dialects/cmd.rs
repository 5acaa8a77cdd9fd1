//! Batch files of Windows' `cmd.exe`: `startnet.cmd`, the build script of Windows PE.
//!
//! cmd expands `%` first, also in quotes, so it is doubled. In quotes, `& | < > ( ) ^` are plain characters, but there is
//! no escape for `"` or a line break, so both are refused. `!` is special only with delayed expansion, which our scripts
//! switch off. Only ASCII is allowed, because cmd reads the file in the machine's own code page. Lines end in CRLF,
//! because `goto` misses labels in files without it.

use tera::Tera;

use super::characters::{allow_only, visible};
use super::engine::quoting;
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use crate::invalid_value::InvalidValue;

/// The longest argument in bytes; a line has at most 8191.
const LONGEST: usize = 1000;

/// Whether a word needs no quotes anywhere. A word that begins with `/` or `-` would be a switch.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-:\\/".contains(&b))
        && !text.ends_with('\\')
}

/// One argument of a command of cmd's own, such as `if exist` or `copy`: `"C:\Win PE"`.
///
/// # Errors
/// If it has a `"`, a control character or one that is not ASCII, or is too long.
pub fn arg(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "a batch file", |c| matches!(c, ' '..='~') && c != '"')?;
    if text.len() > LONGEST {
        return Err(InvalidValue::new(format!("{} is too long for a batch file", visible(text))));
    }
    Ok(format!("\"{}\"", text.replace('%', "%%")))
}

/// One argument of a program. Backslashes at the end are doubled, because the program's start-up code reads `\"` as a
/// quote.
///
/// # Errors
/// As [`arg`].
pub fn exe(text: &str) -> Result<String, InvalidValue> {
    let literal = arg(text)?;
    let slashes = text.len() - text.trim_end_matches('\\').len();
    let body = literal.get(..literal.len() - 1).unwrap_or_default();
    Ok(format!("{body}{}\"", "\\".repeat(slashes)))
}

/// Text that `echo` prints, without quotes.
///
/// # Errors
/// If it has a control character or one that is not ASCII, or is too long.
pub fn text(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "a batch file", |c| matches!(c, ' '..='~'))?;
    if text.len() > LONGEST {
        return Err(InvalidValue::new(format!("{} is too long for a batch file", visible(text))));
    }
    let mut literal = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '%' => literal.push_str("%%"),
            '^' | '&' | '|' | '<' | '>' | '(' | ')' | '"' => literal.extend(['^', c]),
            c => literal.push(c),
        }
    }
    Ok(literal)
}

/// The text of a `rem` comment. cmd expands `%` in it, stops at `%~`, and may run the text behind a `&`, so everything but
/// plain text is replaced.
fn comment(text: &str) -> Result<String, InvalidValue> {
    let plain = super::comment(text);
    let keep = |c: char| c.is_ascii_alphanumeric() || " ._/:,+=@#'[]{}-".contains(c);
    Ok(plain.chars().map(|c| if keep(c) { c } else { '_' }).collect())
}

/// The language as [`super::Dialect::Cmd`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "quote it with `| exe` (for a program), `| arg` (for cmd itself) or `| text` (for `echo`)",
    ends_in_crlf: true,
    blocks: BlockStyle::None,
    secrets: no_secrets,
    strings: Strings::CMD,
    filters: &["arg", "exe", "text"],
    for_lists: None,
};

fn register(tera: &mut Tera) {
    quoting(tera, "arg", arg);
    quoting(tera, "exe", exe);
    quoting(tera, "text", text);
    quoting(tera, "comment", comment);
}

/// No key of a site takes text for a batch file.
///
/// # Errors
/// Always.
pub fn balanced(_: &str) -> Result<(), InvalidValue> {
    Err(InvalidValue::new("a batch file takes no text of your own"))
}

#[cfg(test)]
#[path = "cmd_tests.rs"]
mod tests;
