//! The programs that check the files of outputs: how each is run, and how its messages are read.
//!
//! The checker of a single output is in that output's file. This folder has those that several outputs share.
//! `crate::checks` runs them.

pub(super) mod dhcpd;
pub(super) mod dnsmasq;
pub(super) mod kea;
pub(super) mod shell;

use std::path::{Path, PathBuf};

/// A daemon's checker.
#[derive(Debug)]
pub struct Checker {
    /// The first word of the command in the manifest.
    pub command: &'static str,
    /// The program that is run.
    pub program: &'static str,
    /// The daemon that it belongs to: the word of `--unchecked`.
    pub daemon: &'static str,
    /// The daemon's accounts, by distribution. If the machine has none of them, the checker runs as `nobody`.
    pub users: &'static [&'static str],
    /// It resolves names and binds to ports below 1024.
    pub network: bool,
    /// It opens log files and makes cache folders.
    pub logs: bool,
    /// It refuses to run unless it is root: it runs as root of a user namespace, with the rights of its account.
    pub as_root: bool,
    /// It needs processes or threads besides its own.
    pub processes: bool,
    /// Arguments before those of the manifest's command.
    pub arguments: &'static [&'static str],
    /// Makes a whole configuration around a file that is only a part of one.
    pub harness: Option<fn(&HarnessPaths<'_>) -> Harness>,
    /// Changes the text of the file for the check, on any machine. Lines keep their numbers.
    pub staged: fn(Vec<u8>) -> Vec<u8>,
    /// Reads the messages in the checker's output.
    pub messages: fn(&CheckerOutput<'_>) -> Vec<Message>,
    /// Whether a line of the output says that the checker may not read the file that it was started with, whose
    /// path is the second argument. The whole line has to match: the output repeats text of the site.
    pub cannot_read: fn(&str, &str) -> bool,
}

impl Checker {
    /// A checker whose program is its command, that needs nothing, and of whose output only the exit code is used.
    #[must_use]
    pub const fn new(command: &'static str, daemon: &'static str) -> Self {
        Self {
            command,
            program: command,
            daemon,
            users: &[],
            network: false,
            logs: false,
            as_root: false,
            processes: false,
            arguments: &[],
            harness: None,
            staged: |text| text,
            messages: |_| Vec::new(),
            cannot_read: |_, _| false,
        }
    }
}

/// The paths of the parts of a [`Harness`], as the checker sees them.
#[derive(Clone, Copy, Debug)]
pub struct HarnessPaths<'p> {
    /// The file to check.
    pub file: &'p Path,
    /// The configuration around it.
    pub configuration: &'p Path,
    /// The folder that the checker may write to.
    pub work: &'p Path,
}

/// A configuration that includes the file to check.
#[derive(Debug)]
pub struct Harness {
    /// Its text.
    pub text: String,
    /// The arguments with which the program checks it, instead of those of the manifest's command.
    pub arguments: Vec<String>,
}

/// The output of a checker.
#[derive(Clone, Copy, Debug)]
pub struct CheckerOutput<'t> {
    /// Its standard output and standard error.
    pub text: &'t str,
    /// Its exit code was not 0.
    pub failed: bool,
    /// The folder of the staged files, as the checker sees it.
    pub folder: &'t Path,
}

/// A message of a checker.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// The staged file, if the message names it.
    pub file: Option<PathBuf>,
    /// The line that it is about.
    pub line: Line,
    /// The message, without file and line.
    pub text: String,
}

/// The line that a message is about, if the message names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The message names no line.
    Unknown,
    /// Its number, from 1.
    Number(usize),
    /// Its number and a column in it, both from 1.
    Position {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
    /// The first line that contains this text.
    Holding(String),
    /// A parameter of smb.conf.
    Parameter {
        /// Its section, without brackets.
        section: String,
        /// The words that are its key or its value.
        words: Vec<String>,
        /// The number of such lines before it.
        before: usize,
    },
}

impl Line {
    /// The column, if the message names it.
    #[must_use]
    pub const fn column(&self) -> Option<usize> {
        match self {
            Self::Position { column, .. } => Some(*column),
            _ => None,
        }
    }
}

impl Message {
    /// A message that names its file and its line number.
    pub(super) const fn at(file: PathBuf, number: usize, text: String) -> Self {
        Self { file: Some(file), line: Line::Number(number), text }
    }

    /// A message without file and line.
    #[must_use]
    pub const fn unknown(text: String) -> Self {
        Self { file: None, line: Line::Unknown, text }
    }
}

/// Messages of the form `PATH<between>LINE: TEXT`; of several about one line, the first.
pub(super) fn numbered(output: &CheckerOutput<'_>, between: &str) -> Vec<Message> {
    let message = |line: &str| {
        let rest = line.strip_prefix(output.folder.to_str()?)?;
        let (path, rest) = rest.split_once(between)?;
        let (number, text) = rest.split_once(": ")?;
        let file = output.folder.join(path.trim_start_matches('/'));
        Some(Message::at(file, number.parse().ok()?, text.trim().to_owned()))
    };
    let mut messages: Vec<Message> = Vec::new();
    for message in output.text.lines().filter_map(message) {
        let known = |known: &Message| known.file == message.file && known.line == message.line;
        if !messages.last().is_some_and(known) {
            messages.push(message);
        }
    }
    messages
}

/// The input of a checker's reader in tests: the output of a run that failed, with files below `/tmp/x`.
#[cfg(test)]
pub(super) fn failed(text: &str) -> CheckerOutput<'_> {
    CheckerOutput { text, failed: true, folder: Path::new("/tmp/x") }
}
