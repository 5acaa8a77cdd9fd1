use std::fs;

use super::folders::{Folders, SITE};

#[test]
fn links_in_a_circle_come_to_an_end() {
    let folders = Folders::new("");
    folders.write("site/real/a.yaml", "x-a: 1\n");
    for name in ["one", "other", "real/up"] {
        folders.link(if name.contains('/') { ".." } else { "." }, &format!("site/{name}"));
    }
    for pattern in ["*/".repeat(18) + "*.yaml", "**/".repeat(18) + "*.yaml", "**/*/".repeat(9) + "a.yaml"] {
        let include = format!("{SITE}include: ['{pattern}']\n");
        folders.write("site/site.yaml", &include);
        folders.run(&["check"]).ended(0);
    }
}

#[test]
fn a_pattern_names_the_files_that_it_names_in_a_shell() {
    let folders = Folders::new("");
    for name in ["rooms/a/x.yaml", "rooms/b/x.yaml", "rooms/b/y.yml", "rooms/b/deep/x.yaml", "x[1].yaml"] {
        folders.write(&format!("site/{name}"), &format!("x-{}: 1\nunknown: 1\n", name.len()));
    }
    folders.link("a", "site/rooms/c");
    folders.link("nobody@nowhere", "site/rooms/b/.#x.yaml");
    fs::create_dir(folders.path("site/rooms/b/folder.yaml")).unwrap();
    let found = |pattern: &str| {
        folders.write("site/site.yaml", &format!("{SITE}include: ['{pattern}']\n"));
        let said = folders.run(&["check", "--format", "short"]).ended(1).stdout;
        let mut names: Vec<String> =
            said.lines().map(|line| line.split(':').next().unwrap().to_owned()).collect();
        names.sort();
        names.dedup();
        names.join(" ")
    };
    assert_eq!(found("rooms/*/x.yaml"), "rooms/a/x.yaml rooms/b/x.yaml");
    assert_eq!(found("rooms/b/*"), "rooms/b/x.yaml rooms/b/y.yml");
    assert_eq!(found("rooms/**/x.yaml"), "rooms/a/x.yaml rooms/b/deep/x.yaml rooms/b/x.yaml");
    assert_eq!(found("rooms/**/deep/*"), "rooms/b/deep/x.yaml");
    assert_eq!(found("./rooms//?/[xz].yaml"), "rooms/a/x.yaml rooms/b/x.yaml");
    assert_eq!(found("x[[]1].yaml"), "x[1].yaml");
    // Nothing matches: that is said at the pattern.
    for pattern in ["rooms/*/none.yaml", "rooms/*/", "none/*.yaml", "site.yaml/*"] {
        assert_eq!(found(pattern), "site.yaml", "{pattern}");
    }
}

#[test]
fn a_pattern_lists_no_folder_outside_of_the_root() {
    let folders = Folders::new("");
    folders.write("outside/a.yaml", "unknown: 1\n");
    folders.write("site/.git/a.yaml", "unknown: 1\n");
    folders.write("site/sub/a.yaml", "x-a: 1\n");
    let said = |pattern: &str| {
        folders.write("site/site.yaml", &format!("{SITE}include: ['{pattern}']\n"));
        folders.run(&["check", "--format", "short"]).stdout
    };
    for pattern in [
        "../*/a.yaml",
        "../outside/*.yaml",
        "/*/*.yaml",
        "/**/*.yaml",
        "sub/../../out*/a.yaml",
        "/none/*.yaml",
        "../none/**/a.yaml",
        ".git/*",
    ] {
        let said = said(pattern);
        assert!(said.contains("error[out-of-reach]"), "{pattern}: {said}");
    }
    // Git's own files are not part of a site.
    assert_eq!(said("*/a.yaml"), "");
    assert_eq!(said("**/a.yaml"), "");
    folders.link("../outside", "site/link");
    for pattern in ["*/a.yaml", "*/*.yaml", "**/a.yaml"] {
        let said = said(pattern);
        assert!(said.contains("error[out-of-reach]"), "{pattern}: {said}");
    }
}
