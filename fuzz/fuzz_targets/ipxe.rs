//! iPXE shows every text and takes every argument as one.
#![no_main]

use ipxegen::dialects::ipxe::{arg, balanced, prelude, text, uri};
use libfuzzer_sys::fuzz_target;

#[path = "../../src/dialects/readers/ipxe.rs"]
mod reader;

fn words(line: &str) -> Option<Vec<String>> {
    let settings = prelude();
    assert!(settings.contains(":hex "));
    reader::words(&settings, line)
}

fuzz_target!(|given: &str| {
    if let Ok(written) = text(given, true) {
        let read = words(&format!("echo -- {written}")).expect("one command");
        assert_eq!(read[2..].join(" "), given);
    }
    if let Ok(written) = arg(given) {
        assert_eq!(
            words(&format!("set x {written}")),
            Some(vec!["set".into(), "x".into(), given.to_owned()])
        );
    }
    if let Ok(written) = uri(given) {
        assert_eq!(words(&written), Some(vec![written.clone()]));
    }
    let _ = balanced(given);
});
