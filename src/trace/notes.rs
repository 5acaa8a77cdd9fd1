//! The notes of the site that are about a machine.

use super::Who;
use crate::model::{NoteOf, Site};

/// The notes on a machine, its groups and its subnet, one line each.
#[must_use]
pub fn site_notes(site: &Site<'_>, who: &Who<'_>) -> Vec<String> {
    let mut all = Vec::new();
    let mut add = |of: NoteOf, what: &str, name: &str| all.extend(note(site, of, what, name));
    if let Some(host) = who.host {
        add(NoteOf::Host, "host", host.name);
        for group in site.profile(host).into_iter().flat_map(|profile| &profile.groups) {
            add(NoteOf::Group, "group", &group.value);
        }
    }
    if let Some(subnet) = site.subnets.get(who.subnet) {
        add(NoteOf::Subnet, "subnet", &subnet.name.value);
    }
    all
}

/// The note on a part of the site, in one line.
pub(super) fn note(site: &Site<'_>, of: NoteOf, what: &str, name: &str) -> Option<String> {
    let text = site.note(of, name)?;
    Some(format!("note on the {what} {name}: {}", text.replace('\n', " ")))
}
