//! JSON readers read every text back.
#![no_main]

use ipxegen::dialects::json::{is_bare, lines, quote};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let value = serde_json::json!({ "a": text, text: [text, 1, null] });
    for literal in [quote(&value), lines(&value, 4)] {
        let literal = literal.expect("a text has JSON");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&literal).expect("it is JSON"), value);
    }
    assert!(!quote(&text).expect("a text has JSON").contains(|c: char| c < ' '));
    assert!(!is_bare(text) || serde_json::from_str::<serde_json::Value>(text).is_ok());
});
