//! `dnsmasq.conf` of dnsmasq 2.90.
//!
//! dnsmasq cuts a line at 1025 bytes and reads the rest as another line, so the tail of a long comment becomes an option
//! (option.c, `one_file`). Text is in double quotes, with the escapes `\\`, `\"` and `\t`.

use tera::Tera;

use super::characters::{allow_only, visible};
use super::engine::quoting;
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use crate::invalid_value::InvalidValue;

/// The longest literal in bytes, so that its line stays below dnsmasq's limit.
const LONGEST: usize = 600;

/// Addresses, MAC addresses, tags, numbers, names of files.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:/-".contains(&byte))
}

/// A text in double quotes.
///
/// # Errors
/// If it has a control character, or is too long for a line.
pub fn quote(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "dnsmasq.conf", |c| c == '\t' || !c.is_control())?;
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\t', "\\t");
    if escaped.len() > LONGEST {
        return Err(InvalidValue::new(format!(
            "{} is longer than the {LONGEST} bytes of a line",
            visible(text)
        )));
    }
    Ok(format!("\"{escaped}\""))
}

/// The language as [`super::Dialect::Dnsmasq`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "quote it with `| q`",
    ends_in_crlf: false,
    blocks: BlockStyle::None,
    secrets: no_secrets,
    strings: Strings::DNSMASQ,
    filters: &["q"],
    for_lists: None,
};

fn register(tera: &mut Tera) {
    quoting(tera, "q", quote);
    quoting(tera, "comment", |text| Ok(super::comment(text).chars().take(400).collect()));
}

/// Users cannot add verbatim text to this file, so only its lines are checked.
///
/// # Errors
/// If a line is too long, or a quote is not closed on it.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    for line in text.lines() {
        if line.len() > 1000 {
            return Err(InvalidValue::new("a line has more than 1000 bytes"));
        }
        if line.replace("\\\\", "").replace("\\\"", "").matches('"').count() % 2 != 0 {
            return Err(InvalidValue::new("a quote is not closed on its line"));
        }
    }
    match text.char_indices().find(|&(_, c)| c.is_control() && !"\n\t\r".contains(c)) {
        None => Ok(()),
        Some((at, c)) => {
            Err(InvalidValue::at(at, format!("dnsmasq cannot read this: {}", super::characters::name(c))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{is_bare, quote};

    #[test]
    fn texts_are_quoted() {
        assert_eq!(quote("Boot, now #1").unwrap(), "\"Boot, now #1\"");
        assert_eq!(quote("a\"b\\t").unwrap(), "\"a\\\"b\\\\t\"");
        assert_eq!(quote("a\tb").unwrap(), "\"a\\tb\"");
        // The limit applies to the escaped text.
        for text in ["a\nb", "a\0b", &"x".repeat(601), &"\\".repeat(301)] {
            assert!(quote(text).is_err());
        }
        assert!(is_bare("http://10.0.0.1/install.ipxe"));
        for text in ["", "a,b", "a b", "a\"", "#x"] {
            assert!(!is_bare(text), "{text}");
        }
    }
}
