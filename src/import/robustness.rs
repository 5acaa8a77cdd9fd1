//! No text stops a reader, and every statement is accounted for once.

use proptest::prelude::{prop_assert, proptest};

use super::source_file::{FileKind, SourceFile};
use super::{import, text_of};

/// Words of all formats.
const WORDS: [&str; 46] = [
    "#!ipxe\n",
    "menu ",
    "item ",
    "item --gap -- ",
    "choose ",
    "a ",
    "goto ${a}",
    ":a\n",
    ":b ",
    "goto b",
    "kernel ",
    "http://h/tftpboot/x/vmlinuz ",
    "boot",
    "\n",
    "initrd ",
    "set a ",
    "${a}",
    "${",
    "}",
    "{",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "\"Dhcp4\"",
    "\"subnet4\"",
    "\"subnet\"",
    "\"10.0.0.0/24\"",
    "\"client-classes\"",
    "\"test\"",
    "option[93].hex == 0x0007",
    "<target iqn.2020-01.x:y>\n",
    "</target>\n",
    "dhcp-range=",
    "dhcp-host=",
    "10.0.0.1",
    "=",
    "path = /x\n",
    "[x]\n",
    "/srv ",
    "(ro)",
    "\\",
    "\\\n",
    "é",
    " || ",
];

const KINDS: [FileKind; 10] = [
    FileKind::Kea,
    FileKind::Dnsmasq,
    FileKind::Csv,
    FileKind::TftpdHpa,
    FileKind::Smb,
    FileKind::Tgt,
    FileKind::Relay,
    FileKind::WebSite,
    FileKind::IpxeMenu,
    FileKind::Exports,
];

proptest! {
    #[test]
    fn no_text_stops_a_reader(words in proptest::collection::vec(0..WORDS.len(), 0..60)) {
        let text: String = words.iter().filter_map(|word| WORDS.get(*word)).copied().collect();
        for kind in KINDS {
            let file = SourceFile { path: "file".to_owned(), kind, included: false, text: text.clone() };
            let imported = import(&[file], "boot", false);
            let yaml = text_of(&imported.draft);
            prop_assert!(serde_yaml::from_str::<serde_json::Value>(&yaml).is_ok(), "{:?}: {}", kind, yaml);
        }
    }
}
