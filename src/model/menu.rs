//! The menu.

use super::At;
use crate::source::Span;

/// The menu of the script.
#[derive(Clone, Debug)]
pub struct Menu {
    /// Its title.
    pub title: At<String>,
    /// After how many seconds the default starts; 0 for never.
    pub timeout: u32,
    /// Where that was written, if it was.
    pub timeout_span: Option<Span>,
    /// The entry that is preselected: the index of an entry.
    pub default: Option<usize>,
    /// Where that was written, if it was.
    pub default_span: Option<Span>,
    /// What it shows.
    pub items: Vec<Item>,
}

/// One line.
#[derive(Clone, Debug)]
pub enum Item {
    /// A boot entry, by index.
    Entry(usize),
    /// Text between entries; empty for a blank line.
    Gap(At<String>),
    /// A menu below this one.
    Submenu(Submenu),
}

/// A menu below a menu.
#[derive(Clone, Debug)]
pub struct Submenu {
    /// Its id: an iPXE label.
    pub id: String,
    /// Where it was declared.
    pub span: Span,
    /// Its title.
    pub title: At<String>,
    /// What it shows.
    pub items: Vec<Item>,
}
