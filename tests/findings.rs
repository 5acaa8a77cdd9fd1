//! `tests/rules/<id>`: a site that breaks the rule, with the whole report, and one that just does
//! not. `tests/shapes/<name>`: what is wrong with the text and its values, whoever finds it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ipxegen::rules::RULES;

use crate::support::program::{cases, expect_text, package, run_in};

/// The report of a site in a folder.
fn report(folder: &Path, site: &str) -> String {
    let ran = run_in(folder, &["show", site]);
    assert!(!ran.stderr.contains("panicked"), "{}: {}", folder.display(), ran.stderr);
    assert!(matches!(ran.code, Some(0 | 1)), "{}: {}", folder.display(), ran.stderr);
    ran.stderr
}

fn name(folder: &Path) -> String {
    folder.file_name().unwrap().to_str().unwrap().to_owned()
}

/// Whether a report has a finding of a rule.
fn has(report: &str, rule: &str) -> bool {
    report
        .lines()
        .any(|line| ["error", "warning"].iter().any(|word| line.starts_with(&format!("{word}[{rule}]: "))))
}

#[test]
fn every_report_is_as_expected() {
    let mut wrong = Vec::new();
    for folder in cases(&["tests/rules", "tests/shapes"]) {
        wrong.extend(expect_text(&folder.join("report.txt"), &report(&folder, "site.yaml")));
    }
    assert!(wrong.is_empty(), "\n{}\nUPDATE=1 rewrites what is expected\n", wrong.join("\n"));
}

#[test]
fn every_rule_has_its_folder_and_every_folder_its_rule() {
    // Found once all rules have run, so not in their list.
    let known: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).chain(["unused-allow"]).collect();
    let folders = cases(&["tests/rules"]);
    let there: BTreeSet<String> = folders.iter().map(|folder| name(folder)).collect();
    assert_eq!(there.iter().map(String::as_str).collect::<BTreeSet<_>>(), known);
    for folder in folders {
        let rule = name(&folder);
        assert!(has(&report(&folder, "site.yaml"), &rule), "{rule}: nothing is found in its site.yaml");
        assert!(folder.join("silent.yaml").is_file(), "{rule}: no silent.yaml");
        // Further ones are `silent-….yaml`.
        let files =
            fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        for near in files.filter(|file| file.starts_with("silent")) {
            let silent = report(&folder, &near);
            assert!(!has(&silent, &rule), "{rule}: not silent on {near}:\n{silent}");
            assert!(!silent.contains("error["), "{rule}: {near} has errors:\n{silent}");
        }
    }
}

/// What users copy is in order: no rule speaks of it, nor does a daemon's own checker that is here.
#[test]
fn nothing_is_found_in_what_users_copy() {
    let mut sites: Vec<PathBuf> =
        cases(&["examples"]).into_iter().map(|folder| folder.join("site.yaml")).collect();
    sites.push(package().join("examples/starter.yaml"));
    assert!(sites.len() >= 6, "{sites:?}");
    for site in sites {
        let ran = run_in(
            &package(),
            &["check", "--strict", "--daemons", "--format", "short", site.to_str().unwrap()],
        );
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(0), ""), "{}: {}", site.display(), ran.stderr);
    }
}

/// Every id that `src/` gives a finding stands in a report.
#[test]
fn every_kind_of_finding_is_shown_somewhere() {
    let reports: String =
        cases(&["tests/rules", "tests/shapes"]).iter().map(|folder| report(folder, "site.yaml")).collect();
    let mut missing = BTreeSet::new();
    let mut seen = 0;
    for path in rust_files(&package().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        // What the tests of `src/` make up is no finding of the program's.
        let text = text.split("#[cfg(test)]").next().unwrap();
        // Those of `checks` and `files` are about the server, not about the site.
        let elsewhere =
            ["tests", "src/checks", "src/files"].iter().any(|part| path.to_str().unwrap().contains(part));
        if elsewhere {
            continue;
        }
        for start in ["Finding::error(", "Finding::warning(", "Finding::nowhere("] {
            for (at, _) in text.match_indices(start) {
                let rest = text[at + start.len()..].trim_start();
                let Some(id) = rest.strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                    continue;
                };
                seen += 1;
                // Not about a site, so not in the report of one: the tests of the command line have them.
                if !["argument", "template", "unknown-template", "same-file"].contains(&id)
                    && !has(&reports, id)
                {
                    missing.insert(id.to_owned());
                }
            }
        }
    }
    assert!(seen > 50, "only {seen}");
    assert!(missing.is_empty(), "in no report.txt: {missing:?}");
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let walk = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.unwrap().into_path());
    walk.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}
