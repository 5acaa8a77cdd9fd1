//! The menu preselects an entry that some clients do not see. iPXE then selects the first item without a message,
//! and starts that one after the timeout.
//!
//! Evidence: `choose --default NOSUCH` selects the first item (tried with Debian's iPXE of 2019 and with iPXE 2, on
//! BIOS and UEFI).
//!
//! Fails:
//! ```yaml fails
//! menu: { default: firmware, timeout: 10s }
//! boot_entries: { firmware: { kind: iso, iso: firmware.iso, only_for: bios } }
//! ```
//! Passes:
//! ```yaml passes
//! menu: { default: local, timeout: 10s }
//! boot_entries: { firmware: { kind: iso, iso: firmware.iso, only_for: bios }, local: {} }
//! ```

use crate::model::{ClientKind, Entry, Site, Spanned};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("default-not-for-client", "some clients do not see the preselected entry"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if !site.has_menu() {
        return;
    }
    let default = site.menu.default.and_then(|at| site.entries.get(at));
    if let (Some(entry), Some(span)) = (default, site.menu.default_span) {
        // A subnet's own `boot` overrides the default of the site.
        let plain = site.subnets.iter().filter(|subnet| subnet.handout.boot.is_none());
        let mut kinds: Vec<_> = plain.flat_map(crate::model::Subnet::kinds).collect();
        kinds.sort_unstable();
        kinds.dedup();
        say(entry, span, &kinds, found);
    }
    for subnet in site.subnets.iter().filter(|subnet| subnet.boots()) {
        let Some(boot) = &subnet.handout.boot else { continue };
        let Some(entry) = named(site, boot) else { continue };
        let mut kinds: Vec<_> = subnet.kinds().collect();
        kinds.sort_unstable();
        kinds.dedup();
        say(entry, boot.span, &kinds, found);
    }
}

fn named<'s>(site: &'s Site<'_>, id: &Spanned<String>) -> Option<&'s Entry> {
    site.entries.iter().find(|entry| entry.id == id.value)
}

fn say(entry: &Entry, span: Span, kinds: &[ClientKind], found: &mut Findings<'_>) {
    let without: Vec<_> =
        kinds.iter().filter(|kind| !entry.is_for(**kind)).map(|kind| format!("`{}`", kind.name())).collect();
    let Some(only) = entry.only_for.first().filter(|_| !without.is_empty()) else { return };
    let message =
        format!("`{}` is preselected, and {} clients do not see it", entry.id, without.join(" and "));
    found.push(span, message, |finding| {
        let finding = finding.and(only.span, "only for these clients");
        finding.help("iPXE silently selects another item; preselect an entry that all clients see")
    });
}
