//! Valid and unique names for what other files name freely.

use foldhash::{HashMap, HashSet};

/// A text as an identifier: small letters, digits and hyphens, beginning with a letter; none if nothing is left.
#[must_use]
pub fn identifier(text: &str) -> Option<String> {
    let name = hyphenated(text, 40);
    let name = name.trim_end_matches('-').trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    (!name.is_empty()).then(|| name.to_owned())
}

/// A text as a host name: one label of letters, digits and hyphens; none if nothing is left.
#[must_use]
pub fn label(text: &str) -> Option<String> {
    let name = hyphenated(text, 60);
    let name = name.trim_end_matches('-');
    (!name.is_empty()).then(|| name.to_owned())
}

/// The first label of a DNS name as a host name; none if nothing is left.
#[must_use]
pub fn first_label(name: &str) -> Option<String> {
    let first = name.split('.').next().unwrap_or_default();
    // Most names are like that.
    let is_label = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if first.len() <= 63 && first.bytes().all(is_label) {
        let label = first.trim_matches('-');
        return (!label.is_empty()).then(|| label.to_owned());
    }
    let fits = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let label: String = first.chars().map(fits).take(63).collect();
    let label = label.trim_matches('-');
    (!label.is_empty()).then(|| label.to_owned())
}

/// A text in small letters, with one hyphen in place of all other characters between letters and digits, of at most so
/// many bytes.
fn hyphenated(text: &str, most: usize) -> String {
    // Most names are like that.
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let has_two = || text.as_bytes().windows(2).any(|pair| pair == b"--");
    if text.len() < most && text.bytes().all(is_name) && !text.starts_with('-') && !has_two() {
        return text.to_owned();
    }
    let mut name = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
        if name.len() >= most {
            break;
        }
    }
    name.truncate(most);
    name
}

/// A comment as a name, if it is a title of at most three words and not a sentence or a statement.
#[must_use]
pub fn title(comment: &str) -> Option<String> {
    let lines: Vec<&str> = comment_lines(comment).collect();
    let [line] = lines.as_slice() else { return None };
    let words = line.split_whitespace().count();
    let is_title = (1..=3).contains(&words) && line.len() <= 32;
    let statement = line.contains(['{', '}', ';', '=', '"']);
    if is_title && !statement { identifier(line) } else { None }
}

/// The lines of a comment without `#`, blanks and ornaments.
pub fn comment_lines(comment: &str) -> impl Iterator<Item = &str> {
    let lines = comment.lines().map(|line| line.trim().trim_start_matches('#').trim());
    lines.filter(|line| line.chars().any(char::is_alphanumeric))
}

/// Names that are in use.
#[derive(Clone, Debug, Default)]
pub struct Names {
    taken: HashSet<String>,
    /// The last number that was added to a name.
    last: HashMap<String, u32>,
}

impl Names {
    /// Takes a name; one that is in use gets a number.
    pub fn take(&mut self, name: &str) -> String {
        if self.taken.insert(name.to_owned()) {
            return name.to_owned();
        }
        let last = self.last.entry(name.to_owned()).or_insert(1);
        loop {
            *last += 1;
            let numbered = format!("{name}-{last}");
            if self.taken.insert(numbered.clone()) {
                return numbered;
            }
        }
    }

    /// Whether a name is in use.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.taken.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::{Names, identifier, label, title};

    #[test]
    fn names_are_valid_and_unique() {
        assert_eq!(identifier("224-29").as_deref(), None);
        assert_eq!(identifier("Room 2 (old)").as_deref(), Some("room-2-old"));
        assert_eq!(label("PXE_client.").as_deref(), Some("pxe-client"));
        assert_eq!(title("# Office LAN").as_deref(), Some("office-lan"));
        assert_eq!(title("# option routers 10.0.0.1;"), None);
        assert_eq!(title("# This is a very basic subnet declaration."), None);
        let mut names = Names::default();
        let taken: Vec<String> = ["a", "a-2", "a", "a"].iter().map(|name| names.take(name)).collect();
        assert_eq!(taken, ["a", "a-2", "a-3", "a-4"]);
    }
}
