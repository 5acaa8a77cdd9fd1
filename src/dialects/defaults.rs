//! `/etc/default/*`: assignments that `/bin/sh` sources as root (Debian's init scripts) and that
//! systemd reads as an `EnvironmentFile=` (Ubuntu's units).
//!
//! Both must read the same value. The init scripts expand values without quotes, so the shell splits them at blanks and
//! matches `*?[` against files. A value is therefore a list of words that both readers leave unchanged; a word with a
//! blank is refused.

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::characters::{allow_only, visible};
use super::engine::{known, quoting, texts};
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use super::seal::seal;
use crate::invalid_value::InvalidValue;

const PLAIN: &[u8] = b"_./:@,+=%^-";

/// Whether the shell reads a text as one unchanged word without quotes.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:@,+-".contains(&b))
}

/// One word as a value: `"/srv/tftp"`.
///
/// # Errors
/// If it has a blank or anything that the shell or systemd would read otherwise.
pub fn quote(word: &str) -> Result<String, InvalidValue> {
    quote_words(&[word])
}

/// Words as a value: `"eth0 eth1"`; an empty list is `""`.
///
/// # Errors
/// If a word is empty, has a blank or anything that the shell or systemd would read otherwise.
pub fn quote_words<W: AsRef<str>>(words: &[W]) -> Result<String, InvalidValue> {
    let mut literal = String::from("\"");
    for word in words.iter().map(AsRef::as_ref) {
        allow_only(word, "a value of /etc/default", |c| {
            c.is_ascii_alphanumeric() || u8::try_from(c).is_ok_and(|b| PLAIN.contains(&b))
        })?;
        if word.is_empty() {
            return Err(InvalidValue::new("an empty word is not allowed in a value of /etc/default"));
        }
        if literal.len() > 1 {
            literal.push(' ');
        }
        literal.push_str(word);
    }
    literal.push('"');
    Ok(literal)
}

/// An address to listen on, `[addr][:port]` of tftpd(8), the only value that may have brackets:
/// `"[::1]:69"`.
///
/// # Errors
/// If it is not made of the characters of an address.
pub fn address(text: &str) -> Result<String, InvalidValue> {
    let (inside, rest) = match text.strip_prefix('[') {
        None => ("", text),
        Some(text) => text.split_once(']').ok_or_else(|| {
            InvalidValue::at(0, format!("{} is not an address: the bracket is not closed", visible(text)))
        })?,
    };
    for part in [inside, rest] {
        allow_only(part, "an address", |c| c.is_ascii_alphanumeric() || "._:-%".contains(c))?;
    }
    if text.is_empty() {
        return Err(InvalidValue::new("an empty address cannot be written"));
    }
    Ok(format!("\"{text}\""))
}

/// The names of network interfaces, which the kernel keeps below 16 bytes: `"eth0 eth1"`.
///
/// # Errors
/// If a name is not valid.
pub fn interfaces<W: AsRef<str>>(names: &[W]) -> Result<String, InvalidValue> {
    for name in names.iter().map(AsRef::as_ref) {
        allow_only(name, "the name of an interface", |c| c.is_ascii_alphanumeric() || "._:@-".contains(c))?;
        if name.is_empty() || name.len() > 15 || name.starts_with('-') {
            return Err(InvalidValue::new(format!("{} is not the name of an interface", visible(name))));
        }
    }
    quote_words(names)
}

/// The language as [`super::Dialect::Defaults`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "quote it with `| value`",
    ends_in_crlf: false,
    blocks: BlockStyle::None,
    secrets: no_secrets,
    strings: Strings::SHELL,
    filters: &["value", "interfaces", "address"],
    for_lists: Some("value"),
};

fn register(tera: &mut Tera) {
    tera.register_filter("value", |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &[])?;
        Ok(seal(&quote_words(&texts("value", &value)?)?))
    });
    tera.register_filter("interfaces", |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &[])?;
        Ok(seal(&interfaces(&texts("interfaces", &value)?)?))
    });
    quoting(tera, "address", address);
}

/// Whether `text` holds whole lines that both readers take for the same: comments and assignments
/// `NAME=value`, their quotes closed on the line.
///
/// # Errors
/// With the byte from which on they would differ or read into the next line.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    let mut start = 0;
    for line in text.split('\n') {
        self::line(line.strip_suffix('\r').unwrap_or(line))
            .map_err(|refused| InvalidValue { at: refused.at.map(|at| start + at), ..refused })?;
        if line.ends_with('\r') {
            return Err(InvalidValue::at(
                start + line.len() - 1,
                "the shell takes the carriage return for text",
            ));
        }
        start += line.len() + 1;
    }
    Ok(())
}

fn line(line: &str) -> Result<(), InvalidValue> {
    if let Some((at, c)) = line.char_indices().find(|&(_, c)| c.is_control() && c != '\t') {
        return Err(InvalidValue::at(
            at,
            format!("this is not allowed here: {}", super::characters::name(c)),
        ));
    }
    if line.ends_with('\\') {
        return Err(InvalidValue::at(line.len() - 1, "a backslash at the end joins the next line"));
    }
    let body = line.trim_start_matches([' ', '\t']);
    if body.is_empty() || body.starts_with('#') {
        return Ok(());
    }
    let begin = line.len() - body.len();
    let name = body.split_once('=').map_or("", |(name, _)| name);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !is_name {
        return Err(InvalidValue::at(begin, "this is not an assignment `NAME=value`"));
    }
    value(line, begin + name.len() + 1)
}

fn value(line: &str, start: usize) -> Result<(), InvalidValue> {
    let mut quote: Option<(u8, usize)> = None;
    let mut bytes = line.bytes().enumerate().skip(start);
    while let Some((at, byte)) = bytes.next() {
        match (quote, byte) {
            (Some((b'\'', _)), b'\'') | (Some((b'"', _)), b'"') => quote = None,
            (Some((b'\'', _)), _) => {}
            (_, b'\\') => {
                let _ = bytes.next();
            }
            (_, b'`' | b'$') => {
                return Err(InvalidValue::at(
                    at,
                    "the shell expands this and systemd does not; write the value itself",
                ));
            }
            (None, b'\'' | b'"') => quote = Some((byte, at)),
            (None, b' ' | b'\t') => {
                return match line.get(at..).map(|rest| rest.trim_matches([' ', '\t'])) {
                    None | Some("") => Ok(()),
                    Some(_) => {
                        Err(InvalidValue::at(at, "a value with a blank needs quotes, a comment its own line"))
                    }
                };
            }
            (None, b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')') => {
                return Err(InvalidValue::at(
                    at,
                    "the shell takes this for a command's punctuation; quote it",
                ));
            }
            _ => {}
        }
    }
    match quote {
        None => Ok(()),
        Some((_, at)) => Err(InvalidValue::at(at, "this quote is not closed on its line")),
    }
}

#[cfg(test)]
#[path = "defaults_tests.rs"]
mod tests;
