//! For any text, the line scanner and the YAML parser give the same nodes, places and faults as the parser alone.
#![no_main]

use ipxegen::source::{Entered, Reader, Sources};
use libfuzzer_sys::fuzz_target;

fn all(mut reader: Reader<'_>) -> String {
    let node = match reader.start_whole() {
        Ok(Some(Entered::Node(node))) => format!("{node:?}"),
        Ok(_) => "nothing".to_owned(),
        Err(fault) => format!("{fault:?}"),
    };
    format!("{node} {:?} {:?}", reader.finish(), reader.take_faults())
}

fuzz_target!(|text: &str| {
    let sources = Sources::new();
    let Ok(file) = sources.add("site.yaml", text) else { return };
    assert_eq!(all(Reader::new(&sources, file)), all(Reader::without_scanner(&sources, file)));
});
