//! External programs, run with a time limit: checkers, `service`, `systemctl`.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// The time limit unless `--timeout` sets another.
pub const TIMEOUT: u32 = 30;

/// A program that writes more than this is killed.
const MOST: u64 = 8 << 20;

/// How long to wait for a killed program to end. One in uninterruptible sleep never does.
const GRACE: Duration = Duration::from_secs(2);

/// The output of a program that is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Standard error only.
    Errors,
    /// Both, in the order in which they were written.
    Both,
}

/// How a program ended.
#[derive(Debug)]
pub enum Ended {
    /// By itself.
    Done(Output),
    /// It took too long and was killed.
    Late(Duration),
    /// It wrote too much and was killed.
    Flooded,
    /// A signal asked ipxegen to end, and the program was killed.
    Stopped,
}

/// The result of a program that ended by itself.
#[derive(Debug)]
pub struct Output {
    /// Its exit status.
    pub status: ExitStatus,
    /// Its output.
    pub text: String,
}

impl Output {
    /// Its output as one line.
    #[must_use]
    pub fn line(&self) -> String {
        let lines: Vec<_> = self.text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines.join("; ")
    }
}

impl Ended {
    /// Why a program did not end by itself, as words to print after its name.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        match self {
            Self::Done(_) => None,
            Self::Late(limit) => Some(format!("did not end within {} s and was killed", limit.as_secs())),
            Self::Flooded => Some(format!("wrote more than {} MB and was killed", MOST >> 20)),
            Self::Stopped => Some("was stopped by a signal".to_owned()),
        }
    }
}

/// Runs a program to its end, in a process group of its own, which is killed as a whole.
///
/// Its output goes through a file: a daemon that it starts would keep a pipe open.
///
/// # Errors
/// If the program cannot be started.
pub fn run(command: &mut Command, keep: Keep, limit: Duration, stop: &AtomicBool) -> io::Result<Ended> {
    let mut file = tempfile::tempfile()?;
    let stdout = match keep {
        Keep::Errors => Stdio::null(),
        Keep::Both => file.try_clone()?.into(),
    };
    command.stdin(Stdio::null()).stdout(stdout).stderr(file.try_clone()?).process_group(0);
    let mut child = command.spawn()?;
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ended::Done(Output { status, text: text_of(&mut file)? }));
        }
        let ended = if stop.load(Ordering::Relaxed) {
            Ended::Stopped
        } else if start.elapsed() >= limit {
            Ended::Late(limit)
        } else if file.metadata()?.len() > MOST {
            Ended::Flooded
        } else {
            sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
            continue;
        };
        kill(&mut child);
        return Ok(ended);
    }
}

/// Kills a program that runs in a process group of its own, and all that it started.
pub fn kill(child: &mut Child) {
    // Nobody has waited for the child yet, so its process id is not in use by another process.
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let start = Instant::now();
    while matches!(child.try_wait(), Ok(None)) && start.elapsed() < GRACE {
        sleep(Duration::from_millis(5));
    }
}

fn text_of(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(MOST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread::sleep;
    use std::time::Duration;

    use super::{Ended, Keep, run};

    static NEVER: AtomicBool = AtomicBool::new(false);

    fn sh(script: &str, keep: Keep, limit: u64) -> Ended {
        run(Command::new("sh").args(["-c", script]), keep, Duration::from_secs(limit), &NEVER).unwrap()
    }

    #[test]
    fn a_program_that_ends_tells_what_it_wrote() {
        let Ended::Done(output) = sh("echo out; echo err >&2; exit 3", Keep::Both, 60) else { panic!() };
        assert_eq!((output.status.code(), output.text.as_str()), (Some(3), "out\nerr\n"));
        let Ended::Done(output) = sh("echo out; echo err >&2", Keep::Errors, 60) else { panic!() };
        assert_eq!((output.status.code(), output.text.as_str()), (Some(0), "err\n"));
    }

    #[test]
    fn a_program_that_takes_too_long_is_killed() {
        let ended = sh("sleep 600", Keep::Both, 0);
        assert_eq!(ended.failure().as_deref(), Some("did not end within 0 s and was killed"));
    }

    #[test]
    fn a_signal_ends_the_program_and_all_that_it_started() {
        let dir = tempfile::tempdir().unwrap();
        let child = dir.path().join("child");
        let script = format!("sleep 600 & echo $! >{0}.part; mv {0}.part {0}; wait", child.display());
        let stop = AtomicBool::new(false);
        let ended = std::thread::scope(|scope| {
            scope.spawn(|| {
                // At its end as well, so that a program that fails does not hang the test.
                while !child.exists() && !stop.load(Ordering::Relaxed) {
                    sleep(Duration::from_millis(5));
                }
                stop.store(true, Ordering::Relaxed);
            });
            let limit = Duration::from_secs(3_600);
            let ended = run(Command::new("sh").args(["-c", &script]), Keep::Both, limit, &stop);
            stop.store(true, Ordering::Relaxed);
            ended.unwrap()
        });
        assert!(matches!(ended, Ended::Stopped));
        let id = fs::read_to_string(child).unwrap();
        // It is gone, or a zombie that its new parent has not collected yet.
        let runs = || {
            fs::read_to_string(format!("/proc/{}/stat", id.trim())).is_ok_and(|stat| !stat.contains(") Z "))
        };
        while runs() {
            sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_program_that_writes_without_end_is_killed() {
        let ended = sh("yes", Keep::Both, 600);
        assert_eq!(ended.failure().as_deref(), Some("wrote more than 8 MB and was killed"));
    }
}
