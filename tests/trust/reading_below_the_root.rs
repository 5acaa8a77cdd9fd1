use std::fs;
use std::path::Path;

use super::folders::{Folders, NAMED_FILES, PLANTED, SITE};

/// Says on standard output that the site names what it may not read.
const REFUSED: &str = "error[out-of-reach]";

#[test]
fn no_way_of_naming_a_file_leads_out_of_the_folder() {
    for way in NAMED_FILES {
        let folders = Folders::new("");
        let outside = folders.path("outside/file");
        folders.link(&outside, "site/link");
        folders.link("link", "site/link-to-link");
        folders.link("../outside", "site/folder");
        folders.write("site/.git/config", PLANTED);
        folders.link(".git/config", "site/link-to-git");
        for target in [
            outside.to_str().unwrap(),
            "../outside/file",
            "./sub/../../outside/file",
            "link",
            "link-to-link",
            "folder/file",
            ".git/config",
            "link-to-git",
            "/proc/self/environ",
            "/proc/self/cwd/../outside/file",
            "/dev/fd/0",
        ] {
            fs::create_dir_all(folders.path("site/sub")).unwrap();
            folders.write("site/site.yaml", &format!("{SITE}{}\n", way.replace("PATH", target)));
            let ran = folders.run_on(PLANTED, &["check", "--format", "short"]).ended(1);
            assert!(ran.stdout.contains(REFUSED), "{way} {target}: {}", ran.stdout);
        }
    }
}

#[test]
fn a_file_below_the_folder_or_an_allowed_one_is_read() {
    for way in NAMED_FILES {
        let folders = Folders::new("");
        folders.link("../outside/file", "site/link");
        folders.write("site/sub/file", "x");
        folders.link("sub/file", "site/inside");
        folders.link(folders.path("site/sub"), "site/absolute");
        let outside = folders.path("outside");
        for (target, allowed) in [
            ("sub/file", None),
            ("inside", None),
            ("absolute/file", None),
            ("sub/../sub/file", None),
            ("link", Some(&outside)),
            ("../outside/file", Some(&outside)),
        ] {
            fs::write(folders.path("outside/file"), "x").unwrap();
            folders.write("site/site.yaml", &format!("{SITE}{}\n", way.replace("PATH", target)));
            let mut arguments = vec!["check", "--format", "short"];
            arguments.extend(
                allowed.map(|folder| ["--allow-path", folder.to_str().unwrap()]).into_iter().flatten(),
            );
            // That the text is of no use there is something else.
            let said = folders.run(&arguments).stdout;
            for words in ["out-of-reach", "No such file", "unknown-key", "missing-key"] {
                assert!(!said.contains(words), "{way} {target}: {said}");
            }
        }
    }
}

#[test]
fn the_finding_names_the_option() {
    let folders = Folders::new("boot_entries: { e: { kind: chain, url: { source: ../outside/file } } }");
    let allowed = format!("--allow-path {}", folders.path("outside").display());
    let said = folders.run(&["check"]).ended(1).stdout;
    assert!(said.contains(&allowed) && said.contains("the folder of site.yaml"), "{said}");
    folders.write(
        "site/site.yaml",
        &format!("{SITE}boot_entries: {{ e: {{ kind: chain, url: {{ source: .git/a }} }} }}\n"),
    );
    folders.write("site/.git/a", "#!ipxe\n");
    let said = folders.run(&["check"]).ended(1).stdout;
    let allowed = folders.path("site/.git");
    assert!(said.contains(&format!("--allow-path {}", allowed.display())), "{said}");
    folders.run(&["check", "--allow-path", ".git"]).ended(0);
    // A folder that is misspelt is no reason to go on without it.
    folders
        .run(&["check", "--allow-path", "none"])
        .ended(2)
        .says("--allow-path: cannot open the folder none");
}

#[test]
fn every_command_that_reads_a_site_refuses() {
    let folders = Folders::new("boot_entries: { e: { kind: chain, url: { source: ../outside/file } } }");
    fs::copy(folders.path("site/site.yaml"), folders.path("site/other.yaml")).unwrap();
    let root = folders.path("root");
    fs::create_dir_all(&root).unwrap();
    fs::create_dir_all(folders.path("site/tree/boot")).unwrap();
    let root = root.to_str().unwrap();
    for command in [
        &["check"][..],
        &["show"],
        &["render", "-o", "out"],
        &["render", "site.yaml", "other.yaml", "-o", "out-{name}"],
        &["inventory"],
        &["hosts"],
        &["hosts", "--format", "csv"],
        &["hosts", "--format", "json"],
        &["diff", "--against", "tree"],
        &["apply", "--yes", "--root", root],
    ] {
        let ran = folders.run(command).ended(1);
        let said = ran.stdout + &ran.stderr;
        assert!(said.contains(REFUSED), "{command:?}: {said}");
        let allowed = [command, &["--allow-path", "../outside", "--allow-env", "X"]].concat();
        // The text that is read then goes into a file; here it is enough that it may be read.
        let ran = folders.run_quietly(&allowed);
        assert!(!ran.contains("out-of-reach"), "{command:?}: {ran}");
    }
}

impl Folders {
    /// All that a run prints, whatever it is.
    fn run_quietly(&self, arguments: &[&str]) -> String {
        let mut command = crate::support::program::ipxegen();
        command.current_dir(self.path("site")).args(arguments);
        let ran = crate::support::program::finish(&mut command, b"");
        ran.stdout + &ran.stderr
    }
}

#[test]
fn what_is_included_keeps_the_root_of_the_command_line() {
    let folders = Folders::new("include: [sub/more.yaml]");
    folders.write("site/boot.ipxe", "#!ipxe\n");
    let more = |source: &str| {
        let text = format!("boot_entries: {{ e: {{ kind: chain, url: {{ source: {source} }} }} }}\n");
        folders.write("site/sub/more.yaml", &text);
    };
    more("../boot.ipxe");
    folders.run(&["check"]).ended(0);
    more("../../outside/file");
    assert!(folders.run(&["check"]).ended(1).stdout.contains(REFUSED));
    // Neither does a table, nor what is included once more.
    folders.write("site/sub/more.yaml", "include: [{ csv: hosts.csv }]\n");
    folders.write(
        "site/sub/hosts.csv",
        "name,mac,root_path.iscsi.target,root_path.iscsi.server,root_path.iscsi.chap.user,\
         root_path.iscsi.chap.password_file\n\
         pc,52:54:00:00:00:01,iqn.2026-01.org.example:pc,10.0.0.9,pc,../../outside/file\n",
    );
    assert!(folders.run(&["check"]).ended(1).stdout.contains(REFUSED));
    folders.write("site/sub/more.yaml", "include: [../../outside/file]\n");
    assert!(folders.run(&["check"]).ended(1).stdout.contains(REFUSED));
}

#[test]
fn a_fragment_has_the_root_of_its_own_folder() {
    let folders = Folders::new("");
    folders.write("night/boot.ipxe", "#!ipxe\n");
    folders.write("site/boot.ipxe", "#!ipxe\n");
    let night = |source: &str| {
        let text = format!("boot_entries: {{ e: {{ kind: chain, url: {{ source: {source} }} }} }}\n");
        folders.write("night/night.yaml", &text);
        folders.write("night/over.yaml", "include: [night.yaml]\n");
    };
    for fragment in ["../night/night.yaml", "../night/over.yaml"] {
        night("boot.ipxe");
        folders.run(&["check", "--with", fragment]).ended(0);
        night("../site/boot.ipxe");
        assert!(folders.run(&["check", "--with", fragment]).ended(1).stdout.contains(REFUSED));
    }
}

#[test]
fn standard_input_reads_below_the_working_directory() {
    let folders = Folders::new("");
    folders.write("site/boot.ipxe", "#!ipxe\n");
    let site = |source: &str| {
        format!("{SITE}boot_entries: {{ e: {{ kind: chain, url: {{ source: {source} }} }} }}\n")
    };
    folders.run_on(&site("boot.ipxe"), &["check", "-"]).ended(0);
    folders.run_on(&site("boot.ipxe"), &["check", "/dev/stdin"]).ended(0);
    for way in ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
        let said = folders.run_on(&site("../outside/file"), &["check", way]).ended(1).stdout;
        assert!(said.contains(REFUSED) && said.contains("the working directory"), "{way}: {said}");
    }
}

#[test]
fn a_description_of_the_command_line_is_no_link_out_of_its_folder() {
    let folders = Folders::new("");
    folders.write("outside/site.yaml", &format!("{SITE}{PLANTED}: 1\n"));
    folders.link("../outside/site.yaml", "site/linked.yaml");
    folders.link("../outside", "site/linked");
    folders.link("site.yaml", "site/inside.yaml");
    for arguments in [
        &["check", "linked.yaml"][..],
        &["check", "linked"],
        &["check", "--with", "linked.yaml"],
        &["render", "linked.yaml"],
    ] {
        folders.run(arguments).ended(2).says("--allow-path");
    }
    folders.run(&["check", "inside.yaml"]).ended(0);
    folders.run(&["check", "../site"]).ended(2).says("linked.yaml");
    fs::remove_file(folders.path("site/linked.yaml")).unwrap();
    fs::remove_file(folders.path("site/inside.yaml")).unwrap();
    folders.run(&["check", "../site"]).ended(0);
    folders.run(&["check", "."]).ended(0);
    // The text has a key that nobody knows.
    let said = folders.run_quietly(&["check", "linked/site.yaml"]);
    assert!(said.contains("error[unknown-key]"), "{said}");
    let said = folders.run_quietly(&["check", "linked", "--allow-path", "../outside"]);
    assert!(said.contains("error[unknown-key]") || said.contains("No such file"), "{said}");
}

#[test]
fn a_template_of_the_command_line_is_no_link_out_of_its_folder() {
    let folders = Folders::new("");
    folders.write("site/templates/ipxe/keep.tera", "");
    folders.link("../../../outside/file", "site/templates/ipxe/menu.ipxe.tera");
    folders.run(&["render", "--templates", "templates", "-o", "out"]).ended(2).says("--allow-path");
    assert!(!folders.path("site/out").exists());
}

#[test]
fn whether_an_outside_file_exists_is_not_told() {
    let folders = Folders::new("");
    let said = |name: &str| {
        fs::remove_file(folders.path("site/link")).ok();
        folders.link(format!("../outside/{name}"), "site/link");
        let all = [format!("../outside/{name}"), "link".to_owned()].map(|source| {
            let text =
                format!("{SITE}boot_entries: {{ e: {{ kind: chain, url: {{ source: {source} }} }} }}\n");
            folders.write("site/site.yaml", &text);
            folders.run(&["check", "--format", "json"]).ended(1).stdout.replace(name, "NAME")
        });
        all.map(|said| said.lines().filter(|line| !line.contains("column")).collect::<Vec<_>>().join("\n"))
    };
    assert_eq!(said("file"), said("none"));
}

/// Only `source`, which checks whether a site may read a file or variable, reads them for the other rooms.
#[test]
fn nothing_else_opens_what_a_site_names() {
    let mut wrong = Vec::new();
    for room in ["schema", "resolve", "boot", "model", "rules", "outputs", "dialects", "report"] {
        for entry in walkdir::WalkDir::new(Path::new("src").join(room)) {
            let path = entry.unwrap().into_path();
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for word in ["std::fs", "fs::", "File::open", "env::var", "read_to_string", "include_str!(env"] {
                if code.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(word)) {
                    wrong.push(format!("{}: {word}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
