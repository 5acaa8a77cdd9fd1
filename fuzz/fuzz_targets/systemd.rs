//! systemd reads every value back, and derives the path of a mount unit from its name.
#![no_main]

use ipxegen::dialects::systemd::{balanced, is_bare, mount_unit, value};
use libfuzzer_sys::fuzz_target;

/// `parse_line` of shared/conf-parser.c and `specifier_printf`: the value of `Key=…`. None where the line
/// goes on, or a name is filled in.
fn read(line: &str) -> Option<String> {
    let (_, text) = line.split_once('=')?;
    if text.ends_with('\\') || text.contains(['\n', '\r']) {
        return None;
    }
    let mut value = String::new();
    let mut chars = text.trim().chars();
    while let Some(c) = chars.next() {
        if c == '%' && chars.next() != Some('%') {
            return None;
        }
        value.push(c);
    }
    Some(value)
}

/// `unit_name_path_unescape` of basic/unit-name.c.
fn path(unit: &str) -> Option<Vec<u8>> {
    let name = unit.strip_suffix(".mount")?;
    let mut path = vec![b'/'];
    if name == "-" {
        return Some(path);
    }
    let mut bytes = name.bytes();
    while let Some(byte) = bytes.next() {
        path.push(match byte {
            b'-' => b'/',
            b'\\' => {
                let hex = [bytes.next().filter(|b| *b == b'x')?, bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&hex[1..]).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    Some(path)
}

fuzz_target!(|text: &str| {
    if let Ok(literal) = value(text) {
        assert_eq!(read(&format!("Where={literal}")).as_deref(), Some(text));
    }
    if is_bare(text) {
        assert_eq!(read(&format!("Where={text}")).as_deref(), Some(text));
    }
    if let Ok(unit) = mount_unit(text) {
        let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty()).collect();
        assert_eq!(path(&unit), Some(format!("/{}", parts.join("/")).into_bytes()));
        assert!(unit.is_ascii() && unit.len() <= 255 && !unit.contains(['/', ' ', '\n']));
    }
    let _ = balanced(text);
});
