//! Units of systemd: `Where=/srv/tftp/debian`.
//!
//! A value is the rest of its line: quotes are part of it, blanks around it are not. `%` begins a
//! specifier (`%n` is the unit's own name), and a backslash at the end joins the next line.

use tera::Tera;

use super::characters::{allow_only, name, visible};
use super::engine::quoting;
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use crate::invalid_value::InvalidValue;

/// Whether every setting reads a word unchanged.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_'))
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:@,+=-".contains(&b))
}

/// A text as the whole value of a setting.
///
/// # Errors
/// If it is empty, has blanks around it, a backslash at its end, or a control character.
pub fn value(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "a unit of systemd", |c| !c.is_control())?;
    if text.is_empty() {
        return Err(InvalidValue::new("an empty value is not allowed in a unit of systemd"));
    }
    if text.trim() != text {
        let reason =
            format!("{} is not allowed in a unit of systemd: it has a blank around it", visible(text));
        return Err(InvalidValue::new(reason));
    }
    if text.ends_with('\\') {
        let reason = format!("{} is not allowed in a unit of systemd: it ends with a `\\`", visible(text));
        return Err(InvalidValue::at(text.len() - 1, reason));
    }
    Ok(text.replace('%', "%%"))
}

/// The name of the mount unit for a path, as `systemd-escape -p --suffix=mount` prints it.
///
/// # Errors
/// If the name has more than the 255 bytes that systemd allows.
pub fn mount_unit(path: &str) -> Result<String, InvalidValue> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let mut unit = String::new();
    for (at, byte) in parts.join("/").bytes().enumerate() {
        match byte {
            b'/' => unit.push('-'),
            b'.' if at == 0 => unit.push_str("\\x2e"),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b':' | b'_' | b'.' => unit.push(char::from(byte)),
            byte => unit.push_str(&format!("\\x{byte:02x}")),
        }
    }
    if unit.is_empty() {
        unit.push('-');
    }
    unit.push_str(".mount");
    if unit.len() > 255 {
        let reason = format!("{} is too long for the name of a unit that mounts it", visible(path));
        return Err(InvalidValue::new(reason));
    }
    Ok(unit)
}

/// The language as [`super::Dialect::Systemd`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "quote it with `| value`",
    ends_in_crlf: false,
    blocks: BlockStyle::None,
    secrets: no_secrets,
    strings: Strings::NONE,
    filters: &["value"],
    for_lists: None,
};

fn register(tera: &mut Tera) {
    quoting(tera, "value", value);
}

/// Whether `text` holds whole lines.
///
/// # Errors
/// With the first control character, or a backslash at the very end.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    if text.trim_end_matches(['\n', '\r']).ends_with('\\') {
        return Err(InvalidValue::at(text.len() - 1, "a backslash at the end joins the next line"));
    }
    match text.char_indices().find(|&(_, c)| c.is_control() && !matches!(c, '\n' | '\t')) {
        None => Ok(()),
        Some((at, c)) => {
            Err(InvalidValue::at(at, format!("a unit of systemd cannot have this: {}", name(c))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{balanced, is_bare, mount_unit, value};

    #[test]
    fn vectors() {
        assert_eq!(value("/srv/100% \"x\"").unwrap(), "/srv/100%% \"x\"");
        assert_eq!(value("/srv/a\\b").unwrap(), "/srv/a\\b");
        for text in ["", " a", "a ", "a\\", "a\nb", "\0"] {
            assert!(value(text).is_err(), "{text:?}");
        }
        assert_eq!(mount_unit("/srv/a-b c").unwrap(), "srv-a\\x2db\\x20c.mount");
        assert_eq!(mount_unit("/.x/é").unwrap(), "\\x2ex-\\xc3\\xa9.mount");
        assert_eq!(mount_unit("/").unwrap(), "-.mount");
        assert_eq!(mount_unit("/srv//tftp/").unwrap(), "srv-tftp.mount");
        assert!(mount_unit(&format!("/{}", "x".repeat(249))).is_ok());
        assert!(mount_unit(&format!("/{}", "x".repeat(250))).is_err());
    }

    #[test]
    fn words_and_lines() {
        assert!(is_bare("loop,ro,nofail") && !is_bare("a b") && !is_bare("%n") && !is_bare(""));
        assert!(balanced("[Unit]\nAfter=x\\\ny\n").is_ok());
        assert!(balanced("a\\").is_err() && balanced("a\\\n").is_err() && balanced("\0").is_err());
    }
}
