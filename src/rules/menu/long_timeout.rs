//! The menu waits longer than an hour. iPXE counts the timeout in milliseconds and site.yaml in seconds, so a
//! number copied from a script waits for hours (one published menu has 9000000).
//!
//! Fails:
//! ```yaml fails
//! menu: { timeout: 9000000 }
//! ```
//! Passes:
//! ```yaml passes
//! menu: { timeout: 15m }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("long-timeout", "the menu waits for more than an hour"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let seconds = site.menu.timeout;
    let Some(span) = site.menu.timeout_span.filter(|_| seconds > 3600) else { return };
    let hours = match seconds / 3600 {
        1 => "more than an hour".to_owned(),
        hours => format!("{hours} hours"),
    };
    found.push(span, format!("the menu waits {hours} for a key"), |finding| {
        finding.help("`timeout` is in seconds; 0 waits for ever")
    });
}
