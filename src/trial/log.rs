//! The messages of a daemon that does not start.

use super::daemon::Trialled;
use crate::report::masked;

/// The most lines that are shown.
const MOST: usize = 6;

/// Lines that dhcpd prints at every start, and before it ends.
const ALWAYS: [&str; 12] = [
    "Internet Systems Consortium DHCP Server",
    "Copyright ",
    "All rights reserved",
    "For info, please visit",
    "Config file:",
    "Database file:",
    "PID file:",
    "Wrote ",
    "Listening on ",
    "Sending on ",
    "Source compiled ",
    "exiting.",
];

/// How dhcpd's general advice begins.
const ADVICE: [&str; 2] = [
    "If you think you have received this message due to a bug",
    "Please make sure there is no other dhcp server",
];

/// The lines of a log that say why the daemon ended.
pub(super) fn words(log: &str, daemon: &Trialled) -> String {
    let end = ADVICE.iter().filter_map(|advice| log.find(advice)).min();
    let text = end.and_then(|end| log.get(..end)).unwrap_or(log);
    if daemon.secret.as_ref().is_some_and(Vec::is_empty) {
        return format!(
            "{} prints messages about a file with secrets, which are not shown; start it by hand",
            daemon.program
        );
    }
    let text = masked(text, daemon.secret.as_deref().unwrap_or_default());
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines.filter(|line| !ALWAYS.iter().any(|begin| line.starts_with(begin))).collect();
    // Kea prints a line of each level; its errors say why.
    let errors: Vec<&str> =
        lines.iter().copied().filter(|line| line.contains(" ERROR ") || line.contains(" FATAL ")).collect();
    let lines = if errors.is_empty() { lines } else { errors };
    if lines.is_empty() {
        return "it says nothing".to_owned();
    }
    let last = lines.len().saturating_sub(MOST);
    lines.get(last..).unwrap_or_default().join("\n")
}
