//! Settings of DHCP relays: `/etc/default/isc-dhcp-relay`, and `/etc/default/dhcp-helper`.

use super::Imported;
use super::assignments::assignments;
use super::coverage::Outcome;
use super::draft::Value;
use super::source_file::SourceFile;

/// Reads a file into the draft.
pub fn read(file: &SourceFile, imported: &mut Imported) {
    let server = imported.draft.server.clone();
    for line in assignments(&file.path, &file.text) {
        let words: Vec<&str> = line.value.split_whitespace().collect();
        let (mut to, mut interfaces, mut known) = (Vec::new(), Vec::new(), true);
        match line.name {
            "SERVERS" => to = words,
            "INTERFACES" | "INTERFACESv4" => interfaces = words,
            "DHCPHELPER_OPTS" => {
                let mut rest = words.iter();
                while let Some(word) = rest.next() {
                    match (*word, rest.next()) {
                        ("-s", Some(server)) => to.push(server),
                        ("-i", Some(interface)) => interfaces.push(interface),
                        // The interfaces on which no answer is sent; dhcp-helper needs no list of them here.
                        _ => known = false,
                    }
                }
            }
            "OPTIONS" if words.is_empty() => {}
            _ => known = false,
        }
        if !known {
            imported.draft.site.map("raw").append("relay", line.text).from(&line.origin);
            let why = Outcome::Raw("no key of a relay says this".to_owned());
            imported.coverage.add(line.origin, line.text, why);
            continue;
        }
        let outcome = if to.is_empty() && interfaces.is_empty() { Outcome::Default } else { Outcome::Words };
        if outcome == Outcome::Words {
            let relay = imported.draft.site.map("relays").map(&server);
            for (key, values) in [("interfaces", interfaces), ("to", to)] {
                if !values.is_empty() {
                    let values = values.into_iter().map(Value::from).collect();
                    relay.set(key, Value::one_or_list(values)).from(&line.origin);
                }
            }
        }
        imported.coverage.add(line.origin, line.text, outcome);
    }
}
