//! What `diff` and `apply` show.

use std::io::{self, IsTerminal, Write};

use anyhow::Result;

use super::console;
use crate::diff::{Comparison, Seen};
use crate::outputs::{Output, output};
use crate::report::Masker;
use crate::source::secrets_read;
use crate::tree::{Change, Home, Reason, Survey, Surveyed};

/// Everything that a survey found different.
pub(super) fn comparison(
    home: &Home,
    survey: &Survey,
    mut new_bytes: impl FnMut(&Surveyed) -> Result<Option<Vec<u8>>>,
) -> Result<Comparison> {
    let mut seen = Vec::new();
    for file in survey.files.iter().filter(|file| file.change != Change::Unchanged) {
        // A link is not followed: what it leads to is not what would be replaced.
        let (mode, old) = home.read(&file.place)?.map(|(met, bytes)| (met.mode, bytes)).unzip();
        let new = new_bytes(file)?;
        let mut notes: Vec<String> = file.reason.iter().map(ToString::to_string).collect();
        if let Some(mode) = mode.filter(|mode| *mode != file.entry.mode && file.change == Change::Changed) {
            notes.push(format!("mode {mode:04o} → {:04o}", file.entry.mode));
        }
        seen.push(Seen {
            server: if home.is_root() { String::new() } else { file.entry.server.clone() },
            path: file.entry.path.clone(),
            output: file.entry.output.clone(),
            read: output(&file.entry.output).and_then(Output::reader),
            change: word(file.change),
            note: (!notes.is_empty()).then(|| notes.join("; ")),
            secret: secret(file, mode),
            old,
            new,
        });
    }
    let mut secrets = secrets_read();
    for file in &seen {
        // This run has not read a secret that is no longer in the site, nor any where it reads no site.
        for bytes in [&file.old, &file.new].into_iter().flatten() {
            secrets.extend(secrets_in(&file.output, bytes));
        }
    }
    Ok(Comparison::new(seen).masked(&Masker::new(secrets)))
}

/// What of a file is not shown. What somebody else keeps from others is not ours to show either.
fn secret(file: &Surveyed, mode: Option<u32>) -> Option<Vec<String>> {
    let kept = file.entry.mode & 0o004 == 0 || mode.is_some_and(|mode| mode & 0o004 == 0);
    match &file.entry.secret {
        Some(marks) if file.reason != Some(Reason::Foreign) => Some(marks.clone()),
        _ => kept.then(Vec::new),
    }
}

/// The secrets that words of a rendered file's language tell.
pub(super) fn secrets_in(name: &str, bytes: &[u8]) -> Vec<Box<str>> {
    let Some(output) = output(name) else { return Vec::new() };
    let secrets = output.dialect().secrets(&String::from_utf8_lossy(bytes));
    secrets.into_iter().map(String::into_boxed_str).collect()
}

/// Prints it on standard output.
pub(super) fn print(comparison: &Comparison) -> Result<()> {
    let terminal = io::stdout().is_terminal();
    let mut out = console::stdout();
    comparison.print(terminal, colour(terminal), &mut out)?;
    out.flush()?;
    Ok(())
}

pub(super) fn colour(terminal: bool) -> bool {
    terminal && std::env::var_os("NO_COLOR").is_none()
}

pub(super) fn word(change: Change) -> &'static str {
    match change {
        Change::Created => "created",
        Change::Changed => "changed",
        Change::Unchanged => "unchanged",
        Change::Removed => "removed",
    }
}
