//! nginx: `"/srv/my files"`.
//!
//! In quotes, `\"`, `\'`, `\\`, `\t`, `\r` and `\n` are escapes; any other backslash stays
//! (core/ngx_conf_file.c, `ngx_conf_read_token`). A `$` begins a variable in directives such as `alias` and `root`, and
//! cannot be escaped: `$host` would become the name that the client sent. So it is refused. Patterns use `\z` instead.

use tera::Tera;

use super::characters::{allow_only, name, visible};
use super::engine::quoting;
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use crate::invalid_value::InvalidValue;

/// nginx reads its file in blocks of 4096 bytes, and a word must fit into one.
const LONGEST: usize = 4000;

/// Whether a text is one word without quotes in any position.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '.'))
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:@,+=%-".contains(&b))
        && text.len() <= LONGEST
}

/// A text as one word, in quotes.
///
/// # Errors
/// If it has a `$` or a control character, or is too long.
pub fn quote(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "nginx's configuration", |c| c != '$' && !c.is_control())?;
    if text.len() > LONGEST {
        return Err(InvalidValue::new(format!(
            "{} is longer than nginx reads: {LONGEST} bytes",
            visible(text)
        )));
    }
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            literal.push('\\');
        }
        literal.push(c);
    }
    literal.push('"');
    Ok(literal)
}

/// The language as [`super::Dialect::Nginx`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "quote it with `| q`",
    ends_in_crlf: false,
    blocks: BlockStyle::None,
    secrets: no_secrets,
    strings: Strings::NGINX,
    filters: &["q"],
    for_lists: None,
};

fn register(tera: &mut Tera) {
    quoting(tera, "q", quote);
}

/// Whether `text` consists of whole directives and whole blocks.
///
/// # Errors
/// With the byte where it would leave its block, or where something is not finished.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    if let Some((at, c)) =
        text.char_indices().find(|&(_, c)| c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
    {
        return Err(InvalidValue::at(at, format!("nginx cannot have this: {}", name(c))));
    }
    let mut lexer = Lexer { blocks: Vec::new(), statement: None };
    lexer.run(text)?;
    if let Some(at) = lexer.statement {
        return Err(InvalidValue::at(at, "this directive is not finished: it ends with `;` or a block"));
    }
    match lexer.blocks.last() {
        Some(at) => Err(InvalidValue::at(*at, "this block is not closed")),
        None => Ok(()),
    }
}

/// As `ngx_conf_read_token` reads.
struct Lexer {
    /// The starts of the open blocks.
    blocks: Vec<usize>,
    /// The start of the directive that is being read.
    statement: Option<usize>,
}

impl Lexer {
    fn run(&mut self, text: &str) -> Result<(), InvalidValue> {
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                b'#' => at += bytes[at..].iter().position(|b| *b == b'\n').unwrap_or(bytes.len() - at),
                b';' | b'{' => {
                    self.end(at, *byte)?;
                    at += 1;
                }
                b'}' => {
                    if let Some(start) = self.statement {
                        return Err(InvalidValue::at(start, "this directive is not finished before the `}`"));
                    }
                    if self.blocks.pop().is_none() {
                        return Err(InvalidValue::at(at, "this `}` closes a block that is not of this text"));
                    }
                    at += 1;
                }
                quote @ (b'"' | b'\'') => {
                    self.statement.get_or_insert(at);
                    at = self.quoted(bytes, at, *quote)?;
                }
                _ => {
                    self.statement.get_or_insert(at);
                    at = Self::word(bytes, at);
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, at: usize, with: u8) -> Result<(), InvalidValue> {
        if self.statement.take().is_none() {
            return Err(InvalidValue::at(at, "there is no directive before this"));
        }
        if with == b'{' {
            self.blocks.push(at);
        }
        Ok(())
    }

    /// The end of a word in quotes. A blank or the end of the directive must follow.
    fn quoted(&self, bytes: &[u8], start: usize, quote: u8) -> Result<usize, InvalidValue> {
        let mut at = start + 1;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'\\' => at += 1,
                byte if *byte == quote => {
                    return match bytes.get(at + 1) {
                        None | Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' | b')') => Ok(at + 1),
                        Some(_) => Err(InvalidValue::at(at, "a blank must follow this quote")),
                    };
                }
                _ => {}
            }
            at += 1;
        }
        Err(InvalidValue::at(start, "this quote is not closed"))
    }

    /// The end of a word without quotes. Quotes and `}` inside of it are plain characters, and so is the
    /// brace of `${name}`.
    fn word(bytes: &[u8], start: usize) -> usize {
        let (mut at, mut variable) = (start, false);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'{' if variable => variable = false,
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' => return at,
                b'\\' => at += 1,
                byte => variable = *byte == b'$',
            }
            at += 1;
        }
        bytes.len()
    }
}

#[cfg(test)]
#[path = "nginx_tests.rs"]
mod tests;
