//! Syncs files to the disk while others are still rendered.
//!
//! A small site spends most of its time waiting for the disk. If several files are synced at the same time, the file
//! system's journal writes them together.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, JoinHandle};

use anyhow::{Context as _, Result, anyhow};

/// The number of files that are synced at the same time.
const THREADS: usize = 4;

/// The number of further files that may wait. Each stays open until it is synced.
const WAITING: usize = 16;

/// The message if a thread ended early. Another message gives the reason.
const GONE: &str = "a thread that waits for the disk is gone";

/// A file and its final name.
type Waiting = (File, PathBuf);

/// Files that must be on the disk before they are renamed to their final names.
pub(super) struct Syncs {
    give: SyncSender<Waiting>,
    taken: Arc<Mutex<Receiver<Waiting>>>,
    threads: Vec<JoinHandle<Result<()>>>,
    /// The most threads.
    most: usize,
}

impl Syncs {
    pub(super) fn new() -> Self {
        let (give, taken) = sync_channel(WAITING);
        Self { give, taken: Arc::new(Mutex::new(taken)), threads: Vec::new(), most: THREADS }
    }

    /// Syncs each file at once, without threads: for a single file.
    pub(super) fn at_once() -> Self {
        Self { most: 0, ..Self::new() }
    }

    /// Hands a file over.
    ///
    /// # Errors
    /// If there is no thread to take it, the error of the disk.
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

    /// Waits until all files are on the disk.
    ///
    /// # Errors
    /// The errors of the disk.
    pub(super) fn finish(self) -> Result<()> {
        drop(self.give);
        for thread in self.threads {
            thread.join().map_err(|_| anyhow!(GONE))??;
        }
        Ok(())
    }
}

/// Syncs files until no more come. It continues after a failure, because the renderer waits for room in the queue.
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
