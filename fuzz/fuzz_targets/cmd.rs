//! cmd.exe, and the programs that it starts, take every argument as it was.
#![no_main]

use ipxegen::dialects::cmd::{arg, balanced, exe, is_bare};
use libfuzzer_sys::fuzz_target;
use reader::words;

#[path = "../../src/dialects/readers/cmd.rs"]
mod reader;

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
