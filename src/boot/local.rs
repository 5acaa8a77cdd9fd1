//! The machine's own disk.

use super::{BuiltEntry, EntryBuilder, Kind, no_keys};

pub(super) const KIND: Kind =
    Kind { word: "local", label: Some("Boot from the local disk"), keys: no_keys, build };

#[expect(clippy::unnecessary_wraps, reason = "the type of every kind's `build`")]
fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    builder.no_keys();
    Some(builder.made())
}
