//! ISC dhcpd 4.4: `dhcpd.conf`, `dhcpd6.conf` and what they include.
//!
//! An injected `execute("…")` or `include` would run another program on the server. The rules follow common/conflex.c
//! (`read_string`, `get_raw_token`).

mod balance;
pub mod lexer;
mod secrets;

pub use balance::balanced;
pub use lexer::LONGEST;
pub use secrets::secrets;
use tera::{Kwargs, State, StringInput, Tera, TeraResult, Value};

use super::characters::{allow_only, visible};
use super::engine::{known, made, quoting, text, texts};
use super::language::{BlockStyle, Language};
use super::nested_literals::Strings;
use super::seal::seal;
use crate::invalid_value::InvalidValue;

/// Whether a text is an address, a MAC address, a prefix, a number or a name: letters, digits and `_.:/-`.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    let bytes = match text.as_bytes() {
        // Only a negative number may begin with a hyphen.
        [b'-', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => digits,
        bytes => bytes,
    };
    // Without branches, because each host has several of these words.
    let bare = |byte: u8| byte.is_ascii_alphabetic() | matches!(byte, b'-'..=b':') | (byte == b'_');
    bytes.first().is_some_and(|first| first.is_ascii_alphanumeric() || matches!(first, b':' | b'_'))
        && (bytes.len() <= 255 || is_hex(text))
        && bytes.iter().fold(true, |all, byte| all & bare(*byte))
}

/// Whether a text is bytes in hexadecimal, not more than an option can have. For dhcpd each byte is a word, so no word is
/// too long.
fn is_hex(text: &str) -> bool {
    let digits =
        |byte: &str| matches!(byte.len(), 1 | 2) && byte.bytes().all(|digit| digit.is_ascii_hexdigit());
    text.len() <= LONGEST && text.split(':').all(digits)
}

/// The string literal, quotes included.
///
/// # Errors
/// If the text has a NUL, which ends names and paths early in a daemon written in C, or more than
/// `max` bytes ([`LONGEST`] at most).
pub fn quote(text: &str, max: usize) -> Result<String, InvalidValue> {
    if is_literal(text.as_bytes(), max) {
        return Ok(format!("\"{text}\""));
    }
    if let Some(at) = text.find('\0') {
        return Err(InvalidValue::at(
            at,
            format!("{} cannot be a string of dhcpd: it has a NUL", visible(text)),
        ));
    }
    quote_bytes(text.as_bytes(), max)
}

/// Whether the literal of a text of at most `max` bytes is the text in quotes, without escapes.
#[must_use]
pub fn is_literal(text: &[u8], max: usize) -> bool {
    // Without branches: of a million texts nearly none has another byte.
    text.len() <= max.min(LONGEST) && text.iter().fold(true, |plain, byte| plain & as_it_is(*byte))
}

/// Whether a byte needs no escape in a string literal.
fn as_it_is(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') & (byte != b'"') & (byte != b'\\')
}

/// The string literal for any bytes, for options that carry them.
///
/// Writes `"`, `\` and everything but printable ASCII as escapes of three octal digits. With fewer, as in `\0"`, dhcpd
/// would skip the closing quote.
///
/// # Errors
/// If there are more than `max` bytes ([`LONGEST`] at most).
pub fn quote_bytes(bytes: &[u8], max: usize) -> Result<String, InvalidValue> {
    let max = max.min(LONGEST);
    if bytes.len() > max {
        let shown = visible(&String::from_utf8_lossy(bytes));
        let length = bytes.len();
        return Err(InvalidValue::at(max, format!("{shown} has {length} bytes where {max} are the most")));
    }
    let mut literal = String::with_capacity(bytes.len() + 2);
    literal.push('"');
    for &byte in bytes {
        match byte {
            byte if as_it_is(byte) => literal.push(char::from(byte)),
            _ => {
                literal.push('\\');
                for shift in [6, 3, 0] {
                    literal.push(char::from(b'0' + ((byte >> shift) & 7)));
                }
            }
        }
    }
    literal.push('"');
    Ok(literal)
}

/// The name of a host declaration, which cannot be quoted: words of letters, digits, `_` and `-`
/// with dots between them (`parse_host_name` in common/parse.c).
///
/// # Errors
/// If it is anything else, or longer than 255 bytes.
pub fn ident(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "a name of dhcpd", |c| c.is_ascii_alphanumeric() || "_-.".contains(c))?;
    if text.is_empty() || text.len() > 255 || text.split('.').any(str::is_empty) {
        return Err(InvalidValue::new(format!(
            "{} is not a name of dhcpd: words with single dots between them, 255 bytes at most",
            visible(text)
        )));
    }
    Ok(text.to_owned())
}

/// The type in `option NAME code N = TYPE;`.
///
/// # Errors
/// If ipxegen does not use such a type of dhcp-eval(5) and dhcp-options(5).
pub fn definition(text: &str) -> Result<String, InvalidValue> {
    let one = text.strip_prefix("array of ").unwrap_or(text);
    let integer = one.strip_prefix("unsigned ").or_else(|| one.strip_prefix("signed ")).unwrap_or_default();
    let known = ["boolean", "text", "string", "ip-address", "domain-list"].contains(&one)
        || ["integer 8", "integer 16", "integer 32"].contains(&integer);
    if known {
        Ok(text.to_owned())
    } else {
        Err(InvalidValue::new(format!("{} is not a type of dhcpd's", visible(text))))
    }
}

/// The language as [`super::Dialect::Dhcpd`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "quote it with `| q`",
    ends_in_crlf: false,
    blocks: BlockStyle::Braces,
    secrets,
    strings: Strings::DHCPD,
    filters: &["q", "words", "strings", "ident", "definition", "indent"],
    for_lists: Some("words"),
};

fn register(tera: &mut Tera) {
    tera.register_filter("q", |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &["max"])?;
        let max = kwargs.get::<usize>("max")?.unwrap_or(LONGEST);
        Ok(seal(&quote(&text("q", &value)?, max)?))
    });
    tera.register_filter("indent", |block: StringInput, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &[])?;
        if !block.is_safe() {
            return Err(
                InvalidValue::new("`indent` takes a block: {% filter indent %}…{% endfilter %}").into()
            );
        }
        let lines = block.as_str().split_inclusive('\n');
        made(block.as_str().len() + lines.clone().count())?;
        // No literal of ours has the end of a line in it ([`quote`]).
        let indented =
            lines.map(|line| if line.trim().is_empty() { line.to_owned() } else { format!("\t{line}") });
        Ok(Value::safe_string(&indented.collect::<String>()))
    });
    quoting(tera, "ident", ident);
    quoting(tera, "definition", definition);
    // Lists: dhcpd separates the values of an option by commas.
    tera.register_filter("words", |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &[])?;
        let words = texts("words", &value)?;
        if let Some(word) = words.iter().find(|word| !is_bare(word)) {
            return Err(InvalidValue::new(format!("{} is not a bare word here", visible(word))).into());
        }
        Ok(seal(&words.join(", ")))
    });
    tera.register_filter("strings", |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &[])?;
        let strings = texts("strings", &value)?;
        let quoted: Result<Vec<_>, _> = strings.iter().map(|text| quote(text, 255)).collect();
        Ok(seal(&quoted?.join(", ")))
    });
}

#[cfg(test)]
mod tests;
