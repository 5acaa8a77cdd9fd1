//! What a release consists of: its text, its archive, and the documentation as a book.

use std::io::Write as _;

use serde_json::{Value, json};

use super::*;

#[test]
fn the_text_is_the_section_of_the_changelog() {
    if !require("python3") {
        return;
    }
    let notes = |version: &str| Command::new("contrib/release/notes").arg(version).output().unwrap();
    let changelog = fs::read_to_string("CHANGELOG.md").unwrap();
    let output = notes("Unreleased");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.len() > 1000 && changelog.contains(text.trim_end()));
    assert!(!text.contains("\n## "), "{text}");
    assert!(!notes("9.9.9").status.success());

    // Of two versions, each has its own text. A tag begins with `v`.
    let folder = scratch();
    let scripts = folder.path().join("contrib/release");
    fs::create_dir_all(&scripts).unwrap();
    fs::copy("contrib/release/notes", scripts.join("notes")).unwrap();
    let two = "# Changelog\n\n## [1.1.0] - 2027\n\n### Added\n\n- new\n\n## [1.0.0]\n\n- old\n\n[1.1.0]: x\n";
    fs::write(folder.path().join("CHANGELOG.md"), two).unwrap();
    for (version, text) in [("v1.1.0", "### Added\n\n- new\n"), ("1.0.0", "- old\n")] {
        assert_eq!(run(Command::new(scripts.join("notes")).arg(version)), text);
    }
}

/// The archive has the program and everything that it prints for an installation, and the same input gives the same
/// bytes.
#[test]
fn the_files_of_a_release() {
    if !["python3", "dpkg-deb", "dpkg-shlibdeps", "strip"].into_iter().all(require) {
        return;
    }
    let folder = scratch();
    let build = |name: &str| {
        let mut build = Command::new("contrib/release/build");
        build.env("DPKG_DEB_COMPRESSOR_TYPE", "gzip").env("DPKG_DEB_COMPRESSOR_LEVEL", "1");
        // The collection has its own tests.
        build.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin:".to_owned() + &cargo());
        run(build.args(["--program", IPXEGEN, "-o"]).arg(folder.path().join(name)));
        picture(&folder.path().join(name))
    };
    let files = build("one");
    let names: Vec<_> = files.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    let archive = names.iter().find(|name| name.ends_with("-linux.tar.gz")).unwrap();
    let listed = run(Command::new("tar").arg("-tzf").arg(folder.path().join("one").join(archive)));
    for part in
        ["/ipxegen\n", "/man/ipxegen.1\n", "/man/site.yaml.5\n", "/completions/_ipxegen\n", "/LICENSE-MIT\n"]
    {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    let again = build("two");
    assert!(files == again, "the second build differs");
}

/// The folder of cargo.
fn cargo() -> String {
    Path::new(env!("CARGO")).parent().unwrap().display().to_string()
}

/// The book has every page of docs/ once.
#[test]
fn the_book_has_every_page() {
    let summary = fs::read_to_string("docs/SUMMARY.md").unwrap();
    let mut listed: Vec<_> =
        summary.split("](").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned()).collect();
    listed.sort();
    let mut pages: Vec<_> = fs::read_dir("docs")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md") && name != "SUMMARY.md")
        .collect();
    pages.sort();
    assert_eq!(listed, pages);
}

/// Links to other pages stay, and links out of docs/ lead to the repository.
#[test]
fn the_links_of_the_book() {
    if !require("python3") {
        return;
    }
    let convert = |list: &str| {
        let text =
            "[a](site.md#hosts) ![b](menu.png) [c](../README.md#get-it) [d](https://example.org) [e](#here)";
        let inner = json!([{ "Chapter": { "content": text, "path": "inner/page.md", "sub_items": [] } }]);
        let chapter = json!({ "Chapter": { "content": text, "path": "page.md", "sub_items": inner } });
        let config = json!({
            "book": { "src": "docs" },
            "output": { "html": { "git-repository-url": "https://example.net/x" } },
        });
        let input = json!([{ "config": config }, { list: ["Separator", chapter] }]);
        let mut child = Command::new("contrib/book/links-out")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        let book: Value = serde_json::from_slice(&output.stdout).unwrap();
        book[list][1]["Chapter"].clone()
    };
    for list in ["sections", "items"] {
        let chapter = convert(list);
        assert_eq!(
            chapter["content"],
            "[a](site.md#hosts) ![b](menu.png) [c](https://example.net/x/blob/main/README.md#get-it) \
             [d](https://example.org) [e](#here)"
        );
        let inner = chapter["sub_items"][0]["Chapter"]["content"].as_str().unwrap();
        assert!(inner.contains("[c](../README.md#get-it)"), "{inner}");
    }
    run(Command::new("contrib/book/links-out").args(["supports", "html"]));
}
