//! What iPXE has built in.

use super::{Kind, Made, Making, no_keys};

pub(super) const SHELL: Kind = Kind { word: "shell", label: Some("iPXE shell"), keys: no_keys, make };
pub(super) const CONFIG: Kind =
    Kind { word: "config", label: Some("iPXE configuration"), keys: no_keys, make };
pub(super) const EXIT: Kind = Kind { word: "exit", label: Some("Exit iPXE"), keys: no_keys, make };
pub(super) const REBOOT: Kind = Kind { word: "reboot", label: Some("Reboot"), keys: no_keys, make };
pub(super) const POWEROFF: Kind = Kind { word: "poweroff", label: Some("Power off"), keys: no_keys, make };

#[expect(clippy::unnecessary_wraps, reason = "the type of every kind's `make`")]
fn make(making: &mut Making<'_, '_>) -> Option<Made> {
    making.no_keys();
    Some(making.made())
}
