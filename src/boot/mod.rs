//! The kinds of boot entry: one file each, with all that concerns it.
//!
//! A kind reads its own keys, says which files somebody must put below the TFTP root, what it
//! needs of other services, and what its template `templates/ipxe/boot/<kind>.ipxe` sees. What
//! comes out is plain data ([`Entry`]), so that nothing behind this room asks for a kind.

mod builtin;
mod casper;
mod chain;
mod iso;
mod linux;
mod local;
mod making;
mod memtest;
mod san;
mod script;
mod winpe;

pub use making::{Facts, Made, Making};

use crate::report::{Finding, Report};
use crate::schema::{BootEntry, listed, nearest};
use crate::source::Word;

/// A kind of boot entry.
#[derive(Debug)]
pub struct Kind {
    /// Its word in site.yaml.
    pub word: &'static str,
    /// What the menu shows when the entry has no label.
    pub label: Option<&'static str>,
    /// Makes what it does of its keys; `None` when a finding stands in the way.
    pub make: fn(&mut Making<'_, '_>) -> Option<Made>,
}

/// Every kind.
pub static KINDS: &[&Kind] = &[
    &linux::KIND,
    &casper::KIND,
    &iso::KIND,
    &winpe::KIND,
    &san::KIND,
    &local::KIND,
    &memtest::KIND,
    &chain::KIND,
    &script::KIND,
    &builtin::SHELL,
    &builtin::CONFIG,
    &builtin::EXIT,
    &builtin::REBOOT,
    &builtin::POWEROFF,
];

/// Kinds of the language that come later: refused by name.
const LATER: &[&str] = &["live_boot", "debian_installer", "subiquity", "anaconda", "autoyast", "nfs_root"];

/// Entries that a menu may name without declaring them.
pub const UNDECLARED: &[&str] = &["shell", "config", "exit", "reboot", "poweroff", "local", "san"];

/// The kind of that name.
#[must_use]
pub fn kind(word: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.word == word)
}

/// The kind of a written entry; `None` when a finding says why there is none.
pub fn kind_of(entry: &BootEntry<'_>, report: &mut Report) -> Option<&'static Kind> {
    if let Some(word) = entry.common.kind.given() {
        let kind = kind(word.text);
        if kind.is_none() {
            report.push(unknown(*word));
        }
        return kind;
    }
    if entry.common.kind.is_wrong() {
        return None;
    }
    // Declaring what the menu could name anyway relabels it; its kind is its name.
    if UNDECLARED.contains(&entry.id.text) {
        return kind(entry.id.text);
    }
    let message = format!("the boot entry `{}` has no `kind`", entry.id.text);
    report.push(Finding::error("missing-key", entry.id.span, message).help(format!("one of {}", words())));
    None
}

fn unknown(word: Word<'_>) -> Finding {
    if LATER.contains(&word.text) {
        return Finding::error("not-built", word.span, format!("the kind `{}` is not built yet", word.text))
            .help("this version of ipxegen refuses what it cannot render, instead of ignoring it");
    }
    let known: Vec<&str> = KINDS.iter().map(|kind| kind.word).collect();
    let finding =
        Finding::error("unknown-kind", word.span, format!("`{}` is not a kind of boot entry", word.text));
    match nearest(word.text, &known) {
        Some(word) => finding.here(format!("did you mean `{word}`?")),
        None => finding.help(format!("one of {}", words())),
    }
}

fn words() -> String {
    listed(&KINDS.iter().map(|kind| kind.word).collect::<Vec<_>>())
}
