//! nginx reads a quoted text as one word, and the word is the text.
#![no_main]

use ipxegen::dialects::nginx::{balanced, is_bare, quote};
use libfuzzer_sys::fuzz_target;

/// `ngx_conf_read_token` of core/ngx_conf_file.c, for one word: what it is, and what is left behind it.
fn word(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    let mut chars = text.char_indices().skip(usize::from(quote.is_some())).peekable();
    let mut word = String::new();
    while let Some((at, c)) = chars.next() {
        match (c, quote) {
            ('$', _) => return None,
            ('\\', _) => match chars.peek().map(|(_, c)| *c) {
                Some(c @ ('"' | '\'' | '\\')) => {
                    word.push(c);
                    chars.next();
                }
                Some('t' | 'r' | 'n') => return None,
                _ => word.push('\\'),
            },
            (c, Some(quote)) if c == quote => return Some((word, &text[at + 1..])),
            (' ' | '\t' | '\r' | '\n' | ';' | '{', None) => return Some((word, &text[at..])),
            (c, _) => word.push(c),
        }
    }
    None
}

fuzz_target!(|text: &str| {
    if let Ok(literal) = quote(text) {
        let line = format!("{literal};");
        assert_eq!(word(&line), Some((text.to_owned(), ";")));
        assert_eq!(balanced(&format!("x {line}")), Ok(()));
    }
    if is_bare(text) {
        let line = format!("{text};");
        assert_eq!(word(&line), Some((text.to_owned(), ";")));
    }
    let _ = balanced(text);
});
