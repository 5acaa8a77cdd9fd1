//! ISC dhcpd 4.4: `dhcpd.conf`, `dhcpd6.conf` and what they include.
//!
//! A break-out here is the daemon's `execute("…")` or an `include`, hence somebody else's program
//! on the server. The facts are those of common/conflex.c (`read_string`, `get_token`).

use std::ops::Range;

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::characters::{allow_only, name, visible};
use super::engine::{known, quoting, text, texts};
use super::language::{BlockStyle, Language};
use super::seal::seal;
use crate::invalid_value::InvalidValue;

/// dhcpd's token buffer holds 1500 bytes with the final NUL. The rest of a longer string would be
/// read as configuration.
pub const LONGEST: usize = 1499;

/// Addresses, MAC addresses, prefixes, negative numbers too, and names: letters, digits and `_.:/-`.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    let text = match text.strip_prefix('-') {
        // A negative number; elsewhere a hyphen begins nothing.
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits,
        _ => text,
    };
    // Each without a branch: several stand in the block of each host.
    let bare = |byte: u8| byte.is_ascii_alphabetic() | matches!(byte, b'-'..=b':') | (byte == b'_');
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == ':' || c == '_')
        && (text.len() <= 255 || is_hex(text))
        && text.bytes().fold(true, |all, byte| all & bare(byte))
}

/// Bytes in hexadecimal, as many as an option holds: a word of two digits for each, so no word is too long.
fn is_hex(text: &str) -> bool {
    let digits =
        |byte: &str| matches!(byte.len(), 1 | 2) && byte.bytes().all(|digit| digit.is_ascii_hexdigit());
    text.len() <= LONGEST && text.split(':').all(digits)
}

/// The string literal, quotes included.
///
/// # Errors
/// When the text has a NUL, which ends names and paths early in a daemon written in C, or more than
/// `max` bytes ([`LONGEST`] at most).
pub fn quote(text: &str, max: usize) -> Result<String, InvalidValue> {
    let mut literal = String::with_capacity(text.len() + 2);
    quote_into(&mut literal, text, max)?;
    Ok(literal)
}

/// Like [`quote`], behind what `literal` holds.
///
/// # Errors
/// Those of [`quote`].
pub fn quote_into(literal: &mut String, text: &str, max: usize) -> Result<(), InvalidValue> {
    // All are looked at without a branch for each: of a million texts nearly none has another byte.
    if text.len() <= max.min(LONGEST) && text.bytes().fold(true, |plain, byte| plain & as_it_is(byte)) {
        literal.push('"');
        literal.push_str(text);
        literal.push('"');
        return Ok(());
    }
    if let Some(at) = text.find('\0') {
        return Err(InvalidValue::at(
            at,
            format!("{} cannot be a string of dhcpd: it has a NUL", visible(text)),
        ));
    }
    literal.push_str(&quote_bytes(text.as_bytes(), max)?);
    Ok(())
}

/// Whether a byte stands for itself in a string literal.
fn as_it_is(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') & (byte != b'"') & (byte != b'\\')
}

/// The string literal for any bytes, for options that carry them.
///
/// Everything but printable ASCII, and `"` and `\`, is written with all three octal digits: dhcpd
/// reads `\0"` as one character and goes on behind the closing quote.
///
/// # Errors
/// When there are more than `max` bytes ([`LONGEST`] at most).
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
/// When it is anything else, or longer than 255 bytes.
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
/// When it is none of those that dhcp-eval(5) and dhcp-options(5) name and we use.
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
};

fn register(tera: &mut Tera) {
    tera.register_filter("q", |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &["max"])?;
        let max = kwargs.get::<usize>("max")?.unwrap_or(LONGEST);
        Ok(seal(&quote(&text("q", &value)?, max)?))
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

/// Whether `text` holds whole statements: strings, comments and braces closed, nothing closed that
/// it has not opened.
///
/// InvalidValue besides: what dhcpd reads otherwise than it looks. Escapes of less than three octal or
/// two hex digits may swallow the closing quote; a string, word or run of blanks over 1499 bytes
/// overflows the token buffer; a statement that begins with `%` is skipped without a word.
///
/// # Errors
/// With the byte at which the text leaves its scope, or what it left open.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    let bytes = text.as_bytes();
    let mut open = Vec::new();
    // Whether a statement may begin here, hence also end.
    let mut between = true;
    let mut at = 0;
    let mut last = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let run = |in_run: fn(&u8) -> bool| rest.iter().take_while(|b| in_run(b)).count();
        let length = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                let length = run(|b| b" \t\n\r".contains(b));
                if length > LONGEST {
                    return Err(InvalidValue::at(at, "this gap is longer than dhcpd can read, 1499 bytes"));
                }
                at += length;
                continue;
            }
            b'#' => {
                at += run(|b| *b != b'\n');
                continue;
            }
            0..=31 | 127 => {
                return Err(InvalidValue::at(
                    at,
                    format!("dhcpd cannot read this: {}", name(char::from(byte))),
                ));
            }
            b'"' => string(text, at)?,
            b'{' => {
                open.push(at);
                1
            }
            b'}' => {
                if open.pop().is_none() {
                    return Err(InvalidValue::at(at, "this `}` closes a block that was not opened here"));
                }
                1
            }
            b'%' if between => {
                return Err(InvalidValue::at(
                    at,
                    "dhcpd skips a statement that begins with `%` without a word",
                ));
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => {
                let length = run(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b == b'-');
                if length > LONGEST {
                    return Err(InvalidValue::at(at, "this word is longer than dhcpd can read, 1499 bytes"));
                }
                length
            }
            _ => 1,
        };
        between = matches!(byte, b';' | b'{' | b'}');
        last = at;
        at += length;
    }
    if let Some(at) = open.pop() {
        return Err(InvalidValue::at(at, "this `{` is not closed"));
    }
    if between { Ok(()) } else { Err(InvalidValue::at(last, "the last statement has no `;`")) }
}

/// The secrets that statements of the user's own hold: in a `key` of TSIG or OMAPI, for LDAP, and the passwords of
/// iPXE. dhcpd reads keywords in any case, with comments and line breaks anywhere, and a key's secret as a string or as
/// bare words (`parse_key` and `parse_base64` in common/parse.c).
#[must_use]
pub fn secrets(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    // The tokens of the statement so far.
    let mut statement: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let run = |in_run: fn(&u8) -> bool| {
            bytes.get(at..).unwrap_or_default().iter().take_while(|byte| in_run(byte)).count()
        };
        let length = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += run(|byte| *byte != b'\n');
                continue;
            }
            b';' | b'{' | b'}' => {
                secret_of(text, &statement, &mut found);
                statement.clear();
                at += 1;
                continue;
            }
            // A string that is not closed holds the rest.
            b'"' => string(text, at).unwrap_or(text.len() - at),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' => {
                run(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
            }
            _ => 1,
        };
        statement.push(at..at + length);
        at += length;
    }
    secret_of(text, &statement, &mut found);
    found
}

/// Adds the secret of a statement, where it has one: as it is written and as dhcpd reads it.
fn secret_of(text: &str, statement: &[Range<usize>], found: &mut Vec<String>) {
    let token = |at: usize| statement.get(at).and_then(|range| text.get(range.clone())).unwrap_or_default();
    let begins =
        |words: &[&str]| words.iter().enumerate().all(|(at, word)| token(at).eq_ignore_ascii_case(word));
    const STATEMENTS: [&[&str]; 4] = [
        &["secret"],
        &["ldap-password"],
        &["option", "ipxe", ".", "password"],
        &["option", "ipxe", ".", "reverse-password"],
    ];
    let Some(words) = STATEMENTS.iter().find(|words| begins(words)) else { return };
    // `option ipxe.password code 191 = string` defines the option. A value is never a bare word with a number
    // behind it.
    let number = token(words.len() + 1);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if token(words.len()).eq_ignore_ascii_case("code") && is_number && token(words.len() + 2) == "=" {
        return;
    }
    let mut whole = String::new();
    let mut behind = None;
    let mut piece = String::new();
    for range in statement.get(words.len()..).unwrap_or_default() {
        let written = text.get(range.clone()).unwrap_or_default();
        if let Some(inner) = written.strip_prefix('"') {
            let inner = inner.strip_suffix('"').unwrap_or(inner);
            found.extend([inner.to_owned(), unescaped(inner)]);
            continue;
        }
        // Bare words that touch are one word to people.
        if behind != Some(range.start) {
            found.push(std::mem::take(&mut piece));
        }
        behind = Some(range.end);
        piece.push_str(written);
        whole.push_str(written);
    }
    found.extend([piece, whole]);
    found.retain(|secret| !secret.is_empty());
    found.dedup();
}

/// What the inside of a string literal means.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        let code =
            |digits: Option<&[u8]>, radix| u8::from_str_radix(std::str::from_utf8(digits?).ok()?, radix).ok();
        let (value, length) = match (byte, tail.first()) {
            (b'\\', Some(b'0'..=b'3')) => (code(tail.get(..3), 8), 3),
            (b'\\', Some(b'x')) => (code(tail.get(1..3), 16), 3),
            (b'\\', Some(other)) => (Some(*other), 1),
            _ => (Some(*byte), 0),
        };
        bytes.extend(value);
        rest = tail.get(length..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The length of the string literal that begins at `start`.
fn string(text: &str, start: usize) -> Result<usize, InvalidValue> {
    let bytes = text.as_bytes();
    let digits = |from: usize, count: usize, is_digit: fn(u8) -> bool| {
        bytes.get(from..from + count).is_some_and(|digits| digits.iter().all(|&b| is_digit(b)))
    };
    let mut at = start + 1;
    let mut decoded = 0;
    loop {
        let length = match (bytes.get(at), bytes.get(at + 1)) {
            (None, _) | (Some(b'\\'), None) => {
                return Err(InvalidValue::at(start, "this string is not closed"));
            }
            (Some(b'"'), _) => break,
            (Some(0), _) => return Err(InvalidValue::at(at, "dhcpd cannot read this: it has a NUL")),
            (Some(b'\\'), Some(b'0'..=b'3')) => {
                if !digits(at + 1, 3, |b| matches!(b, b'0'..=b'7')) {
                    return Err(InvalidValue::at(at, "an octal escape needs three digits, as in `\\042`"));
                }
                4
            }
            (Some(b'\\'), Some(b'x')) => {
                if !digits(at + 2, 2, |b| b.is_ascii_hexdigit()) {
                    return Err(InvalidValue::at(at, "a hexadecimal escape needs two digits, as in `\\x22`"));
                }
                4
            }
            (Some(b'\\'), Some(_)) => 2,
            (Some(_), _) => 1,
        };
        decoded += 1;
        at += length;
    }
    if decoded > LONGEST {
        return Err(InvalidValue::at(
            start,
            format!("this string has {decoded} bytes where {LONGEST} are the most"),
        ));
    }
    Ok(at + 1 - start)
}

#[cfg(test)]
#[path = "dhcpd_tests.rs"]
mod tests;
