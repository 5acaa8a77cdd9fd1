//! PowerShell scripts, for Windows PowerShell 5.1 and later.
//!
//! Text is in single quotes, where PowerShell expands nothing and a doubled quote is a quote (about_Quoting_Rules). Only
//! ASCII is allowed: PowerShell also reads the typographic quotes U+2018 to U+201B as single quotes, and 5.1 reads a
//! script without a byte order mark in the machine's own code page. Lines end in CRLF.

use tera::Tera;

use super::characters::{allow_only, name};
use super::engine::quoting;
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use crate::invalid_value::InvalidValue;

/// A number.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    !text.is_empty() && text.len() < 20 && text.bytes().all(|b| b.is_ascii_digit())
}

/// A text in single quotes.
///
/// # Errors
/// If it is not printable ASCII.
pub fn quote(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "a PowerShell script", |c| c == ' ' || c.is_ascii_graphic())?;
    Ok(format!("'{}'", text.replace('\'', "''")))
}

/// The language as [`super::Dialect::Powershell`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "quote it with `| q`",
    ends_in_crlf: true,
    blocks: BlockStyle::None,
    secrets: no_secrets,
    strings: Strings::POWERSHELL,
    filters: &["q"],
    for_lists: None,
};

fn register(tera: &mut Tera) {
    quoting(tera, "q", quote);
    quoting(tera, "comment", |text| {
        // Only ASCII, because PowerShell reads comments in the machine's code page too.
        Ok(super::comment(text).chars().map(|c| if c.is_ascii() { c } else { '?' }).collect())
    });
}

/// Users cannot add verbatim text to these scripts, so only control characters are refused.
///
/// # Errors
/// If it has a control character.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    match text.char_indices().find(|&(_, c)| c.is_control() && !"\n\t\r".contains(c)) {
        None => Ok(()),
        Some((at, c)) => Err(InvalidValue::at(at, format!("PowerShell cannot read this: {}", name(c)))),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_bare, quote};

    #[test]
    fn a_text_stays_in_its_quotes() {
        assert_eq!(quote("it's").unwrap(), "'it''s'");
        assert_eq!(quote("$(id) `x` \"y\" %z; #").unwrap(), "'$(id) `x` \"y\" %z; #'");
        for text in ["a\u{2019}b", "a\nb", "a\u{201b}", "é", "a\0b"] {
            assert!(quote(text).is_err(), "{text}");
        }
        assert!(is_bare("68719476736"));
        for text in ["", "x", "-1", "1GB", "$x", "1;2"] {
            assert!(!is_bare(text), "{text}");
        }
    }
}
