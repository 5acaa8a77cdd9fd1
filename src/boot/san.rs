//! The machine's own root-path.

use super::{BuiltEntry, EntryBuilder, Kind, no_keys};

pub(super) const KIND: Kind =
    Kind { word: "san", label: Some("Boot from the network disk"), keys: no_keys, build };

#[expect(clippy::unnecessary_wraps, reason = "the type of every kind's `build`")]
fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    builder.no_keys();
    Some(builder.made())
}
