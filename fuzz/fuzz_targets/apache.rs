//! Apache's httpd reads a quoted text as one word, and the word is the text.
#![no_main]

use ipxegen::dialects::apache::{balanced, directory, is_bare, quote};
use libfuzzer_sys::fuzz_target;

/// `ap_resolve_env` of server/core.c and `ap_getword_conf` of server/util.c, for one word: what it is, and
/// what is left behind it. None where a name is filled in, or the line goes on.
fn word(line: &str) -> Option<(String, &str)> {
    if line.contains("${") || line.ends_with('\\') || line.contains('\n') {
        return None;
    }
    let Some(inside) = line.strip_prefix('"') else {
        let end = line.find(char::is_whitespace).unwrap_or(line.len());
        return Some((line[..end].to_owned(), &line[end..]));
    };
    let mut word = String::new();
    let mut chars = inside.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.peek().map(|(_, c)| *c) {
                Some(c @ ('"' | '\\')) => {
                    word.push(c);
                    chars.next();
                }
                _ => word.push('\\'),
            },
            '"' => return Some((word, &inside[at + 1..])),
            c => word.push(c),
        }
    }
    None
}

fuzz_target!(|text: &str| {
    for literal in [quote(text), directory(text)].into_iter().flatten() {
        let line = format!("{literal} on");
        assert_eq!(word(&line), Some((text.to_owned(), " on")));
        assert_eq!(balanced(&format!("Alias {line}")), Ok(()));
    }
    if is_bare(text) {
        assert_eq!(word(text), Some((text.to_owned(), "")));
    }
    let _ = balanced(text);
});
