//! A run shows its progress on a terminal, and nowhere else.
//!
//! The site comes through a pipe that the test fills, so a run takes as long as the test wants.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::require;

const SITE: &str = "servers: { boot: { ip: 10.0.0.1/24, interfaces: eth0 } }\n\
                    subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.50-10.0.0.60 } }\n";

/// A named pipe in a separate folder.
fn pipe() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let made = Command::new("mkfifo").arg(dir.path().join("pipe")).status().unwrap();
    assert!(made.success());
    dir
}

fn fill(dir: &Path) {
    File::options().write(true).open(dir.join("pipe")).unwrap().write_all(SITE.as_bytes()).unwrap();
}

#[test]
fn a_terminal_shows_it_and_is_left_clean() {
    if !require("script") {
        return;
    }
    let dir = pipe();
    let line = format!(
        "NO_COLOR=1 TERM=vt100 bash -c '{} render --strict <(cat pipe)'",
        env!("CARGO_BIN_EXE_ipxegen")
    );
    let mut run = Command::new("script")
        .args(["-qefc", &line, "/dev/null"])
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut screen = run.stdout.take().unwrap();
    let mut shown = String::new();
    let mut bytes = [0; 256];
    while !shown.contains("reading") {
        let count = screen.read(&mut bytes).unwrap();
        assert!(count > 0, "the run ended without a word: {shown:?}");
        shown.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    fill(dir.path());
    screen.read_to_string(&mut shown).unwrap();
    assert!(run.wait().unwrap().success(), "{shown}");
    // The line goes before anything else is said.
    let (progress, rest) = shown.rsplit_once("\r\u{1b}[K").unwrap();
    assert!(progress.starts_with("\rreading\u{1b}[K"), "{progress:?}");
    assert!(rest.contains("dhcpd.conf") && !rest.contains('\u{1b}'), "{rest:?}");
    assert!(dir.path().join("out/boot/etc/dhcp/dhcpd.conf").exists());
}

#[test]
fn nothing_else_does() {
    let dir = tempfile::tempdir().unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_ipxegen"))
        .args(["render", "--quiet", "-"])
        .env("TERM", "vt100")
        .current_dir(dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Longer than it would be silent on a terminal.
    std::thread::sleep(Duration::from_millis(1500));
    run.stdin.take().unwrap().write_all(SITE.as_bytes()).unwrap();
    let output = run.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!((output.stdout, output.stderr), (Vec::new(), Vec::new()));
    assert!(fs::exists(dir.path().join("out/manifest.json")).unwrap());
}
