//! `render` renders every site without an error in `check`.
//!
//! The fields come from the JSON Schema: the test walks the sites of the tests and the examples along it, and every key that
//! takes a text must be in one of them. Each key gets texts with special characters; every text that no rule refuses must
//! pass every built-in template.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ipxegen::outputs::site_view;
use ipxegen::plan::plan;
use ipxegen::render::Renderer;
use ipxegen::report::Report;
use ipxegen::schema::{self, Texts};
use ipxegen::source::{Sources, site_in_folder};
use ipxegen::tree::Content as _;
use ipxegen::{boot, resolve, rules};
use serde_json::Value;

use crate::hostile_text::texts::nasty;
use crate::hostile_text::{SITES, site};
use crate::support::program::{cases, package};

/// Keys that take a text and are in no site here, with the reason.
const NOT_TRIED: &[&str] = &[];

/// How many sites a key is tried in.
const SITES_A_KEY: usize = 3;

/// A site from which the test makes others.
struct Seed {
    /// Its folder, with the files that it names.
    path: PathBuf,
    site: Value,
}

/// A step into a value.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    Item(usize),
    /// The key itself.
    Name(String),
}

fn seeds() -> Vec<Seed> {
    let mut paths: Vec<PathBuf> =
        cases(&["tests/cases", "examples"]).into_iter().map(|folder| folder.join("site.yaml")).collect();
    let rules = std::fs::read_dir(package().join("tests/rules")).unwrap();
    let mut silent: Vec<_> = rules.map(|rule| rule.unwrap().path().join("silent.yaml")).collect();
    silent.sort();
    paths.extend(silent.into_iter().filter(|path| path.is_file()));
    let mut texts: Vec<(PathBuf, String)> =
        paths.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect();
    texts.extend(SITES.into_iter().map(|text| (package().join("site.yaml"), site(text, "", None))));
    texts.extend(MORE.iter().map(|text| (package().join("site.yaml"), (*text).to_owned())));
    let seeds = texts.into_iter().filter_map(|(path, text)| {
        let site = serde_yaml::from_str(&text).ok()?;
        // Merges are YAML's, and not in JSON.
        (!text.contains("<<:")).then_some(Seed { path, site })
    });
    seeds.filter(|seed| rendered(&seed.path, &text(&seed.site)) == Ok(true)).collect()
}

/// Sites for keys that no other one has together.
const MORE: &[&str] = &[
    "servers: { boot: { ip: 10.0.0.200/24, interfaces: [eth0] } }
subnets: { lan: { cidr: 10.0.0.0/24 } }
http: { daemon: nginx, url: \"http://10.0.0.200\", root: /srv/www, tftp_prefix: /t }
ipxe: { script: x.ipxe, hook: h.ipxe }
boot_entries: { config: { label: a }, reboot: { label: b }, poweroff: { label: c } }
menu: { texts: { failed: a, press_a_key: b, back: c, starting: \"d {entry} e\" } }
",
    "servers: { boot: { ip: 10.0.0.200/24, interfaces: [eth0] } }
subnets: { lan: { cidr: 10.0.0.0/24 } }
http: { daemon: apache, url: \"http://10.0.0.200\", root: /srv/www, tftp_prefix: /t }
ipxe: { script: x.ipxe, hook: h.ipxe }
",
];

/// A site as JSON, which is YAML, in ASCII.
fn text(site: &Value) -> String {
    let mut out = String::new();
    for c in serde_json::to_string(site).unwrap().chars() {
        match u32::from(c) {
            0x20..=0x7e => out.push(c),
            code => write!(out, "\\U{code:08X}").unwrap(),
        }
    }
    out
}

/// Whether a site without errors is rendered; `Ok(false)` where there are errors.
fn rendered(path: &std::path::Path, text: &str) -> Result<bool, String> {
    let sources = Sources::new();
    let name = path.to_str().unwrap().to_owned();
    let file = site_in_folder(&sources, name, path.parent().unwrap(), text.into()).unwrap().file;
    let mut report = Report::new();
    let written = schema::read(&sources, &Texts { files: vec![file], with: Vec::new() }, &mut report);
    if report.has_errors() {
        return Ok(false);
    }
    let site = resolve::resolve(written, "site.yaml", &sources, &mut report);
    rules::run(&site, &mut report);
    let plan = plan(&site, &mut report);
    if report.has_errors() {
        return Ok(false);
    }
    let renderer = Renderer::new(&[], tera::Value::from_serializable(&site_view(&site)), &mut report);
    if plan.files.iter().any(|planned| !renderer.refuses(planned.output, &planned.file).is_empty()) {
        return Ok(false);
    }
    for planned in &plan.files {
        renderer
            .file(planned.output, &planned.file)
            .write_to(&mut std::io::sink())
            .map_err(|error| format!("{}: {error:#}", planned.entry.path))?;
    }
    serde_yaml::to_value(site_view(&site)).map_err(|error| error.to_string())?;
    Ok(true)
}

/// Walks a site along the schema: for each place of the schema that takes a text, where that is in the site.
struct Walk<'w> {
    schema: &'w Value,
    found: BTreeMap<String, Vec<Vec<Step>>>,
}

impl Walk<'_> {
    fn go(&mut self, value: &Value, schema: &Value, place: &str, path: &mut Vec<Step>) {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            return self.go(value, &self.schema["$defs"][name], name, path);
        }
        for several in ["anyOf", "oneOf", "allOf"] {
            for one in schema[several].as_array().into_iter().flatten() {
                self.go(value, one, place, path);
            }
        }
        match value {
            Value::Object(map) => {
                let kind = &schema["properties"]["kind"]["const"];
                if !kind.is_null() && map.get("kind").is_some_and(|given| given != kind) {
                    return;
                }
                // A key that is not there is put there.
                for (key, known) in schema["properties"].as_object().into_iter().flatten() {
                    if takes_text_below(known) && !map.contains_key(key) && key != "kind" {
                        path.push(Step::Key(key.clone()));
                        self.add(format!("{place}.{key}"), path);
                        path.pop();
                    }
                }
                for (key, inner) in map {
                    let known = &schema["properties"][key.as_str()];
                    let (schema, place) = if known.is_null() {
                        let further = &schema["additionalProperties"];
                        if !further.is_object() {
                            continue;
                        }
                        path.push(Step::Name(key.clone()));
                        self.add(format!("{place}, a name"), path);
                        path.pop();
                        (further, format!("{place}.*"))
                    } else {
                        (known, format!("{place}.{key}"))
                    };
                    path.push(Step::Key(key.clone()));
                    self.go(inner, schema, &place, path);
                    path.pop();
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    if schema["items"].is_object() {
                        path.push(Step::Item(at));
                        self.go(item, &schema["items"], place, path);
                        path.pop();
                    }
                }
            }
            _ if takes_text(schema) => self.add(place.to_owned(), path),
            _ => {}
        }
    }

    fn add(&mut self, place: String, path: &[Step]) {
        let known = self.found.entry(place).or_default();
        if known.last().is_none_or(|last| last != path) {
            known.push(path.to_vec());
        }
    }
}

fn takes_text(schema: &Value) -> bool {
    match &schema["type"] {
        Value::String(one) => one == "string",
        Value::Array(several) => several.iter().any(|one| one == "string"),
        _ => false,
    }
}

/// Whether a key takes a text, or several.
fn takes_text_below(schema: &Value) -> bool {
    let any = |several: &&str| schema[*several].as_array().into_iter().flatten().any(takes_text_below);
    takes_text(schema)
        || (schema["items"].is_object() && takes_text_below(&schema["items"]))
        || ["anyOf", "oneOf", "allOf"].iter().any(any)
}

/// Every key of the schema that takes a text.
fn text_keys(whole: &Value) -> Vec<String> {
    fn keys(schema: &Value, place: &str, all: &mut Vec<String>) {
        for (key, value) in schema["properties"].as_object().into_iter().flatten() {
            let inner = format!("{place}.{key}");
            if takes_text_below(value) {
                all.push(inner.clone());
            }
            keys(value, &inner, all);
        }
        for several in ["anyOf", "oneOf", "allOf"] {
            schema[several].as_array().into_iter().flatten().for_each(|one| keys(one, place, all));
        }
        if schema["additionalProperties"].is_object() {
            keys(&schema["additionalProperties"], &format!("{place}.*"), all);
        }
        if schema["items"].is_object() {
            keys(&schema["items"], place, all);
        }
    }
    let mut all = Vec::new();
    keys(whole, "", &mut all);
    for (name, schema) in whole["$defs"].as_object().unwrap() {
        keys(schema, name, &mut all);
    }
    all.sort();
    all.dedup();
    all
}

/// The site with another text at a place.
fn changed(site: &Value, path: &[Step], text: &str, how: usize) -> Value {
    let mut site = site.clone();
    let mut at = &mut site;
    for step in path {
        match step {
            Step::Key(key) => at = &mut at[key.as_str()],
            Step::Item(item) => at = &mut at[*item],
            Step::Name(name) => {
                let map = at.as_object_mut().unwrap();
                let entries: Vec<_> = std::mem::take(map).into_iter().collect();
                for (key, value) in entries {
                    map.insert(if key == *name { joined(name, text, how) } else { key }, value);
                }
                return site;
            }
        }
    }
    let plain = match &*at {
        Value::String(plain) => plain.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    *at = Value::String(joined(&plain, text, how));
    site
}

/// The text alone, after the existing text, or before it.
fn joined(plain: &str, text: &str, how: usize) -> String {
    match how {
        0 => text.to_owned(),
        1 => format!("{plain}{text}"),
        _ => format!("{text}{plain}"),
    }
}

/// Texts from other tests, and texts that found earlier mistakes.
fn texts() -> Vec<String> {
    let mut all = nasty();
    all.extend(
        [
            "$1",
            "http://[",
            "http://[::1",
            "http://:80",
            "http://10.0.0.200:99999",
            "a:b",
            "0",
            "-1",
            "1e9",
            "99999999999999999999",
            "none",
            "true",
            "{",
            "{name}",
            "{host}",
            "{ip}",
            "{var.x}",
            "[1-2]",
            "%",
            "%41",
            "@",
            "\u{301}",
            "\u{a0}",
            "\u{fffd}",
            "^",
            "(",
            ")",
            "a)",
            "con",
            "a.",
            "A".repeat(86).as_str(),
            "ff".repeat(86).as_str(),
            "\u{fdd0}",
            "\u{10ffff}",
            "é.ipxe",
            "x/../y",
            "./x",
            "x/./y",
            "x//y",
            "?a=b",
            "#b",
            "\\\\srv\\share",
            "C:\\",
            "C:\\a\\..\\b",
        ]
        .map(str::to_owned),
    );
    all
}

/// Sites that once passed `check` and were not rendered.
#[test]
fn values_that_were_refused_too_late_are_findings() {
    let site = "servers: { boot: { ip: 10.0.0.200/24, interfaces: [eth0] } }\nsubnets: { lan: { cidr: 10.0.0.0/24 } }\n";
    let path = package().join("site.yaml");
    let bytes = vec!["aa"; 100].join(":");
    let feature = "A".repeat(2_000);
    for (more, passes) in [
        ("http: { daemon: nginx }\nipxe: { script: \"$1\" }", false),
        ("http: { daemon: apache }\nipxe: { script: \"$1\" }", true),
        ("http: { daemon: nginx, url: \"http://[\" }", false),
        ("http: { url: \"http://[\" }", false),
        ("http: { url: \"http://10.0.0.1:99999\" }", false),
        ("http: { daemon: nginx, url: \"http://[fd00::1]:8080/x\" }", true),
        (&format!("dhcp: {{ options: {{ own: {{ code: 230, hex: \"{bytes}\" }} }} }}"), true),
        (&format!("ipxe: {{ trust: \"{bytes}\" }}"), true),
        (&format!("winpe: {{ adk: 'C:\\ADK', features: [{feature}] }}"), false),
        (
            "files: [{ path: /etc/own, server: boot, template: tests/cases/web-servers/templates/issue.tera }]",
            true,
        ),
        (
            "name: \"a\\tb\"\nfiles: [{ path: /etc/own, server: boot, template: tests/cases/web-servers/templates/issue.tera }]",
            false,
        ),
        (
            "name: \"a\\u200fb\"\nfiles: [{ path: /etc/own, server: boot, template: tests/cases/web-servers/templates/issue.tera }]",
            false,
        ),
    ] {
        assert_eq!(rendered(&path, &format!("{site}{more}\n")), Ok(passes), "{more:.200}");
    }
}

#[test]
fn what_passes_check_renders() {
    let mut rules: Vec<_> = rules::allowable().collect();
    rules.sort_unstable();
    let schema = schema::json_schema(&rules, boot::json_schema);
    let seeds = seeds();
    assert!(seeds.len() > 60, "only {} sites", seeds.len());
    let mut places: BTreeMap<String, Vec<(usize, Vec<Step>)>> = BTreeMap::new();
    for (at, seed) in seeds.iter().enumerate() {
        let mut walk = Walk { schema: &schema, found: BTreeMap::new() };
        walk.go(&seed.site, &schema, "", &mut Vec::new());
        for (place, paths) in walk.found {
            // One of them is enough: others of a site are of the same kind.
            places.entry(place).or_default().extend(paths.into_iter().take(1).map(|path| (at, path)));
        }
    }
    let missing: Vec<_> = text_keys(&schema)
        .into_iter()
        .filter(|key| !NOT_TRIED.contains(&key.as_str()))
        .filter(|key| !places.keys().any(|place| place == key || place.starts_with(&format!("{key}."))))
        .collect();
    assert!(missing.is_empty(), "no site of the tests has these keys: {missing:#?}");

    let (every, first) = match std::env::var("HOSTILE") {
        // `HOSTILE=1` tries all of them, and `HOSTILE=20` every twentieth.
        Ok(every) => (every.parse().unwrap_or(1), 1),
        // Another part of the texts for each key.
        Err(_) => (401, 1),
    };
    let jobs: Vec<(usize, &str, usize, &[Step])> = places
        .iter()
        .flat_map(|(place, sites)| {
            // Sites as different as there are.
            let step = sites.len().div_ceil(SITES_A_KEY).max(1);
            sites.iter().step_by(step).map(move |(seed, path)| (place.as_str(), *seed, path.as_slice()))
        })
        .enumerate()
        .map(|(n, (place, seed, path))| (n, place, seed, path))
        .collect();
    let texts = texts();
    let (next, tried, passed) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let wrong = Mutex::new(Vec::new());
    let work = || {
        while let Some((n, place, seed, path)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let seed = &seeds[*seed];
            for (at, hostile) in texts.iter().enumerate() {
                for how in 0..3 {
                    if (at * 3 + how + n * first) % every != 0 {
                        continue;
                    }
                    tried.fetch_add(1, Ordering::Relaxed);
                    let made = text(&changed(&seed.site, path, hostile, how));
                    let result = std::panic::catch_unwind(|| rendered(&seed.path, &made));
                    match result {
                        Ok(Ok(ok)) => passed.fetch_add(usize::from(ok), Ordering::Relaxed),
                        Ok(Err(error)) => {
                            let file = seed.path.strip_prefix(package()).unwrap();
                            wrong.lock().unwrap().push(format!(
                                "{place} ({how}) = {hostile:.40?} in {}: {error:.300}",
                                file.display()
                            ));
                            0
                        }
                        Err(_) => {
                            wrong.lock().unwrap().push(format!("{place} ({how}) = {hostile:.40?}: a panic"));
                            0
                        }
                    };
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for worker in [scope.spawn(work), scope.spawn(work)] {
            worker.join().unwrap();
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    let (tried, passed) = (tried.into_inner(), passed.into_inner());
    println!("{tried} sites tried, {passed} passed check and were rendered");
    assert!(
        wrong.is_empty(),
        "{} of {tried} passed check and were not rendered:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(passed * 10 > tried, "only {passed} of {tried} passed check");
}

/// A file at the place of a folder, and the names of ipxegen's own temporary files.
#[test]
fn check_refuses_paths_that_no_tree_has() {
    const H: &str = "servers: { boot: { ip: 10.0.0.200/24, interfaces: [eth0] } }\n\
                     subnets: { lan: { cidr: 10.0.0.0/24 } }\n";
    for (more, said) in [
        ("files: [{ path: /etc/dhcp, template: own.tera }]", "needs a folder"),
        ("files: [{ path: /etc/dhcp/dhcpd.conf/a/b, template: own.tera }]", "needs a folder"),
        ("nfs: { exports_file: /etc, exports: [{ path: /srv/x }] }", "needs a folder"),
        ("smb: { config_file: /etc/default, shares: { a: { path: /srv/x } } }", "needs a folder"),
        ("ipxe: { script: a/.ipxegen-x.tmp }", "own temporary files"),
        ("files: [{ path: /etc/.ipxegen-x.tmp, template: own.tera }]", "own temporary files"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("site.yaml"), format!("{H}{more}\n")).unwrap();
        std::fs::write(dir.path().join("own.tera"), "x").unwrap();
        let check = crate::support::program::run_in(dir.path(), &["check", "--format", "short", "site.yaml"]);
        assert_eq!(check.code, Some(1), "{more}: {}", check.stdout);
        assert!(
            check.stdout.contains("same-file") && check.stdout.contains(said),
            "{more}: {}",
            check.stdout
        );
    }
}
