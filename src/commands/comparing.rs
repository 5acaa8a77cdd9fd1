//! The parts of the output that `diff`, `apply` and `render` share.

use std::io::{self, IsTerminal, Write};

use anyhow::Result;

use super::{colour, console};
use crate::apply::StoredGeneration;
use crate::diff::{Comparison, FileChange, Reader, Seen};
use crate::outputs::{Output, output};
use crate::report::{Masker, visible};
use crate::source::secrets_read;
use crate::tree::{Change, Home, ManualStep, Reason, Survey, Surveyed, TreeEntry};

/// Compares the files of a machine or a folder with those that a survey would put there.
pub(super) fn comparison(
    home: &Home,
    survey: &Survey,
    mut new_bytes: impl FnMut(&Surveyed) -> Result<Option<Vec<u8>>>,
) -> Result<Comparison> {
    let mut seen = Vec::new();
    for file in survey.files.iter().filter(|file| file.change != Change::Unchanged) {
        // A link is not followed: the file that it leads to would not be replaced.
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
            read: reader(&file.entry, mode.unwrap_or(file.entry.mode)),
            change: file_change(file.change),
            note: (!notes.is_empty()).then(|| notes.join("; ")),
            secret: secret(file, mode),
            old,
            new,
        });
    }
    Ok(masked(seen))
}

/// Compares two generations of a machine's files.
pub(super) fn generations(old: &StoredGeneration, new: &StoredGeneration) -> Result<Comparison> {
    let mut seen = Vec::new();
    let secret = |one: &TreeEntry, other: &TreeEntry| match &one.secret {
        Some(marks) => Some(marks.clone()),
        // A file that not everybody may read.
        None => (one.mode & other.mode & 0o004 == 0).then(Vec::new),
    };
    let mut add = |entry: &TreeEntry, other: &TreeEntry, old: Option<Vec<u8>>, new: Option<Vec<u8>>| {
        let change = match (&old, &new) {
            (None, _) => FileChange::Created,
            (_, None) => FileChange::Removed,
            _ => FileChange::Changed,
        };
        if old == new && entry.mode == other.mode {
            return;
        }
        let note =
            (entry.mode != other.mode).then(|| format!("mode {:04o} → {:04o}", other.mode, entry.mode));
        seen.push(Seen {
            server: String::new(),
            path: entry.path.clone(),
            output: entry.output.clone(),
            read: reader(entry, other.mode),
            change,
            note,
            secret: secret(entry, other),
            old,
            new,
        });
    };
    for entry in new.entries() {
        let before = old.entry(&entry.path);
        let bytes = before.map(|before| old.bytes(before)).transpose()?;
        add(entry, before.unwrap_or(entry), bytes, Some(new.bytes(entry)?));
    }
    for entry in old.entries().filter(|entry| new.entry(&entry.path).is_none()) {
        add(entry, entry, Some(old.bytes(entry)?), None);
    }
    Ok(masked(seen))
}

/// The comparison without any secret that its files or the site hold.
fn masked(seen: Vec<Seen>) -> Comparison {
    let mut secrets = secrets_read();
    for file in &seen {
        // The files may hold secrets that the site no longer has, or of a site that this run did not read.
        for bytes in [&file.old, &file.new].into_iter().flatten() {
            secrets.extend(secrets_in(&file.output, bytes));
        }
    }
    Comparison::new(seen).masked(&Masker::new(secrets))
}

/// The words after which a file holds secrets; no words if no line may be shown, as of a file that its owner keeps from
/// others.
fn secret(file: &Surveyed, mode: Option<u32>) -> Option<Vec<String>> {
    let kept = file.entry.mode & 0o004 == 0 || mode.is_some_and(|mode| mode & 0o004 == 0);
    match &file.entry.secret {
        Some(marks) if file.reason != Some(Reason::Foreign) => Some(marks.clone()),
        _ => kept.then(Vec::new),
    }
}

/// Reads the subjects of a file. If its owner made it unreadable for others, not even the subjects are shown.
fn reader(entry: &TreeEntry, other_mode: u32) -> Option<Reader> {
    let [public, was_public] = [entry.mode, other_mode].map(|mode| mode & 0o004 != 0);
    output(&entry.output).and_then(Output::reader).filter(|_| was_public || !public)
}

/// Finds the secrets in a file that this output renders.
pub(super) fn secrets_in(name: &str, bytes: &[u8]) -> Vec<Box<str>> {
    let Some(output) = output(name) else { return Vec::new() };
    let secrets = output.dialect().secrets(&String::from_utf8_lossy(bytes));
    secrets.into_iter().map(String::into_boxed_str).collect()
}

/// Prints a comparison on standard output.
pub(super) fn print(comparison: &Comparison) -> Result<()> {
    let terminal = io::stdout().is_terminal();
    let mut out = console::stdout();
    comparison.print(terminal, colour::of_output(), &mut out)?;
    out.flush()?;
    Ok(())
}

/// The change of a file, for `diff`.
pub(super) const fn file_change(change: Change) -> FileChange {
    match change {
        Change::Created => FileChange::Created,
        Change::Changed => FileChange::Changed,
        Change::Unchanged => FileChange::Unchanged,
        Change::Removed => FileChange::Removed,
    }
}

/// The change of a file as the first column of a list, in colour if standard output has colours.
pub(super) fn word(change: Change) -> String {
    file_change(change).padded(colour::of_output())
}

/// Prints the steps that are left to do by hand, by server.
pub(super) fn left_to_do(steps: &[ManualStep], out: &mut dyn Write) -> io::Result<()> {
    let mut server = "";
    // In the order of the work, however the steps were listed: a package brings files and users of its own.
    let mut steps: Vec<&ManualStep> = steps.iter().collect();
    let rank = |kind: &str| match kind {
        "package" => 0,
        "ports" => 2,
        _ => 1,
    };
    steps.sort_by(|a, b| {
        let key = |step: &&ManualStep| (rank(&step.kind), step.kind.clone(), step.what.clone());
        a.server.cmp(&b.server).then_with(|| key(a).cmp(&key(b)))
    });
    for group in
        steps.chunk_by(|one, other| of_hosts(one).is_some_and(|place| of_hosts(other) == Some(place)))
    {
        // A room has a folder or a disk for each of its machines.
        let listed = if group.len() > LISTED_ALONE { 1 } else { group.len() };
        for step in group.iter().take(listed) {
            if step.server != server {
                server = &step.server;
                writeln!(out, "\nleft to do on {server}:")?;
            }
            writeln!(out, "  {:<8} {}  ({})", step.kind, visible(&step.what), visible(&step.why))?;
        }
        if let [step, .., last] = group
            && listed < group.len()
        {
            let (more, last) = (group.len() - listed, visible(&last.what));
            writeln!(out, "  {:<8} and {more} more, to {last}  (manifest.json lists them)", step.kind)?;
        }
    }
    Ok(())
}

/// Up to this number, similar steps of hosts are listed one by one.
const LISTED_ALONE: usize = 3;

/// The common part of similar steps of hosts: the server, the kind, the folder, and the reason before the host's name.
fn of_hosts(step: &ManualStep) -> Option<(&str, &str, &str, &str)> {
    let (folder, _) = step.what.rsplit_once('/')?;
    let (why, _) = step.why.split_once(" host ")?;
    Some((&step.server, &step.kind, folder, why))
}
