//! The menu.

use super::Spanned;
use crate::source::Span;

/// The menu of the script.
#[derive(Clone, Debug)]
pub struct Menu {
    /// Its title.
    pub title: Spanned<String>,
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
    Gap(Spanned<String>),
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
    pub title: Spanned<String>,
    /// What it shows.
    pub items: Vec<Item>,
}

impl Menu {
    /// What each menu shows: the first one, then those below it.
    #[must_use]
    pub fn screens(&self) -> Vec<&[Item]> {
        let mut screens: Vec<&[Item]> = vec![&self.items];
        let mut at = 0;
        while let Some(items) = screens.get(at).copied() {
            screens.extend(items.iter().filter_map(|item| match item {
                Item::Submenu(submenu) => Some(submenu.items.as_slice()),
                _ => None,
            }));
            at += 1;
        }
        screens
    }

    /// The entries that stand in a menu, by index.
    pub fn shown(&self) -> impl Iterator<Item = usize> + '_ {
        let items = self.screens().into_iter().flatten();
        items.filter_map(|item| if let Item::Entry(at) = item { Some(*at) } else { None })
    }
}
