//! What the test binaries share.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod daemon_grammar;
pub mod daemons;
pub mod dhcp;
pub mod ipxe_script;
pub mod log;
pub mod netns;
pub mod program;
pub mod traffic;

use std::env;
use std::path::PathBuf;
use std::process::Command;

/// Whether a program is here; if not, says so, and fails where nothing may be skipped (`CI`).
pub fn require(tool: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let sbin = [PathBuf::from("/usr/sbin"), PathBuf::from("/sbin")];
    let found = env::split_paths(&path).chain(sbin).any(|dir| dir.join(tool).is_file());
    found || skip(&format!("{tool} is not installed"))
}

/// Whether the tests run as root, who alone may make network namespaces.
pub fn require_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id");
    id.stdout == b"0\n" || skip("needs root")
}

fn skip(why: &str) -> bool {
    assert!(env::var_os("CI").is_none(), "may not be skipped in CI: {why}");
    eprintln!("skipped: {why}");
    false
}

/// Renders an example; the folder has one tree per server.
pub fn render(example: &str) -> PathBuf {
    // Until the renderer lands, a folder of trees written by hand.
    let trees = env::var_os("IPXEGEN_LAB_TREES").expect("IPXEGEN_LAB_TREES");
    PathBuf::from(trees).join(example)
}

/// A kernel of this machine, or the one that `IPXEGEN_LAB_KERNEL` names.
pub fn kernel() -> Option<String> {
    if let Ok(kernel) = env::var("IPXEGEN_LAB_KERNEL") {
        return Some(kernel);
    }
    let boot = std::fs::read_dir("/boot").into_iter().flatten().flatten();
    let mut kernels = boot.map(|entry| entry.path().display().to_string());
    let found = kernels.find(|path| path.starts_with("/boot/vmlinuz"));
    if found.is_none() {
        skip("no kernel in /boot");
    }
    found
}
