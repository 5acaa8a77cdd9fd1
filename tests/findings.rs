//! Every finding has a case, and sites that users copy have no finding. `tests/cases.rs` runs the cases.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use ipxegen::report::catalogue::FINDINGS;
use ipxegen::rules::RULES;

use crate::support::program::{cases, has_finding, name, package, run_in};

#[test]
fn every_rule_has_its_folder_and_every_folder_its_rule() {
    // Found once all rules have run, so not in their list.
    let known: BTreeSet<String> =
        RULES.iter().map(|rule| rule.kind.id).chain(["unused-allow"]).map(str::to_owned).collect();
    let folders: BTreeSet<String> = cases(&["tests/rules"]).iter().map(|folder| name(folder)).collect();
    assert_eq!(folders, known);
}

/// Sites that users copy have no finding, and no installed checker refuses their files.
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

/// Every finding of the catalogue that depends only on the site is in a report.
#[test]
fn every_kind_of_finding_is_shown_somewhere() {
    // About the command line, the templates or the daemons' checkers: other tests have them.
    const NOT_OF_A_SITE: [&str; 6] =
        ["argument", "daemon", "same-file", "template", "unchecked", "unknown-template"];
    let reports: String = cases(&["tests/rules", "tests/shapes"])
        .iter()
        .filter_map(|folder| fs::read_to_string(folder.join("report.txt")).ok())
        .collect();
    // `allow` suppresses only what depends on a server's files.
    let of_sites =
        FINDINGS.iter().map(|(kind, _)| kind).filter(|kind| !kind.allow && !NOT_OF_A_SITE.contains(&kind.id));
    let missing: Vec<_> = of_sites.map(|kind| kind.id).filter(|id| !has_finding(&reports, id)).collect();
    assert!(missing.is_empty(), "in no report.txt: {missing:?}");
}
