//! What a run is at, on a terminal, once it takes longer than a second.
//!
//! The stages count what they have done; nothing is shown unless somebody looks ([`show`]), and then
//! by a thread that only reads the counts. Standard error may be locked by whoever looks, so that
//! thread has a handle of its own.

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
    /// Hosts that were read are looked through.
    Resolve,
    /// Bytes are rendered, to be written or compared.
    Render,
    /// Sites of several are done.
    Site,
}

/// How much of each was done, by all threads.
static DONE: [AtomicU64; 4] = [const { AtomicU64::new(0) }; 4];

/// Whether somebody looks already: several sites are rendered at once, on one terminal.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// How long nothing is said.
const QUIET: Duration = Duration::from_secs(1);

/// How often something new is said.
const OFTEN: Duration = Duration::from_millis(200);

/// Counts work that was done.
pub fn done(work: Work, much: u64) {
    DONE[work as usize].fetch_add(much, Ordering::Relaxed);
}

/// Shows what a run is at, as long as the value lives and standard error is a terminal.
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
        // Where no thread can be had, nothing is shown.
        thread::Builder::new().spawn(move || {
            let (mut to, mut wait, mut shown) = (File::from(own), QUIET, false);
            // Nobody sends: the wait ends when the other end goes.
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = OFTEN;
                shown = true;
                // A terminal that is gone is no reason to stop the work.
                let _ = write!(to, "\r{}\x1b[K", words(before, now()));
            }
            if shown {
                let _ = write!(to, "\r\x1b[K");
            }
        })
    });
    Some(Shown { stop: Some(stop), painter: painter.ok() })
}

/// Shows what a run is at; its line is gone when it ends.
pub struct Shown {
    stop: Option<Sender<()>>,
    painter: Option<JoinHandle<()>>,
}

impl Drop for Shown {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(painter) = self.painter.take() {
            // It has nothing to say how it ended.
            let _ = painter.join();
        }
        SHOWN.store(false, Ordering::Relaxed);
    }
}

fn now() -> [u64; 4] {
    [0, 1, 2, 3].map(|work: usize| DONE.get(work).map_or(0, |done| done.load(Ordering::Relaxed)))
}

/// The last work of which something was done.
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
