//! The machine's own disk.

use super::{BootKind, no_keys, without_keys};
use crate::model::EntryKind;

pub(super) const KIND: BootKind = BootKind {
    word: "local",
    label: Some("Boot from the local disk"),
    template: template!("local"),
    keys: no_keys,
    build: |builder| without_keys(builder, EntryKind::Local),
};
