//! Findings as people read them: the place, the line, the caret, what to do.

use std::io::{self, Write};

use super::Report;
use crate::source::Sources;

/// Writes every finding, sorted by place, in the manner of rustc.
///
/// # Errors
/// When `out` cannot be written.
pub fn print_human(
    _report: &Report,
    _sources: &Sources,
    _colour: bool,
    _out: &mut dyn Write,
) -> io::Result<()> {
    Ok(())
}
