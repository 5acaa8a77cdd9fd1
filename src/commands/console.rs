//! Where commands write: the only place that opens standard output and standard error.
//!
//! Text for people goes through [`stdout()`], [`buffered()`] and [`stderr()`], which mask every secret that the run
//! has read. Data for programs goes through [`document()`], which masks nothing: a mask in the middle of
//! JSON could be outside a string. Its callers mask the values with a [`Masker`] first.

use std::io::{self, BufWriter, IsTerminal as _, StderrLock, StdoutLock, Write};

use crate::report::{self, MaskedOutput, Masker, Visible};
use crate::source::Sources;

/// Standard output for text, written line by line.
pub(super) fn stdout() -> MaskedOutput<StdoutLock<'static>> {
    MaskedOutput::new(io::stdout().lock())
}

/// Standard output for long text. It must be flushed.
pub(super) fn buffered() -> MaskedOutput<BufWriter<StdoutLock<'static>>> {
    MaskedOutput::new(BufWriter::new(io::stdout().lock()))
}

/// Standard error.
pub(super) fn stderr() -> MaskedOutput<StderrLock<'static>> {
    MaskedOutput::new(io::stderr().lock())
}

/// Standard output for data without secrets, and for the file that `render --stdout` asks for. It must be flushed.
/// Nothing but a terminal gets other bytes than these: a terminal would act on some characters.
pub(super) fn document() -> Box<dyn Write> {
    let out = BufWriter::new(io::stdout().lock());
    if io::stdout().is_terminal() { Box::new(Visible::new(out)) } else { Box::new(out) }
}

/// A masker of the secrets that these sources have read.
pub(super) fn masker(sources: &Sources) -> Masker {
    Masker::new(sources.secret_texts())
}

/// Says on standard error why the work could not be done.
pub(super) fn failure(error: &anyhow::Error) {
    let text = format!("{error:#}");
    // Masked before a long line is cut: half a secret would not be found.
    let masked = report::mask(&text);
    let lines: Vec<_> = masked.lines().map(report::visible).collect();
    // When standard error is gone as well there is nobody to tell.
    let _ = writeln!(stderr(), "ipxegen: {}", lines.join("\n"));
}
