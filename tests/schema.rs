//! `ipxegen schema` and `check --format sarif`, used by an independent validator: the schema accepts every site that the
//! program accepts, and refuses every site that breaks a rule about keys and shapes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::support::program::{cases, run_in};
use super::support::require;

/// The result of python3-jsonschema for each file; `None` if it is not installed.
fn validated(dir: &Path, files: &[PathBuf]) -> Option<Vec<String>> {
    if !validator_is_there() {
        return None;
    }
    let schema = Command::new(env!("CARGO_BIN_EXE_ipxegen")).arg("schema").output().unwrap();
    assert!(schema.status.success());
    let path = dir.join("schema.json");
    fs::write(&path, schema.stdout).unwrap();
    Some(said("tests/support/schema.py", &path, files))
}

fn validator_is_there() -> bool {
    if !require("python3") {
        return false;
    }
    let probe = Command::new("python3").args(["-c", "import jsonschema, yaml"]).output().unwrap();
    if !probe.status.success() {
        assert!(std::env::var_os("CI").is_none(), "python3-jsonschema or python3-yaml is not installed");
        eprintln!("skipped: python3-jsonschema or python3-yaml is not installed");
    }
    probe.status.success()
}

/// A line per file.
fn said(script: &str, schema: &Path, files: &[PathBuf]) -> Vec<String> {
    let output = Command::new("python3").arg(script).arg(schema).args(files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn program_takes(site: &Path) -> bool {
    let check = Command::new(env!("CARGO_BIN_EXE_ipxegen")).arg("check").arg(site).output().unwrap();
    check.status.success()
}

#[test]
fn every_site_that_the_program_takes_is_valid() {
    let mut sites = vec![PathBuf::from("examples/starter.yaml")];
    for folder in ["examples", "tests/cases", "tests/rules", "tests/lab/sites"] {
        let all = walkdir::WalkDir::new(folder).into_iter().flatten().map(walkdir::DirEntry::into_path);
        sites.extend(all.filter(|path| path.ends_with("site.yaml")));
    }
    sites.sort();
    sites.retain(|site| program_takes(site));
    assert!(sites.len() >= 5, "{sites:?}");
    let dir = tempfile::tempdir().unwrap();
    let Some(said) = validated(dir.path(), &sites) else { return };
    let wrong: Vec<_> = sites.iter().zip(&said).filter(|(_, said)| *said != "ok").collect();
    assert!(wrong.is_empty() && said.len() == sites.len(), "{wrong:#?}");
}

/// A site whose parts can be replaced one by one.
const SITE: &[(&str, &str)] = &[
    ("servers", "{ boot: { ip: 10.0.0.200, interfaces: [eth0] } }"),
    ("subnets", "{ lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }"),
    ("boot_entries", "{ memtest: { kind: iso, iso: memtest.iso } }"),
    ("vars", "{ n: 1 }"),
];

/// The site with one part replaced or added.
fn site(key: &str, value: &str) -> String {
    let mut parts: Vec<_> = SITE.iter().filter(|(name, _)| *name != key).copied().collect();
    parts.push((key, value));
    parts.iter().map(|(key, value)| format!("{key}: {value}\n")).collect()
}

#[test]
fn what_the_language_refuses_is_refused() {
    let taken = [
        ("x-mine", "{ anything: [goes] }"),
        ("name", "123"),
        ("tftp", ""),
        ("http", "none"),
        ("include", "[]"),
        (
            "dhcp",
            "{ authoritative: yes, default_lease_time: 2h, max_lease_time: 86400, dns: none, netboot: known }",
        ),
        (
            "dhcp",
            "{ options: { time-offset: -18000, wpad: { code: 252, text: x } }, raw: { dhcpd: \"# x\" } }",
        ),
        ("ipxe", "{ script: a.ipxe, over: http, keep_san: on, san_retries: 3 }"),
        ("hosts", "{ a: { mac: 52:54:00:10:00:01, group: [], routers: none, keep_san: true } }"),
        (
            "hosts",
            "{ a: { mac: [5254.0010.0001], root_path: \"iscsi:10.0.0.2::::iqn.2020-01.lan.lab:a\", host_name: none } }",
        ),
        (
            "hosts",
            "{ a: { mac: 52:54:00:10:00:01, root_path: { iscsi: { target: \"iqn.2020-01.lan.lab:{host}\", server: 10.0.0.2, lun: 1 } } } }",
        ),
        (
            "hosts",
            "{ a: { mac: 52:54:00:10:00:01, vars: { n: 3 }, options: { x: { code: 240, u8: \"{var.n}\" } } } }",
        ),
        ("groups", "{ g: { autoboot: false, boot: memtest } }"),
        (
            "menu",
            "{ timeout: 10s, items: [memtest, { gap: }, { gap: text }, { submenu: more, title: More, items: [shell, exit] }] }",
        ),
        (
            "boot_entries",
            "{ shell: { label: A shell }, local: {}, memtest: { kind: iso, iso: a.iso, only_for: [bios, efi_x64], hidden: no } }",
        ),
        (
            "boot_entries",
            "{ a: { kind: winpe, dir: pe, arch_dirs: true }, memtest: { kind: memtest, bios: m.bin } }",
        ),
        (
            "smb",
            "{ shares: { iso: { path: /srv/iso, guest: true, create_mask: 0775, users: [a, \"@b\"] } } }",
        ),
        ("nfs", "{ exports: { path: /srv/x, clients: [\"*\"], options: ro } }"),
        ("loaders", "{ efi_arm64: arm.efi, http_x64: \"https://example.org/x.efi\", efi_x64: none }"),
        ("allow", "{ missing-file: the server is not built yet }"),
    ];
    let refused = [
        ("gateway", "10.0.0.1"),
        ("name", "[a, b]"),
        ("servers", "{ boot: { ip: 10.0.0.200, interfaces: [eth0], role: all } }"),
        ("servers", "[boot]"),
        ("tftp", "{ root: srv/tftp }"),
        ("dhcp", "{ authoratative: true }"),
        ("dhcp", "{ authoritative: maybe }"),
        ("dhcp", "{ default_lease_time: 2 hours }"),
        ("dhcp", "{ netboot: some }"),
        ("dhcp", "{ failover: { split: 256 }, servers: [boot] }"),
        ("dhcp", "{ options: { wpad: { code: 252, words: x } } }"),
        ("ipxe", "{ keep_sam: true }"),
        ("subnets", "{ lan: { cidr: { a: b } } }"),
        ("subnets", "{ lan: { cidr: 10.0.0.0 } }"),
        ("hosts", "{ a: { mac: 52:54:00:00 } }"),
        ("hosts", "{ a: { hostname: x } }"),
        (
            "hosts",
            "{ a: { mac: 52:54:00:10:00:01, root_path: { iscsi: { target: x }, nfs: { path: /x } } } }",
        ),
        ("groups", "{ g: { mac: 52:54:00:00:00:01 } }"),
        ("menu", "{ items: [{ submenu: x, gap: y }] }"),
        ("menu", "{ items: [{ title: x }] }"),
        ("menu", "{ items: [{ gap: x, title: y }] }"),
        ("dhcp", "{ daemon: unbound }"),
        ("dhcp", "{ options: { wpad: { code: 252, u8: 256 } } }"),
        ("subnets", "{ lan: { cidr: 10.0.0.0/24, ranges: [{ clients: known }] } }"),
        ("boot_entries", "{ a: { kind: linux, kernel: k, cmdline: [{ prefix: x }] } }"),
        ("boot_entries", "{ a: { kind: winpe, dir: pe, arch_dirs: { sparc: s } } }"),
        ("menu", "{ timeout: -1 }"),
        ("boot_entries", "{ a: { kind: isos, iso: x.iso } }"),
        ("boot_entries", "{ a: { kind: iso, iso: x.iso, kernel: y } }"),
        ("boot_entries", "{ a: { iso: x.iso } }"),
        ("boot_entries", "{ shell: { kernel: x } }"),
        ("boot_entries", "{ a: { kind: iso, iso: x.iso, only_for: [pc] } }"),
        ("smb", "{ shares: { iso: { path: /srv/iso, guest_ok: true } } }"),
        ("nfs", "{ exports: { path: srv/x } }"),
        ("loaders", "{ efi: x.efi }"),
        ("allow", "{ no-such-rule: reason }"),
    ];
    let dir = tempfile::tempdir().unwrap();
    let (mut paths, mut wrong) = (Vec::new(), Vec::new());
    for (n, (key, value)) in taken.iter().chain(&refused).enumerate() {
        let path = dir.path().join(format!("{n}.yaml"));
        fs::write(&path, site(key, value)).unwrap();
        if program_takes(&path) != (n < taken.len()) {
            wrong.push(format!("the program, {key}: {value}"));
        }
        paths.push(path);
    }
    let said = validated(dir.path(), &paths).unwrap_or_default();
    for (n, said) in said.iter().enumerate() {
        if (said == "ok") != (n < taken.len()) {
            let (key, value) = taken.iter().chain(&refused).nth(n).unwrap();
            wrong.push(format!("the schema, {key}: {value}: {said}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Rules about keys and shapes. The schema refuses every site that breaks one.
///
/// It cannot know the rules about the text (`yaml`, `duplicate-key`) or about other files (`include`, `csv`,
/// `unknown-reference`). `missing-key` is not here either, because a fragment of `--with` is incomplete by design.
const SHAPES: &[&str] = &["unknown-key", "unknown-kind", "wrong-type", "password-in-site"];

/// The messages of `malformed` about words, flags and numbers, which the schema knows too. Its other messages are about
/// addresses, paths and texts, of which the schema knows at most a pattern.
const WORDS: &[&str] = &[
    "is neither",
    "must be `",
    "is no daemon",
    "is not a number",
    "is not a duration",
    "is not an architecture",
    "is `none`, not",
];

/// Faults that a schema cannot find, and why.
const UNSAID: &[(&str, &str)] = &[
    ("`noon` is not a number", "options by name have the types that dhcp-options(5) gives their names"),
    ("`256` is not a number from 0 to 255", "the same"),
    ("`perhaps` is neither", "the same"),
    ("must be `all`, `known` or `unknown`, not `some`", "any word can be the name of a class"),
    ("`amd64` is neither a kind of client", "a number of option 93 can be written in hex"),
    ("`010` is not", "a reader of YAML takes it for ten"),
    (
        "`300` is not a number",
        "`san_drive` is written in hex as well, which a reader takes for a number or a text",
    ),
];

#[test]
fn each_mistake_of_shape_is_refused_by_itself() {
    if !validator_is_there() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let schema = dir.path().join("schema.json");
    fs::write(&schema, run_in(Path::new("."), &["schema"]).stdout).unwrap();
    let (mut lines, mut asked) = (String::new(), Vec::new());
    for folder in cases(&["tests/shapes", "tests/rules", "tests/cases"]) {
        let ran = run_in(&folder, &["check", "--format", "json", "site.yaml"]);
        let found: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
        // Nothing is data where the text is no YAML.
        let text = |one: &serde_json::Value| {
            ["yaml", "empty", "not-utf8"].iter().any(|rule| one["rule"].as_str().unwrap().starts_with(rule))
        };
        let here = |one: &serde_json::Value| {
            one["severity"] == "error" && one["file"] == "site.yaml" && one["rule"] != "missing-key"
        };
        if found.iter().any(text) {
            continue;
        }
        let found: Vec<_> = found.into_iter().filter(here).collect();
        let shape = |one: &serde_json::Value| {
            let (rule, message) = (one["rule"].as_str().unwrap(), one["message"].as_str().unwrap());
            // A value that is nothing has no place of its own in the other reader.
            let is_nothing = one["line"] == one["end_line"] && one["column"] == one["end_column"];
            (SHAPES.contains(&rule) && !is_nothing)
                || (rule == "malformed" && WORDS.iter().any(|words| message.contains(words)))
        };
        let which: Vec<usize> = (0..found.len()).filter(|at| shape(&found[*at])).collect();
        if !which.is_empty() {
            let site =
                serde_json::json!({ "file": folder.join("site.yaml"), "findings": found, "asked": which });
            lines += &format!("{site}\n");
            asked.push((folder, found, which));
        }
    }
    fs::write(dir.path().join("sites"), lines).unwrap();
    let python = Command::new("python3")
        .arg("tests/support/schema_alone.py")
        .arg(&schema)
        .stdin(fs::File::open(dir.path().join("sites")).unwrap())
        .output()
        .unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    let said = String::from_utf8(python.stdout).unwrap();
    let (mut wrong, mut count, mut unsaid) = (Vec::new(), 0, std::collections::BTreeSet::new());
    for ((folder, found, which), said) in asked.iter().zip(said.lines()) {
        let said: serde_json::Value = serde_json::from_str(said).unwrap();
        for at in which {
            count += 1;
            let message = found[*at]["message"].as_str().unwrap();
            let known = UNSAID.iter().find(|(words, _)| message.contains(words));
            match (&said[at.to_string()], known) {
                (serde_json::Value::Null, Some((words, _))) => {
                    unsaid.insert(*words);
                }
                (serde_json::Value::Null, None) => {
                    wrong.push(format!("{}:{}: {message}", folder.display(), found[*at]["line"]));
                }
                _ => {}
            }
        }
    }
    assert!(count > 70, "only {count}");
    assert!(wrong.is_empty(), "the schema takes what the program refuses:\n{}", wrong.join("\n"));
    let left: Vec<_> = UNSAID.iter().filter(|(words, _)| !unsaid.contains(words)).collect();
    assert!(left.is_empty(), "the schema says by now: {left:?}");
}

/// OASIS's own schema of SARIF, errata 01, as the crate serde-sarif carries it.
#[test]
fn findings_are_sarif_as_oasis_has_it() {
    if !validator_is_there() {
        return;
    }
    let schema = Path::new("tests/support/sarif-schema-2.1.0.json");
    let dir = tempfile::tempdir().unwrap();
    let (mut logs, mut rules) = (Vec::new(), std::collections::BTreeSet::new());
    for folder in ["examples", "tests/rules"] {
        for entry in fs::read_dir(folder).unwrap() {
            let site = entry.unwrap().path().join("site.yaml");
            if !site.is_file() {
                continue;
            }
            let mut check = Command::new(env!("CARGO_BIN_EXE_ipxegen"));
            let out = check.args(["check", "--format", "sarif"]).arg(&site).output().unwrap().stdout;
            let log: serde_json::Value = serde_json::from_slice(&out).unwrap();
            let results = log["runs"][0]["results"].as_array().unwrap();
            rules.extend(results.iter().map(|result| result["ruleId"].as_str().unwrap().to_owned()));
            let path = dir.path().join(format!("{}.sarif", logs.len()));
            fs::write(&path, out).unwrap();
            logs.push(path);
        }
    }
    assert!(rules.len() > 50, "{rules:?}");
    // The validator itself is awake.
    for wrong in [r#"{"version": "2.1.0"}"#, r#"{"version": "2.0.0", "runs": []}"#] {
        let path = dir.path().join(format!("{}.sarif", logs.len()));
        fs::write(&path, wrong).unwrap();
        logs.push(path);
    }
    let said = said("tests/support/sarif.py", schema, &logs);
    let refused: Vec<_> = said.iter().enumerate().filter(|(_, line)| *line != "ok").collect();
    assert_eq!(
        refused.iter().map(|(at, _)| *at).collect::<Vec<_>>(),
        [logs.len() - 2, logs.len() - 1],
        "{refused:#?}"
    );
}

/// Adds the keys below a schema that have no description, by their paths. `given` of the schema's maker requires a key
/// and describes nothing, so a property that only excludes null is none.
fn undescribed(schema: &serde_json::Value, path: &str, found: &mut Vec<String>) {
    match schema {
        serde_json::Value::Object(map) => {
            let keys = map.get("properties").and_then(serde_json::Value::as_object).into_iter().flatten();
            for (key, value) in keys.filter(|(_, value)| value.get("not").is_none()) {
                if value.get("description").is_none_or(|text| text == "") {
                    found.push(format!("{path}/{key}"));
                }
            }
            for (key, inner) in map {
                undescribed(inner, &format!("{path}/{key}"), found);
            }
        }
        serde_json::Value::Array(all) => {
            all.iter().for_each(|inner| undescribed(inner, path, found));
        }
        _ => {}
    }
}

#[test]
fn every_key_has_a_description() {
    let schema = run_in(".".as_ref(), &["schema"]).ended(0).stdout;
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let version = format!("/v{}/site.schema.json", env!("CARGO_PKG_VERSION"));
    assert!(schema["$id"].as_str().unwrap().ends_with(&version), "{}", schema["$id"]);
    let mut found = Vec::new();
    undescribed(&schema, "", &mut found);
    assert!(found.is_empty(), "{found:#?}");
}

/// An editor shows these faults while they are typed, and offers true and false only where they are values.
#[test]
fn values_are_checked() {
    let schema = run_in(".".as_ref(), &["schema"]).ended(0).stdout;
    let parsed: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let kinds = &parsed["$defs"]["entry_iso"]["properties"]["only_for"]["anyOf"][0]["enum"];
    assert!(kinds.as_array().unwrap().iter().all(|kind| kind != "secure_boot" && kind != "build"), "{kinds}");
    assert!(!schema.contains("\"boolean\",") && !schema.contains("\"number\",\n"), "a type of a text");
    let mut files = Vec::new();
    let dir = tempfile::tempdir().unwrap();
    let good = ["10.0.0.30", "10.0.0.0/24", "52:54:00:12:34:56", "10.0.0.200/24", "10.0.0.31"];
    let bad = ["10.0.0.300", "10.0.0.0/33", "52:54:00:12:34", "10.0.0.200/33", "10.0.0.311"];
    let whole = |values: [&str; 5]| {
        let [router, cidr, mac, server, host] = values;
        format!(
            "servers: {{ boot: {{ ip: [{server}, 10.1.0.1], interfaces: [eth0] }} }}\nsubnets: {{ lan: {{ cidr: {cidr}, routers: {router} }} }}\n\
             hosts: {{ a: {{ mac: \"{mac}\", ip: {host} }}, \"b[1-2]\": {{ mac: \"52:54:00:12:34:[01-02]\", ip: \"10.0.0.[41-42]\" }} }}\n"
        )
    };
    let mut sites = vec![whole(good)];
    for (at, value) in bad.into_iter().enumerate() {
        let mut values = good;
        values[at] = value;
        sites.push(whole(values));
    }
    for (at, site) in sites.iter().enumerate() {
        let path = dir.path().join(format!("{at}.yaml"));
        fs::write(&path, site).unwrap();
        files.push(path);
    }
    let Some(said) = validated(dir.path(), &files) else { return };
    assert_eq!(said[0], "ok");
    assert!(said[1..].iter().all(|line| line != "ok"), "{said:?}");
}

/// A default that the schema names, written into a site, changes no byte of any file.
#[test]
fn defaults_are_those_of_the_program() {
    let frame = "servers: { a: { ip: 10.0.0.1, interfaces: [eth0] }, b: { ip: 10.0.0.2, interfaces: [eth0] } }
dhcp: { servers: [a, b], failover: {} }
tftp: { server: a }
http: { server: a }
nfs: { server: a, exports: [{ path: /srv/x }] }
smb: { server: a, shares: { s: { path: /srv/x } } }
iscsi: { servers: { b: {} } }
loaders: { build: {} }
winpe: {}
ipxe: {}
menu: { texts: {} }
subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
classes: { c: { match: { vendor_class: x } } }
boot_entries: { e: { kind: linux, label: E, dir: e, kernel: k } }
hosts: { h: { mac: \"52:54:00:12:34:56\", ip: 10.0.0.20, root_path: { iscsi: { target: iqn.2020-01.lan.lab:h } } } }
";
    let places = [
        ("Dhcp", "/dhcp"),
        ("Failover", "/dhcp/failover"),
        ("Tftp", "/tftp"),
        ("Http", "/http"),
        ("Nfs", "/nfs"),
        ("Export", "/nfs/exports/0"),
        ("Smb", "/smb"),
        ("Share", "/smb/shares/s"),
        ("IscsiServer", "/iscsi/servers/b"),
        ("LoadersBuild", "/loaders/build"),
        ("Ipxe", "/ipxe"),
        ("Menu", "/menu"),
        ("MenuTexts", "/menu/texts"),
        ("WinpeImages", "/winpe"),
        ("Class", "/classes/c"),
        ("entry_linux", "/boot_entries/e"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let rendered = |site: &serde_json::Value| {
        fs::write(folder.path().join("site.yaml"), serde_json::to_string(site).unwrap()).unwrap();
        let ran = run_in(folder.path(), &["render", "--quiet", "--output", "out"]);
        (ran.stderr, super::support::program::tree(&folder.path().join("out")))
    };
    let frame: serde_json::Value = serde_yaml::from_str(frame).unwrap();
    let mut kea = frame.clone();
    kea["dhcp"]["daemon"] = "kea".into();
    for server in ["a", "b"] {
        kea["servers"][server]["os"] = "debian-12".into();
    }
    let frames = [(rendered(&frame), frame), (rendered(&kea), kea)];
    assert!(frames.iter().all(|((said, files), _)| !said.contains("error[") && !files.is_empty()));
    let schema: serde_json::Value =
        serde_json::from_str(&run_in(".".as_ref(), &["schema"]).ended(0).stdout).unwrap();
    let mut tried = std::collections::BTreeSet::new();
    for (name, def) in schema["$defs"].as_object().unwrap() {
        let keys = def["properties"].as_object().into_iter().flatten();
        for (key, default) in keys.filter_map(|(key, property)| Some((key, property.get("default")?))) {
            let Some((_, place)) = places.iter().find(|(known, _)| known == name) else {
                assert!(name.starts_with("entry_"), "{name}.{key} has a default that this test does not try");
                continue;
            };
            for (plain, frame) in frames.iter().filter(|_| key != "daemon" || *name != "Dhcp") {
                let mut site = frame.clone();
                site.pointer_mut(place).unwrap()[key] = default.clone();
                let got = rendered(&site);
                // Kea's pair has no such setting.
                if !got.0.contains("error[daemon-lacks]") {
                    assert!(got == *plain, "{name}.{key}: {default} is not its default: {}", got.0);
                }
            }
            tried.insert(format!("{name}.{key}"));
        }
    }
    for known in ["Tftp.root", "Http.tftp_prefix", "Failover.mclt", "Share.browseable", "Dhcp.netboot"] {
        assert!(tried.contains(known), "{known} has no default: {tried:?}");
    }
    // These depend on the site.
    for key in ["Failover.port", "Menu.title", "Ipxe.over", "Http.url"] {
        assert!(!tried.contains(key), "{key}");
    }
}
