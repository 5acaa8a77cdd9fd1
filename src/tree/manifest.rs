//! `manifest.json`: what a tree consists of, for whoever copies it onto the servers, and for the
//! next run, which knows its own files by it.
//!
//! It holds neither date nor version of ipxegen: the same input gives the same bytes.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use super::place::{Spot, look};
use super::{Entry, Need, journal};

/// Its name in DIR.
pub(super) const NAME: &str = "manifest.json";

/// Raised when a reader of the older form would misunderstand the newer one.
const VERSION: u32 = 1;

/// What a tree consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub(super) version: u32,
    /// All files, by server and path.
    pub files: Vec<Listed>,
    /// What is left to do by hand, by server, kind and name.
    pub needs: Vec<Need>,
    /// Which generation of a machine this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// Which of its site's servers a machine is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
}

/// A file and the hash of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// What is known of the file.
    #[serde(flatten)]
    pub entry: Entry,
    /// SHA-256 of its bytes, in lower-case hexadecimal digits.
    pub sha256: String,
    /// It was put back where it had stood before us: it is its owner's, and no manifest lists it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub theirs: bool,
}

impl Default for Manifest {
    fn default() -> Self {
        Self::new(Vec::new(), Vec::new())
    }
}

impl Manifest {
    /// Brings both lists into their order.
    pub(super) fn new(mut files: Vec<Listed>, mut needs: Vec<Need>) -> Self {
        files.sort_by(|a, b| (&a.entry.server, &a.entry.path).cmp(&(&b.entry.server, &b.entry.path)));
        needs.sort();
        needs.dedup();
        Self { version: VERSION, files, needs, generation: None, server: None }
    }

    /// The server that the files are for; as older manifests do not name it, that of their files.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref().or_else(|| Some(self.files.first()?.entry.server.as_str()))
    }

    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self).context("cannot write the manifest")?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// What the manifest in `dir` says; `None` if there is none.
///
/// # Errors
/// If it cannot be read or is none of ours, and if a run into `dir` was interrupted, for then
/// it does not say what is there.
pub fn read_manifest(dir: &Path) -> Result<Option<Manifest>> {
    if interrupted(dir)? {
        bail!("a run into {} is under way or was interrupted; render again", dir.display());
    }
    read(dir)?.map_err(|why| anyhow::anyhow!("{} cannot be used: {why}", dir.join(NAME).display()))
}

/// Whether a run is under way there, or was killed among its renames.
pub(super) fn interrupted(dir: &Path) -> Result<bool> {
    Ok(!matches!(look(dir, Path::new(journal::NAME))?, Spot::Missing))
}

/// The same, whatever a killed run left. The inner error tells why it cannot be used.
pub(super) fn read(dir: &Path) -> Result<std::result::Result<Option<Manifest>, String>> {
    let Some(bytes) = read_own(dir, NAME)? else {
        return Ok(Ok(None));
    };
    Ok(bytes.and_then(|bytes| parse(&bytes)).map(Some))
}

fn parse(bytes: &[u8]) -> std::result::Result<Manifest, String> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let not_ours = |error: serde_json::Error| format!("it is not a manifest of ipxegen: {error}");
    let Version { version } = serde_json::from_slice(bytes).map_err(not_ours)?;
    if version != VERSION {
        return Err(format!("it has the format {version}, and this ipxegen knows {VERSION}"));
    }
    let manifest: Manifest = serde_json::from_slice(bytes).map_err(not_ours)?;
    check(&manifest.files)?;
    // Not trusted to be in order: it may have been merged by hand.
    let Manifest { files, needs, generation, server, .. } = manifest;
    Ok(Manifest { generation, server, ..Manifest::new(files, needs) })
}

/// What a list on disk names may be removed: it must not lead out of DIR.
pub(super) fn check(files: &[Listed]) -> std::result::Result<(), String> {
    files.iter().try_for_each(|file| file.entry.place().map(drop)).map_err(|error| format!("{error:#}"))
}

/// The bytes of one of our own files in `dir`; `None` if there is none. The inner error tells
/// that it is no file.
pub(super) fn read_own(dir: &Path, name: &str) -> Result<Option<std::result::Result<Vec<u8>, String>>> {
    Ok(Some(match look(dir, Path::new(name))? {
        Spot::File(_) => match fs::read(dir.join(name)) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).context(format!("cannot read {}", dir.join(name).display())),
        },
        Spot::Link => Err("it is a symbolic link, which is not followed".to_owned()),
        Spot::Missing => return Ok(None),
        Spot::Folder | Spot::Special | Spot::Blocked { .. } => Err("it is no file".to_owned()),
    }))
}

/// Permission bits as people write them: `"0644"`.
pub(super) mod octal {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(in super::super) fn serialize<S: Serializer>(mode: &u32, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{mode:04o}"))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
        let text = String::deserialize(from)?;
        u32::from_str_radix(&text, 8)
            .ok()
            .filter(|mode| *mode <= 0o7777)
            .ok_or_else(|| D::Error::custom(format!("{text:?} is no mode")))
    }
}
