//! How large settings are, for the limits of what many subnets repeat.

use std::io::{self, Write};

use serde::Serialize;

/// How many bytes a value of the model has as JSON, in the form of `show`.
pub(super) fn json_size<T: Serialize>(value: &T) -> usize {
    let mut count = Count(0);
    // The model becomes JSON without errors, and so does counting.
    drop(serde_json::to_writer(&mut count, value));
    count.0
}

/// Counts what is written.
struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
