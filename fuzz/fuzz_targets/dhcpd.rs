//! dhcpd reads every quoted text back, and balanced text does not leave its scope.
#![no_main]

use ipxegen::dialects::dhcpd::{balanced, quote, quote_bytes};
use libfuzzer_sys::fuzz_target;
use reader::read_string;

#[path = "../../src/dialects/readers/dhcpd.rs"]
mod reader;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(literal) = quote_bytes(bytes, 1499) {
        assert_eq!(read_string(literal.as_bytes()), Some((bytes.to_vec(), &b""[..])));
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(literal) = quote(text, 1499) {
        assert_eq!(balanced(&format!("option x {literal};")), Ok(()));
    }
    if balanced(text).is_ok() {
        let mut depth = 0_i32;
        let mut rest = text.as_bytes();
        while let Some((&byte, tail)) = rest.split_first() {
            match byte {
                b'"' => {
                    rest = read_string(rest).expect("a string ends").1;
                    continue;
                }
                b'#' => {
                    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                    rest = &rest[end..];
                    continue;
                }
                b'{' => depth += 1,
                b'}' => {
                    depth -= 1;
                    assert!(depth >= 0, "the scope is left");
                }
                _ => {}
            }
            rest = tail;
        }
        assert_eq!(depth, 0);
    }
});
