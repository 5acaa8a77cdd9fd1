//! Telling daemons that their files have changed, and watching that they stay up: by `systemctl`
//! where systemd runs, else by `service`.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Error, Result, anyhow, bail};

use crate::process::{self, Ended, Keep, Output};

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
}

/// Reloads daemons and watches them.
pub struct Reload {
    /// How they are reloaded.
    pub services: Services,
    /// They have to stay up for so long.
    pub watch: Duration,
    /// How long each program that reloads one may take.
    pub limit: Duration,
}

/// What was done with a daemon.
struct Done {
    line: String,
    /// The daemon, if it has to stay up.
    watched: Option<String>,
}

impl Reload {
    /// Reloads the daemons of these units, and watches that they stay up. Returns a line for each.
    ///
    /// # Errors
    /// At the first that fails or does not stay up, with what it said. Those before it are reloaded, and those
    /// behind it are not.
    pub fn tell(&self, units: &Units) -> Result<Vec<String>> {
        let mut lines = self.prepare(units)?;
        let mut watched = Vec::new();
        for (unit, paths) in units {
            let done = self.tell_one(unit, paths)?;
            lines.push(done.line);
            watched.extend(done.watched);
        }
        match self.watch(&watched).into_iter().next() {
            Some((_, error)) => Err(error),
            None => Ok(lines),
        }
    }

    /// Reloads the daemons of these units, whatever each of them answers. Returns a line for each, and the
    /// units that failed.
    pub fn tell_every(&self, all: &Units) -> (Vec<String>, Units) {
        let mut lines = Vec::new();
        let mut failed = Units::new();
        match self.prepare(all) {
            Ok(done) => lines.extend(done),
            Err(error) => lines.push(format!("{error:#}")),
        }
        let mut watched: Vec<(String, &String)> = Vec::new();
        for (unit, paths) in all {
            match self.tell_one(unit, paths) {
                Ok(done) => {
                    lines.push(done.line);
                    watched.extend(done.watched.map(|name| (name, unit)));
                }
                Err(error) => {
                    lines.push(format!("{error:#}"));
                    failed.insert(unit.clone(), paths.clone());
                }
            }
        }
        let names: Vec<String> = watched.iter().map(|(name, _)| name.clone()).collect();
        for (name, error) in self.watch(&names) {
            lines.push(format!("{error:#}"));
            let units = watched.iter().filter(|(other, _)| *other == name).map(|(_, unit)| *unit);
            failed.extend(units.filter_map(|unit| Some((unit.clone(), all.get(unit)?.clone()))));
        }
        (lines, failed)
    }

    /// A unit is a file of systemd's own, which it reads when it is told to.
    fn prepare(&self, units: &Units) -> Result<Vec<String>> {
        if self.services == Services::Systemd && units.keys().any(|unit| unit.ends_with(".mount")) {
            return Ok(vec![self.run_program("systemctl", &["daemon-reload".to_owned()])?]);
        }
        Ok(Vec::new())
    }

    fn tell_one(&self, unit: &str, paths: &BTreeSet<String>) -> Result<Done> {
        let name = unit.trim_end_matches(".service");
        let action = match way(unit, paths) {
            Way::Program(program, arguments) => {
                return Ok(Done { line: self.run_program(program, &arguments)?, watched: None });
            }
            _ if !self.has(name)? => {
                let line = format!("{name} is not installed here, or masked: it was not told");
                return Ok(Done { line, watched: None });
            }
            Way::Restart => "restart",
            Way::Reload if self.is_up(name)? => "reload",
            Way::Reload => "start",
        };
        let said = self.act(name, action)?;
        if !said.status.success() {
            bail!("{name} did not {action}{}", words(&said));
        }
        Ok(Done { line: format!("{name}: {action}"), watched: Some(name.to_owned()) })
    }

    /// Watches daemons until the time is over; those that went down, each once, with what is to be said.
    fn watch(&self, names: &[String]) -> Vec<(String, Error)> {
        let mut down: Vec<(String, Error)> = Vec::new();
        let mut left = self.watch;
        loop {
            for name in names {
                if down.iter().any(|(known, _)| known == name) {
                    continue;
                }
                match self.is_up(name) {
                    Ok(true) => {}
                    Ok(false) => {
                        down.push((name.clone(), anyhow!("{name} did not stay up; its log tells more")));
                    }
                    Err(error) => down.push((name.clone(), error)),
                }
            }
            if left.is_zero() || down.len() == names.len() {
                return down;
            }
            sleep(LOOK.min(left));
            left = left.saturating_sub(LOOK);
        }
    }

    /// Whether the machine has the unit.
    fn has(&self, name: &str) -> Result<bool> {
        match self.services {
            Services::Systemd => {
                let said = self.run("systemctl", &["show", "--property=LoadState", "--value", name])?;
                Ok(!matches!(said.text.trim(), "not-found" | "masked"))
            }
            Services::Init => Ok(Path::new("/etc/init.d").join(name).exists()),
        }
    }

    fn is_up(&self, name: &str) -> Result<bool> {
        let said = match self.services {
            Services::Systemd => self.run("systemctl", &["is-active", "--quiet", name])?,
            Services::Init => self.run("service", &[name, "status"])?,
        };
        Ok(said.status.success())
    }

    fn act(&self, name: &str, action: &str) -> Result<Output> {
        match self.services {
            Services::Systemd => self.run("systemctl", &[action, name]),
            Services::Init => self.run("service", &[name, action]),
        }
    }

    /// Runs a program that may be missing: then nothing has to be told.
    fn run_program(&self, program: &str, arguments: &[String]) -> Result<String> {
        let line = format!("{program} {}", arguments.join(" "));
        if !program_is_there(program) {
            return Ok(format!("{program} is not installed here: `{line}` was not run"));
        }
        let said = self.run(program, &arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
        if !said.status.success() {
            bail!("`{line}` failed{}", words(&said));
        }
        Ok(format!("{line}{}", words(&said)))
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(program);
        command.args(arguments).env("PATH", path()).env("LC_ALL", "C");
        // Half a restart is worse than a whole one: a signal that asks us to end is not passed on.
        let ended = process::run(&mut command, Keep::Both, self.limit, &AtomicBool::new(false));
        match ended.with_context(|| format!("cannot run {program}"))? {
            Ended::Done(output) => Ok(output),
            ended => bail!("`{program} {}` {}", arguments.join(" "), ended.failure().unwrap_or_default()),
        }
    }
}

/// What a program said, as the end of a sentence.
fn words(said: &Output) -> String {
    let line = said.line();
    if line.is_empty() { line } else { format!(": {line}") }
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
