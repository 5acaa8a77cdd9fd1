//! The machine's own disk.

use super::{Kind, Made, Making, no_keys};

pub(super) const KIND: Kind =
    Kind { word: "local", label: Some("Boot from the local disk"), keys: no_keys, make };

#[expect(clippy::unnecessary_wraps, reason = "the type of every kind's `make`")]
fn make(making: &mut Making<'_, '_>) -> Option<Made> {
    making.no_keys();
    Some(making.made())
}
