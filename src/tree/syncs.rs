//! Files on their way to the disk while others are still rendered.
//!
//! Waiting for the disk is most of the time of a small site, and costs nothing but time: a journal that is
//! asked for several files at once writes them at once.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};

use anyhow::{Context as _, Result, anyhow};

/// How many files are waited for at once.
const THREADS: usize = 4;

/// How many more may wait: each is open until then.
const WAITING: usize = 16;

/// The message if one of them ended early: another one gave the reason.
const GONE: &str = "a thread that waits for the disk is gone";

/// A file and its final name.
type Waiting = (File, PathBuf);

/// Files of which every byte is to be on the disk before they are put in place.
pub(super) struct Syncs {
    give: SyncSender<Waiting>,
    taken: Arc<Mutex<Receiver<Waiting>>>,
    threads: Vec<JoinHandle<Result<()>>>,
    /// How many threads there may be.
    most: usize,
}

impl Syncs {
    pub(super) fn new() -> Self {
        let (give, taken) = sync_channel(WAITING);
        Self { give, taken: Arc::new(Mutex::new(taken)), threads: Vec::new(), most: THREADS }
    }

    /// Waits for each file as it comes: where there is only one.
    pub(super) fn at_once() -> Self {
        Self { most: 0, ..Self::new() }
    }

    /// Hands a file over.
    ///
    /// # Errors
    /// Where there is no thread to take it, whatever the disk answers.
    pub(super) fn push(&mut self, file: File, target: PathBuf) -> io::Result<()> {
        if self.threads.len() < self.most {
            let taken = Arc::clone(&self.taken);
            self.threads.extend(Builder::new().spawn(move || each(&taken)).ok());
        }
        if self.threads.is_empty() {
            return file.sync_all();
        }
        self.give.send((file, target)).map_err(|_| io::Error::other(GONE))
    }

    /// Waits until all are on the disk.
    ///
    /// # Errors
    /// Whatever the disk answers.
    pub(super) fn finish(self) -> Result<()> {
        drop(self.give);
        for thread in self.threads {
            thread.join().map_err(|_| anyhow!(GONE))??;
        }
        Ok(())
    }
}

/// Syncs what comes, until no more does; also behind one that cannot be, for whoever renders waits for room.
fn each(taken: &Mutex<Receiver<Waiting>>) -> Result<()> {
    let mut result = Ok(());
    loop {
        let next = taken.lock().map_err(|_| anyhow!(GONE))?.recv();
        let Ok(next) = next else { return result };
        result = result.and(sync(next));
    }
}

fn sync((file, target): Waiting) -> Result<()> {
    file.sync_all().with_context(|| format!("cannot write {}", target.display()))
}

#[cfg(test)]
mod tests {
    use super::Syncs;

    #[test]
    fn many_files_come_and_one_that_cannot_be_brought_is_told() {
        for mut syncs in [Syncs::new(), Syncs::at_once()] {
            for _ in 0..200 {
                syncs.push(tempfile::tempfile().unwrap(), "file".into()).unwrap();
            }
            syncs.finish().unwrap();
        }
        // A pipe has no disk behind it.
        let mut syncs = Syncs::new();
        for _ in 0..100 {
            let (_, end) = std::io::pipe().unwrap();
            syncs.push(std::os::fd::OwnedFd::from(end).into(), "pipe".into()).unwrap();
        }
        assert_eq!(format!("{}", syncs.finish().unwrap_err()), "cannot write pipe");
    }
}
