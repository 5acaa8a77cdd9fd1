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
    if !text.is_ascii() {
        found.push(
            span,
            format!("`{text}` is not ASCII, and the console of BIOS shows it garbled"),
            |finding| {
                finding.help(
                    "write it without accents, or accept it with `allow`; ipxegen prints the text unchanged",
                )
            },
        );
    }
}
