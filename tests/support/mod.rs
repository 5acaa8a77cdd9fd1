//! What several parts of the suite need.

#![allow(clippy::print_stdout)]

use std::env;

/// Whether `tool` is installed. If it is not, its name is printed, and in CI that is a failure: a
/// check that silently never runs is none.
pub fn require(tool: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|folder| folder.join(tool).is_file());
    if !found {
        assert!(env::var_os("CI").is_none(), "{tool} must be installed in CI");
        println!("skipped: {tool} is not installed");
    }
    found
}
