//! Standard output and standard error, whose writes never fail.
//!
//! `ipxegen check | head` closes the pipe after ten lines, and a log file may be on a full disk. Neither may
//! decide what a command does: `apply` still puts every file in place, and the exit code still says what was
//! found. So a write here always succeeds. The first error is kept, and [`lost`] reports it when the command has
//! ended.

use std::io::{self, ErrorKind, Write};
use std::sync::OnceLock;

/// How many bytes wait in memory before they are written.
const BUFFERED: usize = 64 * 1024;

/// One of the two streams.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Channel {
    Out,
    Err,
}

/// The first error of standard output. Nothing is written to it afterwards.
static OUT_ERROR: OnceLock<io::Error> = OnceLock::new();
/// The same for standard error.
static ERR_ERROR: OnceLock<io::Error> = OnceLock::new();

impl Channel {
    fn error(self) -> &'static OnceLock<io::Error> {
        match self {
            Self::Out => &OUT_ERROR,
            Self::Err => &ERR_ERROR,
        }
    }

    /// Writes and flushes, unless a write has failed before.
    fn write(self, bytes: &[u8]) {
        if self.error().get().is_some() {
            return;
        }
        let written = match self {
            Self::Out => {
                let mut out = io::stdout().lock();
                out.write_all(bytes).and_then(|()| out.flush())
            }
            Self::Err => {
                let mut err = io::stderr().lock();
                err.write_all(bytes).and_then(|()| err.flush())
            }
        };
        if let Err(error) = written {
            // Another thread may have been first; one error is enough.
            let _ = self.error().set(error);
        }
    }
}

/// A stream whose writes never fail. What is buffered is written when the value goes.
pub(super) struct Stream {
    to: Channel,
    buffer: Vec<u8>,
}

/// Standard output.
pub(super) const fn stdout() -> Stream {
    Stream { to: Channel::Out, buffer: Vec::new() }
}

/// Standard error.
pub(super) const fn stderr() -> Stream {
    Stream { to: Channel::Err, buffer: Vec::new() }
}

/// The reason why standard output is incomplete. A closed pipe is no error: its reader wanted no more.
pub(super) fn lost() -> Option<&'static io::Error> {
    OUT_ERROR.get().filter(|error| error.kind() != ErrorKind::BrokenPipe)
}

impl Stream {
    fn send(&mut self) {
        if !self.buffer.is_empty() {
            self.to.write(&self.buffer);
            self.buffer.clear();
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFERED {
            self.send();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send();
        Ok(())
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.send();
    }
}
