//! Output without the secrets that the run has read.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use super::Masker;
use crate::source::{count_secrets_read, secrets_read};

/// A masker of the secrets that the process has read so far. It is rebuilt only after more were read.
fn masker() -> Arc<Masker> {
    static BUILT: Mutex<Option<(usize, Arc<Masker>)>> = Mutex::new(None);
    let count = count_secrets_read();
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    match &*built {
        Some((of, masker)) if *of == count => Arc::clone(masker),
        _ => {
            let secrets = secrets_read();
            let count = secrets.len();
            let masker = Arc::new(Masker::new(secrets));
            *built = Some((count, Arc::clone(&masker)));
            masker
        }
    }
}

/// A text without the secrets that the process has read so far.
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    if count_secrets_read() == 0 { Cow::Borrowed(text) } else { masker().text(text) }
}

/// Writes text for people, and masks every secret in it that the process has read.
///
/// It writes whole lines: a secret is one line of text and may come in several pieces.
pub struct MaskedOutput<W: Write> {
    to: W,
    /// The last line, until its line break comes.
    begun: Vec<u8>,
}

impl<W: Write> MaskedOutput<W> {
    /// Writes to `to`.
    pub const fn new(to: W) -> Self {
        Self { to, begun: Vec::new() }
    }

    fn put(&mut self, end: usize) -> io::Result<()> {
        let text = self.begun.get(..end).unwrap_or_default();
        let written = if text.is_empty() {
            Ok(())
        } else if count_secrets_read() == 0 {
            self.to.write_all(text)
        } else {
            // The reports have masked short secrets already. Here a line's number could be one by chance.
            self.to.write_all(&masker().bytes(text, false))
        };
        // Even if it failed, so that it is not written again on drop.
        self.begun.drain(..end.min(self.begun.len()));
        written
    }
}

impl<W: Write> Write for MaskedOutput<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let before = self.begun.len();
        self.begun.extend_from_slice(bytes);
        if let Some(at) = memchr::memrchr(b'\n', bytes) {
            self.put(before + at + 1)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.put(self.begun.len())?;
        self.to.flush()
    }
}

impl<W: Write> Drop for MaskedOutput<W> {
    fn drop(&mut self) {
        // Callers that need the result flush. This only keeps a last line without a line break.
        let _ = self.flush();
    }
}
