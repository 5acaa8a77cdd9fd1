//! Files of `NAME=value` lines, such as those of `/etc/default` and the drop-ins of systemd's units.

use super::origin::{Lines, Origin};

/// A line of such a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment<'t> {
    /// Where it is.
    pub origin: Origin,
    /// The line, trimmed.
    pub text: &'t str,
    /// The section of a unit that it is in, such as `Service`.
    pub section: &'t str,
    /// The name; empty if the line is something else.
    pub name: &'t str,
    /// The value, without the quotes around it.
    pub value: String,
}

/// The lines of a file that are no comments and no headings.
pub fn assignments<'t>(file: &str, text: &'t str) -> Vec<Assignment<'t>> {
    let mut lines = Lines::new(file, text);
    let mut all = Vec::new();
    let (mut at, mut section) = (0, "");
    for raw in text.split_inclusive('\n') {
        let start = at;
        at += raw.len();
        let line = raw.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(heading) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = heading;
            continue;
        }
        let word = line.strip_prefix("export ").unwrap_or(line).trim_start();
        let (name, value) = word.split_once('=').unwrap_or(("", word));
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let name = if name.trim_end().chars().all(plain) { name.trim_end() } else { "" };
        let origin = lines.at(start);
        all.push(Assignment { origin, text: line, section, name, value: unquoted(value.trim()) });
    }
    all
}

/// A value without its quotes, and without a comment behind it.
fn unquoted(value: &str) -> String {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote)
            && let Some((inside, _)) = rest.split_once(quote)
        {
            return inside.to_owned();
        }
    }
    value.split(" #").next().unwrap_or(value).trim_end().to_owned()
}
