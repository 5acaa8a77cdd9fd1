//! The limits of the processes in a trial: control groups for their memory and their number, where the machine has any.
//!
//! A site's dhcpd.conf may run programs (`execute`), as root: the kernel's limits of processes do not count for root, and
//! a limit of address space is one of each process alone. Without control groups, as in many containers, the time limit is
//! the only one.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The most processes and threads. Kea has a thread for each processor.
const PROCESSES: u32 = 1024;

/// The share of the machine's memory that a trial may take.
const MEMORY: (u64, u64) = (3, 4);

/// The time that the kernel may take to end the processes of a group.
const GRACE: Duration = Duration::from_secs(2);

/// The groups' names begin so; the number of the process follows.
const NAME: &str = "ipxegen-trial-";

/// Control groups, which are removed when this value is dropped.
#[derive(Debug, Default)]
pub(super) struct ControlGroups(Vec<PathBuf>);

impl ControlGroups {
    /// Makes the groups. One that cannot be made is left out.
    pub(super) fn new() -> Self {
        let processes = PROCESSES.to_string();
        let memory = memory().map(|bytes| (bytes / MEMORY.1 * MEMORY.0).to_string());
        let memory = memory.unwrap_or_else(|| "max".to_owned());
        let root = Path::new("/sys/fs/cgroup");
        let name = format!("{NAME}{}", std::process::id());
        let mut groups = Self::default();
        for folder in [root.to_owned(), root.join("pids"), root.join("memory")] {
            remove_left(&folder);
        }
        if root.join("cgroup.controllers").exists() {
            // Version 2: one group has both limits, if the controllers are enabled for the groups below the root.
            groups.add(&root.join(&name), &[("pids.max", &processes), ("memory.max", &memory)]);
        } else {
            groups.add(&root.join("pids").join(&name), &[("pids.max", &processes)]);
            if memory != "max" {
                groups.add(&root.join("memory").join(&name), &[("memory.limit_in_bytes", &memory)]);
            }
        }
        groups
    }

    /// Makes a group, if it can have one of the limits.
    fn add(&mut self, path: &Path, limits: &[(&str, &str)]) {
        if fs::create_dir(path).is_err() {
            return;
        }
        // A folder that is no control group has none of the files.
        let set = |(file, limit): &(&str, &str)| {
            let opened = fs::OpenOptions::new().write(true).open(path.join(file));
            opened.and_then(|mut file| file.write_all(limit.as_bytes())).is_ok()
        };
        if limits.iter().filter(|limit| set(limit)).count() > 0 {
            self.0.push(path.to_owned());
        } else {
            let _ = fs::remove_dir(path);
        }
    }

    /// The files that a process writes `0` to in order to be in the groups.
    pub(super) fn joined(&self) -> String {
        let files: Vec<String> =
            self.0.iter().map(|path| format!("{}/cgroup.procs", path.display())).collect();
        files.join(" ")
    }

    /// Removes the groups, once their processes have ended.
    pub(super) fn remove(&mut self) {
        let end = Instant::now() + GRACE;
        for path in self.0.drain(..) {
            while fs::remove_dir(&path).is_err() && Instant::now() < end {
                sleep(Duration::from_millis(5));
            }
        }
    }
}

impl Drop for ControlGroups {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Removes the groups that killed processes have left in a folder. The kernel keeps those that are in use.
fn remove_left(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.strip_prefix(NAME)?.parse::<u32>().ok());
        let is_left = |id: u32| id == std::process::id() || !Path::new("/proc").join(id.to_string()).exists();
        if id.is_some_and(is_left) {
            let _ = fs::remove_dir(entry.path());
        }
    }
}

/// The machine's memory, in bytes.
fn memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::{ControlGroups, NAME, remove_left};

    /// A process that is killed removes none.
    #[test]
    fn the_groups_of_killed_processes_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let mut ended = Command::new("true").spawn().unwrap();
        ended.wait().unwrap();
        let name = |id: u32| folder.path().join(format!("{NAME}{id}"));
        let left = [name(ended.id()), name(std::process::id())];
        let others = [name(1), folder.path().join(format!("{NAME}x")), folder.path().join("user.slice")];
        for path in left.iter().chain(&others) {
            std::fs::create_dir(path).unwrap();
        }
        remove_left(folder.path());
        assert!(left.iter().all(|path| !path.exists()));
        assert!(others.iter().all(|path| path.exists()));
    }

    /// Two further processes may start, and not a third.
    #[test]
    fn a_group_limits_its_processes() {
        let mut groups = ControlGroups::default();
        for root in ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"] {
            let path = Path::new(root).join(format!("ipxegen-test-{}", std::process::id()));
            groups.add(&path, &[("pids.max", "3")]);
        }
        // In a container there may be none; then a trial joins none.
        if groups.0.is_empty() {
            assert_eq!(ControlGroups::new().joined(), "");
            return;
        }
        let paths: Vec<_> = groups.0.clone();
        let script = "for group in $JOINED; do echo 0 >\"$group\"; done; sleep 60 & one=$!; sleep 60 & \
                      trap \"kill $one $!\" EXIT; sleep 60 &";
        let mut command = Command::new("sh");
        command.args(["-c", script]).env("JOINED", groups.joined()).env("LC_ALL", "C");
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("fork"), "{errors}");
        drop(groups);
        assert!(paths.iter().all(|path| !path.exists()), "{paths:?}");
    }
}
