//! The whole comparison, for people and for programs.

use std::borrow::Cow;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Changed, Reader, Words, unified, words};
use crate::report::{Masker, masked, visible};

/// The longest line of changes. A longer one gets a line for each change: compared with a dhcpd.conf that was written by hand,
/// one subject may change in thirty ways.
const WIDTH: usize = 100;

/// The line, with each of its changes on a line of its own if it is too long.
fn broken(line: &str) -> Cow<'_, str> {
    let Some((first, rest)) = line.split_once("; ").filter(|_| line.chars().count() > WIDTH) else {
        return line.into();
    };
    let (subject, first) =
        first.split_once(": ").map_or((first, None), |(subject, first)| (subject, Some(first)));
    let changes = first.into_iter().chain(rest.split("; "));
    format!("{subject}:{}", changes.map(|change| format!("\n  {change}")).collect::<String>()).into()
}

/// The change of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileChange {
    /// It does not exist yet.
    Created,
    /// It gets other bytes or another mode.
    Changed,
    /// It stays as it is.
    Unchanged,
    /// It is deleted.
    Removed,
}

impl FileChange {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Removed => "removed",
        }
    }

    /// The word, padded to the width of the longest, in its colour if asked for: green, yellow or red.
    #[must_use]
    pub fn padded(self, colour: bool) -> String {
        let code = match self {
            Self::Created => "32",
            Self::Changed => "33",
            Self::Removed => "31",
            Self::Unchanged => "",
        };
        let word = format!("{:<9}", self.word());
        if colour && !code.is_empty() { format!("\u{1b}[{code}m{word}\u{1b}[0m") } else { word }
    }
}

/// A file that differs.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The server that it is for; empty if all files are for one.
    pub server: String,
    /// Its path on that server.
    pub path: String,
    /// The output that made it.
    pub output: String,
    /// Reads its subjects, if its output says how.
    pub read: Option<Reader>,
    /// Its change.
    pub change: FileChange,
    /// A remark on it: it was changed by hand, or its mode changes.
    pub note: Option<String>,
    /// Its bytes before; `None` if it was not there.
    pub old: Option<Vec<u8>>,
    /// Its bytes after; `None` if it would not be there.
    pub new: Option<Vec<u8>>,
    /// It holds a secret: the rest of each line after one of these words, or the whole file if there are none.
    pub secret: Option<Vec<String>>,
}

/// A file whose subjects are compared.
struct ComparedFile {
    read: Option<Reader>,
    old: Option<String>,
    new: Option<String>,
    /// Secrets may be anywhere in it, and are not masked.
    is_secret: bool,
}

/// The differences between two sets of files.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// In the site's words.
    pub words: Words,
    /// Each file's lines.
    pub files: Vec<(Seen, Option<String>)>,
}

impl Comparison {
    /// Compares old and new of these files.
    #[must_use]
    pub fn new(files: Vec<Seen>) -> Self {
        let text =
            |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let mut comparison = Self::default();
        // By server, in the order of the files.
        let mut compared: Vec<(String, Vec<ComparedFile>)> = Vec::new();
        for file in files {
            let marks = file.secret.as_deref();
            let is_secret = marks.is_some_and(<[String]>::is_empty);
            let marks = marks.unwrap_or_default();
            let (mut old, mut new) = (text(&file.old), text(&file.new));
            let mut lines = None;
            if !is_secret {
                // Masked after the comparison, so that a line with another secret is a changed line.
                let all = unified(&file.path, old.as_deref(), new.as_deref());
                lines = Some(masked(&all, marks).into_owned());
                [old, new] = [old, new].map(|text| text.map(|text| masked(&text, marks).into_owned()));
            }
            let shown = ComparedFile { read: file.read, old, new, is_secret };
            match compared.iter_mut().find(|(server, _)| *server == file.server) {
                Some((_, all)) => all.push(shown),
                None => compared.push((file.server.clone(), vec![shown])),
            }
            comparison.files.push((file, lines));
        }
        for (_, files) in compared {
            let changed = files.iter().map(|file| Changed {
                read: file.read,
                old: file.old.as_deref(),
                new: file.new.as_deref(),
                is_secret: file.is_secret,
            });
            comparison.words.extend(words(&changed.collect::<Vec<_>>()));
        }
        comparison
    }

    /// The same without secrets. A line whose secret changes is still a changed line.
    #[must_use]
    pub fn masked(mut self, masker: &Masker) -> Self {
        if masker.is_empty() {
            return self;
        }
        let texts = self.files.iter_mut().flat_map(|(file, lines)| file.note.iter_mut().chain(lines));
        for text in texts.chain(&mut self.words.lines) {
            *text = masker.owned(std::mem::take(text));
        }
        self
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Prints the site's words, the files, their lines, and how many there are.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn print(&self, terminal: bool, colour: bool, out: &mut dyn Write) -> io::Result<()> {
        for line in &self.words.lines {
            writeln!(out, "{}", broken(&visible(line)))?;
        }
        if !self.words.lines.is_empty() {
            writeln!(out)?;
        }
        for (file, _) in &self.files {
            let note = file.note.as_ref().map(|note| format!("  ({})", visible(note))).unwrap_or_default();
            let change = file.change.padded(colour);
            writeln!(out, "{change} {}{}{note}", file.server, visible(&file.path))?;
        }
        for (file, lines) in &self.files {
            let Some(lines) = lines else {
                let path = visible(&file.path);
                writeln!(out, "\n{path}: not everybody may read it, so its lines are not shown")?;
                continue;
            };
            if lines.is_empty() {
                continue;
            }
            writeln!(out)?;
            print_lines(lines, terminal, colour, out)?;
        }
        if !self.is_empty() {
            writeln!(out, "\n{}", self.count())?;
        }
        Ok(())
    }

    /// How many files and hosts differ: `3 files changed, 1 created, 58 hosts added`.
    fn count(&self) -> String {
        let files = |change| self.files.iter().filter(|(file, _)| file.change == change).count();
        let words = &self.words;
        let counts = [
            ("file", "changed", files(FileChange::Changed)),
            ("file", "created", files(FileChange::Created)),
            ("file", "removed", files(FileChange::Removed)),
            ("host", "changed", words.changed),
            ("host", "added", words.added),
            ("host", "removed", words.gone),
        ];
        let mut said = Vec::new();
        let mut noun = "";
        for (one, what, count) in counts.into_iter().filter(|(_, _, count)| *count > 0) {
            let plural = if count == 1 { "" } else { "s" };
            // The noun is said once.
            said.push(if noun == one {
                format!("{count} {what}")
            } else {
                format!("{count} {one}{plural} {what}")
            });
            noun = one;
        }
        said.join(", ")
    }

    /// The comparison as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        let files = self.files.iter().map(|(file, lines)| {
            json!({
                "server": file.server,
                "path": file.path,
                "change": file.change.word(),
                "note": file.note,
                "masked": file.secret.is_some(),
                "diff": lines,
            })
        });
        json!({
            "changed": !self.is_empty(),
            "site": self.words.lines,
            "hosts": {
                "before": self.words.hosts,
                "added": self.words.added,
                "changed": self.words.changed,
                "gone": self.words.gone,
            },
            "files": files.collect::<Vec<_>>(),
        })
    }
}

/// Prints the lines of a unified diff. On a terminal, control characters are made visible.
///
/// # Errors
/// If it cannot be written.
#[rustfmt::skip]
pub fn print_lines(lines: &str, terminal: bool, colour: bool, out: &mut dyn Write) -> io::Result<()> {
    for (at, line) in lines.lines().enumerate() {
        let shown = if terminal { visible(line) } else { line.into() };
        let code = match line.as_bytes().first() {
            _ if at < 2 => "1",
            Some(b'-') => "31",
            Some(b'+') => "32",
            Some(b'@') => "36",
            _ => "",
        };
        if colour && !code.is_empty() {
            writeln!(out, "\u{1b}[{code}m{shown}\u{1b}[0m")?;
        } else {
            writeln!(out, "{shown}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{WIDTH, broken};

    #[test]
    fn a_long_line_has_a_line_for_each_change() {
        let short = "host a: address 10.0.0.1 → 10.0.0.2; routers 10.0.0.254 removed";
        assert_eq!(broken(short), short);
        let many: Vec<String> = (1..40).map(|at| format!("option-{at} 10.0.0.{at} removed")).collect();
        let lines = broken(&format!("dhcp: {}", many.join("; "))).into_owned();
        assert_eq!(lines, format!("dhcp:\n  {}", many.join("\n  ")));
        assert!(lines.lines().all(|line| line.chars().count() <= WIDTH), "{lines}");
        // Without a place to break it.
        let long = "x".repeat(2 * WIDTH);
        assert_eq!(broken(&long), long);
    }
}
