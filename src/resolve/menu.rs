//! The menu.

use foldhash::{HashMap, HashSet};

use super::entries::{builtin, label};
use super::entry_ids::{EntryIds, check_reference};
use super::resolver::Resolver;
use crate::boot::SiteFacts;
use crate::model::{Entry, InvalidValue, Item, Menu, MenuTexts, Spanned, Submenu, entry_id, seconds};
use crate::report::Finding;
use crate::report::catalogue::{DUPLICATE_KEY, MALFORMED};
use crate::schema::{self, Field, MenuItem};
use crate::source::{Scalar, Span};

/// The built-in entries at the end of the default menu, after every entry that is not hidden.
const LAST: &[&str] = &["shell", "exit"];

pub(super) fn resolve<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &Field<schema::Menu<'a>>,
    entries: &mut Vec<Entry>,
    ids: &EntryIds<'a>,
    name: &Spanned<String>,
    facts: &SiteFacts,
) -> Menu {
    let none = schema::Menu::default();
    let menu = written.given().unwrap_or(&none);
    let title = r.maybe(&menu.title, label).unwrap_or_else(|| name.clone());
    let timeout = r.maybe(&menu.timeout, seconds);
    let mut maker = MenuResolver {
        ids,
        facts,
        made: entries.iter().enumerate().map(|(at, entry)| (entry.id.clone(), at)).collect(),
        submenus: HashMap::default(),
        placed: HashSet::default(),
    };
    let items = match &menu.items {
        Field::Given(items) => maker.items(r, items, entries),
        Field::Wrong(_) => {
            r.gaps.entries = true;
            Vec::new()
        }
        Field::Absent => {
            let mut items: Vec<Item> = (0..entries.len())
                .filter(|at| entries.get(*at).is_some_and(|entry| !entry.hidden))
                .map(Item::Entry)
                .collect();
            for id in LAST {
                if ids.get(id).is_none_or(|span| *span == Span::default()) {
                    items.extend(
                        maker.entry(r, Scalar { text: id, span: menu.span }, entries).map(Item::Entry),
                    );
                }
            }
            items
        }
    };
    let default = match menu.default.given() {
        Some(word) => maker.entry(r, *word, entries),
        None => first(&items),
    };
    let timeout_span = timeout.as_ref().map(|at| at.span);
    let default_span = menu.default.given().map(|word| word.span);
    let texts = texts(r, menu.texts.given());
    Menu {
        title,
        timeout: timeout.map_or(0, |at| at.value),
        timeout_span,
        default,
        default_span,
        items,
        texts,
    }
}

/// Reads the texts of the script other than titles and labels.
fn texts<'a>(r: &mut Resolver<'_, 'a>, written: Option<&schema::MenuTexts<'a>>) -> MenuTexts {
    let none = schema::MenuTexts::default();
    let written = written.unwrap_or(&none);
    let mut text = |word: &Field<Scalar<'a>>, default: &str| {
        let given = r.maybe(word, |text| {
            // A prompt would take it for an option.
            if text.starts_with('-') {
                return Err(
                    InvalidValue::new("this text begins with a hyphen").help("begin it with a letter")
                );
            }
            label(text)
        });
        given.unwrap_or_else(|| Spanned::new(default.to_owned(), Span::default()))
    };
    MenuTexts {
        failed: text(&written.failed, "This entry did not start."),
        press_a_key: text(&written.press_a_key, "Press any key for the menu"),
        back: text(&written.back, "Back"),
        starting: text(&written.starting, "Starting {entry} in 3 s, press any key for the menu"),
    }
}

/// The first entry of a menu that starts something.
fn first(items: &[Item]) -> Option<usize> {
    items.iter().find_map(|item| match item {
        Item::Entry(at) => Some(*at),
        Item::Gap(_) => None,
        Item::Submenu(submenu) => first(&submenu.items),
    })
}

struct MenuResolver<'m, 'a> {
    ids: &'m EntryIds<'a>,
    facts: &'m SiteFacts,
    /// The index of each entry.
    made: HashMap<String, usize>,
    submenus: HashMap<&'a str, Span>,
    placed: HashSet<usize>,
}

impl<'a> MenuResolver<'_, 'a> {
    fn items(
        &mut self,
        r: &mut Resolver<'_, 'a>,
        written: &[MenuItem<'a>],
        entries: &mut Vec<Entry>,
    ) -> Vec<Item> {
        let mut items = Vec::new();
        for item in written {
            match item {
                MenuItem::Entry(word) => {
                    let Some(at) = self.entry(r, *word, entries) else {
                        // The entry that was meant is not in the menu now, and must not be reported as unreachable.
                        r.gaps.entries = true;
                        continue;
                    };
                    if !self.placed.insert(at) {
                        let finding = Finding::new(
                            &MALFORMED,
                            word.span,
                            format!("`{}` is used twice in the menu", word.text),
                        );
                        r.report.push(finding.help("each entry has one place"));
                        continue;
                    }
                    items.push(Item::Entry(at));
                }
                MenuItem::Gap(word) => items.extend(self.gap(r, *word)),
                MenuItem::Submenu(submenu) => items.extend(self.submenu(r, submenu, entries)),
            }
        }
        items
    }

    fn gap(&mut self, r: &mut Resolver<'_, 'a>, word: Scalar<'a>) -> Option<Item> {
        if word.text.is_empty() {
            return Some(Item::Gap(Spanned::new(String::new(), word.span)));
        }
        r.value(word, label).map(Item::Gap)
    }

    fn submenu(
        &mut self,
        r: &mut Resolver<'_, 'a>,
        written: &schema::Submenu<'a>,
        entries: &mut Vec<Entry>,
    ) -> Option<Item> {
        let id = r.value(written.id, entry_id);
        if let Some(first) = self.ids.get(written.id.text) {
            let finding = Finding::new(
                &MALFORMED,
                written.id.span,
                format!("`{}` is a boot entry's id already", written.id.text),
            );
            let finding =
                if *first == Span::default() { finding } else { finding.and(*first, "the boot entry") };
            r.report.push(finding.help("both are labels of one script; give the submenu another id"));
            return None;
        }
        if let Some(first) = self.submenus.insert(written.id.text, written.id.span) {
            let finding = Finding::new(
                &DUPLICATE_KEY,
                written.id.span,
                format!("two submenus are called `{}`", written.id.text),
            );
            r.report.push(finding.and(first, "the first one"));
            return None;
        }
        let title = r.maybe(&written.title, label);
        r.gaps.entries |= written.items.is_wrong();
        let items = written.items.given().map_or_else(Vec::new, |items| self.items(r, items, entries));
        if first(&items).is_none() && !written.items.is_wrong() && !r.gaps.entries {
            let finding = Finding::new(
                &MALFORMED,
                written.id.span,
                format!("the submenu `{}` has no entries", written.id.text),
            );
            r.report.push(finding.help("iPXE fails on a menu with nothing to choose"));
        }
        Some(Item::Submenu(Submenu {
            id: id?.value.to_owned(),
            span: written.id.span,
            title: title.unwrap_or_else(|| Spanned::new(written.id.text.to_owned(), written.id.span)),
            items,
        }))
    }

    /// The entry of that id; a built-in one that the site does not declare is added.
    fn entry(
        &mut self,
        r: &mut Resolver<'_, 'a>,
        word: Scalar<'a>,
        entries: &mut Vec<Entry>,
    ) -> Option<usize> {
        if let Some(at) = self.made.get(word.text) {
            return Some(*at);
        }
        match self.ids.get(word.text) {
            // Declared, but in error: it has a finding already.
            Some(span) if *span != Span::default() => None,
            Some(_) => {
                entries.push(builtin(r, word, self.facts)?);
                self.made.insert(word.text.to_owned(), entries.len() - 1);
                Some(entries.len() - 1)
            }
            None => {
                check_reference(r, word, self.ids);
                None
            }
        }
    }
}
