//! Samba reads back every value.
#![no_main]

use ipxegen::dialects::smb::{balanced, value};
use libfuzzer_sys::fuzz_target;
use reader::read_value;

#[path = "../../src/dialects/readers/smb.rs"]
mod reader;

fuzz_target!(|text: &str| {
    if let Ok(written) = value(text) {
        assert_eq!(read_value(&format!("\tcomment = {written}")).as_deref(), Some(text));
        assert_eq!(balanced(&format!("comment = {written}")), Ok(()));
    }
    let _ = balanced(text);
});
