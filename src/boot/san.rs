//! The machine's own root-path.

use super::{Kind, Made, Making, no_keys};

pub(super) const KIND: Kind =
    Kind { word: "san", label: Some("Boot from the network disk"), keys: no_keys, make };

#[expect(clippy::unnecessary_wraps, reason = "the type of every kind's `make`")]
fn make(making: &mut Making<'_, '_>) -> Option<Made> {
    making.no_keys();
    Some(making.made())
}
