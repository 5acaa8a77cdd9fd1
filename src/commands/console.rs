//! The output of commands: every command opens standard output and standard error here.
//!
//! Text for people goes through [`stdout()`] and [`stderr()`], which mask every secret that the run has read. Data
//! for programs goes through [`document()`], which masks nothing: a mask in the middle of JSON could be outside a
//! string. Its callers mask the values with a [`Masker`] first. Each is buffered, and written at the latest when it
//! is dropped.

use std::io::{self, IsTerminal as _, Write};

use super::streams::{self, Stream};
use crate::report::{self, MaskedOutput, Masker, Visible};
use crate::source::Sources;

/// Standard output for text.
pub(super) fn stdout() -> MaskedOutput<Stream> {
    MaskedOutput::new(streams::stdout())
}

/// Standard error.
pub(super) fn stderr() -> MaskedOutput<Stream> {
    MaskedOutput::new(streams::stderr())
}

/// Standard output for data without secrets, and for the file that `render --stdout` prints. A terminal gets a visible
/// form of the characters that it would act on; any other reader gets these bytes.
pub(super) fn document() -> Box<dyn Write> {
    let out = streams::stdout();
    if io::stdout().is_terminal() { Box::new(Visible::new(out)) } else { Box::new(out) }
}

/// A masker of the secrets that these sources have read.
pub(super) fn masker(sources: &Sources) -> Masker {
    Masker::new(sources.secret_texts())
}

/// Prints on standard error why the work could not be done.
pub(super) fn failure(error: &anyhow::Error) {
    say(&format!("{error:#}"));
}

/// Prints a line on standard error.
pub(super) fn say(text: &str) {
    // Masked before a long line is cut: half a secret would not be found.
    let masked = report::mask(text);
    let lines: Vec<_> = masked.lines().map(report::visible).collect();
    // A stream of ours takes every write.
    let _ = writeln!(stderr(), "ipxegen: {}", lines.join("\n"));
}
