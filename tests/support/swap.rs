//! An attacker who swaps files for links while the program runs.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::fs::{CWD, RenameFlags, renameat_with};

/// Ends the other thread, also when an assertion fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `work` while another thread swaps the paths of each pair. Each swap is one rename, so that something has either
/// name at any time.
pub fn while_swapping<R>(pairs: &[(&Path, &Path)], work: impl FnOnce() -> R) -> R {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                for (one, other) in pairs {
                    renameat_with(CWD, *one, CWD, *other, RenameFlags::EXCHANGE).expect("both are there");
                }
                thread::yield_now();
            }
        });
        let _stop = Stop(&over);
        work()
    })
}
