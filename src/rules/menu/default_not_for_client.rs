//! The entry that is preselected is one that the client sees. iPXE silently takes the first
//! item when it does not, and starts that one when the time is over.
//!
//! Evidence: `choose --default NOSUCH` selects the first item (tried with Debian's iPXE of 2019
//! and with iPXE 2, on BIOS and UEFI).
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
    kind: FindingKind::warning(
        "default-not-for-client",
        "the entry that is preselected is not for every client that boots",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if !site.has_menu() {
        return;
    }
    let default = site.menu.default.and_then(|at| site.entries.get(at));
    if let (Some(entry), Some(span)) = (default, site.menu.default_span) {
        // Where a subnet preselects another one, the site's does not matter.
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
        let finding = finding.and(only.span, "for these only");
        finding
            .help("iPXE takes another item instead, without a word; preselect an entry that all of them see")
    });
}
