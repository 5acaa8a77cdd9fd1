//! The menu.

use super::Spanned;
use crate::source::Span;

/// The menu of the script.
#[derive(Clone, Debug)]
pub struct Menu {
    /// Its title.
    pub title: Spanned<String>,
    /// The seconds after which the default starts; 0 for never.
    pub timeout: u32,
    /// The place of its key, if it is written.
    pub timeout_span: Option<Span>,
    /// The entry that is preselected: the index of an entry.
    pub default: Option<usize>,
    /// The place of its key, if it is written.
    pub default_span: Option<Span>,
    /// Its items.
    pub items: Vec<Item>,
    /// The other texts of the script.
    pub texts: MenuTexts,
}

/// The texts of the script other than titles and labels.
#[derive(Clone, Debug)]
pub struct MenuTexts {
    /// An entry that did not start.
    pub failed: Spanned<String>,
    /// The text that asks for a key after that.
    pub press_a_key: Spanned<String>,
    /// The item of a submenu that leads back.
    pub back: Spanned<String>,
    /// An entry that starts by itself; `{entry}` stands for its id.
    pub starting: Spanned<String>,
}

impl MenuTexts {
    /// All of them, with their keys.
    #[must_use]
    pub const fn all(&self) -> [(&'static str, &Spanned<String>); 4] {
        [
            ("failed", &self.failed),
            ("press_a_key", &self.press_a_key),
            ("back", &self.back),
            ("starting", &self.starting),
        ]
    }
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
    /// The place of its declaration.
    pub span: Span,
    /// Its title.
    pub title: Spanned<String>,
    /// Its items.
    pub items: Vec<Item>,
}

impl Menu {
    /// The items of each menu: of the first menu, then of its submenus.
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

    /// The indices of the entries that are in a menu.
    pub fn shown(&self) -> impl Iterator<Item = usize> + '_ {
        let items = self.screens().into_iter().flatten();
        items.filter_map(|item| if let Item::Entry(at) = item { Some(*at) } else { None })
    }
}
