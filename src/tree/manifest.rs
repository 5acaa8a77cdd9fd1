//! `manifest.json` lists the files of a tree: for programs that copy the tree onto servers, and for the next run, which
//! recognizes its own files by it.
//!
//! It holds neither date nor version of ipxegen: the same input gives the same bytes.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize};

use super::digest::{Digest, Key};
use super::folder::Folder;
use super::place::{Spot, look};
use super::{ManualStep, TreeEntry, journal};

/// Its name in DIR.
pub(super) const NAME: &str = "manifest.json";

/// The name in DIR of the file that holds the key and the keyed hashes; only its owner may read it.
pub(super) const SECRETS: &str = ".ipxegen-secrets.json";

/// The version of the form. It is raised if a reader of the older form would misunderstand the newer one.
const VERSION: u32 = 2;

/// The older form that is still read: it has the plain hash of every file.
const OLDER: u32 = 1;

/// The highest number that a generation may have: there is always a next one.
pub const GENERATIONS: u64 = 1 << 53;

/// The files of a tree.
///
/// On disk it is two files: `manifest.json`, which everybody may read, and the keyed hashes of files with secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub(super) version: u32,
    /// All files, by server and path.
    pub files: Vec<Listed>,
    /// The steps that are left to the user, by server, kind and name.
    pub needs: Vec<ManualStep>,
    /// The generation of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// The server of the site that the machine is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The key for the hashes of files with secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<Key>,
}

/// A file and the hash of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The file's path and attributes.
    #[serde(flatten)]
    pub entry: TreeEntry,
    /// SHA-256 of its bytes, in lower-case hexadecimal digits. That of a file with a secret is keyed, and no part
    /// of `manifest.json`; it is empty if it is not known.
    #[serde(default, rename = "sha256", skip_serializing_if = "String::is_empty")]
    pub hash: String,
    /// It was restored to its state before ipxegen replaced it: it belongs to its owner again, and no manifest lists it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub theirs: bool,
}

impl Listed {
    /// A hash of the kind that this file has; `None` if that is not known.
    pub(super) fn digest(&self, key: Option<&Key>) -> Option<Digest> {
        if self.hash.is_empty() { None } else { Digest::like(&self.hash, key) }
    }
}

/// The keyed hashes of a tree's files.
#[derive(Serialize, Deserialize)]
struct Secrets {
    key: Key,
    files: Vec<SecretFile>,
}

#[derive(Serialize, Deserialize)]
struct SecretFile {
    server: String,
    path: String,
    hash: String,
}

impl Default for Manifest {
    fn default() -> Self {
        Self::new(Vec::new(), Vec::new())
    }
}

impl Manifest {
    /// Sorts both lists.
    pub(super) fn new(mut files: Vec<Listed>, mut needs: Vec<ManualStep>) -> Self {
        files.sort_by(|a, b| (&a.entry.server, &a.entry.path).cmp(&(&b.entry.server, &b.entry.path)));
        needs.sort();
        needs.dedup();
        Self { version: VERSION, files, needs, generation: None, server: None, key: None }
    }

    /// The server that the files are for. Older manifests do not name it, so it is then the server of their files.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref().or_else(|| Some(self.files.first()?.entry.server.as_str()))
    }

    /// The bytes of `manifest.json`: the same for the same files, and without a hash of a file with a secret.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let files = self.files.iter().map(|file| {
            let mut file = file.clone();
            if file.entry.is_private() {
                file.entry.secret.get_or_insert_default();
                file.hash.clear();
            }
            file
        });
        let public = Self { version: VERSION, files: files.collect(), key: None, ..self.clone() };
        let mut bytes = serde_json::to_vec_pretty(&public).context("cannot write the manifest")?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The bytes of the file with the keyed hashes; `None` if no file has one.
    pub(super) fn secret_bytes(&self) -> Result<Option<Vec<u8>>> {
        let Some(key) = self.key.clone() else { return Ok(None) };
        let files = self.files.iter().filter(|file| file.entry.is_private() && !file.hash.is_empty());
        let files = files.map(|file| SecretFile {
            server: file.entry.server.clone(),
            path: file.entry.path.clone(),
            hash: file.hash.clone(),
        });
        let secrets = Secrets { key, files: files.collect() };
        let mut bytes = serde_json::to_vec_pretty(&secrets).context("cannot write the hashes")?;
        bytes.push(b'\n');
        Ok(Some(bytes))
    }

    /// Takes the key and the hashes from the other file.
    fn learn(&mut self, secrets: Secrets) {
        let mut known: BTreeMap<(String, String), String> =
            secrets.files.into_iter().map(|file| ((file.server, file.path), file.hash)).collect();
        for file in self.files.iter_mut().filter(|file| file.hash.is_empty()) {
            let name = (file.entry.server.clone(), file.entry.path.clone());
            file.hash = known.remove(&name).unwrap_or_default();
        }
        self.key = Some(secrets.key);
    }

    /// Whether it was written with the plain hash of a file that holds a secret.
    #[must_use]
    pub fn tells_secrets(&self) -> bool {
        self.version == OLDER && self.files.iter().any(|file| file.entry.is_private())
    }
}

/// The manifest in `dir`; `None` if there is none.
///
/// # Errors
/// If it cannot be read or is not a manifest of ipxegen, and if a run into `dir` was interrupted: the manifest then
/// does not describe the files.
pub fn read_manifest(dir: &Folder) -> Result<Option<Manifest>> {
    if interrupted(dir)? {
        bail!("a run into {} is under way or was interrupted; render again", dir.path().display());
    }
    read(dir)?.map_err(|why| anyhow::anyhow!("{} cannot be used: {why}", dir.path().join(NAME).display()))
}

/// Whether a run is in progress there, or was killed while it renamed files.
pub(super) fn interrupted(dir: &Folder) -> Result<bool> {
    Ok(!matches!(look(dir, Path::new(journal::NAME))?, Spot::Missing))
}

/// The same, even if a run was killed. The inner error says why the manifest cannot be used.
pub(super) fn read(dir: &Folder) -> Result<std::result::Result<Option<Manifest>, String>> {
    let Some(bytes) = read_own(dir, NAME)? else {
        return Ok(Ok(None));
    };
    let mut manifest = match bytes.and_then(|bytes| parse(&bytes)) {
        Ok(manifest) => manifest,
        Err(why) => return Ok(Err(why)),
    };
    // Without it a change of a file with a secret cannot be detected: each such file is then refused.
    if let Some(Ok(bytes)) = read_own(dir, SECRETS)?
        && let Ok(secrets) = serde_json::from_slice(&bytes)
    {
        manifest.learn(secrets);
    }
    Ok(Ok(Some(manifest)))
}

fn parse(bytes: &[u8]) -> std::result::Result<Manifest, String> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let not_ours = |error: serde_json::Error| format!("it is not a manifest of ipxegen: {error}");
    let Version { version } = serde_json::from_slice(bytes).map_err(not_ours)?;
    if version != VERSION && version != OLDER {
        return Err(format!("it has the format {version}, and this ipxegen knows {VERSION}"));
    }
    let manifest: Manifest = serde_json::from_slice(bytes).map_err(not_ours)?;
    check(&manifest.files)?;
    if manifest.generation.is_some_and(|number| number > GENERATIONS) {
        return Err("the number of its generation is out of range".to_owned());
    }
    // Sorted again: somebody may have merged the file by hand.
    let Manifest { files, needs, generation, server, .. } = manifest;
    Ok(Manifest { version, generation, server, ..Manifest::new(files, needs) })
}

/// Checks that no path of a list on the disk leads out of DIR: files of that list may be removed.
pub(super) fn check(files: &[Listed]) -> std::result::Result<(), String> {
    files.iter().try_for_each(|file| file.entry.place().map(drop)).map_err(|error| format!("{error:#}"))
}

/// The bytes of one of our own files in `dir`; `None` if there is none. The inner error says that it is not a file.
pub(super) fn read_own(dir: &Folder, name: &str) -> Result<Option<std::result::Result<Vec<u8>, String>>> {
    Ok(Some(match look(dir, Path::new(name))? {
        Spot::File(_) => match dir.read(Path::new(name)) {
            Ok(bytes) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).context(format!("cannot read {}", dir.path().join(name).display()));
            }
        },
        Spot::Link => Err("it is a symbolic link, which is not followed".to_owned()),
        Spot::Missing => return Ok(None),
        Spot::Folder | Spot::Special | Spot::Blocked { .. } => Err("it is no file".to_owned()),
    }))
}

/// The mark of a file with a secret: `"secret": true`, and beside it the words that precede secrets.
pub(super) mod mark {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct SecretMark {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<Secret>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        masked: Vec<String>,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Secret {
        Is(bool),
        /// The older form had the words here.
        Words(Vec<String>),
    }

    pub(in super::super) fn serialize<S: Serializer>(
        words: &Option<Vec<String>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let secret = words.as_ref().map(|_| Secret::Is(true));
        SecretMark { secret, masked: words.clone().unwrap_or_default() }.serialize(to)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Vec<String>>, D::Error> {
        let SecretMark { secret, masked } = SecretMark::deserialize(from)?;
        Ok(match secret {
            Some(Secret::Is(true)) => Some(masked),
            Some(Secret::Words(words)) => Some(words),
            Some(Secret::Is(false)) | None => None,
        })
    }
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
