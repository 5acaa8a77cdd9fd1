//! Scripts for `/bin/sh`: the build script of iPXE.

use tera::Tera;

use super::characters::allow_only;
use super::engine::quoting;
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use crate::invalid_value::InvalidValue;

/// Whether the shell reads a word unchanged.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || "_./".contains(c))
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_./:@,+-".contains(&b))
}

/// One word in single quotes.
///
/// # Errors
/// If it has a control character.
pub fn quote(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "a shell script", |c| !c.is_control())?;
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

/// The language as [`super::Dialect::Sh`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "quote it with `| q`",
    ends_in_crlf: false,
    blocks: BlockStyle::None,
    secrets: no_secrets,
    strings: Strings::SHELL,
    filters: &["q"],
    for_lists: None,
};

fn register(tera: &mut Tera) {
    quoting(tera, "q", quote);
}

/// No key of a site takes text for a shell script.
///
/// # Errors
/// Always.
pub fn balanced(_: &str) -> Result<(), InvalidValue> {
    Err(InvalidValue::new("a shell script takes no text of your own"))
}

#[cfg(test)]
mod tests {
    use super::{is_bare, quote};

    #[test]
    fn the_shell_reads_what_we_quote() {
        for text in ["", "a b", "it's", "$(id)", "`id`", "a\\", "'", "''x''", "*", "~", "日本", "-n", "!!"]
        {
            let script = format!("printf %s {}", quote(text).unwrap());
            let ran = std::process::Command::new("/bin/sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(ran.stdout).unwrap(), text);
        }
        assert!(quote("a\nb").is_err() && quote("a\0b").is_err());
    }

    #[test]
    fn bare_words() {
        assert!(is_bare("bin-x86_64-efi/ipxe.efi"));
        for word in ["", "-x", "a b", "a;b", "~", "$x", "a=b", "*", "#"] {
            assert!(!is_bare(word), "{word}");
        }
    }
}
