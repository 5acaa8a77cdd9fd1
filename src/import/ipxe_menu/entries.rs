//! Boot entries for the items of menus.

use foldhash::HashMap;

use super::super::coverage::Outcome;
use super::super::draft::{Mapping, Value};
use super::Reader;
use super::entry::Entries;
use super::flow::Body;
use super::linux::Recognized;
use super::menu::Item;
use super::paths::Over;
use super::screens::{Shown, plain};
use super::script::Line;
use crate::boot::{BUILTIN_ENTRIES, kind as boot_kind};

/// The label of an entry that a menu may show without declaring it.
fn built_in_label(name: &str) -> Option<&'static str> {
    boot_kind(name).filter(|_| BUILTIN_ENTRIES.contains(&name))?.label
}

impl Reader<'_, '_> {
    /// Sets `boot_entries`.
    pub(super) fn entries(&mut self, shown: &Shown) {
        let mut order: Vec<(usize, String, Option<Item>)> = Vec::new();
        for (label, item) in &shown.items {
            let at = self.labels.get(label.as_str()).copied().unwrap_or(usize::MAX);
            order.push((at, label.clone(), Some(item.clone())));
        }
        if self.is_ours {
            // Entries that only DHCP starts.
            let mut items: HashMap<&str, &Item> = HashMap::default();
            for item in self.menus.iter().flat_map(|menu| &menu.preselected) {
                if let Some(name) = &item.name {
                    items.entry(name).or_insert(item);
                }
            }
            for (label, at) in &self.labels {
                let known = shown.entries.contains(*label) || self.menu_at.contains_key(*label);
                if !known && !label.starts_with("ipxegen.") && self.ends_before(*at) {
                    order.push((*at, (*label).to_owned(), items.get(label).copied().cloned()));
                }
            }
        }
        order.sort_by_key(|(at, ..)| *at);
        let declared = order.iter().rposition(|(_, label, _)| !BUILTIN_ENTRIES.contains(&label.as_str()));
        for (place, (_, label, item)) in order.into_iter().enumerate() {
            let keep = self.is_ours && declared.is_some_and(|last| place < last);
            self.entry(&label, item.as_ref(), keep);
        }
    }

    pub(super) fn entry(&mut self, label: &str, item: Option<&Item>, keep: bool) {
        let body = self.body(label, true);
        let lines: Vec<&Line> = body.lines.iter().filter_map(|index| self.lines.get(*index)).collect();
        let recognized = self.recognized(&lines);
        let id = id_of(label);
        let mut entry = Mapping::default();
        let kind = recognized.as_ref().map_or("script", |recognized| recognized.kind);
        // The name of an entry that needs no declaration is its kind.
        let is_implied = kind == id && BUILTIN_ENTRIES.contains(&kind);
        if !is_implied {
            entry.set("kind", kind);
        }
        let own = built_in_label(kind).unwrap_or(id.as_str());
        if let Some(item) = item {
            self.of_item(item, own, &mut entry);
        }
        let origin =
            self.labels.get(label).and_then(|at| self.lines.get(*at)).map(|line| line.origin.clone());
        let mut added = Vec::new();
        match recognized {
            Some(recognized) => {
                if recognized.over.is_some_and(|over| over != self.places.over) {
                    let over = if self.places.over == Over::Http { "tftp" } else { "http" };
                    entry.set("over", over);
                }
                for key in recognized.keys.entries() {
                    entry.set(&key.key, key.value.clone());
                }
                added = recognized.added;
            }
            None => {
                let text = self.script(label);
                entry.set("lines", Value::Lines(text));
            }
        }
        for index in &body.lines {
            self.account(*index, Outcome::Words);
        }
        self.fall_through(label, &body);
        if is_implied && entry.is_empty() && !keep {
            return;
        }
        if is_implied && entry.is_empty() {
            entry.set("label", own);
        }
        let entry = self.imported.draft.site.map("boot_entries").set(&id, entry);
        if let Some(origin) = origin {
            entry.from(&origin);
        }
        if !added.is_empty() {
            entry.note(format!("The kind adds {} to the kernel's arguments.", added.join(" ")));
        }
    }

    /// The kind of entry that does what lines do.
    pub(super) fn recognized(&self, lines: &[&Line]) -> Option<Recognized> {
        let returns = |label: &str| self.returns(label);
        let entries = Entries {
            places: &self.places,
            variables: &self.variables,
            architectures: &self.architectures,
            returns: &returns,
            is_ours: self.is_ours,
        };
        entries.recognize(lines)
    }

    /// Sets what an item says of its entry: the text, the key and the clients that see it.
    pub(super) fn of_item(&mut self, item: &Item, own: &str, entry: &mut Mapping) {
        let text = plain(&item.text);
        if text != own && !text.is_empty() {
            entry.set("label", text);
        }
        self.key(item, entry);
        if !item.only_for.is_empty() {
            let kinds = item.only_for.iter().map(|kind| Value::from(*kind)).collect();
            entry.set("only_for", Value::one_or_list(kinds));
        }
    }

    pub(super) fn key(&mut self, item: &Item, entry: &mut Mapping) {
        let Some(key) = &item.key else { return };
        if key.len() == 1 && key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            entry.set("key", Value::Text(key.clone()));
        } else {
            self.remark(item.line, format!("the hot key {key} was left out: a key is one letter or digit"));
        }
    }

    /// Reports an entry whose last line runs into the next one.
    pub(super) fn fall_through(&mut self, label: &str, body: &Body) {
        let Some(next) = body.falls_into.clone().filter(|next| !self.returns(next)) else { return };
        let Some(&last) = body
            .lines
            .iter()
            .rfind(|index| self.lines.get(**index).is_some_and(|line| !line.commands.is_empty()))
        else {
            return;
        };
        let Some(line) = self.lines.get(last) else { return };
        // A failure ends the script, and these do not come back otherwise.
        let leaves = ["boot", "chain", "sanboot", "imgexec", "reboot", "poweroff", "exit"];
        let ignored = line.commands.last().is_some_and(|command| command.words.is_empty());
        if ignored || !line.commands.iter().any(|command| leaves.contains(&command.name())) {
            let text = format!(
                "`{label}` does not end, so iPXE goes on with `{next}`; here it leads back to the menu"
            );
            self.remark(last, text);
        }
    }
}

/// The id of an entry for a label: a letter, then letters, digits, `_`, `.` and `-`.
pub(super) fn id_of(label: &str) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let mut id: String = label.chars().map(|c| if fits(c) { c } else { '-' }).take(60).collect();
    if !id.starts_with(|c: char| c.is_ascii_alphabetic()) {
        id.insert_str(0, "e-");
    }
    if id.starts_with("ipxegen.") { id.replacen("ipxegen.", "ipxegen-", 1) } else { id }
}
