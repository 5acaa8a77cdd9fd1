//! `default` preselects an entry, and only a `timeout` starts it. A menu with a default and without a timeout waits
//! for ever.
//!
//! `timeout: 0` accepts this. Evidence: iPXE's `choose` without `--timeout` waits for a key
//! (src/hci/commands/menu_cmd.c).
//!
//! Fails:
//! ```yaml fails
//! menu: { default: local, items: [local, shell] }
//! ```
//! Passes:
//! ```yaml passes
//! menu: { default: local, timeout: 10s, items: [local, shell] }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("default-without-timeout", "the menu has a default and no timeout"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let menu = &site.menu;
    let (Some(span), None) = (menu.default_span, menu.timeout_span) else { return };
    let Some(entry) = menu.default.and_then(|at| site.entries.get(at)) else { return };
    found.push(span, format!("`{}` is preselected, but never starts by itself", entry.id), |finding| {
        finding.help("add a `timeout` such as 10s, or `timeout: 0` to let the menu wait")
    });
}
