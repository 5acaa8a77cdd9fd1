//! cmd.exe, and the programs that it starts, take every argument as it was.
#![no_main]

use ipxegen::dialects::cmd::{arg, balanced, exe, is_bare};
use libfuzzer_sys::fuzz_target;

/// The words of a line of a batch file: `%` first, then quotes, then for a program backslashes before a
/// quote. None where the line would do anything else.
fn words(line: &str, program: bool) -> Option<Vec<String>> {
    let mut expanded = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '%' && chars.next() != Some('%') {
            return None;
        }
        expanded.push(c);
    }
    let (mut words, mut word, mut quoted, mut some) = (Vec::new(), String::new(), false, false);
    let mut slashes = 0;
    for c in expanded.chars() {
        let escaped = program && c == '"' && slashes % 2 == 1;
        if program && c == '"' {
            word.truncate(word.len() - slashes + slashes / 2);
        }
        slashes = if c == '\\' { slashes + 1 } else { 0 };
        match c {
            '"' if !escaped => (quoted, some) = (!quoted, true),
            ' ' if !quoted => {
                if some {
                    words.push(std::mem::take(&mut word));
                }
                some = false;
            }
            '&' | '|' | '<' | '>' | '(' | ')' | '^' if !quoted => return None,
            c if c.is_control() || !c.is_ascii() => return None,
            c => {
                word.push(c);
                some = true;
            }
        }
    }
    if some {
        words.push(word);
    }
    (!quoted).then_some(words)
}

fuzz_target!(|text: &str| {
    let wanted = Some(vec!["x".to_owned(), text.to_owned(), "y".to_owned()]);
    if let Ok(literal) = arg(text) {
        assert_eq!(words(&format!("x {literal} y"), false), wanted);
    }
    if let Ok(literal) = exe(text) {
        assert_eq!(words(&format!("x {literal} y"), true), wanted);
    }
    if is_bare(text) {
        assert_eq!(words(&format!("x {text} y"), true), wanted);
    }
    if let Ok(literal) = ipxegen::dialects::cmd::text(text) {
        // `echo` takes the rest of the line, each `^` away, each `%%` for one.
        let mut shown = String::new();
        let mut chars = literal.chars();
        while let Some(c) = chars.next() {
            match c {
                '^' => shown.extend(chars.next()),
                '%' => {
                    assert_eq!(chars.next(), Some('%'));
                    shown.push('%');
                }
                c => {
                    assert!(!"&|<>()\"".contains(c) && !c.is_control());
                    shown.push(c);
                }
            }
        }
        assert_eq!(shown, text);
    }
    assert!(balanced(text).is_err());
});
