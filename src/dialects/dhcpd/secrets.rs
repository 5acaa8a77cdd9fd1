//! The secrets that dhcpd.conf can hold.

use super::lexer::{Part, TokenKind, parts};

/// Statements whose value is a secret.
const STATEMENTS: [&[&str]; 4] = [
    &["secret"],
    &["ldap-password"],
    &["option", "ipxe", ".", "password"],
    &["option", "ipxe", ".", "reverse-password"],
];

/// Finds the secrets in statements: those of a `key` of TSIG or OMAPI, the password for LDAP, and the passwords of iPXE.
///
/// dhcpd reads keywords in any case, with comments and line breaks anywhere, and a key's secret as a string or as
/// bare words (`parse_key` and `parse_base64` in common/parse.c).
#[must_use]
pub fn secrets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in parts(text) {
        if let Some(words) = STATEMENTS.iter().find(|words| begins(&part, words)) {
            secret_of(&part, words.len(), &mut found);
        }
    }
    found
}

fn begins(part: &Part<'_>, words: &[&str]) -> bool {
    let mut tokens = part.tokens();
    words.iter().all(|word| tokens.next().is_some_and(|token| token.text.eq_ignore_ascii_case(word)))
}

/// Adds the secret of a statement that has so many tokens before it: as it is written, and as dhcpd reads it.
fn secret_of(part: &Part<'_>, before: usize, found: &mut Vec<String>) {
    // `option ipxe.password code 191 = string` defines the option. A value is never a bare word with a number
    // behind it.
    let definition: Vec<&str> = part.tokens().skip(before).take(3).map(|token| token.text).collect();
    if let [code, number, "="] = definition.as_slice()
        && code.eq_ignore_ascii_case("code")
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return;
    }
    let mut own = Vec::new();
    let mut whole = String::new();
    let mut end = None;
    let mut piece = String::new();
    for token in part.tokens().skip(before) {
        if token.kind == TokenKind::Text {
            let inner = token.text.strip_prefix('"').unwrap_or(token.text);
            let inner = inner.strip_suffix('"').unwrap_or(inner);
            own.extend([inner.to_owned(), String::from_utf8_lossy(&token.decoded()).into_owned()]);
            continue;
        }
        // Bare words that touch are one word to people.
        if end != Some(token.start()) {
            own.push(std::mem::take(&mut piece));
        }
        end = Some(token.end());
        piece.push_str(token.text);
        whole.push_str(token.text);
    }
    own.extend([piece, whole]);
    own.retain(|secret| !secret.is_empty());
    own.dedup();
    found.append(&mut own);
}
