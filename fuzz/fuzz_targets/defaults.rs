//! sh and systemd expand nothing in a text that is quoted for /etc/default.
#![no_main]

use ipxegen::dialects::defaults::{balanced, quote};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(literal) = quote(text) {
        assert_eq!(&literal[1..literal.len() - 1], text);
        assert!(!text.contains(|c: char| "$`\"\\!'\n*?;[]~ ".contains(c)) && text.is_ascii());
        assert_eq!(balanced(&format!("A={literal}")), Ok(()));
    }
    let _ = balanced(text);
});
