//! Whether to print in colour: the one place that decides it.
//!
//! `--color` comes first, then the variables of bixense.com/clicolors and no-color.org, as `anstream` reads them:
//! NO_COLOR, CLICOLOR_FORCE, CLICOLOR. Without them, a terminal gets colours unless TERM is `dumb`.

use std::io;

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};

/// When to print in colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ColourWhen {
    /// On a terminal, unless NO_COLOR is set or CLICOLOR is 0; always if CLICOLOR_FORCE is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColourWhen {
    /// Sets the choice for the whole process.
    pub(super) fn set(self) {
        let choice = match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// Whether to print in colour on standard output.
pub(super) fn of_output() -> bool {
    of(&io::stdout())
}

/// Whether to print in colour on standard error.
pub(super) fn of_errors() -> bool {
    of(&io::stderr())
}

fn of(stream: &impl RawStream) -> bool {
    AutoStream::choice(stream) != ColorChoice::Never
}
