//! The shell reads a quoted text as one word, and the word is the text.
#![no_main]

use ipxegen::dialects::{sh, text};
use libfuzzer_sys::fuzz_target;

/// A word of single-quoted parts and backslashes (POSIX, 2.2); it must be all there is.
fn word(literal: &str) -> Option<String> {
    let mut word = String::new();
    let mut rest = literal;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('\'') {
            let (part, behind) = inside.split_once('\'')?;
            word.push_str(part);
            rest = behind;
        } else {
            let c = rest.strip_prefix('\\')?.chars().next().filter(|c| *c != '\n')?;
            word.push(c);
            rest = &rest[1 + c.len_utf8()..];
        }
    }
    Some(word)
}

fuzz_target!(|given: &str| {
    for literal in [sh::quote(given), text::sh(given)].into_iter().flatten() {
        assert_eq!(word(&literal).as_deref(), Some(given));
        assert!(!literal.contains(['\0', '\n']));
    }
    assert!(!sh::is_bare(given) || !given.contains(|c: char| " \t\n$`\"'\\|&;<>()*?[]#~=%!{}".contains(c)));
    assert!(!text::is_bare(given) || !given.contains(char::is_control));
});
