use std::fs;

use crate::diff::{Home, SITE};
use crate::support::program::tree;

#[test]
fn another_servers_files_are_replaced_only_by_who_says_so() {
    let home = Home::new(&fs::read_to_string("examples/branch/site.yaml").unwrap());
    fs::create_dir(home.path("root")).unwrap();
    let root = home.path("root");
    home.run("apply --root root --server head --yes").ends(0);
    let before = tree(&root);
    for extra in ["", " --force --adopt"] {
        let run = home.run(&format!("apply --root root --server branch --yes{extra}")).ends(1);
        assert!(run.err.contains("those of the server head, not of branch"), "{}", run.err);
        assert!(run.err.contains("nothing was changed; --become branch replaces them all"), "{}", run.err);
        assert!(tree(&root) == before);
    }
    // It names the new server.
    let run = home.run("apply --root root --server branch --become head --yes").ends(1);
    assert!(run.err.contains("--become: "), "{}", run.err);
    assert!(tree(&root) == before);
    home.run("apply --root root --server branch --become branch --yes").ends(0);
    assert_eq!(home.run("diff --against root --server branch").ends(0).out, "");
    home.run("apply --root root --server branch --yes").ends(0);
    home.run("apply --root root --server head --yes").ends(1);
    // A generation is named by its number, and says whose it is.
    let before = tree(&root);
    let run = home.run("rollback 1 --root root --yes").ends(1);
    assert!(run.err.contains("those of the server branch, not of head; nothing was changed"), "{}", run.err);
    assert!(tree(&root) == before);
    home.run("rollback 1 --root root --yes --become head").ends(0);
    home.run("apply --root root --server head --yes").ends(0);
}

/// A server that gets another name in the site is another server.
#[test]
fn a_server_that_is_renamed_is_another_one() {
    let home = Home::new(SITE);
    fs::create_dir(home.path("root")).unwrap();
    home.run("apply --root root --yes").ends(0);
    home.site(&SITE.replace("  boot:", "  store:"));
    home.run("apply --root root --yes").ends(1);
    home.run("apply --root root --yes --become store").ends(0);
    home.run("apply --root root --yes").ends(0);
}
