//! `dnsmasq.conf` of dnsmasq 2.90.
//!
//! dnsmasq cuts a line at 1025 bytes and reads the rest as another line, so the tail of a long comment becomes an option
//! (option.c, `one_file`). Text is in double quotes, with the escapes `\\`, `\"` and `\t`.

use tera::Tera;

use super::characters::{allow_only, visible};
use super::engine::quoting;
use super::language::{BlockStyle, Language};
use super::nested_literals::Strings;
use crate::invalid_value::InvalidValue;

/// The longest literal in bytes, so that its line stays below dnsmasq's limit.
const LONGEST: usize = 600;

/// The longest line in bytes: the buffer has 1025.
const LONGEST_LINE: usize = 1000;

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
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '\t' => quoted.push_str("\\t"),
            '\\' | '"' => quoted.extend(['\\', c]),
            _ => quoted.push(c),
        }
    }
    if quoted.len() - 1 > LONGEST {
        return Err(InvalidValue::new(format!(
            "{} is longer than the {LONGEST} bytes of a line",
            visible(text)
        )));
    }
    quoted.push('"');
    Ok(quoted)
}

/// The options that dnsmasq knows as texts (`opttab` in dhcp-common.c): it takes no bytes for them.
pub const TEXT_OPTIONS: &[u8] = &[12, 15, 17, 18, 40, 64, 66, 67, 100, 101];

/// The value of an option as a text in double quotes. They hide digits, colons and commas from dnsmasq, which guesses the
/// type of a value, but no sign and no unit: `"-s"` would be a number of two bytes, and reaches clients as `-`
/// (`parse_dhcp_opt` in option.c; 2.90 on the wire).
///
/// # Errors
/// Those of [`quote`], and for such a text.
pub fn quote_option(text: &str) -> Result<String, InvalidValue> {
    // The last letter is a unit, which dnsmasq cuts: `s`, `-i`.
    if text.strip_suffix(['s', 'i']).is_some_and(|rest| rest.bytes().all(|byte| byte == b'-')) {
        return Err(InvalidValue::new(format!("`{text}` would be a number")));
    }
    quote(text)
}

/// The language as [`super::Dialect::Dnsmasq`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "quote it with `| q`",
    ends_in_crlf: false,
    blocks: BlockStyle::None,
    secrets,
    strings: Strings::DNSMASQ,
    filters: &["q"],
    for_lists: None,
};

fn register(tera: &mut Tera) {
    quoting(tera, "q", quote);
    quoting(tera, "comment", |text| Ok(super::comment(text).chars().take(400).collect()));
}

/// Whether each line of a text is one line for dnsmasq, with its quotes closed. Inside quotes, a backslash hides a quote
/// or a backslash; a `#` behind white space begins a comment, in which quotes mean nothing (`read_file` in option.c).
///
/// # Errors
/// If a line is too long, a quote is not closed on it, or dnsmasq would not read a character as it is.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    let mut start = 0;
    for line in text.split('\n') {
        if line.len() > LONGEST_LINE {
            return Err(InvalidValue::at(start, format!("a line has more than {LONGEST_LINE} bytes")));
        }
        if let Some(at) = open_quote(line) {
            return Err(InvalidValue::at(start + at, "a quote is not closed on its line"));
        }
        start += line.len() + 1;
    }
    match text.char_indices().find(|&(_, c)| c.is_control() && !"\n\t\r".contains(c)) {
        None => Ok(()),
        Some((at, c)) => {
            Err(InvalidValue::at(at, format!("dnsmasq cannot read this: {}", super::characters::name(c))))
        }
    }
}

/// iPXE's options with passwords, in option 175.
const PASSWORDS: [&str; 2] = ["191", "193"];

/// Finds the passwords of iPXE in options: as they are written, and as dnsmasq reads them.
fn secrets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| line.starts_with("dhcp-option")) {
        let Some((_, rest)) = line.split_once("encap:175") else { continue };
        let mut fields = rest.trim_start().strip_prefix(',').unwrap_or_default().splitn(2, ',');
        let (Some(code), Some(value)) = (fields.next(), fields.next()) else { continue };
        if PASSWORDS.contains(&code.trim()) {
            let value = value.trim();
            let inner =
                value.strip_prefix('"').map_or(value, |value| value.strip_suffix('"').unwrap_or(value));
            found.extend([inner.to_owned(), inner.replace("\\\"", "\"").replace("\\\\", "\\")]);
        }
    }
    found.retain(|secret| !secret.is_empty());
    found.dedup();
    found
}

/// The quote of a line that nothing closes.
fn open_quote(line: &str) -> Option<usize> {
    let mut open = None;
    let mut behind_white = true;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if open.is_some() => {
                chars.next_if(|(_, next)| "\"\\".contains(*next));
            }
            '"' => open = if open.is_some() { None } else { Some(at) },
            '#' if open.is_none() && behind_white => return None,
            _ => {}
        }
        behind_white = open.is_none() && c.is_ascii_whitespace();
    }
    open
}

#[cfg(test)]
mod tests {
    use super::{balanced, is_bare, quote, secrets};

    #[test]
    fn passwords_are_found() {
        let text = "dhcp-option=encap:175,190,user\n dhcp-option-force = tag:a, encap:175, 191, \"one\\\"two\"\n\
                    dhcp-option=encap:175,193,three\ndhcp-option=191,four\ndhcp-option=encap:175,191\n";
        assert_eq!(secrets(text), ["one\\\"two", "one\"two", "three"]);
    }

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

    #[test]
    fn a_text_ends_where_its_line_ends() {
        for text in [
            "dhcp-option=3,10.0.0.1\n# don't say \"this\ndhcp-boot=\"a\\\"b\"",
            "dhcp-boot=\"a # b\"",
            "x=a#\"b\"",
            "",
        ] {
            assert_eq!(balanced(text), Ok(()), "{text}");
        }
        let long = format!("a\n#{}", "x".repeat(1001));
        for (text, at) in [
            ("a\ndhcp-boot=\"x", 12),
            ("x=\"a\\\"", 2),
            ("x=a#\"b", 4),
            ("x=\"a\\\\\"\"", 7),
            (long.as_str(), 2),
            ("a\u{7}", 1),
        ] {
            assert_eq!(balanced(text).unwrap_err().at, Some(at), "{text}");
        }
    }
}
