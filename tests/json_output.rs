//! The JSON of each command has the keys of docs/json.md and no others.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::support::program::{Ran, run_in};

const SITE: &str = "servers: { boot: { ip: 10.0.0.200, interfaces: [eth0] } }
subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 } }
hosts: { pc: { mac: \"52:54:00:12:34:56\", ip: 10.0.0.21 } }
boot_entries: { m: { kind: iso, label: M, iso: m.iso } }
";

/// The keys that the page documents for an object.
fn documented(object: &str) -> BTreeSet<String> {
    let page = fs::read_to_string("docs/json.md").unwrap();
    let (_, table) =
        page.split_once(&format!("<!-- object: {object} -->\n")).unwrap_or_else(|| panic!("no {object}"));
    let rows = table.lines().skip_while(|line| line.is_empty()).take_while(|line| line.starts_with('|'));
    let cells = rows.skip(2).filter_map(|row| row.split('|').nth(1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[track_caller]
fn has_keys(object: &str, value: &Value) {
    let keys: BTreeSet<String> =
        value.as_object().unwrap_or_else(|| panic!("{value}")).keys().cloned().collect();
    assert_eq!(keys, documented(object), "{object}");
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stdout))
}

#[test]
fn each_object_has_the_documented_keys() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("site.yaml"), SITE).unwrap();
    fs::create_dir(dir.join("root")).unwrap();
    let run = |arguments: &[&str], code| json(&run_in(dir, arguments).ended(code));

    let rendered = run(&["render", "--format", "json"], 0);
    has_keys("render", &rendered[0]);
    has_keys("render files", &rendered[0]["files"][0]);
    has_keys("need", &rendered[0]["needs"][0]);
    assert_eq!(rendered[0]["findings"], Value::Array(Vec::new()));

    let diff = ["diff", "--against", "root", "--server", "boot", "--format", "json"];
    let would = run(&diff, 1);
    has_keys("diff", &would);
    has_keys("diff files", &would["files"][0]);

    let applied = run(&["apply", "--root", "root", "--yes", "--format", "json"], 0);
    has_keys("apply", &applied);
    assert_eq!((&applied["outcome"], &applied["generation"]), (&"applied".into(), &1.into()));
    has_keys("need", &applied["needs"][0]);
    let history = run(&["history", "--root", "root", "--format", "json"], 0);
    has_keys("history", &history[0]);
    has_keys("explain", &run(&["explain", "duplicate-ip", "--format", "json"], 0));
    has_keys("inventory", &run(&["inventory", "--format", "json"], 0));
}

/// What prevents the work is in the JSON, and nothing of it on standard error.
#[test]
fn errors_are_json_too() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::create_dir_all(dir.join("root")).unwrap();
    fs::create_dir_all(dir.join("out")).unwrap();
    fs::write(dir.join("site.yaml"), SITE.replace("routers", "gateway")).unwrap();
    let finding = |found: &Value| {
        has_keys("finding", &found[0]);
        assert_eq!(found[0]["rule"], "unknown-key");
    };
    finding(&json(&run_in(dir, &["check", "--format", "json"]).ended(1)));
    let ran = run_in(dir, &["render", "--format", "json"]).ended(1);
    assert_eq!(ran.stderr, "");
    finding(&json(&ran)[0]["findings"]);
    let ran = run_in(dir, &["diff", "--format", "json"]).ended(1);
    assert_eq!(ran.stderr, "");
    finding(&json(&ran)["findings"]);
    let apply = ["apply", "--root", "root", "--yes", "--format", "json"];
    let ran = run_in(dir, &apply).ended(1);
    assert_eq!(ran.stderr, "");
    let said = json(&ran);
    has_keys("apply", &said);
    assert_eq!(said["outcome"], "refused");
    finding(&said["findings"]);

    // A safety limit, and a failure.
    fs::write(dir.join("site.yaml"), SITE).unwrap();
    fs::create_dir_all(dir.join("root/etc/dhcp")).unwrap();
    fs::write(dir.join("root/etc/dhcp/dhcpd.conf"), "# by hand\n").unwrap();
    let said = json(&run_in(dir, &apply).ended(1));
    assert_eq!(said["outcome"], "refused");
    assert!(said["refused"][0].as_str().unwrap().contains("dhcpd.conf"), "{said}");
    let said = json(&run_in(dir, &["apply", "--root", "nowhere", "--yes", "--format", "json"]).ended(2));
    assert_eq!(said["outcome"], "failed");
    // It asks nothing, so it wants to be sure.
    run_in(dir, &["apply", "--root", "root", "--format", "json"]).ended(2).says("--yes");
}

#[test]
fn several_sites_are_one_list() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("a.yaml"), SITE).unwrap();
    fs::write(dir.join("b.yaml"), SITE.replace("routers", "gateway")).unwrap();
    let ran = run_in(dir, &["render", "a.yaml", "b.yaml", "-o", "out/{name}", "--format", "json"]).ended(1);
    let said = json(&ran);
    assert_eq!((said[0]["site"].as_str(), said[0]["output"].as_str()), (Some("a.yaml"), Some("out/a")));
    assert_eq!(said[0]["files"].as_array().unwrap().len(), 6);
    assert_eq!(said[1]["findings"][0]["rule"], "unknown-key");
    assert!(said[1]["files"].as_array().unwrap().is_empty());
}

/// `--check` says what a run would do, and what it would refuse.
#[test]
fn a_check_is_json() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("site.yaml"), SITE).unwrap();
    run_in(dir, &["render", "-q"]).ended(0);
    fs::write(dir.join("out/boot/etc/dhcp/dhcpd.conf"), "# by hand\n").unwrap();
    let said = json(&run_in(dir, &["render", "--check", "--format", "json"]).ended(1));
    let files = said[0]["files"].as_array().unwrap();
    let changed: Vec<_> = files.iter().filter(|file| file["change"] != "unchanged").collect();
    assert_eq!(changed.len(), 1, "{said}");
    assert_eq!(changed[0]["reason"], "changed since it was rendered");
}

/// `--quiet` and `--verbose` of each command that has them.
#[test]
fn quiet_and_verbose() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("site.yaml"), SITE).unwrap();
    fs::create_dir_all(dir.join("root")).unwrap();
    let against = ["--against", "root", "--server", "boot"];
    for (arguments, code) in [
        (&["render"][..], 0),
        (&["check"], 0),
        (&["diff"], 0),
        (&[&["diff"][..], &against].concat(), 1),
        (&["apply", "--root", "root", "--yes"], 0),
        (&["rollback", "1", "--root", "root", "--yes"], 0),
        (&["recover", "--root", "root"], 0),
    ] {
        let ran = run_in(dir, &[arguments, &["-q", "--color", "never"]].concat()).ended(code);
        let said: Vec<_> = ran.stderr.lines().filter(|line| !line.contains("not installed")).collect();
        assert_eq!((ran.stdout.as_str(), said), ("", Vec::new()), "{arguments:?}");
        run_in(dir, &[arguments, &["-q", "-v"]].concat()).ended(2);
    }
    let verbose = run_in(dir, &["render", "-v"]).ended(0).stderr;
    assert_eq!(verbose, "read site.yaml\nservers: 1, subnets: 1, hosts: 1, boot entries: 3\n");
    let verbose = run_in(dir, &["diff", "-v", "--against", "root", "--server", "boot"]).ended(0).stderr;
    assert!(verbose.contains("unchanged /etc/dhcp/dhcpd.conf\n"), "{verbose}");
}
