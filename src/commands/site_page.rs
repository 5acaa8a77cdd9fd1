//! site.yaml(5): the keys of the site, from the declarations that reading uses.

use std::collections::BTreeMap;

use anyhow::Result;
use clap_mangen::roff::{Roff, bold, roman};

use super::documented_defaults::defaults;
use crate::{boot, schema};

/// Mappings whose keys are written side by side, with their title. All others have a section of their own name, behind
/// these.
const TOGETHER: &[(&str, &[&str])] = &[
    ("KEYS OF THE SITE", &["Top", "BigMaps", "Include"]),
    ("SERVERS", &["Server"]),
    ("SUBNETS", &["Subnet"]),
    ("CLASSES", &["MatchKey", "ClassBody"]),
    ("GROUPS AND HOSTS", &["Setting", "HostKey", "GroupKey"]),
    ("BOOT ENTRIES OF ALL KINDS", &["Common"]),
];

/// Keys of which each is one form of a value: the keys that name them describe both.
const FORMS: &[&str] = &["Forms", "ItemForms"];

/// The page, as roff.
pub(super) fn page() -> Result<Vec<u8>> {
    let mut page = Roff::new();
    let version = concat!("ipxegen ", env!("CARGO_PKG_VERSION"));
    page.control("TH", ["site.yaml", "5", "", version, "ipxegen"]);
    page.control("SH", ["NAME"]);
    page.text([roman("site.yaml - the description of a netboot site, for ipxegen")]);
    page.control("SH", ["DESCRIPTION"]);
    page.text([roman(
        "A YAML file, or a folder of YAML files, that describes servers, networks, machines and what they boot. \
         ipxegen(1) renders every configuration file of the netboot servers from it. Each section below lists the keys \
         of one mapping. Keys that begin with x- are ignored. ipxegen-init(1) writes a commented example.",
    )]);
    page.control("PP", []);
    page.text([roman(
        "A key without a default changes nothing if it is left out; ipxegen-check(1) names the keys that are required. \
         /usr/share/doc/ipxegen/site.md has the values and effects of each key, with examples. ipxegen-show(1) prints a \
         site with all defaults.",
    )]);

    let defaults = defaults();
    let mut mappings = schema::mappings(boot::json_schema);
    for name in FORMS {
        mappings.remove(name);
    }
    for (title, names) in TOGETHER {
        page.control("SH", [*title]);
        for name in *names {
            list(&mut page, name, mappings.remove(name).unwrap_or_default(), &defaults);
        }
    }
    for (name, keys) in mappings {
        page.control("SH", [title(name).as_str()]);
        list(&mut page, name, keys, &defaults);
    }
    page.control("SH", ["SEE ALSO"]);
    page.text([roman(
        "ipxegen(1), ipxegen-check(1), ipxegen-schema(1), ipxegen-show(1), dhcpd.conf(5), exports(5)",
    )]);
    let mut bytes = Vec::new();
    page.to_writer(&mut bytes)?;
    Ok(bytes)
}

/// The keys of a mapping.
fn list(page: &mut Roff, mapping: &str, keys: &[schema::KeyInfo], defaults: &BTreeMap<(&str, &str), String>) {
    for key in keys {
        page.control("TP", []);
        page.text([bold(key.name)]);
        let words: Vec<_> = key.doc.split_whitespace().collect();
        page.text([roman(words.join(" "))]);
        if let Some(default) = defaults.get(&(mapping, key.name)) {
            page.text([roman(format!("Default: {default}."))]);
        }
    }
}

/// `IscsiServer` as a title: `ISCSI SERVER`.
fn title(name: &str) -> String {
    let mut title = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !title.is_empty() {
            title.push(' ');
        }
        title.push(letter.to_ascii_uppercase());
    }
    title
}

#[cfg(test)]
mod tests {
    use super::page;

    #[test]
    fn every_key_is_in_the_page() {
        let page = String::from_utf8(page().unwrap()).unwrap();
        for (name, keys) in crate::schema::mappings(crate::boot::json_schema) {
            if super::FORMS.contains(&name) {
                continue;
            }
            for key in keys {
                let line = format!("\\fB{}\\fR", key.name.replace('-', "\\-"));
                assert!(page.contains(&line), "{name}: {line}");
            }
        }
    }

    #[test]
    fn keys_have_their_defaults() {
        let page = String::from_utf8(page().unwrap()).unwrap();
        for (key, default) in [("tftp_prefix", "/tftpboot"), ("server", "the only server"), ("mclt", "1h")] {
            let (_, entry) = page.split_once(&format!("\\fB{key}\\fR\n")).unwrap();
            let entry = entry.split(".TP").next().unwrap();
            assert!(entry.contains(&format!("Default: {default}")), "{key}: {entry}");
        }
        assert!(page.matches("Default: ").count() > 150);
    }
}
