//! Menus and submenus, with their items.

use foldhash::HashSet;

use super::super::coverage::Outcome;
use super::super::draft::{Mapping, Value};
use super::entries::id_of;
use super::menu::{Item, Menu};
use super::{Reader, set, variables};

/// How deep submenus may be nested.
const DEEPEST: usize = 16;

/// The items that the menus show.
#[derive(Default)]
pub(super) struct Shown {
    /// Menus that have their place.
    pub(super) menus: HashSet<usize>,
    /// The labels of entries.
    pub(super) entries: HashSet<String>,
    /// The entries in the order of their items.
    pub(super) items: Vec<(String, Item)>,
    /// The preselected entry of the first menu.
    pub(super) default: Option<String>,
    /// Whether the text of the way back is known.
    pub(super) back: bool,
}

impl Reader<'_, '_> {
    /// The items of a menu, and those of its submenus.
    pub(super) fn items(&mut self, menu: usize, depth: usize, shown: &mut Shown) -> Vec<Value> {
        let Some(Menu { first, end, items, target, conditional, timeout, line, .. }) =
            self.menus.get(menu).cloned()
        else {
            return Vec::new();
        };
        shown.menus.insert(menu);
        let mut values = Vec::new();
        let preselected = items.iter().any(|item| item.preselected);
        for item in &items {
            if let Some(value) = self.item(item, &target, depth, shown) {
                values.push(value);
            }
        }
        for index in conditional {
            self.remark(index, "the condition of this item was left out: every client sees the item");
        }
        if depth > 0 && (timeout > 0 || preselected) {
            self.remark(line, "a submenu has no timeout and no default of its own");
        }
        for index in first..end {
            self.account(index, Outcome::Words);
        }
        values
    }

    pub(super) fn item(
        &mut self,
        item: &Item,
        target: &(String, String),
        depth: usize,
        shown: &mut Shown,
    ) -> Option<Value> {
        let Some(name) = &item.name else {
            let text = plain(&item.text);
            if text != item.text {
                self.remark(item.line, "the text of a gap has no settings in site.yaml; they were left out");
            }
            let mut gap = Mapping::default();
            gap.set("gap", text);
            return Some(gap.into());
        };
        let label = format!("{}{name}{}", target.0, target.1);
        if let Some(&menu) = self.menu_at.get(&label) {
            return self.submenu(item, name, menu, depth, shown);
        }
        if !self.labels.contains_key(label.as_str()) {
            let why = format!("no label `{label}` is in the script");
            set(&mut self.outcomes, item.line, Outcome::Lost(why));
            return None;
        }
        if !shown.entries.insert(label.clone()) {
            let why = "an entry is in the menu once".to_owned();
            set(&mut self.outcomes, item.line, Outcome::Lost(why));
            return None;
        }
        let id = id_of(&label);
        if id != label {
            self.renamed.insert(label.clone(), id.clone());
        }
        if item.preselected && depth == 0 {
            shown.default = Some(id.clone());
        }
        shown.items.push((label, item.clone()));
        Some(Value::Text(id))
    }

    pub(super) fn submenu(
        &mut self,
        item: &Item,
        name: &str,
        menu: usize,
        depth: usize,
        shown: &mut Shown,
    ) -> Option<Value> {
        if shown.menus.contains(&menu) || depth >= DEEPEST {
            // The way back, which our submenus have by themselves.
            if menu == 0 && item.text != "Back" && !item.text.is_empty() && !shown.back {
                shown.back = true;
                let text = plain(&item.text);
                let line = self.lines.get(item.line).map(|line| line.origin.clone());
                let back = self.imported.draft.site.map("menu").map("texts").set("back", text);
                if let Some(origin) = line {
                    back.from(&origin);
                }
            } else {
                set(&mut self.outcomes, item.line, Outcome::Default);
            }
            return None;
        }
        let items = self.items(menu, depth + 1, shown);
        let title = self.menus.get(menu).map(|menu| plain(&menu.title)).filter(|title| !title.is_empty());
        let label = plain(&item.text);
        let of_item = || label.trim_end_matches(['.', '>', ' ', '…']).to_owned();
        let title = title.or_else(|| Some(of_item()).filter(|label| !label.is_empty()));
        let mut value = Mapping::default();
        value.set("submenu", id_of(name));
        value.set("title", title.unwrap_or_else(|| name.to_owned()));
        value.set("items", Value::List(items));
        if item.key.is_some() {
            self.remark(item.line, "a submenu has no hot key");
        }
        Some(value.into())
    }

    /// Sets `menu`.
    pub(super) fn menu(&mut self, items: Vec<Value>, shown: &Shown) {
        let Some(first) = self.menus.first().cloned() else { return };
        let origin = self.lines.get(first.line).map(|line| line.origin.clone());
        let title = plain(&first.title);
        if title != first.title {
            self.remark(
                first.line,
                "a title in site.yaml shows no settings such as `${ip}`; they were left out",
            );
        }
        let (before, after) = &first.target;
        let default = first.default.as_ref().map(|name| format!("{before}{name}{after}"));
        let default = default.filter(|label| self.targets.contains(label)).map(|label| id_of(&label));
        let menu = self.imported.draft.site.map("menu");
        if !title.is_empty() {
            menu.set("title", title);
        }
        if first.timeout > 0 {
            menu.set("timeout", format!("{}s", first.timeout.div_ceil(1000)));
        }
        if let Some(default) = default.or_else(|| shown.default.clone()) {
            menu.set("default", default);
        }
        menu.set("items", Value::List(items));
        if let Some(texts) = menu.remove("texts") {
            menu.set("texts", texts.value);
        }
        if let (Some(origin), Some(entry)) = (origin, self.imported.draft.site.entry("menu")) {
            entry.from(&origin);
        }
    }
}

/// A text without settings of iPXE.
pub(super) fn plain(text: &str) -> String {
    if !text.contains(['$', variables::OPEN]) {
        return text.to_owned();
    }
    let mut plain = String::new();
    let mut open = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '$' if chars.peek() == Some(&'{') => open = true,
            variables::OPEN => open = true,
            '}' | variables::CLOSE if open => open = false,
            c if !open => plain.push(c),
            _ => {}
        }
    }
    // Brackets and colons around a setting are left over.
    let plain = plain.replace("()", "").replace("[]", "");
    plain.trim_end_matches([' ', ':', '-']).trim_start().to_owned()
}
