//! Samba reads back every value.
#![no_main]

use ipxegen::dialects::smb::{balanced, value};
use libfuzzer_sys::fuzz_target;

/// `tini_parse` of lib/util/tini.c, for one line: the value that Samba reads.
fn read_value(line: &str) -> Option<String> {
    let mut squeezed = String::new();
    for c in line.trim_start().chars() {
        let blank = c.is_ascii_whitespace();
        if !(blank && squeezed.ends_with(|last: char| last.is_ascii_whitespace())) {
            squeezed.push(c);
        }
    }
    if squeezed.starts_with(['#', ';']) || squeezed.trim_end().ends_with('\\') {
        return None;
    }
    squeezed.split_once('=').map(|(_, value)| value.trim().to_owned())
}

fuzz_target!(|text: &str| {
    if let Ok(written) = value(text) {
        assert_eq!(read_value(&format!("\tcomment = {written}")).as_deref(), Some(text));
        assert_eq!(balanced(&format!("comment = {written}")), Ok(()));
    }
    let _ = balanced(text);
});
