//! Signals that ask the program to end: SIGINT, SIGTERM and SIGHUP.
//!
//! They end the program at once, as usual. While a [`HeldSignals`] exists, they are only recorded, so that the current
//! work can first remove its temporary files or undo its steps.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, Result, anyhow};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// The state that the handlers share. They are installed once and never removed: signal-hook cannot restore the
/// default.
struct State {
    /// A signal ends the program.
    ends: Arc<AtomicBool>,
    came: Arc<AtomicBool>,
    /// The number of the last signal.
    number: Arc<AtomicUsize>,
}

static STATE: OnceLock<std::result::Result<State, String>> = OnceLock::new();

/// Delays signals as long as it exists.
pub struct HeldSignals(&'static State);

/// Delays signals from now on: they are recorded and do not end the program.
///
/// # Errors
/// If the handlers cannot be installed.
pub fn hold() -> Result<HeldSignals> {
    let state = STATE.get_or_init(|| install().map_err(|error| format!("{error:#}")));
    let state = state.as_ref().map_err(|error| anyhow!("{error}"))?;
    state.came.store(false, Ordering::SeqCst);
    state.ends.store(false, Ordering::SeqCst);
    Ok(HeldSignals(state))
}

fn install() -> Result<State> {
    let state = State { ends: Arc::new(AtomicBool::new(true)), came: Arc::default(), number: Arc::default() };
    for signal in SIGNALS {
        let number = usize::try_from(signal)?;
        let install = || {
            // In this order: they run in the order of their registration.
            flag::register_usize(signal, Arc::clone(&state.number), number)?;
            flag::register(signal, Arc::clone(&state.came))?;
            flag::register_conditional_default(signal, Arc::clone(&state.ends))
        };
        install().context("cannot listen for signals")?;
    }
    Ok(state)
}

impl HeldSignals {
    /// Set when a signal arrives.
    #[must_use]
    pub fn came(&self) -> &AtomicBool {
        &self.0.came
    }

    /// Ends the program if a signal has arrived; otherwise it returns.
    pub fn obey(self) {
        if self.0.came.load(Ordering::SeqCst)
            && let Ok(signal) = i32::try_from(self.0.number.load(Ordering::SeqCst))
        {
            // It fails only for signals that it does not know.
            let _ = low_level::emulate_default_handler(signal);
        }
    }
}

impl Drop for HeldSignals {
    fn drop(&mut self) {
        self.0.ends.store(true, Ordering::SeqCst);
    }
}
