//! docs/reference.md: every key of site.yaml with its type, default, example, what it renders to, and the rules about it.
//!
//! The page is generated. Keys, descriptions, types and defaults are those of `ipxegen schema`; what a key renders to is
//! the column of docs/site.md; examples come from `examples/` and the pages of docs/; a rule is about a key if its failing
//! example in docs/rules.md has the key, and the example that passes has another value or the text names the key.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::readme::{Block, Page};
use super::support::program::{expect_text, run_in};

/// A key by its definition in the schema and its name.
type Key = (String, String);

/// The definition of the site itself.
const SITE: &str = "site";

/// The mappings of docs/site.md whose keys a definition has, where the names differ.
const TABLES: &[(&str, &[&str])] = &[
    (SITE, &["Top", "BigMaps", "Include"]),
    ("Host", &["HostKey", "Setting"]),
    ("Group", &["GroupKey", "Setting"]),
    ("Class", &["ClassBody", "MatchKey"]),
    ("Ipxe", &["IpxeScript", "IpxeOptions"]),
    ("entry_linux", &["Linux", "Common"]),
    ("entry_casper", &["Casper", "Linux", "Common"]),
    ("entry_live_boot", &["LiveBoot", "Linux", "Common"]),
    ("entry_debian_installer", &["DebianInstaller", "Linux", "Common"]),
    ("entry_subiquity", &["Subiquity", "Linux", "Common"]),
    ("entry_anaconda", &["Anaconda", "Linux", "Common"]),
    ("entry_autoyast", &["Autoyast", "Linux", "Common"]),
    ("entry_nfs_root", &["NfsRoot", "Linux", "Common"]),
    ("entry_iso", &["Iso", "Common"]),
    ("entry_winpe", &["Winpe", "Common"]),
    ("entry_memtest", &["Memtest", "Common"]),
    ("entry_chain", &["Chain", "Common"]),
    ("entry_script", &["Script", "Common"]),
];

struct Schema(Value);

impl Schema {
    fn of_the_program() -> Self {
        let text = run_in(".".as_ref(), &["schema"]).ended(0).stdout;
        Self(serde_json::from_str(&text).unwrap())
    }

    fn def(&self, name: &str) -> &Value {
        if name == SITE { &self.0 } else { &self.0["$defs"][name] }
    }

    /// The keys of a definition.
    fn keys(&self, name: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.def(name)["properties"].as_object().into_iter().flatten()
    }

    /// Visits every key of a site, with the definition that it belongs to.
    fn walk<'v>(&self, def: &str, node: &Value, value: &'v Value, visit: &mut dyn FnMut(Key, &'v Value)) {
        if let Some(name) = reference(node) {
            return self.walk(name, self.def(name), value, visit);
        }
        for form in ["anyOf", "oneOf", "allOf"].iter().filter_map(|word| node[*word].as_array()).flatten() {
            let kind = |name: &str| {
                let wanted = self.def(name)["properties"]["kind"]["const"].as_str();
                wanted.is_none_or(|wanted| value["kind"] == wanted)
            };
            if reference(form).is_none_or(kind) {
                self.walk(def, form, value, visit);
            }
        }
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    if let Some(property) = node["properties"].get(key) {
                        visit((def.to_owned(), key.clone()), value);
                        self.walk(def, property, value, visit);
                    } else if node["additionalProperties"].is_object() {
                        self.walk(def, &node["additionalProperties"], value, visit);
                    }
                }
            }
            Value::Array(all) if node["items"].is_object() => {
                all.iter().for_each(|value| self.walk(def, &node["items"], value, visit));
            }
            _ => {}
        }
    }

    /// Where each definition is used first, in the order of the page: `dhcp.failover`, `hosts.NAME`.
    fn places(&self) -> Vec<(String, String)> {
        let mut places = vec![(SITE.to_owned(), String::new())];
        let mut at = 0;
        while let Some((name, place)) = places.get(at).cloned() {
            at += 1;
            let keys: Vec<_> = self.keys(&name).collect();
            for (key, property) in keys {
                let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                uses(property, &place, &mut |name, place| {
                    if !places.iter().any(|(known, _)| known == name) {
                        places.push((name.to_owned(), place.to_owned()));
                    }
                });
            }
            // The kinds of boot entry, and the forms of a menu's item.
            uses_of_forms(self.def(&name), &place, &mut places);
        }
        places.retain(|(name, _)| self.keys(name).next().is_some());
        // Kinds have one place.
        for (name, place) in &mut places {
            if let Some(kind) = self.def(name)["properties"]["kind"]["const"].as_str() {
                *place = format!("{place} of kind {kind}");
            }
        }
        places
    }
}

fn reference(node: &Value) -> Option<&str> {
    node["$ref"].as_str()?.strip_prefix("#/$defs/")
}

/// Calls with every definition that a value may have, and its place.
fn uses(node: &Value, place: &str, found: &mut dyn FnMut(&str, &str)) {
    if let Some(name) = reference(node) {
        found(name, place);
    }
    for form in ["anyOf", "oneOf", "allOf"].iter().filter_map(|word| node[*word].as_array()).flatten() {
        uses(form, place, found);
    }
    uses_below(node, place, found);
}

fn uses_below(node: &Value, place: &str, found: &mut dyn FnMut(&str, &str)) {
    if node["items"].is_object() {
        uses(&node["items"], place, found);
    }
    if node["additionalProperties"].is_object() {
        uses(&node["additionalProperties"], &format!("{place}.NAME"), found);
    }
}

fn uses_of_forms(def: &Value, place: &str, places: &mut Vec<(String, String)>) {
    for form in ["anyOf", "oneOf"].iter().filter_map(|word| def[*word].as_array()).flatten() {
        uses(form, place, &mut |name, place| {
            if !places.iter().any(|(known, _)| known == name) {
                places.push((name.to_owned(), place.to_owned()));
            }
        });
    }
}

/// A type in words.
fn takes(node: &Value) -> String {
    if let Some(name) = reference(node) {
        return if name == "MenuItem" { "item".to_owned() } else { "map".to_owned() };
    }
    if let Some(words) = node["enum"].as_array() {
        return words
            .iter()
            .filter_map(Value::as_str)
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", ");
    }
    if let Some(word) = node["const"].as_str() {
        return format!("`{word}`");
    }
    if let Some(pattern) = node["pattern"].as_str() {
        let bounds = (node["minimum"].as_i64(), node["maximum"].as_i64());
        return match (pattern, bounds) {
            (pattern, _) if pattern.contains("(s|m|min") => "duration".to_owned(),
            (_, (Some(low), Some(high))) => format!("number from {low} to {high}"),
            (pattern, _) if pattern.contains("[Tt]rue") => "flag".to_owned(),
            ("^/", _) => "absolute path".to_owned(),
            _ => node["patternErrorMessage"].as_str().map_or("text".to_owned(), |text| {
                let text = text.trim_start_matches("must be a").trim_start_matches('n').trim_start();
                text.split(',').next().unwrap_or(text).to_owned()
            }),
        };
    }
    let forms = |word: &str| node[word].as_array().cloned();
    if let Some(forms) = forms("anyOf").or_else(|| forms("oneOf")).or_else(|| forms("allOf")) {
        let mut words: Vec<String> = Vec::new();
        for form in forms.iter().filter(|form| form["type"] != "null" && form["type"] != "boolean") {
            let word = takes(form);
            if !word.is_empty() && !words.contains(&word) {
                words.push(word);
            }
        }
        return words.join(", or ");
    }
    match node["type"].as_str() {
        Some("array") => format!("list ({})", takes(&node["items"])),
        Some("object") => "map".to_owned(),
        _ if node["not"].is_object() => "text".to_owned(),
        _ => String::new(),
    }
}

/// The cells of docs/site.md for each key, by mapping: default, and where it ends up.
fn cells() -> BTreeMap<Key, (String, String)> {
    let page = fs::read_to_string("docs/site.md").unwrap();
    let mut cells = BTreeMap::new();
    for rest in page.split("<!-- keys: ").skip(1) {
        let (names, table) = rest.split_once(" -->\n").unwrap();
        let rows = table.lines().skip_while(|line| line.is_empty()).take_while(|line| line.starts_with('|'));
        let rows: Vec<Vec<String>> = rows.map(row).collect();
        let column = |word: &str| rows[0].iter().position(|head| head.starts_with(word));
        let (takes, default, place) = (column("takes"), column("default"), column("where it ends up"));
        for row in rows.iter().skip(2) {
            let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).cloned().unwrap_or_default();
            for key in row[0].split('`').skip(1).step_by(2) {
                let takes = cell(takes);
                let required =
                    takes.split_once("; required").map(|(_, rest)| rest.split('.').next().unwrap_or(rest));
                let default = match (cell(default), required) {
                    (default, Some(when)) if default.is_empty() => format!("none: it is required{when}"),
                    (default, _) => default,
                };
                for name in names.split(' ') {
                    cells.insert((name.to_owned(), key.to_owned()), (default.clone(), cell(place)));
                }
            }
        }
    }
    cells
}

fn row(line: &str) -> Vec<String> {
    let cells = line.trim_matches('|').split('|');
    // Links of that page.
    cells.map(|cell| cell.trim().replace("](#", "](site.md#")).collect()
}

/// A value on one line, as YAML.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let all: Vec<_> = map.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{ {} }}", all.join(", "))
        }
        Value::Array(all) => format!("[{}]", all.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::String(text) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+ ".contains(c);
            let is_plain =
                text.chars().all(plain) && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/');
            if is_plain && !text.ends_with(' ') {
                text.clone()
            } else {
                Value::from(text.as_str()).to_string()
            }
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The texts of YAML that examples are taken from, the best first.
fn examples() -> Vec<Value> {
    let mut texts: Vec<String> = ["site", "tour", "recipes", "many-servers", "dhcp-servers"]
        .iter()
        .flat_map(|page| Page::of(&format!("docs/{page}.md")).blocks())
        .filter(|block| block.info.starts_with("yaml"))
        .map(|block| block.text)
        .collect();
    for folder in ["examples", "tests/cases"] {
        let files = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
        // The sites of `awkward` have texts that try to leave their place.
        let sites = files.filter(|entry| {
            entry.path().extension().is_some_and(|end| end == "yaml")
                && !entry.path().starts_with("tests/cases/awkward")
        });
        texts.extend(sites.map(|entry| fs::read_to_string(entry.path()).unwrap()));
    }
    texts.iter().filter_map(|text| serde_yaml::from_str(text).ok()).collect()
}

/// The longest example that is shown.
const SHOWN: usize = 100;

fn page(schema: &Schema) -> String {
    let mut shown: BTreeMap<Key, String> = BTreeMap::new();
    for site in examples() {
        schema.walk(SITE, &schema.0, &site, &mut |key, value| {
            let text = flow(value);
            if text.len() <= SHOWN && !text.contains('\n') && !text.is_empty() {
                shown.entry(key).or_insert(text);
            }
        });
    }
    let mut about: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    let rules = fs::read_to_string("docs/rules.md").unwrap();
    let text_of = |rule: &str| {
        let (_, rest) = rules.split_once(&format!("\n## {rule}\n")).unwrap_or_default();
        rest.split("\n## ").next().unwrap_or_default().to_owned()
    };
    let blocks = Page::of("docs/rules.md").blocks();
    let read = |block: &Block| serde_yaml::from_str::<Value>(&block.text).ok();
    for block in blocks.iter().filter(|block| block.info == "yaml fails") {
        let text = text_of(&block.heading);
        let prose: String = text.split("```").step_by(2).collect();
        let words: BTreeSet<&str> =
            prose.split('`').skip(1).step_by(2).flat_map(|code| code.split([' ', ':', '.'])).collect();
        let mut passes = Vec::new();
        let of_rule = blocks.iter().filter(|other| other.heading == block.heading);
        for site in of_rule.filter(|other| other.info == "yaml passes").filter_map(read) {
            schema.walk(SITE, &schema.0, &site, &mut |key, value| passes.push((key, flow(value))));
        }
        let Some(site) = read(block) else { continue };
        schema.walk(SITE, &schema.0, &site, &mut |key, value| {
            let named = words.contains(key.1.as_str());
            let differs =
                !passes.is_empty() && !value.is_object() && !passes.contains(&(key.clone(), flow(value)));
            if named || differs {
                about.entry(key).or_default().insert(block.heading.clone());
            }
        });
    }
    let cells = cells();
    let mut page = "# Reference of keys\n\n<!-- Written by `UPDATE=1 cargo test --test suite the_reference_of_keys`. -->\n\n\
        Every key of site.yaml on one page, for looking up: what it is, what it takes, its default, where it ends up, an \
        example, and the rules about it. [site.md](site.md) has the same keys in a readable order, with everything about \
        their values. A default that depends on the site is in words; a default of a subnet, class, group or host is what it \
        inherits. A key without rules has only findings about the form of its value, such as \
        [malformed](rules.md#malformed) and [wrong-type](rules.md#wrong-type).\n"
        .to_owned();
    for (name, place) in schema.places() {
        let title = if place.is_empty() { "The site".to_owned() } else { format!("`{place}`") };
        let _ = write!(page, "\n## {title}\n\n");
        let tables: Vec<&str> = match TABLES.iter().find(|(def, _)| *def == name) {
            Some((_, tables)) => tables.to_vec(),
            None if name.starts_with("entry_") => vec!["Common"],
            None => vec![name.as_str()],
        };
        for (key, property) in schema.keys(&name) {
            // A kind of its own has only what other kinds have not.
            if name.starts_with("entry_") && name != "entry_linux" && is_common(schema, key) {
                continue;
            }
            let at = (name.clone(), key.clone());
            let cell = tables.iter().find_map(|table| cells.get(&((*table).to_owned(), key.clone())));
            let (default, ends_up) = cell.cloned().unwrap_or_default();
            let default = property.get("default").map_or(default, |value| format!("`{}`", flow(value)));
            let default = match default.as_str() {
                "see there" => "those of its keys".to_owned(),
                "" if takes(property) == "map" => "those of its keys".to_owned(),
                "" => "not set".to_owned(),
                _ => default,
            };
            let _ = write!(page, "- **`{key}`**: {}", property["description"].as_str().unwrap_or_default());
            let takes = takes(property);
            for (word, text) in [("Takes", takes), ("Default", default), ("Ends up in", ends_up)] {
                if !text.is_empty() {
                    let _ = write!(page, " *{word}:* {text}.");
                }
            }
            // A key that means the same elsewhere has the same schema there.
            let alike = || {
                let same = |at: &&Key| at.1 == *key && schema.def(&at.0)["properties"][key] == *property;
                shown.keys().find(same).and_then(|at| shown.get(at))
            };
            if let Some(example) = shown.get(&at).or_else(alike) {
                let _ = write!(page, " *Example:* `{key}: {example}`.");
            }
            if let Some(rules) = about.get(&at) {
                let links: Vec<_> = rules.iter().map(|rule| format!("[{rule}](rules.md#{rule})")).collect();
                let _ = write!(page, " *Rules:* {}.", links.join(", "));
            }
            page.push('\n');
        }
    }
    page
}

/// Whether all kinds of entry have a key.
fn is_common(schema: &Schema, key: &str) -> bool {
    let defs = schema.0["$defs"].as_object().unwrap();
    key != "kind"
        && defs
            .iter()
            .filter(|(name, _)| name.starts_with("entry_"))
            .all(|(_, def)| def["properties"].get(key).is_some())
}

#[test]
fn the_reference_of_keys_is_up_to_date() {
    let schema = Schema::of_the_program();
    let text = page(&schema);
    if let Some(difference) = expect_text(Path::new("docs/reference.md"), &text) {
        panic!("UPDATE=1 cargo test --test suite the_reference_of_keys rewrites it:\n{difference}");
    }
}

/// The examples with environment variables, which other tests of all sites do not have.
#[test]
fn the_reference_of_keys_has_valid_secrets() {
    let case = Path::new("tests/cases/rare-keys");
    let ran = run_in(case, &["check", "--strict", "site.yaml", "--with", "secrets.yaml"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""), "{}", ran.stdout);
}

/// Every key has what the page promises.
#[test]
fn the_reference_of_keys_is_whole() {
    let page = fs::read_to_string("docs/reference.md").unwrap();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("- **")).collect();
    let with = |word: &str| rows.iter().filter(|row| row.contains(word)).count();
    assert!(rows.len() > 300, "{} keys", rows.len());
    for word in ["*Takes:*", "*Default:*", "*Example:*"] {
        let without: Vec<&&str> = rows.iter().filter(|row| !row.contains(word)).collect();
        assert!(without.is_empty(), "{word} is missing for {} keys: {without:#?}", without.len());
    }
    assert!(with("*Rules:*") > 60, "{} have rules", with("*Rules:*"));
}
