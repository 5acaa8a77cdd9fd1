//! A value in tgt's configuration is one word for Config::General, and for the shell of root that gets it.
#![no_main]

use ipxegen::dialects::tgt::{balanced, iqn, is_bare, password, path, user};
use libfuzzer_sys::fuzz_target;

/// Whether neither interprets a character of it: blanks, quotes, `#`, `<`, and everything that a shell expands.
fn is_inert(word: &str) -> bool {
    let inert = |c: char| c.is_ascii_alphanumeric() || "._:/+=@-".contains(c);
    !word.is_empty() && word.chars().all(inert)
}

fuzz_target!(|text: &str| {
    for literal in [iqn(text), path(text), user(text), password(text)].into_iter().flatten() {
        assert_eq!(literal, text);
        assert!(is_inert(&literal));
    }
    // Names, users and paths stand behind a blank: a switch would be one of tgtadm's.
    for literal in [iqn(text), path(text), user(text)].into_iter().flatten() {
        assert!(!literal.starts_with('-'));
    }
    assert!(!is_bare(text) || is_inert(text));
    let _ = balanced(text);
});
