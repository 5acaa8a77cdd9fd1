//! systemd-tmpfiles reads back every path and argument.
#![no_main]

use ipxegen::dialects::tmpfiles::{argument, balanced, path};
use libfuzzer_sys::fuzz_target;

/// `extract_first_word` with `EXTRACT_UNQUOTE`, then `specifier_printf`.
fn read_path(literal: &str) -> Option<String> {
    let mut chars = literal.strip_prefix('"')?.chars();
    let mut text = String::new();
    loop {
        match chars.next()? {
            '"' => break,
            '\\' => text.push(chars.next()?),
            c => text.push(c),
        }
    }
    if chars.next().is_some() { None } else { specifiers(&text) }
}

/// The rest of a line, stripped, `specifier_printf`, then `cunescape`.
fn read_argument(literal: &str) -> Option<String> {
    let mut text = String::new();
    let expanded = specifiers(literal.trim_matches([' ', '\t', '\n', '\r']))?;
    let mut chars = expanded.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        if chars.next()? != 'x' {
            return None;
        }
        let digits: String = [chars.next()?, chars.next()?].into_iter().collect();
        text.push(char::from(u8::from_str_radix(&digits, 16).ok()?));
    }
    Some(text)
}

fn specifiers(text: &str) -> Option<String> {
    let without = text.replace("%%", "");
    if without.contains('%') { None } else { Some(text.replace("%%", "%")) }
}

fuzz_target!(|text: &str| {
    if let Ok(literal) = path(text) {
        assert_eq!(read_path(&literal).as_deref(), Some(text));
    }
    if let Ok(literal) = argument(text) {
        assert_eq!(read_argument(&literal).as_deref(), Some(text));
    }
    let _ = balanced(text);
});
