//! Ctrl-C in the middle of a render.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use tempfile::tempdir;

use crate::support::program::{run_in, tree};

fn site(hosts: u32) -> String {
    let mut text = String::from(
        "servers: { boot: { ip: 10.0.0.2/8, interfaces: [eth0] } }\ndhcp: { server: boot }\n\
         tftp: { server: boot }\nsubnets: { lan: { cidr: 10.0.0.0/8 } }\nhosts:\n",
    );
    for host in 0..hosts {
        let [_, a, b, c] = host.to_be_bytes();
        let ip = std::net::Ipv4Addr::from_bits(0x0a01_0000 + host);
        let _ = writeln!(text, "  pc-{host}: {{ mac: \"52:54:00:{a:02x}:{b:02x}:{c:02x}\", ip: {ip} }}");
    }
    text
}

/// Whether a folder contains an unfinished file.
fn unfinished(folder: &Path) -> bool {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .filter_map(Result::ok)
        .any(|entry| entry.file_name().to_str().is_some_and(|name| name.ends_with(".tmp")))
}

/// An interrupted run changes no file, and the next run removes its unfinished files.
#[test]
fn an_interrupted_render_leaves_all_as_it_was() {
    let folder = tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("site.yaml"), site(3)).unwrap();
    fs::write(at.join("big.yaml"), site(60_000)).unwrap();
    run_in(at, &["render"]).ended(0);
    let before = tree(&at.join("out"));

    // The program that runs the tests may have set its children to ignore the signal.
    let mut child = Command::new("env")
        .args(["--default-signal=INT", env!("CARGO_BIN_EXE_ipxegen"), "render", "big.yaml"])
        .current_dir(at)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while !unfinished(&at.join("out")) {
        assert_eq!(child.try_wait().unwrap(), None, "it ended before it could be interrupted");
        sleep(Duration::from_millis(1));
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert!(!child.wait().unwrap().success());

    let mut after = tree(&at.join("out"));
    after.retain(|path, _| !path.ends_with(".tmp"));
    assert_eq!(after.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
    for (path, file) in &before {
        assert!(after[path].bytes == file.bytes, "{path} was changed");
    }
    run_in(at, &["render"]).ended(0);
    assert!(!unfinished(&at.join("out")));
    assert_eq!(tree(&at.join("out")).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
}
