//! Tells the daemons whose files have changed, and watches that they stay up. How each daemon takes up a change is said
//! by its output.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Error, Result, anyhow, bail};

use super::control_socket::{self, Refused};
use super::pending::{Pending, Switch, Units};
use super::services::{Daemons, Services, words};
use crate::outputs::{Action, action};

/// The time between two looks at a watched daemon.
const LOOK: Duration = Duration::from_millis(250);

/// Reloads daemons and watches them.
pub struct Reload {
    /// The program that reloads them.
    pub services: Services,
    /// How long they are watched.
    pub watch: Duration,
    /// The time limit of each program that is run.
    pub limit: Duration,
    /// The unit of the DHCP server, which must listen after the change.
    pub listens: Option<String>,
}

/// The result of one action.
struct Done {
    line: String,
    /// The daemon to watch, if any.
    watched: Option<String>,
}

impl Reload {
    const fn daemons(&self) -> Daemons {
        Daemons { services: self.services, limit: self.limit }
    }

    /// Reloads the daemons of these units, and watches that they stay up. Stops and starts those of the switch. Returns
    /// a line for each.
    ///
    /// # Errors
    /// If a daemon fails or does not stay up, with its message. The daemons before it are reloaded, those after it
    /// are not.
    pub fn tell(&self, units: &Units, switch: &Switch) -> Result<Vec<String>> {
        self.require(switch)?;
        let mut lines = self.prepare(units, switch)?;
        for line in self.switch(switch) {
            lines.push(line?);
        }
        let mut watched = Vec::new();
        for (unit, paths) in units.iter().filter(|(unit, _)| !switch.off.contains(*unit)) {
            let done = self.tell_one(unit, paths)?;
            lines.push(done.line);
            watched.extend(done.watched);
        }
        if let Some((_, error)) = self.watch(&watched).into_iter().next() {
            return Err(error);
        }
        let told = |unit: &&String| units.contains_key(*unit) || switch.on.contains(*unit);
        if let Some(unit) = self.listens.as_ref().filter(told) {
            lines.extend(self.wait_until_it_listens(name_of(unit))?);
        }
        Ok(lines)
    }

    /// Waits until a DHCP server listens, as long as it may take to start.
    fn wait_until_it_listens(&self, name: &str) -> Result<Option<String>> {
        if !self.daemons().has(name)? {
            return Ok(None);
        }
        let mut left = self.limit;
        loop {
            let table = fs::read_to_string("/proc/net/udp").context("cannot read the table of UDP ports")?;
            if listens_on_67(&table) {
                return Ok(Some(format!("{name} listens on UDP port 67")));
            }
            if left.is_zero() {
                bail!("{name} does not listen on UDP port 67 after {} s", self.limit.as_secs());
            }
            sleep(LOOK.min(left));
            left = left.saturating_sub(LOOK);
        }
    }

    /// Reloads the daemons of all these units, even if some of them fail. Returns a line for each, and the work that
    /// is left.
    pub fn tell_every(&self, all: &Units, switch: &Switch) -> (Vec<String>, Pending) {
        let mut lines = Vec::new();
        let mut left = Pending::default();
        match self.prepare(all, switch) {
            Ok(done) => lines.extend(done),
            Err(error) => {
                lines.push(format!("{error:#}"));
                // A daemon that systemd starts with its old unit runs, and not with these files.
                left.units.clone_from(all);
            }
        }
        for line in self.switch(switch) {
            lines.push(line.unwrap_or_else(|error| {
                left.switched = switch.on.union(&switch.off).cloned().collect();
                format!("{error:#}")
            }));
        }
        let failed = &mut left.units;
        let mut watched: Vec<(String, &String)> = Vec::new();
        for (unit, paths) in all.iter().filter(|(unit, _)| !switch.off.contains(*unit)) {
            // Kea 2.2 answers nobody after a reload that failed: a restart is the way back.
            let told = self.tell_one(unit, paths).or_else(|error| match action(unit) {
                Action::ControlSocket { .. } => self.restart(name_of(unit)),
                _ => Err(error),
            });
            match told {
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
        (lines, left)
    }

    /// Makes sure that the machine has each daemon that a switch starts, before it stops the one that answers now.
    ///
    /// # Errors
    /// If it lacks one.
    pub(super) fn require(&self, switch: &Switch) -> Result<()> {
        for unit in &switch.on {
            if !self.daemons().has(name_of(unit))? {
                bail!("{unit} is not installed here, or masked: install its package first");
            }
        }
        Ok(())
    }

    /// Has systemd read its own files again, where some of them have changed, and tests what a restart would read.
    fn prepare(&self, units: &Units, switch: &Switch) -> Result<Vec<String>> {
        let of_systemd = |path: &String| Path::new(path).starts_with("/etc/systemd");
        let mut lines = Vec::new();
        if self.services == Services::Systemd && units.values().flatten().any(of_systemd) {
            lines.push(self.daemons().run_program("systemctl", &["daemon-reload".to_owned()])?);
        }
        for unit in units.keys().filter(|unit| !switch.off.contains(*unit)) {
            if let Action::RestartAfter { program, arguments } = action(unit)
                && self.daemons().has(name_of(unit))?
            {
                let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
                lines.push(self.daemons().run_program(program, &arguments)?);
            }
        }
        Ok(lines)
    }

    /// The daemons among them that run.
    pub(super) fn running(&self, units: &BTreeSet<String>) -> Result<BTreeSet<String>> {
        let mut running = BTreeSet::new();
        for unit in units {
            let name = name_of(unit);
            if self.daemons().has(name)? && self.daemons().is_up(name)? {
                running.insert(unit.clone());
            }
        }
        Ok(running)
    }

    /// Stops daemons while their files are in place: the init script of isc-dhcp-server does nothing without
    /// `/etc/default/isc-dhcp-server`, and says that it did well.
    ///
    /// # Errors
    /// If one does not stop.
    pub(super) fn stop(&self, running: &BTreeSet<String>) -> Result<Vec<String>> {
        running.iter().map(|unit| Ok(self.act(name_of(unit), "stop")?.line)).collect()
    }

    /// Starts daemons that were stopped for nothing.
    pub(super) fn start(&self, units: &BTreeSet<String>) -> Vec<Result<String>> {
        let names = units.iter().map(|unit| name_of(unit));
        names.map(|name| self.act(name, "start").map(|done| done.line)).collect()
    }

    /// Enables the daemons of a switch that begin to answer, then disables the others. In this order the machine starts
    /// with the new one after a power cut in between.
    fn switch(&self, switch: &Switch) -> Vec<Result<String>> {
        let daemons = self.daemons();
        let mut lines: Vec<Result<String>> =
            switch.on.iter().map(|unit| daemons.at_boot(name_of(unit), true)).collect();
        for unit in &switch.off {
            let name = name_of(unit);
            match daemons.has(name) {
                Ok(true) => {
                    lines.extend(self.end(name).transpose());
                    lines.push(daemons.at_boot(name, false));
                }
                Ok(false) => lines.push(Ok(format!("{name} is not installed here, or masked"))),
                Err(error) => lines.push(Err(error)),
            }
        }
        lines
    }

    /// Ends a daemon that still runs without its files, which an earlier run has exchanged without `--reload`.
    fn end(&self, name: &str) -> Result<Option<String>> {
        if !self.daemons().is_up(name)? {
            return Ok(None);
        }
        if self.services == Services::Systemd {
            // It may have no process left.
            let _ = self.daemons().run("systemctl", &["kill", name]);
        }
        Ok(Some(self.act(name, "stop")?.line))
    }

    fn tell_one(&self, unit: &str, paths: &BTreeSet<String>) -> Result<Done> {
        let name = name_of(unit);
        let action = match action(unit) {
            Action::Run { program, arguments, with_files } => {
                let files = paths.iter().filter(|path| with_files && Path::new(path).exists());
                let words = arguments.iter().map(|word| (*word).to_owned());
                let words: Vec<String> = words.chain(files.cloned()).collect();
                return Ok(Done { line: self.daemons().run_program(program, &words)?, watched: None });
            }
            _ if !self.daemons().has(name)? => {
                let line = format!("{name} is not installed here, or masked: it was not told");
                return Ok(Done { line, watched: None });
            }
            Action::Restart | Action::RestartAfter { .. } => "restart",
            Action::Reload if self.daemons().is_up(name)? => "reload",
            Action::ControlSocket { socket, file } if self.daemons().is_up(name)? => {
                return self.tell_by_socket(name, Path::new(socket), Path::new(file));
            }
            Action::Reload | Action::ControlSocket { .. } => "start",
        };
        self.act(name, action)
    }

    /// Has a daemon test its file and read it again. A daemon without a socket is restarted.
    fn tell_by_socket(&self, name: &str, socket: &Path, file: &Path) -> Result<Done> {
        match control_socket::reload(socket, file, self.limit) {
            Ok(()) => Ok(Done {
                line: format!("{name}: config-test, config-reload"),
                watched: Some(name.to_owned()),
            }),
            Err(Refused::NotAsked) => self.restart(name),
            Err(Refused::Answer(why)) => Err(why.context(format!("{name} did not take its file"))),
        }
    }

    fn restart(&self, name: &str) -> Result<Done> {
        self.act(name, "restart")
    }

    fn act(&self, name: &str, action: &str) -> Result<Done> {
        let output = self.daemons().act(name, action)?;
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
                match self.daemons().is_up(name) {
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
}

/// Whether a program has UDP port 67 (0x43), by the kernel's table. dhcpd and Kea have it beside their packet sockets.
fn listens_on_67(table: &str) -> bool {
    table.lines().skip(1).any(|line| line.split_whitespace().nth(1).is_some_and(|own| own.ends_with(":0043")))
}

/// The name of a unit as the init scripts have it, too.
fn name_of(unit: &str) -> &str {
    unit.trim_end_matches(".service")
}
