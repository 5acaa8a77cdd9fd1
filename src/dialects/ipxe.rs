//! iPXE scripts.
//!
//! The language (core/exec.c, core/settings.c, image/script.c) has no quotes and no escapes. iPXE splits a line at blanks,
//! then expands `${…}` in every word repeatedly. Blanks and punctuation are therefore written as settings, whose values
//! [`prelude`] sets. A `${` in the site's text is refused, because it cannot be escaped. An injected `chain` would boot
//! every client from anywhere.

use std::fmt::Write;

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::characters::{allow_only, name, visible};
use super::engine::{known, quoting, text as text_of};
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use super::seal::seal;
use crate::invalid_value::InvalidValue;

/// The prefix of ipxegen's own labels and settings. A setting's name may have a dot: `parse_setting_tag` stops at the
/// first letter, and iPXE looks the whole name up.
pub const OURS: &str = "ipxegen.";

/// The settings that replace characters which cannot be written, and their bytes.
pub const SETTINGS: [(&str, &str); 7] = [
    ("ipxegen.sp", "20"),
    ("ipxegen.hash", "23"),
    ("ipxegen.semi", "3b"),
    ("ipxegen.or", "7c:7c"),
    ("ipxegen.and", "26:26"),
    ("ipxegen.bs", "5c"),
    ("ipxegen.tab", "09"),
];

const SPACE: &str = "${ipxegen.sp:string}";
const HASH: &str = "${ipxegen.hash:string}";
const SEMI: &str = "${ipxegen.semi:string}";
const OR: &str = "${ipxegen.or:string}";
const AND: &str = "${ipxegen.and:string}";
const BACKSLASH: &str = "${ipxegen.bs:string}";
const TAB: &str = "${ipxegen.tab:string}";

/// The lines, one for each of [`SETTINGS`], that a script must run before any quoted text.
#[must_use]
pub fn prelude() -> String {
    lines(|_| true)
}

/// The lines of [`prelude`] that `script` needs.
#[must_use]
pub fn prelude_for(script: &str) -> String {
    lines(|setting| script.contains(&format!("${{{setting}:string}}")))
}

fn lines(wanted: impl Fn(&str) -> bool) -> String {
    SETTINGS
        .iter()
        .filter(|(setting, _)| wanted(setting))
        .map(|(setting, hex)| format!("set {setting}:hex {hex}\n"))
        .collect()
}

/// Whether iPXE reads a text as one unchanged word, and not as an option.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:@,+=%?~-".contains(&b))
}

/// Whether iPXE expands `${…}` in a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expansion {
    Refused,
    Passes,
}

/// Words to show at the end of a line: the title of a menu, the text of an item.
///
/// With `dashes`, the first word may begin with `-`. The template must then have `--` or the command's first argument
/// before it, or iPXE reads it as an option.
///
/// # Errors
/// If it has a control character other than a tab, or `${`.
pub fn text(text: &str, dashes: bool) -> Result<String, InvalidValue> {
    words(text, dashes, Expansion::Refused)
}

/// Like [`text()`], but iPXE expands `${…}`.
///
/// # Errors
/// As [`text()`], and when a `${` is not closed in its word.
pub fn expr(text: &str, dashes: bool) -> Result<String, InvalidValue> {
    words(text, dashes, Expansion::Passes)
}

/// One argument that may have blanks: of a kernel's command line, or of `set`.
///
/// # Errors
/// If it is empty, or as [`text()`].
pub fn arg(text: &str) -> Result<String, InvalidValue> {
    one(text, Expansion::Refused)
}

/// Like [`arg()`], but iPXE expands `${…}`.
///
/// # Errors
/// As [`arg()`], and when a `${` is not closed.
pub fn arg_expr(text: &str) -> Result<String, InvalidValue> {
    one(text, Expansion::Passes)
}

fn check(text: &str, expansion: Expansion) -> Result<(), InvalidValue> {
    allow_only(text, "a line of iPXE", |c| !c.is_control() || c == '\t')?;
    match expansion {
        Expansion::Refused => match text.find("${") {
            None => Ok(()),
            Some(at) => Err(InvalidValue::at(
                at,
                format!("{} cannot be text for iPXE, which would expand its `${{`", visible(text)),
            )),
        },
        Expansion::Passes => closed(text),
    }
}

/// Whether every `${` ends with its `}`, with nothing but a setting's name in between.
fn closed(text: &str) -> Result<(), InvalidValue> {
    let mut open = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            '$' if matches!(rest.peek(), Some((_, '{'))) => {
                let _ = rest.next();
                open.push(at);
            }
            '}' => {
                let _ = open.pop();
            }
            c if open.is_empty() || c.is_ascii_alphanumeric() || "_.:/-".contains(c) => {}
            c => {
                let shown = visible(text);
                return Err(InvalidValue::at(
                    at,
                    format!("{shown} has a `${{…}}` that names no setting: {}", name(c)),
                ));
            }
        }
    }
    match open.pop() {
        None => Ok(()),
        Some(at) => Err(InvalidValue::at(at, format!("{} has a `${{` without its `}}`", visible(text)))),
    }
}

fn words(text: &str, dashes: bool, expansion: Expansion) -> Result<String, InvalidValue> {
    check(text, expansion)?;
    if text.starts_with('-') && !dashes {
        return Err(InvalidValue::at(
            0,
            format!("{} would be an option; put `--` before it and use `text(dashes=true)`", visible(text)),
        ));
    }
    let mut out = String::with_capacity(text.len());
    // The current word. A blank ends it unless the blank is written as a setting.
    let mut word = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ' ' if !word.is_empty() && rest.peek().is_some_and(|&next| next != ' ') => {
                out.push_str(token(&word));
                out.push(' ');
                word.clear();
            }
            ' ' => word.push_str(SPACE),
            '\t' => word.push_str(TAB),
            '#' if word.is_empty() => word.push_str(HASH),
            '\\' if rest.peek().is_none() => word.push_str(BACKSLASH),
            c => word.push(c),
        }
    }
    out.push_str(token(&word));
    Ok(out)
}

fn one(text: &str, expansion: Expansion) -> Result<String, InvalidValue> {
    check(text, expansion)?;
    if text.is_empty() {
        return Err(InvalidValue::new("an empty argument cannot be written for iPXE"));
    }
    let mut word = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ' ' => word.push_str(SPACE),
            '\t' => word.push_str(TAB),
            '#' if word.is_empty() => word.push_str(HASH),
            '\\' if rest.peek().is_none() => word.push_str(BACKSLASH),
            c => word.push(c),
        }
    }
    Ok(token(&word).to_owned())
}

/// Whole words that separate commands.
fn token(word: &str) -> &str {
    match word {
        ";" => SEMI,
        "||" => OR,
        "&&" => AND,
        word => word,
    }
}

/// The name of a label, an item or a setting.
///
/// # Errors
/// If it is not `[A-Za-z][A-Za-z0-9_.-]*` (a `/` would name a block of settings, a `:` a type), or
/// begins with [`OURS`].
pub fn label(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "a label of iPXE", |c| c.is_ascii_alphanumeric() || "_.-".contains(c))?;
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(InvalidValue::at(
            0,
            format!("{} is not a label: the first must be a letter", visible(text)),
        ));
    }
    if text.starts_with(OURS) {
        return Err(InvalidValue::at(
            0,
            format!("{} is not free: `{OURS}` begins our own labels", visible(text)),
        ));
    }
    Ok(text.to_owned())
}

/// A path as (a part of) a URI, percent-encoded: a file's name, never a scheme, a host or a query.
///
/// # Errors
/// If it is empty, has a control character, or begins with `//`, which would name a host.
pub fn uri(path: &str) -> Result<String, InvalidValue> {
    allow_only(path, "a path of iPXE", |c| !c.is_control())?;
    if path.is_empty() || path.starts_with("//") {
        return Err(InvalidValue::new(format!("{} is not the path of a file", visible(path))));
    }
    let mut encoded = String::with_capacity(path.len());
    for (at, byte) in path.bytes().enumerate() {
        // iPXE would read a dash at the beginning as an option.
        if byte.is_ascii_alphanumeric() || b"._~/".contains(&byte) || (byte == b'-' && at > 0) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    Ok(encoded)
}

/// A URL that is already encoded.
///
/// # Errors
/// If it has a character that no URL has, a `%` without two digits, or a `#`, behind which iPXE
/// reads nothing or (`##`) the body of a POST.
pub fn url(text: &str) -> Result<String, InvalidValue> {
    address(text, Expansion::Refused)
}

/// Like [`url()`], but iPXE expands `${…}`.
///
/// # Errors
/// As [`url()`], and when a `${` is not closed.
pub fn url_expr(text: &str) -> Result<String, InvalidValue> {
    address(text, Expansion::Passes)
}

fn address(text: &str, expansion: Expansion) -> Result<String, InvalidValue> {
    check(text, expansion)?;
    allow_only(text, "a URL", |c| {
        c.is_ascii_alphanumeric()
            || "-._~:/?[]@!$&'()*+,;=%".contains(c)
            || (expansion == Expansion::Passes && "{}".contains(c))
    })?;
    let bytes = text.as_bytes();
    let bad_percent = text.match_indices('%').find(|(at, _)| {
        !bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if let Some((at, _)) = bad_percent {
        return Err(InvalidValue::at(
            at,
            format!("{} has a `%` without two digits behind it", visible(text)),
        ));
    }
    if text.is_empty() || text.starts_with('-') || token(text) != text {
        return Err(InvalidValue::at(0, format!("{} is not a URL", visible(text))));
    }
    Ok(text.to_owned())
}

/// The language as [`super::Dialect::Ipxe`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "quote it with `| text`, `| arg`, `| uri`, `| url` or `| label`",
    ends_in_crlf: false,
    blocks: BlockStyle::None,
    secrets: no_secrets,
    strings: Strings::NONE,
    filters: &["text", "expr", "arg", "arg_expr", "label", "uri", "url", "url_expr"],
    for_lists: None,
};

fn register(tera: &mut Tera) {
    for (filter, quote) in [("text", text as fn(&str, bool) -> _), ("expr", expr)] {
        tera.register_filter(filter, move |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
            known(&kwargs, &["dashes"])?;
            let dashes = kwargs.get::<bool>("dashes")?.unwrap_or_default();
            Ok(seal(&quote(&text_of(filter, &value)?, dashes)?))
        });
    }
    quoting(tera, "arg", arg);
    quoting(tera, "arg_expr", arg_expr);
    quoting(tera, "label", label);
    quoting(tera, "uri", uri);
    quoting(tera, "url", url);
    quoting(tera, "url_expr", url_expr);
    tera.register_function("prelude", |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &[])?;
        Ok(seal(&prelude()))
    });
}

/// Whether `text` holds whole lines of a script, and leaves our labels and settings alone.
///
/// # Errors
/// With the byte at which it continues into the following lines, begins another script, or changes a name that begins
/// with [`OURS`]. `goto` to such a label is allowed, because the menu is one.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    let bad = |(_, c): &(usize, char)| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
    if let Some((at, c)) = text.char_indices().find(bad) {
        return Err(InvalidValue::at(at, format!("iPXE cannot read this: {}", name(c))));
    }
    let end = text.trim_end_matches(['\n', '\r']);
    if end.ends_with('\\') {
        return Err(InvalidValue::at(end.len() - 1, "a backslash at the end joins the next line"));
    }
    let mut previous = String::new();
    for (at, word) in tokens(text) {
        if word.starts_with("#!") {
            return Err(InvalidValue::at(at, "`#!ipxe` begins a script; these are lines within one"));
        }
        let label = word.strip_prefix(':');
        if label.unwrap_or(&word).starts_with(OURS) && (label.is_some() || previous != "goto") {
            return Err(InvalidValue::at(at, format!("`{OURS}` begins our own labels and settings")));
        }
        previous = word;
    }
    Ok(())
}

/// The words between blanks, and where each begins. iPXE removes a backslash together with the line break behind it, so a
/// word may continue on the next line.
fn tokens(text: &str) -> Vec<(usize, String)> {
    let mut words: Vec<(usize, String)> = Vec::new();
    let mut within = false;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(joint) = ["\\\n", "\\\r\n"].into_iter().find(|joint| rest.starts_with(joint)) {
            at += joint.len();
            continue;
        }
        let Some(c) = rest.chars().next() else { break };
        if matches!(c, ' ' | '\t' | '\n' | '\r') {
            within = false;
        } else if let Some((_, word)) = words.last_mut().filter(|_| within) {
            word.push(c);
        } else {
            words.push((at, c.to_string()));
            within = true;
        }
        at += c.len_utf8();
    }
    words
}

#[cfg(test)]
#[path = "ipxe_tests.rs"]
mod tests;
