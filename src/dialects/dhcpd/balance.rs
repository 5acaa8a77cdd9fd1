//! Whether verbatim text for dhcpd stays inside the block where it is put.

use super::lexer::{Fault, LONGEST, Token, TokenKind, tokens};
use crate::dialects::characters::name;
use crate::invalid_value::InvalidValue;

/// Accepts a text of whole statements: strings, comments and braces are closed, and no block is closed that the text
/// has not opened.
///
/// It also refuses what dhcpd does not read as it looks. An escape with fewer than three octal or two hexadecimal
/// digits may swallow the closing quote. A string, word or run of blanks over 1499 bytes overflows the token buffer.
/// dhcpd skips a statement that begins with `%` without a message.
///
/// # Errors
/// With the byte where the text leaves its block, or where the unfinished part begins.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    let mut open = Vec::new();
    // A statement may begin here, so the text may also end here.
    let mut between = true;
    let mut last = 0;
    for token in tokens(text) {
        readable(&token)?;
        let at = token.start();
        match (token.kind, token.text) {
            (TokenKind::Blank | TokenKind::Comment, _) => continue,
            (_, "{") => open.push(at),
            (_, "}") if open.pop().is_none() => {
                return Err(InvalidValue::at(at, "this `}` closes a block that was not opened here"));
            }
            (_, "%") if between => {
                return Err(InvalidValue::at(
                    at,
                    "dhcpd skips a statement that begins with `%` without a word",
                ));
            }
            _ => {}
        }
        between = token.kind == TokenKind::Mark && matches!(token.text, ";" | "{" | "}");
        last = at;
    }
    if let Some(at) = open.pop() {
        return Err(InvalidValue::at(at, "this `{` is not closed"));
    }
    if between { Ok(()) } else { Err(InvalidValue::at(last, "the last statement has no `;`")) }
}

/// Accepts a token that dhcpd reads as it looks.
fn readable(token: &Token<'_>) -> Result<(), InvalidValue> {
    let at = token.start();
    let hidden = match token.kind {
        // dhcpd takes vertical tabs and form feeds for blanks; nobody sees them.
        TokenKind::Blank => token.text.find(['\u{b}', '\u{c}']),
        TokenKind::Mark => token.text.find(|c: char| c.is_ascii_control()),
        TokenKind::Text => token.text.find('\0'),
        TokenKind::Comment | TokenKind::Word => None,
    };
    if let Some(character) = hidden.and_then(|hidden| token.text.get(hidden..)?.chars().next()) {
        let at = at + hidden.unwrap_or_default();
        return Err(InvalidValue::at(at, format!("dhcpd cannot read this: {}", name(character))));
    }
    let too_long = token.text.len() > LONGEST;
    match (token.kind, token.fault()) {
        (TokenKind::Blank, _) if too_long => {
            Err(InvalidValue::at(at, "this gap is longer than dhcpd can read, 1499 bytes"))
        }
        (TokenKind::Word, _) if too_long => {
            Err(InvalidValue::at(at, "this word is longer than dhcpd can read, 1499 bytes"))
        }
        (_, None) => Ok(()),
        (_, Some(Fault::Open)) => Err(InvalidValue::at(at, "this string is not closed")),
        (_, Some(Fault::Octal(escape))) => {
            Err(InvalidValue::at(escape, "an octal escape needs three digits, as in `\\042`"))
        }
        (_, Some(Fault::Hexadecimal(escape))) => {
            Err(InvalidValue::at(escape, "a hexadecimal escape needs two digits, as in `\\x22`"))
        }
        (_, Some(Fault::TooLong(bytes))) => {
            Err(InvalidValue::at(at, format!("this string has {bytes} bytes where {LONGEST} are the most")))
        }
    }
}
