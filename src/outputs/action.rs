//! How a daemon takes up its changed files.

use super::OUTPUTS;

/// How a unit takes up changed files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The daemon reads its files again on request.
    Reload,
    /// The daemon reads its files only when it starts.
    Restart,
    /// A program applies the files, and the daemon is left alone.
    Run {
        /// The program.
        program: &'static str,
        /// Its arguments.
        arguments: &'static [&'static str],
        /// The changed files that exist are further arguments.
        with_files: bool,
    },
}

/// The action for a unit that the manifest names: that of its output, or else a reload.
#[must_use]
pub fn action(unit: &str) -> Action {
    OUTPUTS.iter().find_map(|output| output.action(unit)).unwrap_or(Action::Reload)
}
