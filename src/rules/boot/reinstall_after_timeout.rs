//! The menu's default, which starts when no key is pressed in time, overwrites the machine's disk. A user who is
//! too late loses all data on it.
//!
//! `reinstall: every_boot` on the entry accepts this. Checked are the menu's default if there is a `timeout`, and
//! what subnets and hosts preselect there. Evidence: as for `reinstall-at-every-boot`.
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
        "the menu starts an installer when no key is pressed",
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
        // `reinstall-at-every-boot` reports entries that start at once.
        .filter(|profile| {
            !profile.no_script
                && profile.file.is_none()
                && profile.handout.autoboot.as_ref().is_none_or(|on| !on.value)
        })
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
            "`{}` overwrites the machine's disk when no key is pressed for {} s",
            entry.id, menu.timeout
        );
        found.push(span, message, |finding| {
            finding
                .and(timeout, "the timeout")
                .help("preselect an entry that boots the disk, or accept it with `reinstall: every_boot` on the entry")
        });
    }
}
