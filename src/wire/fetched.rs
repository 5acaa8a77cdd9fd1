//! A file that was fetched, and why one was not.

use std::fmt;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

/// How much is fetched.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most bytes; the rest is left on the server.
    pub bytes: u64,
    /// How many of the first bytes are kept.
    pub kept: usize,
    /// The longest wait for a packet.
    pub silence: Duration,
    /// The longest time for the whole file.
    pub time: Duration,
}

/// The outcome of fetching a file.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The size that the server says, if it does.
    pub told: Option<u64>,
    /// The bytes that came.
    pub size: u64,
    /// Whether these are all.
    pub whole: bool,
    /// The SHA-256 hash of the bytes that came.
    pub hash: [u8; 32],
    /// The first of them.
    pub begin: Vec<u8>,
}

/// Why a file could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This machine has no way to the server.
    NoWay(String),
    /// Nothing answers.
    Silent,
    /// Nothing listens there.
    Refused,
    /// The server says why it does not give the file.
    Denied(String),
    /// The server sends clients to another URL.
    Elsewhere(String),
    /// The server stopped in the middle.
    Stopped(u64),
    /// It is not done in time.
    Slow(u64),
    /// The answer is not in the protocol.
    Broken(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWay(why) => write!(f, "this machine cannot reach it: {why}"),
            Self::Silent => write!(f, "nothing answers"),
            Self::Refused => write!(f, "nothing listens there"),
            Self::Denied(why) => write!(f, "the server says: {why}"),
            Self::Elsewhere(url) => write!(f, "the server sends clients to {url}"),
            Self::Stopped(size) => write!(f, "the server stops after {size} bytes"),
            Self::Slow(size) => write!(f, "only {size} bytes came in time"),
            Self::Broken(why) => write!(f, "the answer is broken: {why}"),
        }
    }
}

/// Takes the bytes of a file as they come.
pub(super) struct Sink {
    limits: Limits,
    end: Instant,
    size: u64,
    hash: Sha256,
    begin: Vec<u8>,
}

impl Sink {
    pub(super) fn new(limits: Limits) -> Self {
        let end = Instant::now() + limits.time;
        Self { limits, end, size: 0, hash: Sha256::new(), begin: Vec::new() }
    }

    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Takes bytes; returns whether there is room for more.
    pub(super) fn take(&mut self, bytes: &[u8]) -> bool {
        let room = self.limits.bytes.saturating_sub(self.size);
        let length = bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        let bytes = bytes.get(..length).unwrap_or_default();
        self.hash.update(bytes);
        let kept = self.limits.kept.saturating_sub(self.begin.len());
        self.begin.extend(bytes.iter().take(kept));
        self.size += length as u64;
        self.size < self.limits.bytes
    }

    /// The fault of a file that is not done in time.
    pub(super) fn in_time(&self) -> Result<(), Fault> {
        if Instant::now() < self.end { Ok(()) } else { Err(Fault::Slow(self.size)) }
    }

    pub(super) fn done(self, told: Option<u64>, whole: bool) -> Fetched {
        let hash = self.hash.finalize().into();
        Fetched { told, size: self.size, whole, hash, begin: self.begin }
    }
}
