//! The program that starts and stops daemons: `systemctl` on a machine that systemd runs, else `service`.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::process::{self, Ended, Keep, Output};

/// The program that starts and stops daemons on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Services {
    /// `systemctl`.
    Systemd,
    /// `service`, which runs init scripts.
    Init,
}

impl Services {
    /// The one of this machine.
    #[must_use]
    pub fn here() -> Self {
        // The test of sd_booted(3).
        if Path::new("/run/systemd/system").is_dir() { Self::Systemd } else { Self::Init }
    }
}

/// Runs that program.
#[derive(Clone, Copy)]
pub(super) struct Daemons {
    pub(super) services: Services,
    /// The time limit of each run.
    pub(super) limit: Duration,
}

impl Daemons {
    /// Whether the machine has the unit.
    pub(super) fn has(&self, name: &str) -> Result<bool> {
        match self.services {
            Services::Systemd => {
                let output = self.run("systemctl", &["show", "--property=LoadState", "--value", name])?;
                Ok(!matches!(output.text.trim(), "not-found" | "masked"))
            }
            Services::Init => Ok(Path::new("/etc/init.d").join(name).exists()),
        }
    }

    pub(super) fn is_up(&self, name: &str) -> Result<bool> {
        let output = match self.services {
            Services::Systemd => self.run("systemctl", &["is-active", "--quiet", name])?,
            Services::Init => self.run("service", &[name, "status"])?,
        };
        Ok(output.status.success())
    }

    pub(super) fn act(&self, name: &str, action: &str) -> Result<Output> {
        match self.services {
            Services::Systemd => self.run("systemctl", &[action, name]),
            Services::Init => self.run("service", &[name, action]),
        }
    }

    /// Runs a program. If the machine does not have it, it has no daemon of that kind either.
    pub(super) fn run_program(&self, program: &str, arguments: &[String]) -> Result<String> {
        let line = format!("{program} {}", arguments.join(" "));
        if !program_is_there(program) {
            return Ok(format!("{program} is not installed here: `{line}` was not run"));
        }
        let output = self.run(program, &arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
        if !output.status.success() {
            bail!("`{line}` failed{}", words(&output));
        }
        Ok(format!("{line}{}", words(&output)))
    }

    pub(super) fn run(&self, program: &str, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(program);
        command.args(arguments).env("PATH", path()).env("LC_ALL", "C");
        // A signal that asks us to end is not passed on: it would interrupt a restart.
        let ended = process::run(&mut command, Keep::Both, self.limit, &AtomicBool::new(false));
        match ended.with_context(|| format!("cannot run {program}"))? {
            Ended::Done(output) => Ok(output),
            ended => bail!("`{program} {}` {}", arguments.join(" "), ended.failure().unwrap_or_default()),
        }
    }

    /// Has the machine start a daemon at every boot, or no longer do so.
    pub(super) fn at_boot(&self, name: &str, yes: bool) -> Result<String> {
        let action = if yes { "enable" } else { "disable" };
        let output = match self.services {
            Services::Systemd => self.run("systemctl", &[action, name])?,
            Services::Init => self.run("update-rc.d", &[name, action])?,
        };
        if !output.status.success() {
            bail!("{name} did not {action}{}", words(&output));
        }
        Ok(format!("{name}: {action}"))
    }
}

/// The output of a program, as the end of a sentence.
pub(super) fn words(output: &Output) -> String {
    let line = output.line();
    if line.is_empty() { line } else { format!(": {line}") }
}

/// PATH with the folders of daemons, which Debian gives to root only.
fn path() -> OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/local/sbin:/usr/sbin:/sbin");
    path
}

fn program_is_there(program: &str) -> bool {
    std::env::split_paths(&path()).any(|dir| dir.join(program).is_file())
}
