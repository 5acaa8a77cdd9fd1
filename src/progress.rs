//! Shows the progress of a run on a terminal, once the run takes longer than a second.
//!
//! The stages count the work that they have done. A thread that [`show`] starts reads the counts and prints them. The
//! caller of [`show`] may have locked standard error, so the thread has its own handle of it.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Work that may take long, in the order in which it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Hosts are read.
    Read,
    /// Hosts are resolved.
    Resolve,
    /// Bytes are rendered, to be written or compared.
    Render,
    /// Sites are finished, if there are several.
    Site,
}

/// How much of each work all threads have done.
static DONE: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// Whether a progress line is shown. Several sites are rendered at once, and a terminal has one line.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// How long a run takes before its progress is shown.
const QUIET: Duration = Duration::from_secs(1);

/// How often the progress line changes.
const OFTEN: Duration = Duration::from_millis(200);

/// Counts work that was done.
pub fn done(work: Work, much: u64) {
    DONE[work as usize].fetch_add(much, Ordering::Relaxed);
}

/// Shows the progress of a run while the returned value exists, if standard error is a terminal.
#[must_use]
pub fn show() -> Option<Shown> {
    let err = io::stderr();
    let dumb = std::env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
    if dumb || !err.is_terminal() || SHOWN.swap(true, Ordering::Relaxed) {
        return None;
    }
    let before = now();
    let (stop, stopped) = channel::<()>();
    let painter = err.as_fd().try_clone_to_owned().and_then(|own| {
        // If no thread can be started, no progress is shown.
        thread::Builder::new().spawn(move || {
            let (mut to, mut wait, mut shown) = (File::from(own), QUIET, false);
            // Nothing is ever sent: the wait ends when the sender is dropped.
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = OFTEN;
                shown = true;
                // A closed terminal must not stop the run.
                let _ = write!(to, "\r{}\x1b[K", words(before, now()));
            }
            if shown {
                let _ = write!(to, "\r\x1b[K");
            }
        })
    });
    Some(Shown { stop: Some(stop), painter: painter.ok() })
}

/// Shows the progress of a run. Dropping it removes the line.
pub struct Shown {
    stop: Option<Sender<()>>,
    painter: Option<JoinHandle<()>>,
}

impl Drop for Shown {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(painter) = self.painter.take() {
            // The thread returns nothing, and a panic in it does not matter here.
            let _ = painter.join();
        }
        SHOWN.store(false, Ordering::Relaxed);
    }
}

fn now() -> [u64; 4] {
    [0, 1, 2, 3].map(|work: usize| DONE.get(work).map_or(0, |done| done.load(Ordering::Relaxed)))
}

/// The text for the latest stage that has done something.
fn words(before: [u64; 4], now: [u64; 4]) -> String {
    let [read, resolved, rendered, sites] = [0, 1, 2, 3].map(|work: usize| now[work] - before[work]);
    if sites > 0 {
        format!("{} done", counted(sites, "site"))
    } else if rendered > 0 {
        format!("rendering: {} MB", rendered / 1_000_000)
    } else if resolved > 0 {
        format!("checking: {}", counted(resolved, "host"))
    } else if read > 0 {
        format!("reading: {}", counted(read, "host"))
    } else {
        "reading".to_owned()
    }
}

/// "1,204,000 hosts".
fn counted(number: u64, what: &str) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::{counted, words};

    #[test]
    fn the_last_work_is_named() {
        let before = [5, 0, 0, 0];
        assert_eq!(words(before, before), "reading");
        assert_eq!(words(before, [1_204_005, 0, 0, 0]), "reading: 1,204,000 hosts");
        assert_eq!(words(before, [1_204_005, 1, 0, 0]), "checking: 1 host");
        assert_eq!(words(before, [9, 9, 120_900_000, 0]), "rendering: 120 MB");
        assert_eq!(words(before, [9, 9, 9, 3]), "3 sites done");
        assert_eq!([counted(1, "x"), counted(999, "x"), counted(1000, "x")], ["1 x", "999 xs", "1,000 xs"]);
    }
}
