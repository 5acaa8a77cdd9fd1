//! Secrets: texts that the site names, and does not contain.
//!
//! A secret is in a file of its own or in an environment variable. Only the rendered files that need it
//! contain it: no message, diff or manifest does.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::access::{Root, Unread};
use super::{Scalar, Sources};
use crate::limits::SECRET_BYTES;

/// A text that is never shown: it has no `Display` and no `Serialize`, and `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(Box<str>);

impl Secret {
    /// The text itself, for the file that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// The first line of a file that `ansible-vault encrypt` wrote begins with this.
const ANSIBLE_VAULT: &str = "$ANSIBLE_VAULT;";

/// The fault of a secret that is still encrypted. Its text must not be taken for the password.
fn encrypted(path: &Path) -> Unread {
    let help = "let Ansible decrypt it: name a variable in place of the file (`password_env`, `secret_env`), and set the \
                variable in the play's `environment`; or decrypt the file with `ansible-vault decrypt`";
    Unread::new(format!("{} is encrypted with ansible-vault", path.display())).or_help(help)
}

/// The texts of secrets, each once.
#[derive(Default)]
pub(super) struct SecretTexts(Mutex<BTreeSet<Box<str>>>);

impl SecretTexts {
    const fn new() -> Self {
        Self(Mutex::new(BTreeSet::new()))
    }

    fn insert(&self, text: &str) {
        let mut texts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !texts.contains(text) {
            texts.insert(text.into());
        }
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn all(&self) -> Vec<Box<str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// Every secret that this process has read. All output of the process is masked, also a failure that is
/// printed after the sources are dropped, so this list outlives them.
static READ: SecretTexts = SecretTexts::new();

/// The texts of all secrets that this process has read, for masking them. In order.
#[must_use]
pub fn secrets_read() -> Vec<Box<str>> {
    READ.all()
}

/// The number of secrets that this process has read.
#[must_use]
pub fn count_secrets_read() -> usize {
    READ.len()
}

impl Sources {
    /// The secret in a file; its path is relative to the file that names it. Each file is read once.
    ///
    /// # Errors
    /// If it cannot be read, or is not one line of text; in words, without what it holds.
    pub fn secret_file(&self, named: Scalar<'_>) -> Result<&Secret, Unread> {
        let without = self.access().is_without_secrets();
        let (folder, root) = match self.place_of(named) {
            Ok((folder, root)) => (folder, Some(root)),
            // A site that is in no file yet, such as an imported one.
            Err(_) if without => (Path::new(""), None),
            Err(unread) => return Err(unread),
        };
        let path = folder.join(named.text);
        let key = (root.map(|root| root.path().to_owned()).unwrap_or_default(), path);
        if let Some(known) = self.secrets.get(&key) {
            return Ok(known);
        }
        let read = root.map(|root| self.read_secret(root, &key.1));
        let secret = match read {
            // The secret is read for the mask alone: the site may repeat it where it is shown.
            _ if without => self.stand_in(&key.1.to_string_lossy()),
            Some(read) => read?,
            None => return Err(Unread::new(format!("{} is named by a text in no folder", named.text))),
        };
        Ok(self.secrets.insert(key, Box::new(secret)))
    }

    /// Reads the secret in a file, and masks it.
    fn read_secret(&self, root: &Root, path: &Path) -> Result<Secret, Unread> {
        let file = self.access().open(root, path)?;
        let mut bytes = Vec::new();
        // One byte more than a secret and its line end can have.
        file.take(SECRET_BYTES as u64 + 3)
            .read_to_end(&mut bytes)
            .map_err(|error| Unread::new(format!("cannot read the secret in {}: {error}", path.display())))?;
        if bytes.len() > SECRET_BYTES + 2 {
            self.mask_refused(&String::from_utf8_lossy(&bytes));
            return Err(Unread::new(format!("{} is longer than 1024 bytes", path.display())));
        }
        let text =
            String::from_utf8(bytes).map_err(|_| Unread::new(format!("{} is not UTF-8", path.display())))?;
        if text.starts_with(ANSIBLE_VAULT) {
            return Err(encrypted(path));
        }
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let secret = secret(line).map_err(|why| {
            self.mask_refused(&text);
            Unread::new(format!("{} {why}", path.display()))
        })?;
        self.mask(secret.reveal());
        Ok(secret)
    }

    /// The secret in an environment variable.
    ///
    /// # Errors
    /// If the site may not read it, it is not set, or is not one line of text; in words, without what it
    /// holds.
    pub fn secret_env(&self, name: &str) -> Result<Secret, Unread> {
        // std panics on such a name, and no shell can set it.
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(Unread::new(format!("`{name}` is not the name of an environment variable")));
        }
        match self.read_variable(name) {
            // As for a file.
            _ if self.access().is_without_secrets() => Ok(self.stand_in(name)),
            read => read,
        }
    }

    /// Reads the secret in an environment variable, and masks it.
    fn read_variable(&self, name: &str) -> Result<Secret, Unread> {
        self.access().variable(name)?;
        let text = std::env::var(name)
            .map_err(|_| Unread::new(format!("the environment variable {name} is not set, or not UTF-8")))?;
        let secret = secret(&text).map_err(|why| {
            self.mask_refused(&text);
            Unread::new(format!("the environment variable {name} {why}"))
        })?;
        self.mask(secret.reveal());
        Ok(secret)
    }

    /// A text in place of a secret that is not used. It passes the rules about secrets: its length is right for
    /// CHAP (12 to 16 bytes), and two names give two texts, as mutual CHAP requires. Masked like any secret.
    fn stand_in(&self, name: &str) -> Secret {
        let digest = Sha256::digest(name);
        let start: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let secret = Secret(format!("unread{start}").into());
        self.mask(secret.reveal());
        secret
    }

    /// A file with two lines may hold a password in each.
    fn mask_refused(&self, text: &str) {
        const MOST: usize = 100;
        text.lines().filter(|line| line.len() <= SECRET_BYTES).take(MOST).for_each(|line| self.mask(line));
    }

    /// Declares a text to be secret: no output shows it from now on.
    pub fn mask(&self, text: &str) {
        if !text.is_empty() {
            self.secret_texts.insert(text);
            READ.insert(text);
        }
    }

    /// The texts of all secrets that these sources have read. In order.
    #[must_use]
    pub fn secret_texts(&self) -> Vec<Box<str>> {
        self.secret_texts.all()
    }
}

fn secret(line: &str) -> Result<Secret, &'static str> {
    if line.is_empty() {
        return Err("is empty");
    }
    if line.len() > SECRET_BYTES {
        return Err("is longer than 1024 bytes");
    }
    if line.chars().any(char::is_control) {
        return Err("is not one line of text");
    }
    Ok(Secret(line.into()))
}

#[cfg(test)]
mod tests {
    use super::secret;

    #[test]
    fn a_secret_is_one_line() {
        assert_eq!(secret("pass word#1").unwrap().reveal(), "pass word#1");
        for text in ["", "a\nb", "a\0b", "a\tb", &"x".repeat(1025)] {
            assert!(secret(text).is_err());
        }
    }

    #[test]
    fn debug_does_not_give_it_away() {
        assert_eq!(format!("{:?}", secret("geheim").unwrap()), "Secret");
    }
}
