//! exportfs reads back every path.
#![no_main]

use ipxegen::dialects::exports::{balanced, path};
use libfuzzer_sys::fuzz_target;
use reader::first_token;

#[path = "../../src/dialects/readers/exports.rs"]
mod reader;

fuzz_target!(|text: &str| {
    if let Ok(literal) = path(text) {
        assert_eq!(first_token(format!("{literal} *(ro)").as_bytes()), text.as_bytes());
        assert_eq!(balanced(&format!("{literal} *(ro)")), Ok(()));
    }
    let _ = balanced(text);
});
