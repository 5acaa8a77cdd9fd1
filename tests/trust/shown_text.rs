use std::fs;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::support::require;

/// A template that Ansible would render, and characters that a terminal would act on.
const HOSTILE: &str = r##"
servers: { boot: { ip: 10.0.0.200/24, interfaces: [eth0] } }
vars: { motto: x }
subnets: { lan: { cidr: 10.0.0.0/24, vars: { motto: "{{ lookup('pipe', 'touch x') }}" } } }
groups: { some: { options: { extra: { code: 240, text: "{{ lookup('pipe', 'touch x') }}" } } } }
hosts:
  pc-1:
    mac: "52:54:00:00:00:01"
    ip: 10.0.0.21
    group: some
    options: { merit-dump: "{{{{ lookup('pipe', 'touch x') }}}} {{%" }

    raw: { dhcpd: "# {{ lookup('pipe', 'touch x') }}" }
files:
  - { path: /etc/notes, template: notes.tera }
"##;

/// The bytes of a file that moves the cursor, turns the direction of reading and ends a title.
const ACTING: &str = "one\r\u{1b}[2Jtwo\u{202e}three\u{9b}2Jfour\u{7}\n\ttab\n";

fn site() -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("site.yaml"), HOSTILE).unwrap();
    fs::write(folder.path().join("notes.tera"), ACTING).unwrap();
    folder
}

fn ipxegen(folder: &TempDir, arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipxegen"));
    let output = command.args(arguments).current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The output on a terminal, with its original line ends.
fn on_a_terminal(folder: &TempDir, arguments: &str) -> String {
    let line = format!("{} {arguments}", env!("CARGO_BIN_EXE_ipxegen"));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(folder.path()).stdin(Stdio::null());
    let output = command.output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{arguments}: {shown:?}");
    shown.replace("\r\n", "\n")
}

/// The texts that are not marked.
fn unmarked(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|value| unmarked(value, found)),
        Value::Object(map) => {
            if let (1, Some(Value::String(_))) = (map.len(), map.get("__ansible_unsafe")) {
                return;
            }
            // Nothing of the site becomes a word that Ansible's reader acts on.
            found.extend(map.keys().filter(|key| key.starts_with("__")).cloned());
            map.values().for_each(|value| unmarked(value, found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn every_text_of_the_inventory_is_marked_as_unsafe() {
    let folder = site();
    let list: Value =
        serde_json::from_slice(&ipxegen(&folder, &["inventory", "--format", "ansible"])).unwrap();
    let facts = &list["_meta"]["hostvars"];
    let mut found = Vec::new();
    unmarked(facts, &mut found);
    assert_eq!(found, [""; 0]);
    let marked = facts.to_string().matches("__ansible_unsafe").count();
    assert!(marked > 8, "{facts:#}");
    // Names cannot be marked: they have no characters that could be a template's.
    let names = list.as_object().unwrap().iter().filter(|(name, _)| *name != "_meta");
    for (name, group) in names {
        let members = group["hosts"].as_array().unwrap().iter().filter_map(Value::as_str);
        for name in members.chain([name.as_str()]) {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            assert!(name.chars().all(plain), "{name}");
        }
    }
}

#[test]
fn a_terminal_does_not_act_on_what_is_printed() {
    if !require("script") {
        return;
    }
    let folder = site();
    // To anything but a terminal the bytes are exact.
    assert_eq!(ipxegen(&folder, &["render", "--stdout", "/etc/notes"]), ACTING.as_bytes());
    let shown = on_a_terminal(&folder, "render --stdout /etc/notes");
    assert_eq!(shown, "one␍␛[2Jtwo<U+202E>three<U+009B>2Jfour␇\n\ttab\n");

    for arguments in [
        "show",
        "show --format json",
        "inventory",
        "hosts",
        "hosts --format csv",
        "trace pc-1 --as bios",
        "diff --format json",
    ] {
        fs::create_dir_all(folder.path().join("out")).unwrap();
        let shown = on_a_terminal(&folder, &format!("{arguments} || [ $? -eq 1 ]"));
        let acting = shown.chars().find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
        assert!(acting.is_none() && shown.contains("10.0.0.2"), "{arguments}: {shown:?}");
    }
}
