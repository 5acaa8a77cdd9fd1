//! Every folder of `tests/rules`, `tests/shapes`, `tests/cases` and `examples` is a test of its own name:
//! `cargo test duplicate_mac` runs `rules::duplicate_mac`. A new case is a folder; `UPDATE=1` writes what it expects.
//!
//! - `tests/rules/ID`: `site.yaml` breaks the rule; its whole report is in `report.txt`. `silent.yaml` and each
//!   `silent-….yaml` nearly break it, and give no finding of it.
//! - `tests/shapes/NAME`: faults of the text and of its values, with the whole report in `report.txt`.
//! - `tests/cases/NAME` and `examples/NAME`: a site that renders, with its rendered files and the output of `render`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, reason = "the suite uses the rest")]
#[path = "support/program.rs"]
mod program;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::tempdir;

use program::{Ran, SITES, cases, difference, expect_text, has_finding, name, run_in, tree, updating};

fn main() -> ExitCode {
    let reports = cases(&["tests/rules", "tests/shapes"]).into_iter().map(|case| (case, report as Check));
    let sites = cases(&SITES).into_iter().map(|case| (case, rendered as Check));
    let trials = reports.chain(sites).map(|(case, check)| {
        let group = name(case.parent().unwrap());
        // As Rust's own tests are named, so that one filter finds both.
        let title = format!("{group}::{}", name(&case).replace('-', "_"));
        Trial::test(title, move || {
            let wrong = check(&case);
            if wrong.is_empty() {
                return Ok(());
            }
            Err(Failed::from(format!("{}\nUPDATE=1 rewrites what is expected\n", wrong.join("\n"))))
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

/// Tests a folder; returns all that is wrong.
type Check = fn(&Path) -> Vec<String>;

/// Compares the report of a folder's site with `report.txt`, and checks the silent sites of a rule.
fn report(case: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    let found = show(case, "site.yaml");
    wrong.extend(expect_text(&case.join("report.txt"), &found));
    if !case.parent().unwrap().ends_with("rules") {
        return wrong;
    }
    let rule = name(case);
    if !has_finding(&found, &rule) {
        wrong.push(format!("{rule}: site.yaml does not break the rule"));
    }
    if !case.join("silent.yaml").is_file() {
        wrong.push(format!("{rule}: no silent.yaml"));
    }
    let files = fs::read_dir(case).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    for near in files.filter(|file| file.starts_with("silent")) {
        let found = show(case, &near);
        if has_finding(&found, &rule) || found.contains("error[") {
            wrong.push(format!("{rule}: {near} breaks the rule, or has errors:\n{found}"));
        }
    }
    wrong
}

/// The report of a site in a folder.
fn show(case: &Path, site: &str) -> String {
    let ran = run_in(case, &["show", site]);
    assert!(!ran.stderr.contains("panicked"), "{site}: {}", ran.stderr);
    assert!(matches!(ran.code, Some(0 | 1)), "{site}: {}", ran.stderr);
    ran.stderr
}

/// Compares bytes, modes and paths of all rendered files, and what `render` prints, with what the folder expects.
///
/// A second run changes no file, although it renders the hosts in the other way: with a user's template, ipxegen renders
/// each host; with its own template, it renders one host of each kind and fills in the others.
fn rendered(case: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    let out = tempdir().unwrap();
    let folder = out.path().to_str().unwrap();
    let Ran { stdout, stderr, .. } = run_in(case, &["render", "-o", folder]).ended(0);
    wrong.extend(expect_text(&case.join("stdout.txt"), &stdout));
    wrong.extend(expect_text(&case.join("stderr.txt"), &stderr));
    compare(&case.join("rendered"), out.path(), &mut wrong);
    modes(out.path(), &mut wrong);

    let templates = tempdir().unwrap();
    fs::create_dir(templates.path().join("dhcpd")).unwrap();
    fs::write(templates.path().join("dhcpd/host.tera"), include_str!("../templates/dhcpd/host.tera"))
        .unwrap();
    let with = templates.path().to_str().unwrap();
    let again = run_in(case, &["render", "-o", folder, "--templates", with]).ended(0);
    // The manifest names the template now, and nothing changes any more.
    let before = stamps(out.path());
    run_in(case, &["render", "-o", folder, "--templates", with]).ended(0);
    let listed = again.stdout.lines().take_while(|line| !line.is_empty());
    wrong.extend(
        listed.filter(|line| !line.starts_with("unchanged ")).map(|line| format!("second run: {line}")),
    );
    if stamps(out.path()) != before {
        wrong.push("a second run touches files".to_owned());
    }
    wrong
}

/// The time of the last change of every file but the lock.
fn stamps(folder: &Path) -> Vec<(String, std::time::SystemTime)> {
    let time = |path: &String| fs::metadata(folder.join(path)).unwrap().modified().unwrap();
    tree(folder).into_keys().map(|path| (path.clone(), time(&path))).collect()
}

fn compare(expected: &Path, out: &Path, wrong: &mut Vec<String>) {
    let got = tree(out);
    let wanted = if expected.is_dir() { tree(expected) } else { Default::default() };
    let paths: BTreeSet<&String> = got.keys().chain(wanted.keys()).collect();
    for path in paths {
        let place = expected.join(path);
        match (wanted.get(path), got.get(path)) {
            (Some(one), Some(other)) if one.bytes == other.bytes => {}
            (_, Some(file)) if updating() => {
                fs::create_dir_all(place.parent().unwrap()).unwrap();
                fs::write(&place, &file.bytes).unwrap();
            }
            (Some(_), None) if updating() => fs::remove_file(&place).unwrap(),
            (Some(one), Some(other)) => {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                wrong.push(difference(&place, &text(&one.bytes), &text(&other.bytes)));
            }
            (None, _) => wrong.push(format!("{}: rendered, and not expected", place.display())),
            (_, None) => wrong.push(format!("{}: expected, and not rendered", place.display())),
        }
    }
}

/// A checkout keeps no modes, so the manifest, which is compared, says what they must be.
fn modes(out: &Path, wrong: &mut Vec<String>) {
    let manifest: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("manifest.json")).unwrap()).unwrap();
    let mut listed = BTreeSet::new();
    let files = tree(out);
    for file in manifest["files"].as_array().unwrap() {
        let path = format!("{}{}", file["server"].as_str().unwrap(), file["path"].as_str().unwrap());
        let mode = u32::from_str_radix(file["mode"].as_str().unwrap(), 8).unwrap();
        match files.get(&path) {
            Some(file) if file.mode == mode => {}
            Some(file) => wrong.push(format!("{path}: mode {:o}, not {mode:o}", file.mode)),
            None => wrong.push(format!("{path}: in the manifest only")),
        }
        listed.insert(path);
    }
    for path in files.keys().filter(|path| *path != "manifest.json" && !listed.contains(*path)) {
        wrong.push(format!("{path}: not in the manifest"));
    }
    for entry in walkdir::WalkDir::new(out).min_depth(1) {
        use std::os::unix::fs::PermissionsExt as _;
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
        if entry.file_type().is_dir() && mode != 0o755 {
            wrong.push(format!("{}: a folder of mode {mode:o}", entry.path().display()));
        }
    }
}
