//! The text console of BIOS shows the bytes of a menu in code page 437, and Debian's iPXE does not decode UTF-8
//! (upstream has since 2022, on EFI and framebuffers only). Characters outside ASCII are garbled there.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { live: { kind: iso, iso: live.iso, label: Système de secours } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { live: { kind: iso, iso: live.iso, label: Systeme de secours } }
//! ```

use crate::model::{Item, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("label-not-ascii", "a text of the menu is not ASCII"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for entry in &site.entries {
        say(&entry.label, entry.label_span, found);
    }
    say(&site.menu.title.value, site.menu.title.span, found);
    items(&site.menu.items, found);
    for (_, text) in site.menu.texts.all() {
        say(&text.value, text.span, found);
    }
}

fn items(all: &[Item], found: &mut Findings<'_>) {
    for item in all {
        match item {
            Item::Entry(_) => {}
            Item::Gap(text) => say(&text.value, text.span, found),
            Item::Submenu(submenu) => {
                say(&submenu.title.value, submenu.title.span, found);
                items(&submenu.items, found);
            }
        }
    }
}

fn say(text: &str, span: Span, found: &mut Findings<'_>) {
    let foreign: Vec<(usize, char)> = text.char_indices().filter(|(_, char)| !char.is_ascii()).collect();
    let (Some((first, char)), Some((last, end))) = (foreign.first(), foreign.last()) else { return };
    // If the site has the text literally, also in quotes, the finding points at the characters.
    let quotes = ((span.end - span.start) as usize).checked_sub(text.len());
    let place = match quotes {
        Some(quotes @ (0 | 2)) => span.part(first + quotes / 2, last + end.len_utf8() + quotes / 2),
        _ => span,
    };
    found.push(
        place,
        format!("`{char}` in `{text}` is not ASCII: a machine with BIOS shows other characters for it"),
        |finding| finding.help("write it in ASCII: iPXE's text console knows no UTF-8"),
    );
}
