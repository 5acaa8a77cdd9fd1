//! Secrets in verbatim text: keys of dhcpd, accounts of tgt and passwords of iPXE that no key of site.yaml expresses.

use super::draft::{Draft, Entry, Mapping, Value};
use super::yaml::text_of;
use crate::dialects::Dialect;

/// The file for verbatim text with a secret, beside site.yaml.
const FILE: &str = "raw.yaml";

/// The outputs whose text may hold a secret. Those of `dhcp` come right before those of the whole site, in the same files.
const OUTPUTS: [(&str, Dialect); 4] = [
    ("dhcpd", Dialect::Dhcpd),
    ("ipxe_options", Dialect::Dhcpd),
    ("tgt", Dialect::Tgt),
    ("dnsmasq", Dialect::Dnsmasq),
];

/// Moves the `raw` of the site to a file of its own if it holds a secret, so that site.yaml needs no protection for it. An
/// included file has whole keys, so the other text of `raw` goes there too. The text of a subnet, group or host stays.
pub fn move_secrets(draft: &mut Draft) {
    let site = &mut draft.site;
    for (output, dialect) in OUTPUTS {
        let dhcp = site.submap("dhcp").and_then(|dhcp| dhcp.submap("raw"));
        if !dhcp.is_some_and(|raw| has_secret(raw, output, dialect)) {
            continue;
        }
        let raw = site.map("dhcp").map("raw");
        let Some(mut moved) = raw.remove(output) else { continue };
        if raw.is_empty() {
            site.map("dhcp").remove("raw");
        }
        let all = site.map("raw");
        if let (Value::Lines(text), Some(behind)) = (&mut moved.value, all.text(output)) {
            text.push_str(behind);
        }
        let value = std::mem::replace(&mut moved.value, Value::Lines(String::new()));
        all.set(output, value).comments_before(&moved);
    }
    let raw = site.submap("raw");
    if !raw.is_some_and(|raw| OUTPUTS.iter().any(|(output, dialect)| has_secret(raw, output, *dialect))) {
        return;
    }
    let Some(mut raw) = site.remove("raw") else { return };
    let mut file = Draft::default();
    let value = std::mem::replace(&mut raw.value, Value::Lines(String::new()));
    let entry = file.site.set("raw", value);
    entry.comments_before(&raw);
    entry.note("verbatim text with secrets");
    site.push("include", FILE);
    draft.files.push((FILE.to_owned(), text_of(&file)));
}

fn has_secret(raw: &Mapping, output: &str, dialect: Dialect) -> bool {
    raw.text(output).is_some_and(|text| !dialect.secrets(text).is_empty())
}

/// The secrets in the verbatim text of a draft.
#[must_use]
pub fn secrets(draft: &Draft) -> Vec<String> {
    let mut found = Vec::new();
    draft.site.entries().iter().for_each(|entry| collect(entry, &mut found));
    found
}

fn collect(entry: &Entry, found: &mut Vec<String>) {
    let Value::Map(map) = &entry.value else { return };
    if entry.key != "raw" {
        return map.entries().iter().for_each(|entry| collect(entry, found));
    }
    for (output, dialect) in OUTPUTS {
        found.extend(map.text(output).into_iter().flat_map(|text| dialect.secrets(text)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::draft::{Draft, Value};
    use super::super::yaml::text_of;
    use super::{move_secrets, secrets};

    #[test]
    fn verbatim_text_with_a_secret_goes_to_a_file() {
        let mut draft = Draft::default();
        draft.site.map("raw").set("dhcpd", Value::Lines("a 1;\n".into()));
        draft.site.map("raw").set("smb", Value::Lines("b = 2\n".into()));
        move_secrets(&mut draft);
        assert_eq!((secrets(&draft), draft.files.len()), (Vec::new(), 0));
        let key = "key k { algorithm hmac-md5; secret \"geheimgeheim\"; }\n";
        draft.site.map("dhcp").map("raw").set("dhcpd", Value::Lines(key.into()));
        draft.site.map("dhcp").map("raw").set("kea", Value::from("x"));
        assert_eq!(secrets(&draft), ["geheimgeheim"]);
        move_secrets(&mut draft);
        assert_eq!(text_of(&draft), "include: [raw.yaml]\n\ndhcp: { raw: { kea: x } }\n");
        let raw = format!(
            "# verbatim text with secrets\nraw:\n  dhcpd: |\n    {key}    a 1;\n  smb: |\n    b = 2\n"
        );
        assert_eq!(draft.files, [("raw.yaml".to_owned(), raw)]);
    }
}
