use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::Stdio;

use tempfile::{TempDir, tempdir};

use crate::support::program::{ipxegen, tree};

const SITE: &str = "servers: { boot: { ip: 10.0.0.200/24, interfaces: [eth0] } }\n\
                    subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.110 } }\n";

/// Far more findings than a pipe holds.
fn bad_site() -> String {
    let mut site = SITE.to_owned() + "hosts:\n";
    for n in 0..300 {
        site.push_str(&format!("  h{n}: {{ mac: \"52:54:00:00:00:01\", nonsense: {n} }}\n"));
    }
    site
}

/// The target of a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
enum To {
    /// A pipe that is read to its end.
    Reader,
    /// A pipe that nobody reads.
    Nobody,
    /// A full disk.
    Full,
}

impl To {
    fn stdio(self) -> Stdio {
        match self {
            Self::Reader => Stdio::null(),
            Self::Nobody => io::pipe().unwrap().1.into(),
            Self::Full => File::options().write(true).open("/dev/full").unwrap().into(),
        }
    }
}

const ALL: [To; 3] = [To::Reader, To::Nobody, To::Full];

fn code(folder: &Path, arguments: &[&str], out: To, err: To) -> Option<i32> {
    let mut command = ipxegen();
    command.current_dir(folder).args(arguments).stdout(out.stdio()).stderr(err.stdio());
    command.status().unwrap().code()
}

fn folder() -> TempDir {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("site.yaml"), SITE).unwrap();
    fs::write(dir.path().join("bad.yaml"), bad_site()).unwrap();
    fs::create_dir(dir.path().join("root")).unwrap();
    dir
}

#[test]
fn findings_are_the_exit_code_even_when_the_reader_is_gone() {
    let dir = folder();
    for out in ALL {
        for err in ALL {
            for format in ["human", "short", "json", "sarif", "github"] {
                let ended = code(dir.path(), &["check", "bad.yaml", "--format", format], out, err);
                assert_eq!(ended, Some(1), "{format}, stdout {out:?}, stderr {err:?}");
            }
            for arguments in [
                &["render", "bad.yaml"][..],
                &["render", "bad.yaml", "site.yaml", "-o", "several/{name}"],
                &["diff", "bad.yaml"],
                &["show", "bad.yaml"],
                &["inventory", "bad.yaml"],
                &["hosts", "bad.yaml"],
                &["trace", "h1", "bad.yaml"],
                &["apply", "bad.yaml", "--yes", "--root", "root"],
            ] {
                assert_eq!(code(dir.path(), arguments, out, err), Some(1), "{arguments:?} {out:?} {err:?}");
            }
        }
    }
}

/// A command that only prints fails if the disk is full, and does not fail if the reader has closed the pipe.
#[test]
fn output_that_is_lost_is_a_failure_of_what_only_prints() {
    let dir = folder();
    assert_eq!(code(dir.path(), &["render"], To::Reader, To::Reader), Some(0));
    for arguments in [
        &["check"][..],
        &["check", "--format", "json"],
        &["check", "--format", "sarif"],
        &["show"],
        &["show", "--format", "json"],
        &["inventory"],
        &["hosts"],
        &["trace", "10.0.0.5"],
        &["trace", "10.0.0.5", "--as", "bios"],
        &["trace", "10.0.0.5", "--format", "json"],
        &["hosts", "--format", "csv"],
        &["hosts", "--format", "json"],
        &["schema"],
        &["explain", "--list"],
        &["explain", "--markdown"],
        &["completions", "bash"],
        &["history", "--root", "root"],
        &["diff", "--format", "json"],
        &["render", "--stdout", "/etc/dhcp/dhcpd.conf"],
        &["--help"],
        &["render", "--help"],
        &["--version"],
    ] {
        for err in ALL {
            assert_eq!(code(dir.path(), arguments, To::Reader, err), Some(0), "{arguments:?} stderr {err:?}");
            assert_eq!(code(dir.path(), arguments, To::Nobody, err), Some(0), "{arguments:?} stderr {err:?}");
            // `check` of a site without findings prints nothing.
            let wanted = if arguments == ["check"] { 0 } else { 2 };
            let ended = code(dir.path(), arguments, To::Full, err);
            assert_eq!(ended, Some(wanted), "{arguments:?} stderr {err:?}");
        }
    }
    let mut command = ipxegen();
    command.current_dir(dir.path()).arg("show").stdout(To::Full.stdio());
    let said = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(said.contains("standard output: No space left on device"), "{said}");
}

/// The exit code alone says whether a site would change.
#[test]
fn a_difference_is_the_exit_code_even_when_the_reader_is_gone() {
    let dir = folder();
    assert_eq!(code(dir.path(), &["render"], To::Reader, To::Reader), Some(0));
    fs::write(dir.path().join("site.yaml"), SITE.replace("110", "120")).unwrap();
    for out in ALL {
        for err in ALL {
            for arguments in [&["diff"][..], &["diff", "--format", "json"], &["render", "--check"]] {
                assert_eq!(code(dir.path(), arguments, out, err), Some(1), "{arguments:?} {out:?} {err:?}");
            }
        }
    }
}

#[test]
fn what_changes_files_changes_them_whoever_reads() {
    for out in ALL {
        for err in ALL {
            let dir = folder();
            let run = |arguments: &[&str]| code(dir.path(), arguments, out, err);
            let root = dir.path().join("root");
            let apply = ["apply", "--yes", "--root", "root"];
            let script = || fs::read_to_string(root.join("etc/dhcp/dhcpd.conf"));
            assert_eq!(run(&apply), Some(0), "apply: {out:?} {err:?}");
            assert!(script().unwrap().contains("10.0.0.110"), "nothing was applied: {out:?} {err:?}");
            fs::write(dir.path().join("site.yaml"), SITE.replace("110", "120")).unwrap();
            assert_eq!(run(&apply), Some(0), "apply again: {out:?} {err:?}");
            assert!(script().unwrap().contains("10.0.0.120"), "nothing was applied: {out:?} {err:?}");
            assert_eq!(run(&apply), Some(0), "nothing to change: {out:?} {err:?}");
            assert_eq!(run(&["rollback", "--yes", "--root", "root"]), Some(0), "rollback: {out:?} {err:?}");
            assert!(script().unwrap().contains("10.0.0.110"), "not rolled back: {out:?} {err:?}");
            assert_eq!(run(&["recover", "--root", "root"]), Some(0), "recover: {out:?} {err:?}");
            assert_eq!(run(&["init", "new.yaml"]), Some(0), "init: {out:?} {err:?}");
            assert!(dir.path().join("new.yaml").is_file());
            // A file that was changed by hand stops it, with its own code.
            fs::write(root.join("etc/dhcp/dhcpd.conf"), "by hand").unwrap();
            assert_eq!(run(&apply), Some(1), "by hand: {out:?} {err:?}");
            assert_eq!(run(&["render"]), Some(0), "render: {out:?} {err:?}");
            let rendered = tree(&dir.path().join("out"));
            assert!(
                rendered.contains_key("boot/etc/dhcp/dhcpd.conf") && rendered.contains_key("manifest.json")
            );
            let both = ["render", "site.yaml", "new.yaml", "-o", "several/{name}"];
            assert_eq!(run(&both), Some(0), "render several: {out:?} {err:?}");
            assert!(dir.path().join("several/new/manifest.json").is_file());
            fs::write(dir.path().join("out/boot/etc/dhcp/dhcpd.conf"), "by hand").unwrap();
            fs::write(dir.path().join("site.yaml"), SITE).unwrap();
            assert_eq!(run(&["render"]), Some(2), "render over a hand edit: {out:?} {err:?}");
        }
    }
}
