//! All that differs, for people and for programs.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Changed, Reader, Words, unified, words};
use crate::report::{Masker, masked, visible};

/// A file that differs.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Whose it is.
    pub server: String,
    /// Where it stands there.
    pub path: String,
    /// Which output made it.
    pub output: String,
    /// Reads its subjects, if its output says how.
    pub read: Option<Reader>,
    /// `created`, `changed` or `removed`.
    pub change: &'static str,
    /// What else has to be known of it.
    pub note: Option<String>,
    /// Its bytes before; `None` if it was not there.
    pub old: Option<Vec<u8>>,
    /// Its bytes after; `None` if it would not be there.
    pub new: Option<Vec<u8>>,
    /// It holds what not everybody may see: the rest of a line behind these words, or all of it where
    /// there are none.
    pub secret: Option<Vec<String>>,
}

/// All that differs.
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
        for file in files {
            let marks = file.secret.as_deref();
            if marks.is_some_and(<[String]>::is_empty) {
                comparison.files.push((file, None));
                continue;
            }
            let marks = marks.unwrap_or_default();
            let (old, new) = (text(&file.old), text(&file.new));
            let (old, new) = (old.as_deref(), new.as_deref());
            let shown = [old, new].map(|text| text.map(|text| masked(text, marks)));
            let [before, after] = shown.each_ref().map(Option::as_deref);
            let said = words(&[Changed { read: file.read, path: &file.path, old: before, new: after }]);
            comparison.words.lines.extend(said.lines);
            comparison.words.hosts += said.hosts;
            comparison.words.gone += said.gone;
            // Masked only now, so that another secret is a changed line.
            let lines = masked(&unified(&file.path, old, new), marks).into_owned();
            comparison.files.push((file, Some(lines)));
        }
        comparison
    }

    /// The same without secrets: a changed line is one still, but nobody sees how it changed.
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

    /// The site's words, the files, and their lines.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn print(&self, terminal: bool, colour: bool, out: &mut dyn Write) -> io::Result<()> {
        for line in &self.words.lines {
            writeln!(out, "{}", visible(line))?;
        }
        if !self.words.lines.is_empty() {
            writeln!(out)?;
        }
        for (file, _) in &self.files {
            let note = file.note.as_ref().map(|note| format!("  ({})", visible(note))).unwrap_or_default();
            writeln!(out, "{:<9} {}{}{note}", file.change, file.server, visible(&file.path))?;
        }
        for (file, lines) in &self.files {
            let Some(lines) = lines else {
                writeln!(
                    out,
                    "\n{}: not everybody may read it, so its lines are not shown",
                    visible(&file.path)
                )?;
                continue;
            };
            if lines.is_empty() {
                continue;
            }
            writeln!(out)?;
            print_lines(lines, terminal, colour, out)?;
        }
        Ok(())
    }

    /// The same for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let files = self.files.iter().map(|(file, lines)| {
            json!({
                "server": file.server,
                "path": file.path,
                "change": file.change,
                "note": file.note,
                "masked": file.secret.is_some(),
                "diff": lines,
            })
        });
        json!({
            "changed": !self.is_empty(),
            "site": self.words.lines,
            "hosts": { "before": self.words.hosts, "gone": self.words.gone },
            "files": files.collect::<Vec<_>>(),
        })
    }
}

/// Prints the lines of a unified diff. On a terminal nothing in them acts on it.
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
