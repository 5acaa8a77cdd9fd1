//! A row is read back cell by cell, and no cell of it is a formula.
#![no_main]

use ipxegen::dialects::csv_rows::row;
use libfuzzer_sys::fuzz_target;

/// RFC 4180, for one record.
fn cells(line: &str) -> Option<Vec<String>> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let mut cell = String::new();
        if let Some(mut inside) = rest.strip_prefix('"') {
            loop {
                let (text, behind) = inside.split_once('"')?;
                cell.push_str(text);
                match behind.strip_prefix('"') {
                    Some(more) => {
                        cell.push('"');
                        inside = more;
                    }
                    None => {
                        rest = behind;
                        break;
                    }
                }
            }
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            cell.push_str(&rest[..end]);
            if cell.contains(['"', '\r', '\n']) {
                return None;
            }
            rest = &rest[end..];
        }
        cells.push(cell);
        if rest.is_empty() {
            return Some(cells);
        }
        rest = rest.strip_prefix(',')?;
    }
}

fuzz_target!(|text: &str| {
    let written: Vec<&str> = text.split('\u{1}').collect();
    let line = row(&written).expect("there is a cell");
    let read = cells(&line).expect("a record");
    assert_eq!(read.len(), written.len());
    for (read, written) in read.iter().zip(written) {
        assert!(!read.starts_with(['=', '+', '-', '@', '\t', '\r']));
        assert!(read == written || read.strip_prefix('\'') == Some(written));
    }
});
