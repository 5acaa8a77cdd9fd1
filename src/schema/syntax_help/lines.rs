//! Places and lines of a text.

use std::ops::Range;

/// The start of the character at a place.
pub(super) fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The line around a place, without its end.
pub(super) fn line(text: &str, at: usize) -> Range<usize> {
    let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |newline| at + newline);
    start..end
}

/// The number of blanks that indent a line.
pub(super) fn indent(text: &str, line: &Range<usize>) -> usize {
    text.get(line.clone()).map_or(0, |line| line.len() - line.trim_start_matches(' ').len())
}
