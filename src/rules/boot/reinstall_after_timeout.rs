//! The entry that the menu starts when nobody presses a key must not overwrite the machine's disk: a user who
//! is not there in time loses what is on it.
//!
//! `reinstall: every_boot` on the entry says that it is meant. Speaks of the menu's default where
//! there is a `timeout`, and of what subnets and hosts preselect there.
//! Evidence: as for `reinstall-at-every-boot`.
//!
//! Fails:
//! ```yaml fails
//! menu: { default: debian, timeout: 10s }
//! boot_entries: { debian: { kind: debian_installer, preseed: /debian.cfg } }
//! ```
//! Passes:
//! ```yaml passes
//! menu: { default: local, timeout: 10s, items: [local, debian] }
//! boot_entries: { debian: { kind: debian_installer, preseed: /debian.cfg } }
//! ```

use super::reinstall_at_every_boot::installs;
use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "reinstall-after-timeout",
        "the menu starts an installer when nobody presses a key",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let menu = &site.menu;
    let Some(timeout) = menu.timeout_span.filter(|_| menu.timeout > 0 && site.has_menu()) else { return };
    let default = menu.default.and_then(|at| site.entries.get(at));
    let default = default.map(|entry| (entry, menu.default_span.unwrap_or(entry.span)));
    let profiles = site
        .profiles
        .iter()
        // What starts at once is another rule's.
        .filter(|profile| !profile.no_script && profile.handout.autoboot.as_ref().is_none_or(|on| !on.value))
        .map(|profile| &profile.handout);
    let handouts = site.subnets.iter().filter(|subnet| subnet.boots()).map(|subnet| &subnet.handout);
    let preselected = handouts.chain(profiles).filter_map(|handout| {
        let boot = handout.boot.as_ref()?;
        Some((site.entries.iter().find(|entry| entry.id == boot.value)?, boot.span))
    });
    let mut said = Vec::new();
    for (entry, span) in default.into_iter().chain(preselected).filter(|(entry, _)| installs(entry)) {
        if said.contains(&span) {
            continue;
        }
        said.push(span);
        let message = format!(
            "`{}` overwrites the machine's disk when nobody presses a key for {} s",
            entry.id, menu.timeout
        );
        found.push(span, message, |finding| {
            finding
                .and(timeout, "the time there is")
                .help("preselect an entry that boots the disk, or say `reinstall: every_boot` on the entry")
        });
    }
}
