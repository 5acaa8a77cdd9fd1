//! What iPXE has built in.

use super::{BuiltEntry, EntryBuilder, Kind, no_keys};

pub(super) const SHELL: Kind = Kind { word: "shell", label: Some("iPXE shell"), keys: no_keys, build };
pub(super) const CONFIG: Kind =
    Kind { word: "config", label: Some("iPXE configuration"), keys: no_keys, build };
pub(super) const EXIT: Kind = Kind { word: "exit", label: Some("Exit iPXE"), keys: no_keys, build };
pub(super) const REBOOT: Kind = Kind { word: "reboot", label: Some("Reboot"), keys: no_keys, build };
pub(super) const POWEROFF: Kind = Kind { word: "poweroff", label: Some("Power off"), keys: no_keys, build };

#[expect(clippy::unnecessary_wraps, reason = "the type of every kind's `build`")]
fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    builder.no_keys();
    Some(builder.made())
}
