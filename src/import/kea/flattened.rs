//! A kea-dhcp4.conf as one text that a Kea on another machine can read.

use super::super::source_file::SourceFile;
use super::super::vendor_classes::VendorClasses;
use super::json::{self, Faults, Node};

/// Parameters that belong to the machine: sockets, log files and a file of leases, which another machine does not have.
const OF_THE_MACHINE: [&str; 4] = ["control-socket", "control-sockets", "lease-database", "loggers"];

/// The text of a file with the files that it includes in their places, and with leases in memory; `None` if it has no
/// `Dhcp4`.
#[must_use]
pub fn flattened(file: &SourceFile, files: &[SourceFile]) -> Option<String> {
    flattened_as("Dhcp4", file, files)
}

/// The same of `Dhcp6`.
#[must_use]
pub fn flattened6(file: &SourceFile, files: &[SourceFile]) -> Option<String> {
    flattened_as("Dhcp6", file, files)
}

fn flattened_as(server: &str, file: &SourceFile, files: &[SourceFile]) -> Option<String> {
    let root = json::parse(file, files, &mut Faults::default())?;
    let mut dhcp = serde_json::Map::new();
    for (name, node) in root.get(server)?.members() {
        if !OF_THE_MACHINE.contains(&name.as_str()) {
            dhcp.insert(name.clone(), node.to_json());
        }
    }
    dhcp.insert("lease-database".to_owned(), serde_json::json!({ "type": "memfile", "persist": false }));
    serde_json::to_string_pretty(&serde_json::json!({ server: dhcp })).ok()
}

/// The texts that the classes compare vendor classes with: clients that send them may get something else.
#[must_use]
pub fn vendor_classes(file: &SourceFile, files: &[SourceFile]) -> Vec<String> {
    let root = json::parse(file, files, &mut Faults::default());
    let dhcp = root.as_ref().and_then(|root| root.get("Dhcp4"));
    let classes = dhcp.and_then(|dhcp| dhcp.get("client-classes")).map(Node::items).unwrap_or_default();
    let mut all = VendorClasses::default();
    for test in classes.iter().filter_map(|class| class.get("test")?.text()) {
        if !["option[60]", "option[vendor-class-identifier]"].iter().any(|option| test.contains(option)) {
            continue;
        }
        // Texts are in single quotes; a test has no escapes.
        for text in test.split('\'').skip(1).step_by(2) {
            all.add(text);
        }
    }
    all.into_vec()
}

#[cfg(test)]
mod tests {
    use super::{flattened, vendor_classes};
    use crate::import::source_file::{FileKind, SourceFile};

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.into(), kind: FileKind::Kea, included: false, text: text.into() }
    }

    #[test]
    fn includes_are_in_their_places_and_the_machine_is_left_out() {
        let files = [
            file(
                "/etc/kea/kea-dhcp4.conf",
                "{ \"Dhcp4\": { \"loggers\": [ { } ], // x\n <?include \"/etc/kea/more.json\"?>,\n\
                 \"lease-database\": { \"type\": \"mysql\" }, \"authoritative\": true, }, \"Dhcp6\": {} }",
            ),
            file("/etc/kea/more.json", "\"valid-lifetime\": 60, \"next-server\": \"\", \"a\": [1.5, null, ]"),
        ];
        let text = flattened(&files[0], &files).unwrap();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        let expected = serde_json::json!({ "Dhcp4": {
            "valid-lifetime": 60, "next-server": "", "a": [1.5, null], "authoritative": true,
            "lease-database": { "type": "memfile", "persist": false },
        } });
        assert_eq!(read, expected);
        assert_eq!(flattened(&files[1], &files), None);
    }

    #[test]
    fn vendor_classes_are_those_of_tests() {
        let text = "{ \"Dhcp4\": { \"client-classes\": [
            { \"name\": \"a\", \"test\": \"substring(option[60].hex,0,5) == 'Cisco' or option[60].text=='x'\" },
            { \"name\": \"b\", \"test\": \"option[77].hex == 'iPXE'\" } ] } }";
        let files = [file("kea-dhcp4.conf", text)];
        assert_eq!(vendor_classes(&files[0], &files), ["Cisco", "x"]);
    }
}
