//! `ipxegen import`. Each folder of `tests/import` is a case:
//!
//! - any files: `ipxegen import` gets all of them, in the order of their names, but none of a folder, so that included
//!   files have a place;
//! - or `root/`, the file system of a server: it gets `--root root`;
//! - `arguments.txt`: further arguments, one a line;
//! - `site.yaml` and `account.txt`: what it must print. `UPDATE=1` rewrites them.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::tempdir;

use crate::support::program::{Ran, SITES, cases, difference, expect_text, name, run_in, tree};

/// The files of a case that are not input.
const NO_INPUT: [&str; 3] = ["site.yaml", "account.txt", "arguments.txt"];

fn arguments(case: &Path) -> Vec<String> {
    let mut arguments = vec!["import".to_owned()];
    if case.join("root").is_dir() {
        arguments.extend(["--root".to_owned(), "root".to_owned()]);
    }
    if let Ok(further) = fs::read_to_string(case.join("arguments.txt")) {
        arguments.extend(further.lines().map(str::to_owned));
    }
    let mut files: Vec<String> = fs::read_dir(case)
        .unwrap()
        .map(|file| file.unwrap())
        .filter(|file| file.path().is_file())
        .map(|file| file.file_name().into_string().unwrap())
        .filter(|file| !NO_INPUT.contains(&file.as_str()))
        .collect();
    files.sort();
    arguments.extend(files);
    arguments
}

#[test]
fn every_case_becomes_the_site_that_it_expects() {
    let mut wrong = Vec::new();
    for case in cases(&["tests/import"]) {
        let Ran { code, stdout, stderr } = run_in(&case, &arguments(&case));
        assert!(!stderr.contains("panicked") && matches!(code, Some(0 | 1)), "{}: {stderr}", name(&case));
        wrong.extend(expect_text(&case.join("site.yaml"), &stdout));
        wrong.extend(expect_text(&case.join("account.txt"), &stderr));
    }
    assert!(wrong.is_empty(), "{}\nUPDATE=1 rewrites what is expected\n", wrong.join("\n"));
}

/// The parts of a site that the files of a server other than those of DHCP tell.
const PARTS: [(&str, &[&str]); 3] = [
    ("tftp", &["root", "address", "options", "user"]),
    ("smb", &["shares", "workgroup", "raw"]),
    ("nfs", &["exports"]),
];

/// Sites whose files are not imported alike, and why.
const UNEQUAL: [(&str, &str); 9] = [
    ("branch", "an `echo` in the lines of an entry is left out if the other lines are a kind"),
    ("empty-ish", "keys without a value"),
    ("installers", "`reinstall: every_boot` accepts a finding, and is in no file"),
    ("installers-by-tftp", "an entry with a secret has a script of its own, which the import does not read"),
    ("merge", "its anchors"),
    ("school", "files that the site publishes are taken for files that were there before"),
    ("several-files", "entries of an included file"),
    ("source-files", "the same as of school"),
    ("windows", "the same as of school"),
];

/// Files that are compared: those that the import reads.
fn is_read(path: &str) -> bool {
    let menu = path.ends_with(".ipxe") && !path.contains("/ipxegen/");
    menu || ["etc/exports", "etc/samba/smb.conf"].iter().any(|end| path.ends_with(end)) || path.contains("tftpd-hpa")
}

/// What the menu, the exports, smb.conf and tftpd-hpa of a rendered server say is what the site says: with the imported
/// parts in place of its own, the site renders the same files.
#[test]
fn rendered_files_are_imported_as_the_site_that_renders_them() {
    let mut wrong = Vec::new();
    for case in cases(&SITES) {
        let unequal = UNEQUAL.iter().any(|(known, _)| *known == name(&case));
        let found = differences(&case);
        match (unequal, found.is_empty()) {
            (false, false) => wrong.extend(found),
            (true, true) => wrong.push(format!("{}: equal now", name(&case))),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The differences between the rendered files of a case and those of the site with imported parts.
fn differences(case: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    let site = fs::read_to_string(case.join("site.yaml")).unwrap();
    let Ok(written) = serde_yaml::from_str::<Value>(&site) else { return vec!["no site".to_owned()] };
    for server in fs::read_dir(case.join("rendered")).unwrap().map(|server| server.unwrap().path()) {
        if !server.is_dir() || server.ends_with("build") {
            continue;
        }
        let root = server.to_str().unwrap();
        let imported = run_in(case, &["import", "--root", root, "--server", name(&server).as_str()]);
        if imported.code == Some(2) {
            continue;
        }
        let new: Value = serde_yaml::from_str(&imported.stdout).unwrap();
        if new.get("menu").is_none() {
            continue;
        }
        let whole = merged(written.clone(), &new);
        let folder = tempdir().unwrap();
        copy(case, folder.path());
        fs::write(folder.path().join("site.yaml"), serde_yaml::to_string(&whole).unwrap()).unwrap();
        let ran = run_in(folder.path(), &["render", "-o", "out"]);
        if ran.code != Some(0) {
            wrong.push(format!("{}: {}", name(case), ran.stderr));
            continue;
        }
        let (old, new) = (tree(&server), tree(&folder.path().join("out").join(name(&server))));
        for (path, file) in old.into_iter().filter(|(path, _)| is_read(path)) {
            let text = |bytes: &[u8]| without_comments(&String::from_utf8_lossy(bytes));
            let got = new.get(&path).map(|file| text(&file.bytes)).unwrap_or_default();
            if text(&file.bytes) != got {
                wrong.push(difference(&server.join(&path), &text(&file.bytes), &got));
            }
        }
    }
    wrong
}

/// A site with its own parts taken out, and imported ones in their place.
fn merged(mut site: Value, new: &Value) -> Value {
    let mut new = new.clone();
    // DHCP's files are imported too, if their kind is known.
    let parts = ["menu", "boot_entries", "tftp", "smb", "nfs", "http", "ipxe"];
    new.as_object_mut().unwrap().retain(|key, _| parts.contains(&key.as_str()));
    let map = site.as_object_mut().unwrap();
    map.remove("menu");
    map.remove("boot_entries");
    for (service, keys) in PARTS {
        if let Some(part) = map.get_mut(service).and_then(Value::as_object_mut) {
            keys.iter().for_each(|key| drop(part.remove(*key)));
            if part.is_empty() {
                map.remove(service);
            }
        }
    }
    lay_over(&mut site, &new);
    site
}

fn lay_over(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                lay_over(below.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (below, above) => *below = above.clone(),
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).min_depth(1).into_iter().filter_entry(|entry| entry.file_name() != "rendered") {
        let entry = entry.unwrap();
        let path = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir(path).unwrap();
        } else {
            fs::copy(entry.path(), path).unwrap();
        }
    }
}

/// The comments of exports say why an export is derived.
fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with('#')).map(|line| format!("{line}\n")).collect()
}
