//! The secrets that dhcpd.conf can hold.

use super::lexer::{Part, PartKind, TokenKind, mentions, parts};

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
/// bare words (`parse_key` and `parse_base64` in common/parse.c). In a `key`, every statement but its algorithm counts:
/// `sekret` is no keyword, and what is behind it is the secret all the same.
#[must_use]
pub fn secrets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    // A search is much faster than the tokens of the text, and most texts have none of them.
    if !["key", "secret", "password"].iter().any(|word| mentions(text, word)) {
        return found;
    }
    // The depth of the `key` around a part.
    let mut key = None;
    for part in parts(text) {
        if key.is_some_and(|depth| part.depth <= depth) {
            key = None;
        }
        if part.kind == PartKind::BlockStart && key.is_none() && begins(&part, &["key"]) {
            key = Some(part.depth);
        } else if key.is_some()
            && matches!(part.kind, PartKind::Statement | PartKind::Unfinished)
            && !begins(&part, &["algorithm"])
        {
            // A statement without a keyword is the secret itself.
            let keyword = usize::from(part.words().nth(1).is_some());
            secret_of(&part, keyword, &mut found);
        } else if let Some(words) = STATEMENTS.iter().find(|words| begins(&part, words)) {
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
