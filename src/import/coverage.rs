//! The outcome of each statement of the imported files.

use std::ops::Range;

use super::Origin;
use crate::report::without_accounts;

/// The outcome of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No reader has decided about it yet. In the end, it counts as left out.
    Unread,
    /// It is expressed by keys of site.yaml.
    Words,
    /// It is in `raw`, verbatim; the text says why.
    Raw(String),
    /// It was left out because the daemon does the same without it.
    Default,
    /// It was left out because it was not understood, or because no key can express it; the text says which.
    Lost(String),
}

/// A statement of an imported file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Where it begins.
    pub origin: Origin,
    /// Its beginning, in one line: its place among the texts of the account.
    text: Range<usize>,
    /// Its outcome.
    pub outcome: Outcome,
}

/// Something that the user must know about an imported file: a fault of it that was not carried over, a file that is
/// missing, a decision that the import made.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Remark {
    /// Where it is.
    pub origin: Origin,
    /// One sentence.
    pub text: String,
}

/// An account of everything that was read.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Every statement, once.
    pub statements: Vec<Statement>,
    /// Their texts: a text of its own for each would take more memory than they all.
    texts: String,
    /// Remarks for the user.
    pub remarks: Vec<Remark>,
}

/// How much of a statement's text is shown, in characters.
const SHOWN: usize = 80;

impl Coverage {
    /// Accounts for a statement; returns its number, by which its outcome can be changed.
    pub fn add(&mut self, origin: Origin, text: &str, outcome: Outcome) -> usize {
        let start = self.texts.len();
        beginning(text, &mut self.texts);
        self.statements.push(Statement { origin, text: start..self.texts.len(), outcome });
        self.statements.len() - 1
    }

    /// The beginning of a statement, in one line.
    #[must_use]
    pub fn text(&self, statement: &Statement) -> &str {
        self.texts.get(statement.text.clone()).unwrap_or_default()
    }

    /// Ends the account: what no reader has decided about is left out.
    pub fn close(&mut self) {
        for statement in &mut self.statements {
            if statement.outcome == Outcome::Unread {
                statement.outcome = Outcome::Lost("the import does not know this statement".into());
            }
        }
    }

    /// Changes the outcome of a statement.
    pub fn set(&mut self, number: usize, outcome: Outcome) {
        if let Some(statement) = self.statements.get_mut(number) {
            statement.outcome = outcome;
        }
    }

    /// The outcome of a statement.
    #[must_use]
    pub fn outcome(&self, number: usize) -> Option<&Outcome> {
        self.statements.get(number).map(|statement| &statement.outcome)
    }

    /// Adds a remark.
    pub fn remark(&mut self, origin: Origin, text: impl Into<String>) {
        self.remarks.push(Remark { origin, text: text.into() });
    }

    /// How many statements had an outcome that `is` accepts.
    #[must_use]
    pub fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        self.statements.iter().filter(|statement| is(&statement.outcome)).count()
    }
}

/// Appends the beginning of a text in one line.
fn beginning(text: &str, line: &mut String) {
    // Most statements are short, and have one blank between their words.
    let mut before = b' ';
    let mut is_plain = |byte: u8| {
        let is_word = matches!(byte, b'!'..=b'~');
        let fits = is_word || byte == b' ' && before != b' ';
        before = byte;
        fits
    };
    if text.len() <= SHOWN && text.bytes().all(&mut is_plain) && !text.ends_with(' ') {
        line.push_str(text);
        return;
    }
    let mut words = String::new();
    for word in text.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
        if words.chars().count() > SHOWN {
            // Nothing would tell a password from the name of a host once the `@` behind it is cut off.
            let words = without_accounts(words);
            line.extend(words.chars().take(SHOWN - 1).chain(['…']));
            return;
        }
    }
    line.push_str(&words);
}

#[cfg(test)]
mod tests {
    use super::beginning;

    #[test]
    fn a_password_whose_host_is_cut_off_is_not_shown() {
        for url in ["http://me:", "root=iscsi:me:"] {
            let begin = format!("{} {url}", "x".repeat(70 - url.len()));
            let mut line = String::new();
            beginning(&format!("{begin}geheimgeheim@10.0.0.5/x"), &mut line);
            assert_eq!(line, format!("{begin}********…"));
        }
    }
}
