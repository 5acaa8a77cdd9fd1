//! Private networks: namespaces that end with the test, however it ends.
//!
//! Nothing here has a name on the host. A [`Space`] lives as long as a pipe from the test process is open: when
//! the test returns, panics or is killed, the first process of the space sees the end of the pipe, and with it
//! the kernel ends every process, interface and mount inside.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A network, a mount table and a process tree of their own.
pub struct Space {
    holder: Child,
    pipe: Option<ChildStdin>,
}

impl Space {
    pub fn new() -> Self {
        Self::with("")
    }

    /// A space that has run `setup` (a piece of `sh`) before anything else runs in it.
    pub fn with(setup: &str) -> Self {
        let script =
            format!("set -e; PATH=$PATH:/usr/sbin:/sbin; ip link set lo up; {setup}\necho ready; exec cat");
        let mut holder = Command::new("unshare")
            .args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--ipc"])
            .args(["sh", "-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare");
        let pipe = holder.stdin.take();
        let mut line = String::new();
        BufReader::new(holder.stdout.take().expect("a pipe"))
            .read_line(&mut line)
            .expect("the holder's line");
        assert_eq!(line, "ready\n", "no private namespaces here");
        Self { holder, pipe }
    }

    /// The first process of this space; its entries in `/proc` lead inside.
    pub fn pid(&self) -> u32 {
        self.holder.id()
    }

    /// A command that will run inside.
    pub fn command(&self, program: &str) -> Command {
        let ns = |kind: &str, file: &str| format!("--{kind}=/proc/{}/ns/{file}", self.pid());
        let mut command = Command::new("nsenter");
        command
            .arg(ns("net", "net"))
            .arg(ns("mount", "mnt"))
            .arg(ns("pid", "pid_for_children"))
            .arg(ns("ipc", "ipc"))
            .args(["--", program])
            .env_clear()
            .env("LC_ALL", "C")
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::null());
        command
    }

    /// Runs a line of `sh` inside, which must succeed, and gives what it printed.
    pub fn sh(&self, line: &str) -> String {
        let output = self.command("sh").args(["-ec", line]).output().expect("nsenter");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "`{line}` failed: {}\n{text}{errors}", output.status);
        text
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Ethernet segments, each a bridge, in a space of their own.
pub struct Net {
    pub switch: Space,
    ports: AtomicU32,
}

impl Net {
    pub fn new(segments: &[&str]) -> Self {
        let switch = Space::new();
        for segment in segments {
            switch.sh(&format!(
                "ip link add {segment} type bridge forward_delay 0 mcast_snooping 0; ip link set {segment} up"
            ));
        }
        Self { switch, ports: AtomicU32::new(0) }
    }

    /// A name for one more interface of the switch.
    fn port(&self) -> String {
        format!("port{}", self.ports.fetch_add(1, Ordering::Relaxed))
    }

    /// Gives `space` a card named `nic` on a segment.
    pub fn plug(&self, segment: &str, space: &Space, nic: &str, address: &str) {
        let port = self.port();
        let pid = space.pid();
        // Only the network of the switch, not its processes: the number of the other space's process is ours.
        let status = Command::new("nsenter")
            .arg(format!("--net=/proc/{}/ns/net", self.switch.pid()))
            .args([
                "ip",
                "link",
                "add",
                &port,
                "type",
                "veth",
                "peer",
                "name",
                nic,
                "netns",
                &pid.to_string(),
            ])
            .status()
            .expect("nsenter");
        assert!(status.success(), "no veth pair");
        self.switch.sh(&format!("ip link set {port} master {segment} up"));
        space.sh(&format!("ip address add {address} dev {nic}; ip link set {nic} up"));
    }

    /// A bare interface on a segment, in the switch's space.
    pub fn probe(&self, segment: &str) -> String {
        let (port, probe) = (self.port(), self.port());
        self.switch.sh(&format!(
            "ip link add {port} type veth peer name {probe}; \
             ip link set {port} master {segment} up; ip link set {probe} up"
        ));
        probe
    }

    /// A tap interface on a segment, for a virtual machine in the switch's space.
    pub fn tap(&self, segment: &str) -> String {
        let tap = self.port();
        self.switch.sh(&format!("ip tuntap add {tap} mode tap; ip link set {tap} master {segment} up"));
        tap
    }
}
