//! Writes the rendered trees to the disk: all files or none, and only files of ipxegen.
//!
//! A folder DIR holds one tree per server and `manifest.json`, which lists every file with its hash. The hashes of files
//! with secrets are in another file (`digest`). A file is *ours* if the manifest names it and its bytes still have the
//! listed hash: only such a file may be replaced or removed. Any other file is not touched; if a file of ours has the
//! same path, the run stops.
//!
//! A run goes through these steps, under a lock:
//!
//! 1. The leftovers of a killed run are removed (`journal`).
//! 2. Each file is rendered, and its bytes are compared with the existing file as they arrive (`sink`). A temporary
//!    file begins at the first difference. A run that changes nothing writes no byte and leaves every time stamp.
//! 3. If a file to be replaced or removed is not ours, the run stops. Nothing has changed yet.
//! 4. A journal is written, then files are removed and renamed into place, the manifest last
//!    (`commit`). A step that fails undoes those before it.
//!
//! A kill up to step 4 leaves the old set and some temporary files; a kill within step 4 leaves
//! a mixture, which the journal describes: the next run treats the files of both sets as ours and completes. Neither
//! needs manual repair.

mod attributes;
mod commit;
mod digest;
mod folder;
mod home;
mod journal;
mod lock;
mod manifest;
mod place;
mod sink;
mod survey;
mod syncs;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use serde::{Deserialize, Serialize};

pub use attributes::Attributes;
pub use folder::{FileStatus, Folder};
pub use home::Home;
pub use manifest::{GENERATIONS, Listed, Manifest, read_manifest};
pub use survey::{Survey, Surveyed, survey};
pub use write::{LockedHome, Step, WritePolicy, write, write_into};

/// One rendered file as the tree and the manifest know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeEntry {
    /// A server's name, or `build` for scripts that run elsewhere.
    pub server: String,
    /// Absolute on the server: `/etc/dhcp/dhcpd.conf`. For `build` it is relative to that
    /// folder, and begins with a slash all the same: `/ipxe/chain.ipxe`.
    pub path: String,
    /// The output that made it, such as `dhcpd`.
    pub output: String,
    /// The permission bits, also on the server.
    #[serde(with = "manifest::octal")]
    pub mode: u32,
    /// The owner on the server. In DIR a file belongs to the user who renders.
    pub owner: String,
    /// The group on the server.
    pub group: String,
    /// The systemd unit to reload when the file changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reload: Option<String>,
    /// The command that checks the file on the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Vec<String>>,
    /// The templates that are not ipxegen's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<String>,
    /// Holds a secret. The rest of a line after one of these words is not shown; without words, no line is.
    #[serde(flatten, with = "manifest::mark")]
    pub secret: Option<Vec<String>>,
}

impl TreeEntry {
    /// The path of the file in DIR: `boot/etc/dhcp/dhcpd.conf`.
    ///
    /// # Errors
    /// If the server's name or the path could lead out of DIR.
    pub fn place(&self) -> Result<PathBuf> {
        place::place(&self.server, &self.path)
    }

    /// Whether a plain hash would reveal text that not everybody may read.
    fn is_private(&self) -> bool {
        self.secret.is_some() || self.mode & 0o004 == 0
    }
}

/// The content of a file.
pub trait Content {
    /// Writes all bytes to `out`; called at most once per run. `out` is buffered.
    ///
    /// # Errors
    /// If the text cannot be rendered, or `out` fails.
    fn write_to(&self, out: &mut dyn Write) -> Result<()>;

    /// The extended attributes that the file has besides; `None` if those of a file in its place do not matter.
    fn attributes(&self) -> Option<&Attributes> {
        None
    }
}

impl Content for Vec<u8> {
    fn write_to(&self, out: &mut dyn Write) -> Result<()> {
        Ok(out.write_all(self)?)
    }
}

impl Content for String {
    fn write_to(&self, out: &mut dyn Write) -> Result<()> {
        Ok(out.write_all(self.as_bytes())?)
    }
}

/// A file to be written.
pub struct File<'a> {
    /// Its entry in the manifest.
    pub entry: TreeEntry,
    /// Its bytes.
    pub content: Box<dyn Content + 'a>,
}

/// A step that is left to the user: a package, a loader, a kernel, a link, an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ManualStep {
    /// The server.
    pub server: String,
    /// `package`, `file`, `link`, `account`.
    pub kind: String,
    /// The package's name, the file's path.
    pub what: String,
    /// The output that needs it, so that a run with a [`Selection`] lists it again.
    pub output: String,
    /// Its reason.
    pub why: String,
}

/// The part of the tree that a run concerns. The run writes, removes and lists only this part; the rest of the tree
/// and of the manifest stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Servers' names; empty for all.
    pub servers: Vec<String>,
    /// Outputs' names; empty for all.
    pub outputs: Vec<String>,
}

impl Selection {
    /// Whether a file or need of this server and output is selected.
    #[must_use]
    pub fn covers(&self, server: &str, output: &str) -> bool {
        let among = |names: &[String], name| names.is_empty() || names.iter().any(|n| n == name);
        among(&self.servers, server) && among(&self.outputs, output)
    }
}

/// How to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Also replace and remove files that are not ours.
    pub force: bool,
}

/// The result for a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    Created,
    /// Its bytes or its mode were others.
    Changed,
    /// Nothing was touched.
    Unchanged,
    /// It was ours and is no longer needed.
    Removed,
}

/// A file and its change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TouchedFile {
    /// As in [`TreeEntry::server`].
    pub server: String,
    /// As in [`TreeEntry::path`].
    pub path: String,
    /// The result for it.
    pub change: Change,
}

/// A file that may be neither replaced nor removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its path below DIR.
    pub place: PathBuf,
    /// Why it is not touched.
    pub reason: Reason,
}

/// Why a file is not touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The manifest lists it with another hash.
    Edited,
    /// The manifest does not list it.
    Foreign,
    /// It holds a secret, and the hash that detects a change is missing.
    Unproven,
    /// A symbolic link is in its place.
    Link,
    /// Something other than a file is in its place, or in the place of a folder above it.
    NoFile,
    /// A `manifest.json` or a journal that cannot be used, and why.
    Unusable(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited => f.write_str("changed since it was rendered"),
            Self::Foreign => f.write_str("not written by ipxegen"),
            Self::Unproven => {
                write!(f, "not proven to be unchanged: its hash is not in {}", manifest::SECRETS)
            }
            Self::Link => f.write_str("replaced by a symbolic link"),
            Self::NoFile => f.write_str("replaced by something that is no file"),
            Self::Unusable(why) => write!(f, "cannot be used: {why}"),
        }
    }
}

/// The result of a run that did not fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The tree is as planned. All selected files by server and path, with those removed.
    Done(Vec<TouchedFile>),
    /// Nothing was touched, because of these; by place. [`Options::force`] overrides.
    Refused(Vec<Refusal>),
}
