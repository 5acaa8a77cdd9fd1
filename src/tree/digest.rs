//! The hashes by which a run knows whether a file was changed since the last one.
//!
//! A short secret in a file can be guessed from the file's plain hash, on any machine and at any speed. So a file with
//! a secret has a keyed hash, and only the owner of the folder can read the key.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::attributes::hex;

/// The text of a keyed hash begins with this.
const KEYED: &str = "hmac-sha256:";

/// The key of a folder, in hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Key(String);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// A new one.
    pub(super) fn random() -> std::io::Result<Self> {
        let mut bytes = [0; 32];
        let mut filled = 0;
        while filled < bytes.len() {
            filled += rustix::rand::getrandom(&mut bytes[filled..], rustix::rand::GetRandomFlags::empty())?;
        }
        Ok(Self(hex(&bytes)))
    }
}

/// A hash of the bytes so far.
pub(super) enum Digest {
    Plain(Sha256),
    Keyed(Box<Hmac<Sha256>>),
}

impl Digest {
    /// Starts a hash of the same kind as a hash in text form. `None` if that kind needs a key and there is none.
    pub(super) fn like(text: &str, key: Option<&Key>) -> Option<Self> {
        if text.starts_with(KEYED) { Self::new(Some(key?)) } else { Self::new(None) }
    }

    /// With a key or without.
    pub(super) fn new(key: Option<&Key>) -> Option<Self> {
        Some(match key {
            // HMAC takes a key of any length.
            Some(key) => Self::Keyed(Box::new(Hmac::new_from_slice(key.0.as_bytes()).ok()?)),
            None => Self::Plain(Sha256::new()),
        })
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Plain(hash) => hash.update(bytes),
            Self::Keyed(mac) => mac.update(bytes),
        }
    }

    pub(super) fn finish(self) -> String {
        match self {
            Self::Plain(hash) => hex(&hash.finalize()),
            Self::Keyed(mac) => format!("{KEYED}{}", hex(&mac.finalize().into_bytes())),
        }
    }
}
