//! dnsmasq reads every quoted text back.
#![no_main]

use ipxegen::dialects::dnsmasq::{balanced, is_bare, quote};
use libfuzzer_sys::fuzz_target;

/// `read_file` of option.c: the quoted text at the start of a line, and what is left behind it.
fn read(line: &str) -> Option<(String, &str)> {
    let inside = line.strip_prefix('"')?;
    let mut text = String::new();
    let mut chars = inside.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((text, &inside[at + 1..])),
            '\\' => match chars.peek().map(|(_, c)| *c) {
                Some(c @ ('"' | '\\')) => {
                    text.push(c);
                    chars.next();
                }
                Some('t') => {
                    text.push('\t');
                    chars.next();
                }
                Some('n' | 'b' | 'r' | 'e') => return None,
                _ => text.push('\\'),
            },
            c => text.push(c),
        }
    }
    None
}

fuzz_target!(|text: &str| {
    if let Ok(literal) = quote(text) {
        let line = format!("{literal},x");
        assert_eq!(read(&line), Some((text.to_owned(), ",x")));
        // A line is cut behind 1024 bytes; what stands before the text is short.
        assert!(!line.contains('\n') && line.len() < 700);
    }
    assert!(!is_bare(text) || !text.contains(|c: char| " ,#\"\\\n".contains(c)));
    let _ = balanced(text);
});
