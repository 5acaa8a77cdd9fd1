//! iPXE fails on a menu without an entry to choose, and the machine stops at "This entry did not start".
//!
//! Evidence: `choose` on a menu with only gaps fails (tried with Debian's iPXE of 2019 and iPXE 2).
//!
//! Fails:
//! ```yaml fails
//! menu: { items: [{ gap: Nothing yet }] }
//! ```
//! Passes:
//! ```yaml passes
//! menu: { items: [{ gap: Nothing yet }, shell] }
//! ```

use crate::model::{Item, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule =
    Rule { kind: FindingKind::error("empty-menu", "the menu has nothing to choose"), cost: Cost::Low, check };

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let menu = &site.menu;
    let chosen = menu.items.iter().any(|item| !matches!(item, Item::Gap(_)));
    if chosen || menu.default.is_some() || site.gaps.entries || !site.has_menu() {
        return;
    }
    let gap =
        menu.items.iter().find_map(|item| if let Item::Gap(text) = item { Some(text.span) } else { None });
    found.push(gap.unwrap_or(menu.title.span), "the menu has nothing to choose", |finding| {
        finding.help("add boot entries to its `items`; without `items` the menu has all of them")
    });
}
