//! The version of the built-in template that an override was made from, which its first line names.

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

/// The line that a copy of a built-in template begins with. It prints nothing.
#[must_use]
pub fn version_line(name: &str, text: &str) -> String {
    format!("{BEGIN}{name} {} #}}", checksum(text))
}

/// The first line of a copy, without its line break; `None` in a template that is no copy, or does not say so.
#[must_use]
pub fn version_of(own: &str) -> Option<&str> {
    own.lines().next().map(str::trim_end).filter(|first| first.starts_with(BEGIN))
}

/// A template without the line that names its version.
#[must_use]
pub fn without_version(own: &str) -> &str {
    let rest = version_of(own).and_then(|_| own.split_once('\n'));
    rest.map_or(own, |(_, rest)| rest)
}

/// Whether an override was made from another version of the built-in template. One that does not say from which one
/// was made from this one.
#[must_use]
pub fn is_outdated(name: &str, builtin: &str, own: &str) -> bool {
    version_of(own).is_some_and(|first| first != version_line(name, builtin))
}

/// The built-in template that an override was made from, if the text that is kept for it is of the version that its
/// first line names.
#[must_use]
pub fn original_of<'o>(own: &str, kept: Option<&'o str>) -> Option<&'o str> {
    let kept = kept?;
    (version_of(own)? == version_of(kept)?).then(|| without_version(kept))
}

#[cfg(test)]
mod tests {
    use super::{is_outdated, original_of, version_line, without_version};

    #[test]
    fn a_copy_knows_its_version() {
        let line = version_line("x/y", "text");
        assert!(line.starts_with("{# from the built-in x/y 982d9e3eb996 #}"), "{line}");
        assert!(!is_outdated("x/y", "text", &format!("{line}\ntext")));
        assert!(is_outdated("x/y", "text of later", &format!("{line}\ntext")));
        assert!(!is_outdated("x/y", "text", "text"));
        assert_eq!(without_version(&format!("{line}\ntext\n")), "text\n");
        assert_eq!(without_version("text\nmore"), "text\nmore");
    }

    #[test]
    fn a_text_of_another_version_is_no_original() {
        let kept = format!("{}\ntext\n", version_line("x/y", "text\n"));
        let own = format!("{}\nmine\n", version_line("x/y", "text\n"));
        assert_eq!(original_of(&own, Some(&kept)), Some("text\n"));
        assert_eq!(original_of(&own, None), None);
        assert_eq!(original_of(&own, Some("text\n")), None);
        let later = format!("{}\nmine\n", version_line("x/y", "later\n"));
        assert_eq!(original_of(&later, Some(&kept)), None);
    }
}
