//! Why a value is invalid: one type for the model, which checks what site.yaml says, and for the languages, which
//! check what they can express.

use std::fmt;

/// Why a value is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidValue {
    /// One sentence: lower case, the value shown, no full stop.
    pub message: String,
    /// A valid value, or the way to one.
    pub help: Option<String>,
    /// The byte of the value at which it becomes invalid, where there is one.
    pub at: Option<usize>,
}

/// A value that was checked, or why it is invalid.
pub type Validated<T> = Result<T, InvalidValue>;

impl InvalidValue {
    /// Without a place in the value, and without help.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, at: None }
    }

    /// Invalid from this byte on.
    pub fn at(at: usize, message: impl Into<String>) -> Self {
        Self { at: Some(at), ..Self::new(message) }
    }

    /// Adds what would be valid.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for InvalidValue {}
