//! Secrets: texts that the site names and never holds.
//!
//! A secret stands in a file of its own or in an environment variable. It goes into the rendered files
//! that need it and nowhere else: no message, diff or manifest has it.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{Sources, Word};

/// A text that nobody is shown: it has no `Display` and no `Serialize`, and `Debug` does not give it away.
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

/// Every secret that this process has read. Output is one for the whole process, and a failure is printed
/// when the sources are gone; so this outlives them.
static READ: SecretTexts = SecretTexts::new();

/// The texts of all secrets that this process has read, for masking them. In order.
#[must_use]
pub fn secrets_read() -> Vec<Box<str>> {
    READ.all()
}

/// How many secrets this process has read.
#[must_use]
pub fn count_secrets_read() -> usize {
    READ.len()
}

/// Longest secret, in bytes: more than any daemon takes.
const LONGEST: usize = 1024;

impl Sources {
    /// The secret in a file; its path is relative to the file that names it. Each file is read once.
    ///
    /// # Errors
    /// When it cannot be read, or is not one line of text; in words, without what it holds.
    pub fn secret_file(&self, named: Word<'_>) -> Result<&Secret, String> {
        let path = self.beside(named);
        if let Some(known) = self.secrets.get(&path) {
            return Ok(known);
        }
        let bytes = fs::read(&path)
            .map_err(|error| format!("cannot read the secret in {}: {error}", path.display()))?;
        let text = String::from_utf8(bytes).map_err(|_| format!("{} is not UTF-8", path.display()))?;
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let secret = secret(line).map_err(|why| {
            self.mask_refused(&text);
            format!("{} {why}", path.display())
        })?;
        self.mask(secret.reveal());
        Ok(self.secrets.insert(path, Box::new(secret)))
    }

    /// The secret in an environment variable.
    ///
    /// # Errors
    /// When it is not set, or is not one line of text; in words, without what it holds.
    pub fn secret_env(&self, name: &str) -> Result<Secret, String> {
        // What std would panic of, and no shell can set.
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(format!("`{name}` is not the name of an environment variable"));
        }
        let text = std::env::var(name)
            .map_err(|_| format!("the environment variable {name} is not set, or not UTF-8"))?;
        let secret = secret(&text).map_err(|why| {
            self.mask_refused(&text);
            format!("the environment variable {name} {why}")
        })?;
        self.mask(secret.reveal());
        Ok(secret)
    }

    /// A file with two lines may hold a password in each.
    fn mask_refused(&self, text: &str) {
        const MOST: usize = 100;
        text.lines().filter(|line| line.len() <= LONGEST).take(MOST).for_each(|line| self.mask(line));
    }

    /// Takes a text for a secret: no output shows it from now on.
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

    /// The path of a file that is named relative to the file that names it.
    #[must_use]
    pub fn beside(&self, named: Word<'_>) -> PathBuf {
        let folder = self.file(named.span).and_then(|file| Path::new(file.name()).parent());
        folder.unwrap_or(Path::new("")).join(named.text)
    }
}

fn secret(line: &str) -> Result<Secret, &'static str> {
    if line.is_empty() {
        return Err("is empty");
    }
    if line.len() > LONGEST {
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
