//! The boot lab: real firmware boots what we render.
//!
//! A [`Lab`] is a private network with the servers of an example and machines that boot. The daemons start with the
//! rendered defaults files. The tests wait for events on the network and on the screen, never for a time, and compare
//! which machine fetched which file in which order. The tests in `quick` take two minutes together.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[macro_use]
mod list;

mod arm64;
mod boots;
mod dhcp_servers;
mod examples;
mod full;
mod installers;
mod ipxe;
mod ipxe_2;
mod machine;
mod quick;
mod secure_boot;
mod servers;
#[path = "../support/mod.rs"]
mod support;
mod targets;
mod traced;

use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{self, available_parallelism};

use support::daemons::Server;
use support::dhcp::Link;
use support::log::Log;
use support::netns::Net;
use support::{require, require_root, traffic};
use tempfile::TempDir;

/// A network with servers and machines. Declare the machines after it, because Rust drops the last variable first.
pub struct Lab {
    net: Net,
    /// The requests and answers on the wire, as [`traffic::line`] writes them.
    wire: Log,
    dir: TempDir,
    _sniffers: Vec<Link>,
    _slot: Slot,
}

impl Lab {
    /// A lab with one segment, `lan`; none if something it needs is missing here.
    pub fn new(name: &str) -> Option<Self> {
        Self::with_segments(name, &["lan"])
    }

    /// A lab with several segments.
    pub fn with_segments(name: &str, segments: &[&str]) -> Option<Self> {
        let tools = [
            "unshare",
            "nsenter",
            "ip",
            "tar",
            "systemd-tmpfiles",
            "python3",
            "dhcpd",
            "in.tftpd",
            "nginx",
            "qemu-system-x86_64",
        ];
        if !(tools.into_iter().all(require) && require_root() && ipxe::is_here()) {
            return None;
        }
        let slot = Slot::take();
        let dir =
            tempfile::Builder::new().prefix(&prefix(&std::process::id().to_string())).tempdir().expect(name);
        let net = Net::new(segments);
        let wire = Log::default();
        let sniffers = segments.iter().map(|segment| sniff(&net, segment, &wire)).collect();
        Some(Self { net, wire, dir, _sniffers: sniffers, _slot: slot })
    }

    /// A temporary folder of the lab.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The segments and the switch.
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// A server on `lan`, with a rendered tree installed and nothing started.
    pub fn serve(&self, tree: &Path, address: &str) -> Server {
        Server::new(&self.net, "lan", address, tree)
    }

    /// Waits for an event on the wire, behind the one waited for before.
    pub fn wait_for(&self, event: &str, seconds: u64) {
        assert!(self.wire.wait(event, seconds), "`{event}` did not happen:\n{}", self.wire.text());
    }

    /// The files that a client fetched, in order, repetitions left out.
    ///
    /// `autoexec.ipxe` is left out, too: iPXE 2.0 looks for it beside its own file and in the TFTP root before it does
    /// anything else, and no server here but that of Secure Boot has one.
    pub fn fetched(&self, client: &str) -> Vec<String> {
        let mut fetched: Vec<String> = vec![];
        for line in self.wire.text().lines() {
            let mut words = line.splitn(3, ' ');
            let (Some(kind @ ("tftp" | "http" | "iscsi")), Some(who), Some(what)) =
                (words.next(), words.next(), words.next())
            else {
                continue;
            };
            let what = what.trim_start_matches("GET ").trim_start_matches("HEAD ");
            // iPXE 2.0 encodes the plus sign in a URL, which is the same file to a server.
            let fetch = format!("{kind} {}", what.replace("%2B", "+"));
            let autoexec = what.ends_with("autoexec.ipxe");
            if who == client && !autoexec && fetched.last() != Some(&fetch) {
                fetched.push(fetch);
            }
        }
        fetched
    }
}

fn sniff(net: &Net, segment: &str, wire: &Log) -> Link {
    let mut link = Link::open(&net.switch, segment);
    let frames = std::mem::replace(&mut link.frames, std::sync::mpsc::channel().1);
    let wire = wire.clone();
    thread::spawn(move || {
        for frame in frames {
            if let Some(line) = traffic::line(&frame) {
                wire.line(&line);
            }
        }
    });
    link
}

fn prefix(pid: &str) -> String {
    format!("ipxegen-lab-{pid}-")
}

/// Limits the labs that run at once to twice the number of processors.
///
/// A machine with BIOS computes for a fifth of its time (1.3 s of 6 s to an iPXE script): the rest is iPXE waiting
/// for a key, for a second DHCP offer, for a menu's timeout. One with UEFI takes a whole processor meanwhile.
struct Slot;

static LABS: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

impl Slot {
    fn take() -> Self {
        let most = 2 * available_parallelism().map_or(1, usize::from);
        let mut labs = LABS.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *labs == 0 {
            remove_stale();
        }
        while *labs >= most {
            labs = LABS.1.wait(labs).unwrap_or_else(PoisonError::into_inner);
        }
        *labs += 1;
        Self
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        *LABS.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        LABS.1.notify_one();
    }
}

/// Removes the folders of labs whose process was killed.
fn remove_stale() {
    for entry in std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let pid = name.strip_prefix("ipxegen-lab-").and_then(|rest| rest.split('-').next());
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
