//! Telling daemons that their files have changed, and watching that they stay up: by `systemctl`
//! where systemd runs, else by `service`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// By systemd unit, the paths of ours that have changed.
pub type Units = BTreeMap<String, BTreeSet<String>>;

/// How often a watched daemon is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Who starts and stops daemons here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Services {
    /// `systemctl`.
    Systemd,
    /// `service`, which runs init scripts.
    Init,
}

/// How a daemon is told.
enum Way {
    /// It reads its files at start only.
    Restart,
    /// It reads them again when asked to.
    Reload,
    /// A program tells the kernel, and the daemon stays as it is.
    Program(&'static str, Vec<String>),
}

fn way(unit: &str, paths: &BTreeSet<String>) -> Way {
    match unit {
        "isc-dhcp-server.service" | "isc-dhcp-relay.service" | "tftpd-hpa.service" | "wsdd.service" => {
            Way::Restart
        }
        // `reload` would mount the old file anew.
        unit if unit.ends_with(".mount") => Way::Restart,
        "nfs-kernel-server.service" => Way::Program("exportfs", vec!["-ra".to_owned()]),
        "systemd-tmpfiles-setup.service" => {
            let there = paths.iter().filter(|path| Path::new(path).exists()).cloned();
            Way::Program("systemd-tmpfiles", std::iter::once("--create".to_owned()).chain(there).collect())
        }
        _ => Way::Reload,
    }
}

impl Services {
    /// What runs on this machine.
    #[must_use]
    pub fn here() -> Self {
        // As sd_booted(3) has it.
        if Path::new("/run/systemd/system").is_dir() { Self::Systemd } else { Self::Init }
    }

    /// Tells these units, and watches for so long that they stay up. A line each of what was done.
    ///
    /// # Errors
    /// If one does not take it or does not stay up, with what it said. Those told before stay told.
    pub fn tell(self, units: &Units, watch: Duration) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        let mut watched = Vec::new();
        // A unit is a file of systemd's own, which it reads when it is told to.
        if self == Self::Systemd && units.keys().any(|unit| unit.ends_with(".mount")) {
            lines.push(run_program("systemctl", &["daemon-reload".to_owned()])?);
        }
        for (unit, paths) in units {
            let name = unit.trim_end_matches(".service");
            if let Way::Program(program, arguments) = way(unit, paths) {
                lines.push(run_program(program, &arguments)?);
                continue;
            }
            if !self.has(name)? {
                lines.push(format!("{name} is not installed here, or masked: it was not told"));
                continue;
            }
            let action = match way(unit, paths) {
                Way::Reload if self.is_up(name)? => "reload",
                Way::Reload => "start",
                Way::Restart | Way::Program(..) => "restart",
            };
            let said = self.act(name, action)?;
            if !said.status.success() {
                bail!("{name} did not {action}{}", said.words());
            }
            lines.push(format!("{name}: {action}"));
            watched.push(name);
        }
        let mut left = watch;
        loop {
            for name in &watched {
                if !self.is_up(name)? {
                    bail!("{name} did not stay up; its log tells more");
                }
            }
            if left.is_zero() || watched.is_empty() {
                return Ok(lines);
            }
            sleep(LOOK.min(left));
            left = left.saturating_sub(LOOK);
        }
    }

    /// Whether the machine has the unit.
    fn has(self, name: &str) -> Result<bool> {
        match self {
            Self::Systemd => {
                let said = run("systemctl", &["show", "--property=LoadState", "--value", name])?;
                Ok(!matches!(said.text.trim(), "not-found" | "masked"))
            }
            Self::Init => Ok(Path::new("/etc/init.d").join(name).exists()),
        }
    }

    fn is_up(self, name: &str) -> Result<bool> {
        let said = match self {
            Self::Systemd => run("systemctl", &["is-active", "--quiet", name])?,
            Self::Init => run("service", &[name, "status"])?,
        };
        Ok(said.status.success())
    }

    fn act(self, name: &str, action: &str) -> Result<Said> {
        match self {
            Self::Systemd => run("systemctl", &[action, name]),
            Self::Init => run("service", &[name, action]),
        }
    }
}

/// What a program answered.
struct Said {
    status: ExitStatus,
    text: String,
}

impl Said {
    /// Its words, to be put behind a sentence.
    fn words(&self) -> String {
        let lines: Vec<_> = self.text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if lines.is_empty() { String::new() } else { format!(": {}", lines.join("; ")) }
    }
}

/// A program that may be missing: then there is nothing to tell.
fn run_program(program: &str, arguments: &[String]) -> Result<String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let line = format!("{program} {}", words.join(" "));
    if !program_is_there(program) {
        return Ok(format!("{program} is not installed here: `{line}` was not run"));
    }
    let said = run(program, &words)?;
    if !said.status.success() {
        bail!("`{line}` failed{}", said.words());
    }
    Ok(format!("{line}{}", said.words()))
}

/// Runs a program. What it says goes through a file: a daemon that it starts would keep a pipe open.
fn run(program: &str, arguments: &[&str]) -> Result<Said> {
    let failed = || format!("cannot run {program}");
    let mut file = tempfile::tempfile().with_context(failed)?;
    let status = Command::new(program)
        .args(arguments)
        .env("PATH", path())
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(file.try_clone().with_context(failed)?)
        .stderr(file.try_clone().with_context(failed)?)
        .status()
        .with_context(failed)?;
    let mut bytes = Vec::new();
    file.rewind().with_context(failed)?;
    file.read_to_end(&mut bytes).with_context(failed)?;
    Ok(Said { status, text: String::from_utf8_lossy(&bytes).into_owned() })
}

/// Debian keeps daemons out of the PATH of those who are not root.
fn path() -> OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/local/sbin:/usr/sbin:/sbin");
    path
}

fn program_is_there(program: &str) -> bool {
    std::env::split_paths(&path()).any(|dir| dir.join(program).is_file())
}
