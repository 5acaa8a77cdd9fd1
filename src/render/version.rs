//! Which version of a built-in template an override was made from: its first line says it.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Begins the first line of a copy.
const BEGIN: &str = "{# from the built-in ";

/// How many bytes of the checksum a copy keeps.
const BYTES: usize = 6;

/// The checksum of a built-in template.
fn checksum(text: &str) -> String {
    Sha256::digest(text).iter().take(BYTES).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The line that a copy of a built-in template begins with. It leaves nothing behind in the file.
#[must_use]
pub fn version_line(name: &str, text: &str) -> String {
    format!("{BEGIN}{name} {} #}}", checksum(text))
}

/// Whether an override was made from another version of the built-in template. One that does not say from which one
/// was made from this one.
pub(super) fn is_outdated(name: &str, builtin: &str, own: &str) -> bool {
    let first = own.lines().next().unwrap_or_default().trim_end();
    first.starts_with(BEGIN) && first != version_line(name, builtin)
}

#[cfg(test)]
mod tests {
    use super::{is_outdated, version_line};

    #[test]
    fn a_copy_knows_its_version() {
        let line = version_line("x/y", "text");
        assert!(line.starts_with("{# from the built-in x/y 982d9e3eb996 #}"), "{line}");
        assert!(!is_outdated("x/y", "text", &format!("{line}\ntext")));
        assert!(is_outdated("x/y", "text of later", &format!("{line}\ntext")));
        assert!(!is_outdated("x/y", "text", "text"));
    }
}
