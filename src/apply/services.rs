//! Reloads the daemons whose files have changed and watches that they stay up, with `systemctl` on a machine that
//! systemd runs, else with `service`. How each daemon takes up a change is said by its output.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Error, Result, anyhow, bail};

use crate::outputs::{Action, action};
use crate::process::{self, Ended, Keep, Output};

/// The changed files by the systemd unit that uses them.
pub type Units = BTreeMap<String, BTreeSet<String>>;

/// The time between two looks at a watched daemon.
const LOOK: Duration = Duration::from_millis(250);

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

/// Reloads daemons and watches them.
pub struct Reload {
    /// The program that reloads them.
    pub services: Services,
    /// How long they are watched.
    pub watch: Duration,
    /// The time limit of each program that is run.
    pub limit: Duration,
}

/// The result of one action.
struct Done {
    line: String,
    /// The daemon to watch, if any.
    watched: Option<String>,
}

impl Reload {
    /// Reloads the daemons of these units, and watches that they stay up. Returns a line for each.
    ///
    /// # Errors
    /// If a daemon fails or does not stay up, with its message. The daemons before it are reloaded, those after it
    /// are not.
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

    /// Reloads the daemons of all these units, even if some of them fail. Returns a line for each, and the units that
    /// failed.
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

    /// Has systemd read its own files again, where some of them have changed.
    fn prepare(&self, units: &Units) -> Result<Vec<String>> {
        let of_systemd = |path: &String| Path::new(path).starts_with("/etc/systemd");
        if self.services == Services::Systemd && units.values().flatten().any(of_systemd) {
            return Ok(vec![self.run_program("systemctl", &["daemon-reload".to_owned()])?]);
        }
        Ok(Vec::new())
    }

    fn tell_one(&self, unit: &str, paths: &BTreeSet<String>) -> Result<Done> {
        let name = unit.trim_end_matches(".service");
        let action = match action(unit) {
            Action::Run { program, arguments, with_files } => {
                let files = paths.iter().filter(|path| with_files && Path::new(path).exists());
                let words = arguments.iter().map(|word| (*word).to_owned());
                let words: Vec<String> = words.chain(files.cloned()).collect();
                return Ok(Done { line: self.run_program(program, &words)?, watched: None });
            }
            _ if !self.has(name)? => {
                let line = format!("{name} is not installed here, or masked: it was not told");
                return Ok(Done { line, watched: None });
            }
            Action::Restart => "restart",
            Action::Reload if self.is_up(name)? => "reload",
            Action::Reload => "start",
        };
        let output = self.act(name, action)?;
        if !output.status.success() {
            bail!("{name} did not {action}{}", words(&output));
        }
        Ok(Done { line: format!("{name}: {action}"), watched: Some(name.to_owned()) })
    }

    /// Watches daemons until the time is over. Returns those that went down, with an error for each.
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
                let output = self.run("systemctl", &["show", "--property=LoadState", "--value", name])?;
                Ok(!matches!(output.text.trim(), "not-found" | "masked"))
            }
            Services::Init => Ok(Path::new("/etc/init.d").join(name).exists()),
        }
    }

    fn is_up(&self, name: &str) -> Result<bool> {
        let output = match self.services {
            Services::Systemd => self.run("systemctl", &["is-active", "--quiet", name])?,
            Services::Init => self.run("service", &[name, "status"])?,
        };
        Ok(output.status.success())
    }

    fn act(&self, name: &str, action: &str) -> Result<Output> {
        match self.services {
            Services::Systemd => self.run("systemctl", &[action, name]),
            Services::Init => self.run("service", &[name, action]),
        }
    }

    /// Runs a program. If the machine does not have it, it has no daemon of that kind either.
    fn run_program(&self, program: &str, arguments: &[String]) -> Result<String> {
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

    fn run(&self, program: &str, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(program);
        command.args(arguments).env("PATH", path()).env("LC_ALL", "C");
        // A signal that asks us to end is not passed on: it would interrupt a restart.
        let ended = process::run(&mut command, Keep::Both, self.limit, &AtomicBool::new(false));
        match ended.with_context(|| format!("cannot run {program}"))? {
            Ended::Done(output) => Ok(output),
            ended => bail!("`{program} {}` {}", arguments.join(" "), ended.failure().unwrap_or_default()),
        }
    }
}

/// The output of a program, as the end of a sentence.
fn words(output: &Output) -> String {
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
