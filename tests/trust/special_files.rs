use std::fs;
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::folders::{Folders, NAMED_FILES, SITE};
use crate::support::program::within;

/// The most address space that a run over hostile files may take, in kilobytes: that of a few texts of the greatest
/// size.
const MEMORY: u64 = 1_200_000;

fn pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
}

#[test]
fn what_is_no_regular_file_is_a_finding_with_a_place() {
    let folders = Folders::new("");
    pipe(&folders.path("site/pipe"));
    folders.link("pipe", "site/link");
    let _socket = UnixListener::bind(folders.path("site/socket")).unwrap();
    fs::create_dir(folders.path("site/folder")).unwrap();
    folders.link("/dev/zero", "site/zero");
    folders.link("/dev/null", "site/nothing");
    for way in NAMED_FILES {
        for (name, what) in [
            ("pipe", "is a named pipe, not a file"),
            ("link", "is a named pipe, not a file"),
            ("socket", "is a socket, not a file"),
            ("folder", "is a folder, not a file"),
            (".", "is a folder, not a file"),
            ("zero", "is a device, not a file"),
            ("nothing", "is a device, not a file"),
        ] {
            folders.write("site/site.yaml", &format!("{SITE}{}\n", way.replace("PATH", name)));
            let said = folders.run(&["check", "--format", "short", "--allow-path", "/dev"]).ended(1).stdout;
            assert!(said.contains(what) && said.contains("site.yaml:3:"), "{way} {name}: {said}");
        }
    }
}

#[test]
fn a_pipe_among_the_files_of_a_pattern_or_a_folder_is_found() {
    let folders = Folders::new("include: ['more/*.yaml']");
    fs::create_dir(folders.path("site/more")).unwrap();
    pipe(&folders.path("site/more/a.yaml"));
    let said = folders.run(&["check"]).ended(1).stdout;
    assert!(said.contains("more/a.yaml is a named pipe"), "{said}");
    folders.run(&["check", "more"]).ended(2).says("more/a.yaml is a named pipe");
    let folders = Folders::new("");
    fs::create_dir(folders.path("site/templates")).unwrap();
    pipe(&folders.path("site/templates/x.tera"));
    folders.run(&["render", "--templates", "templates"]).ended(2).says("x.tera is a named pipe");
}

/// Runs the program with a limit to its memory.
fn within_memory(folders: &Folders, line: &str) -> (Option<i32>, String) {
    let ran = within(MEMORY, &folders.path("site"), &format!("exec $IPXEGEN {line}"));
    (ran.code, ran.stdout + &ran.stderr)
}

#[test]
fn a_file_over_the_limit_is_a_finding() {
    let folders = Folders::new("");
    let big = fs::File::create(folders.path("site/big")).unwrap();
    for way in NAMED_FILES {
        // Holes take no room on the disk.
        let (length, what) = if way.starts_with("include") {
            (1 << 40, "big has more than 1000 MB")
        } else if way.contains("password_file") || way.contains("secret_file") {
            (1 << 40, "big is longer than 1024 bytes")
        } else {
            (64_000_001, "big has more than 64 MB")
        };
        big.set_len(length).unwrap();
        folders.write("site/site.yaml", &format!("{SITE}{}\n", way.replace("PATH", "big")));
        let (code, said) = within_memory(&folders, "check --format short");
        assert_eq!(code, Some(1), "{way}: {said}");
        assert!(said.contains(what) && said.contains("site.yaml:3:"), "{way}: {said}");
    }
    fs::create_dir(folders.path("site/templates")).unwrap();
    fs::rename(folders.path("site/big"), folders.path("site/templates/x.tera")).unwrap();
    folders.write("site/site.yaml", SITE);
    folders.run(&["render", "--templates", "templates"]).ended(2).says("x.tera has more than 64 MB");
}

#[test]
fn a_description_of_the_command_line_has_an_end() {
    let folders = Folders::new("");
    folders.link("/dev/zero", "site/zero");
    pipe(&folders.path("site/pipe"));
    let _socket = UnixListener::bind(folders.path("site/socket")).unwrap();
    fs::File::create(folders.path("site/big")).unwrap().set_len(1 << 40).unwrap();
    for (arguments, what) in [
        ("check /dev/zero", "/dev/zero has more than 64 MB"),
        ("check --with /dev/zero", "/dev/zero has more than 64 MB"),
        ("check zero", "--allow-path /dev"),
        ("check zero --allow-path /dev", "zero is a device, not a file"),
        ("check pipe", "pipe is a named pipe, not a file"),
        ("check --with pipe", "pipe is a named pipe, not a file"),
        ("check socket", "socket is a socket, not a file"),
        ("check big", "big has more than 1000 MB"),
        ("check --with more", "cannot read more"),
    ] {
        let (code, said) = within_memory(&folders, arguments);
        assert_eq!(code, Some(2), "{arguments}: {said}");
        assert!(said.contains(what), "{arguments}: {said}");
    }
}

#[test]
fn a_process_substitution_is_read_to_its_end() {
    let folders = Folders::new("");
    folders.write("site/boot.ipxe", "#!ipxe\n");
    for line in ["check <(sleep 0.3; cat site.yaml)", "check site.yaml --with <(sleep 0.3; echo 'x-a: 1')"] {
        let (code, said) = within_memory(&folders, line);
        assert_eq!((code, said.as_str()), (Some(0), ""), "{line}");
    }
    // The files that it names are below the working directory.
    let site = "cat site.yaml; echo 'boot_entries: { e: { kind: chain, url: { source: boot.ipxe } } }'";
    let (code, said) = within_memory(&folders, &format!("check <({site})"));
    assert_eq!((code, said.as_str()), (Some(0), ""));
}
