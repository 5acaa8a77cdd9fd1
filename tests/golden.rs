use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tempfile::tempdir;

use crate::support::program::{Ran, cases, difference, expect_text, run_in, tree, updating};

/// Where sites stand with what comes of them.
pub const FOLDERS: [&str; 2] = ["examples", "tests/cases"];

/// Bytes, modes and the set of paths of everything that is rendered, and what `render` says.
#[test]
fn every_case_renders_what_stands_beside_it() {
    let mut wrong = Vec::new();
    for case in cases(&FOLDERS) {
        let out = tempdir().unwrap();
        let Ran { stdout, stderr, .. } = render(&case, out.path());
        wrong.extend(expect_text(&case.join("stdout.txt"), &stdout));
        wrong.extend(expect_text(&case.join("stderr.txt"), &stderr));
        compare(&case.join("rendered"), out.path(), &mut wrong);
        modes(out.path(), &mut wrong);
    }
    assert!(wrong.is_empty(), "\n{}\nUPDATE=1 rewrites what is expected\n", wrong.join("\n"));
}

/// The same input gives the same bytes, and a file that stays the same is not touched.
#[test]
fn a_second_run_changes_nothing() {
    for case in cases(&FOLDERS) {
        let out = tempdir().unwrap();
        render(&case, out.path());
        let before = stamps(out.path());
        let again = render(&case, out.path());
        for line in again.stdout.lines().take_while(|line| !line.is_empty()) {
            assert!(line.starts_with("unchanged "), "{}: {line}", case.display());
        }
        assert_eq!(stamps(out.path()), before, "{}", case.display());
    }
}

/// With a template of the user's that says the same, hosts are rendered one by one; with ours they are
/// filled in. Nobody can tell.
#[test]
fn hosts_that_are_filled_in_are_those_that_are_rendered() {
    let ours = include_str!("../templates/dhcpd/host.tera");
    let templates = tempdir().unwrap();
    fs::create_dir(templates.path().join("dhcpd")).unwrap();
    fs::write(templates.path().join("dhcpd/host.tera"), ours).unwrap();
    for case in cases(&FOLDERS) {
        let (one, other) = (tempdir().unwrap(), tempdir().unwrap());
        run_in(&case, &["render", "-o", one.path().to_str().unwrap()]).ended(0);
        let with = templates.path().to_str().unwrap();
        run_in(&case, &["render", "-o", other.path().to_str().unwrap(), "--templates", with]).ended(0);
        let (one, other) = (tree(one.path()), tree(other.path()));
        for (path, file) in &one {
            assert!(other[path].bytes == file.bytes, "{}: {path}", case.display());
        }
    }
}

fn render(case: &Path, out: &Path) -> Ran {
    run_in(case, &["render", "-o", out.to_str().unwrap()]).ended(0)
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
