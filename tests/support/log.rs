//! A growing text that several threads write to and a test waits for.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Lines in the order of their events, with a place up to which they have been waited for.
#[derive(Clone, Default)]
pub struct Log(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    text: String,
    seen: usize,
}

impl Log {
    pub fn push(&self, text: &str) {
        self.lock().text.push_str(text);
        self.0.1.notify_all();
    }

    pub fn line(&self, line: &str) {
        self.push(&format!("{line}\n"));
    }

    pub fn text(&self) -> String {
        self.lock().text.clone()
    }

    /// Waits until `pattern` appears after everything that was waited for before; false if it does not.
    ///
    /// The seconds are for an idle machine; a busy machine gets three times as long.
    pub fn wait(&self, pattern: &str, seconds: u64) -> bool {
        let end = Instant::now() + Duration::from_secs(3 * seconds);
        let mut state = self.lock();
        loop {
            if let Some(at) = state.text[state.seen..].find(pattern) {
                state.seen += at + pattern.len();
                return true;
            }
            let Some(left) = end.checked_duration_since(Instant::now()) else { return false };
            state = self.0.1.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
