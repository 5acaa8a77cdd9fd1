//! `default` preselects an entry; only with a `timeout` does it start by itself. A menu that names
//! a default and says nothing of a timeout waits for ever.
//!
//! `timeout: 0` says that this is meant. Evidence: iPXE's `choose` without `--timeout` waits for a
//! key (src/hci/commands/menu_cmd.c).
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
    kind: FindingKind::warning("default-without-timeout", "a default is named, and the menu waits for ever"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let menu = &site.menu;
    let (Some(span), None) = (menu.default_span, menu.timeout_span) else { return };
    let Some(entry) = menu.default.and_then(|at| site.entries.get(at)) else { return };
    found.push(span, format!("`{}` is preselected, but never starts by itself", entry.id), |finding| {
        finding.help("add a `timeout` such as 10s, or `timeout: 0` to say that the menu waits")
    });
}
