//! systemd-tmpfiles reads back every path and argument.
#![no_main]

use ipxegen::dialects::tmpfiles::{argument, balanced, path};
use libfuzzer_sys::fuzz_target;
use reader::{read_argument, read_path};

#[path = "../../src/dialects/readers/tmpfiles.rs"]
mod reader;

fuzz_target!(|text: &str| {
    if let Ok(literal) = path(text) {
        assert_eq!(read_path(&literal).as_deref(), Some(text));
    }
    if let Ok(literal) = argument(text) {
        assert_eq!(read_argument(&literal).as_deref(), Some(text));
    }
    let _ = balanced(text);
});
