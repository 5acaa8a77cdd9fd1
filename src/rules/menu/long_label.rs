//! iPXE shows at most 74 bytes of an item on a screen of 80 columns and cuts off the rest.
//!
//! Evidence: iPXE's src/hci/tui/menu_ui.c leaves a column free at either side and two more as padding, and cuts the
//! rest without a message. It counts bytes.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { a: { kind: iso, iso: a.iso, label: "A label that goes on and on, until the one word that matters stands beyond: WIPE" } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { a: { kind: iso, iso: a.iso, label: "WIPE the disk" } }
//! ```

use crate::model::{Item, Site, Spanned};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

/// How many columns iPXE draws of an item.
const COLUMNS: usize = 74;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("long-label", "text of the menu is longer than a line of the screen"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for entry in &site.entries {
        say(&entry.label, entry.label_span, found);
    }
    // Without a title, the menu shows the site's name.
    if site.menu.title.value != site.name {
        at(&site.menu.title, found);
    }
    for item in site.menu.screens().into_iter().flatten() {
        match item {
            Item::Entry(_) => {}
            Item::Gap(text) => at(text, found),
            Item::Submenu(submenu) => at(&submenu.title, found),
        }
    }
}

fn at(text: &Spanned<String>, found: &mut Findings<'_>) {
    say(&text.value, text.span, found);
}

fn say(text: &str, span: Span, found: &mut Findings<'_>) {
    if text.len() <= COLUMNS {
        return;
    }
    let (mut cut, mut end) = (COLUMNS, text.len());
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    if text.len() - cut > 20 {
        end = cut + 20;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
    }
    let rest = text.get(cut..end).unwrap_or_default();
    let more = if end < text.len() { "..." } else { "" };
    let message =
        format!("the text has {} bytes; iPXE shows {COLUMNS} of them, not `{rest}{more}`", text.len());
    found.push(span, message, |finding| finding.help("shorten it, or put the important words first"));
}
