//! The boot entries that `boot`, `menu` and `default` can refer to.

use foldhash::HashMap;

use super::resolver::Resolver;
use crate::boot::BUILTIN_ENTRIES;
use crate::schema::BootEntry;
use crate::source::{Scalar, Span};

/// The ids of all boot entries, each with the place of its declaration; a built-in entry that is not declared has the
/// empty place.
pub(super) type EntryIds<'a> = HashMap<&'a str, Span>;

/// Every id that is declared or built in.
pub(super) fn collect<'a>(written: &[BootEntry<'a>]) -> EntryIds<'a> {
    let mut ids: EntryIds<'_> = BUILTIN_ENTRIES.iter().map(|id| (*id, Span::default())).collect();
    ids.extend(written.iter().map(|entry| (entry.id.text, entry.id.span)));
    ids
}

/// Reports a reference to a boot entry that does not exist.
pub(super) fn check_reference(r: &mut Resolver<'_, '_>, word: Scalar<'_>, ids: &EntryIds<'_>) {
    if word.text != "none" && !ids.contains_key(word.text) && r.refused.insert(word.span) {
        let mut known: Vec<&str> = if r.hints() { ids.keys().copied().collect() } else { Vec::new() };
        known.sort_unstable();
        r.unknown("boot entry", word, &known);
    }
}
