//! Names that somebody has chosen so that they meet in a table.
//!
//! Whoever knows how a table hashes can make names with one hash by trying, and each then costs as much as all before it:
//! 10 MB of such names once took minutes. The tables have a key that differs in each run, so nobody can try beforehand.

use std::collections::BTreeSet;
use std::fs;
use std::hash::BuildHasher;

use foldhash::fast::{FixedState, RandomState};

use crate::support::program::package;

/// The bits of a hash that choose the place in a small table.
const PLACES: u64 = (1 << 10) - 1;

/// Names of hosts with one place under a key that everybody knows.
fn crafted(count: usize) -> Vec<String> {
    let known = FixedState::default();
    let names = (0_u32..).map(|number| format!("pc-{number:07}"));
    names.filter(|name| known.hash_one(name.as_str()) & PLACES == 0).take(count).collect()
}

fn places(names: &[String], state: &impl BuildHasher) -> usize {
    names.iter().map(|name| state.hash_one(name.as_str()) & PLACES).collect::<BTreeSet<_>>().len()
}

#[test]
fn names_that_meet_under_one_key_are_spread_by_another() {
    let names = crafted(300);
    assert_eq!(places(&names, &FixedState::default()), 1);
    // 300 names have 260 places of 1,024 on average; fewer than 200 in one of 10^20 runs.
    for _ in 0..20 {
        let spread = places(&names, &RandomState::default());
        assert!(spread > 200, "300 names have {spread} places");
    }
}

#[test]
fn no_table_hashes_without_a_key() {
    let lock = fs::read_to_string(package().join("Cargo.lock")).unwrap();
    for unkeyed in ["rustc-hash", "fxhash", "fnv", "nohash-hasher"] {
        assert!(!lock.contains(&format!("name = \"{unkeyed}\"")), "Cargo.lock has {unkeyed}");
    }
    for file in walkdir::WalkDir::new(package().join("src")) {
        let file = file.unwrap();
        if file.file_type().is_file() {
            let text = fs::read_to_string(file.path()).unwrap();
            for unkeyed in ["FixedState", "BuildHasherDefault", "DefaultHasher"] {
                assert!(!text.contains(unkeyed), "{} has {unkeyed}", file.path().display());
            }
        }
    }
}
