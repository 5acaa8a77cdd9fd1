//! `ipxegen import`. Each folder of `tests/import` is a case:
//!
//! - any files: `ipxegen import` gets all of them, in the order of their names, but none of a folder, so that included
//!   files have a place;
//! - or `root/`, the file system of a server: it gets `--root root`;
//! - `arguments.txt`: further arguments, one a line;
//! - `site.yaml` and `account.txt`: what it must print. `UPDATE=1` rewrites them.

use std::fs;
use std::path::Path;

use crate::support::program::{Ran, cases, expect_text, name, run_in};

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
