//! PowerShell reads a quoted text as one string, and expands nothing in it.
#![no_main]

use ipxegen::dialects::powershell::{balanced, is_bare, quote};
use libfuzzer_sys::fuzz_target;

/// A text in single quotes (about_Quoting_Rules), for which the typographic ones stand too; it must be all
/// there is.
fn read(literal: &str) -> Option<String> {
    let is_quote = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
    let mut chars = literal.chars();
    if !chars.next().is_some_and(is_quote) {
        return None;
    }
    let mut text = String::new();
    while let Some(c) = chars.next() {
        if !is_quote(c) {
            text.push(c);
            continue;
        }
        match chars.next() {
            None => return Some(text),
            Some(next) if is_quote(next) => text.push(next),
            Some(_) => return None,
        }
    }
    None
}

fuzz_target!(|text: &str| {
    if let Ok(literal) = quote(text) {
        // Windows PowerShell reads a script in the machine's own code page.
        assert!(literal.is_ascii() && !literal.contains('\n'));
        assert_eq!(read(&literal).as_deref(), Some(text));
    }
    assert!(!is_bare(text) || text.parse::<u64>().is_ok());
    let _ = balanced(text);
});
