//! `exports(5)` of nfs-utils 2.6.
//!
//! The rules follow support/nfs/xio.c and exports.c. An injected line could export `/` to the world. exportfs stops at the
//! first line with an error and does not export the later ones.

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::characters::{allow_only, name, visible};
use super::engine::{known, quoting, text, texts};
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use super::seal::seal;
use crate::invalid_value::InvalidValue;

/// The longest `client(options)` that exportfs reads.
pub const LONGEST_CLIENT: usize = 511;

/// A word of a client or of options, or a path that needs no quoting.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:@,+=*?-".contains(&b))
}

/// The path of an export.
///
/// exportfs decodes `\ooo` and then looks at the decoded characters again, so `\134040` is a blank and not `\040`.
/// Therefore octal digits behind a backslash are encoded as well.
///
/// # Errors
/// If it is not absolute and normal, has a NUL, or more than 4095 bytes.
pub fn path(text: &str) -> Result<String, InvalidValue> {
    if let Some(at) = text.find('\0') {
        return Err(InvalidValue::at(at, format!("{} cannot be exported: it has a NUL", visible(text))));
    }
    let is_normal = text.starts_with('/')
        && !text.contains("//")
        && !text.split('/').any(|part| part == "." || part == "..");
    if !is_normal || text.len() > 4095 {
        return Err(InvalidValue::new(format!(
            "{} cannot be exported: a path is absolute, without `//`, `.` and `..`",
            visible(text)
        )));
    }
    let mut literal = String::with_capacity(text.len());
    let mut behind_backslash = false;
    for byte in text.bytes() {
        let is_plain = matches!(byte, b'!'..=b'~') && !b"\"#\\()".contains(&byte);
        behind_backslash = behind_backslash && matches!(byte, b'0'..=b'7');
        if is_plain && !behind_backslash {
            literal.push(char::from(byte));
        } else {
            literal.push('\\');
            for shift in [6, 3, 0] {
                literal.push(char::from(b'0' + ((byte >> shift) & 7)));
            }
        }
        behind_backslash |= byte == b'\\';
    }
    Ok(literal)
}

/// A client with its options as one token, `10.0.0.0/24(ro,sync)`. With a blank in between, exportfs would give the
/// options to the world.
///
/// A client is an address, a network, a host name, `*` and `?` in one, an `@netgroup`, an IPv6
/// address also in brackets.
///
/// # Errors
/// If either has an invalid character, or both have more than 511 bytes.
pub fn client<W: AsRef<str>>(client: &str, options: &[W]) -> Result<String, InvalidValue> {
    let inside = match client.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, "")) if address.contains(':') => address,
        _ => client,
    };
    allow_only(inside, "a client of an export", |c| c.is_ascii_alphanumeric() || "_.:/@*?-".contains(c))?;
    if inside.is_empty() || inside.starts_with('-') {
        return Err(InvalidValue::new(format!("{} is not a client of an export", visible(client))));
    }
    let token = format!("{client}{}", self::options(options)?);
    if token.len() > LONGEST_CLIENT {
        let length = token.len();
        return Err(InvalidValue::new(format!(
            "client {} with its options has {length} bytes where {LONGEST_CLIENT} are the most",
            visible(client)
        )));
    }
    Ok(token)
}

/// Options in their brackets: `(rw,no_root_squash)`.
///
/// # Errors
/// If there are no options, or one is not a word such as `ro`, `sec=krb5:sys` or `fsid=0`.
pub fn options<W: AsRef<str>>(options: &[W]) -> Result<String, InvalidValue> {
    if options.is_empty() {
        return Err(InvalidValue::new("an export without options has exportfs guess"));
    }
    let mut literal = String::from("(");
    for option in options.iter().map(AsRef::as_ref) {
        let known = |c: char| c.is_ascii_alphanumeric() || "_.:/@+=*-".contains(c);
        allow_only(option, "an option of an export", known).map_err(|refused| {
            let parts: Vec<&str> = option.split(',').map(|part| part.trim_matches(['(', ')', ' '])).collect();
            if parts.iter().all(|part| !part.is_empty() && part.chars().all(known)) {
                refused.help(format!("write options in square brackets: `[{}]`", parts.join(", ")))
            } else {
                refused
            }
        })?;
        if !option.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(InvalidValue::new(format!("{} is not an option of an export", visible(option))));
        }
        if literal.len() > 1 {
            literal.push(',');
        }
        literal.push_str(option);
    }
    literal.push(')');
    Ok(literal)
}

/// The language as [`super::Dialect::Exports`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "quote it with `| path`, `| client` or `| options`",
    ends_in_crlf: false,
    blocks: BlockStyle::None,
    secrets: no_secrets,
    strings: Strings::EXPORTS,
    filters: &["path", "client", "options"],
    for_lists: Some("options"),
};

fn register(tera: &mut Tera) {
    quoting(tera, "path", path);
    tera.register_filter("client", |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &["options"])?;
        let options = kwargs.must_get::<Value>("options")?;
        Ok(seal(&client(&text("client", &value)?, &texts("client", &options)?)?))
    });
    tera.register_filter("options", |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &[])?;
        Ok(seal(&options(&texts("options", &value)?)?))
    });
}

/// Whether `text` holds whole lines: quotes closed where they were opened, nothing joined to what
/// follows.
///
/// # Errors
/// With the byte at which it goes on beyond its lines.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    if let Some((at, c)) = text.char_indices().find(|&(_, c)| c.is_control() && !"\n\t\r".contains(c)) {
        return Err(InvalidValue::at(at, format!("exportfs cannot read this: {}", name(c))));
    }
    // A backslash joins lines everywhere, in quotes and in comments too: `xgetc` does it.
    let end = text.trim_end_matches(['\n', '\r']);
    if end.ends_with('\\') {
        return Err(InvalidValue::at(end.len() - 1, "a backslash at the end joins the next line"));
    }
    let mut quote = None;
    let mut is_comment = false;
    let mut may_start = true;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        if byte == b'\\' && matches!(bytes.peek(), Some((_, b'\n'))) {
            let _ = bytes.next();
            may_start = true;
            continue;
        }
        match byte {
            b'\n' => {
                if let Some(at) = quote {
                    return Err(InvalidValue::at(at, "this quote is not closed on its line"));
                }
                is_comment = false;
                may_start = true;
            }
            _ if is_comment => {}
            b'"' => {
                quote = if quote.is_none() { Some(at) } else { None };
                may_start = false;
            }
            b'#' if may_start && quote.is_none() => is_comment = true,
            b' ' | b'\t' | b'\r' if quote.is_none() => may_start = true,
            _ => may_start = false,
        }
    }
    match quote {
        None => Ok(()),
        Some(at) => Err(InvalidValue::at(at, "this quote is not closed on its line")),
    }
}

#[cfg(test)]
#[path = "exports_tests.rs"]
mod tests;
