//! The machine's own root-path.

use super::{BootKind, no_keys, without_keys};
use crate::model::EntryKind;

pub(super) const KIND: BootKind = BootKind {
    word: "san",
    label: Some("Boot from the network disk"),
    template: template!("san"),
    keys: no_keys,
    build: |builder| without_keys(builder, EntryKind::San),
};
