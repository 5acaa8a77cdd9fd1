//! Commands that are built into iPXE.

use super::{BootKind, BuiltEntry, EntryBuilder, no_keys, without_keys};
use crate::model::{EntryKind, RebootBoot, flag};
use crate::schema::{Field, ScalarType, mapping};
use crate::source::Scalar;

pub(super) const SHELL: BootKind = BootKind {
    word: "shell",
    label: Some("iPXE shell"),
    template: template!("shell"),
    keys: no_keys,
    build: |builder| without_keys(builder, EntryKind::Shell),
};

pub(super) const CONFIG: BootKind = BootKind {
    word: "config",
    label: Some("iPXE configuration"),
    template: template!("config"),
    keys: no_keys,
    build: |builder| without_keys(builder, EntryKind::Config),
};

pub(super) const EXIT: BootKind = BootKind {
    word: "exit",
    label: Some("Exit iPXE"),
    template: template!("exit"),
    keys: no_keys,
    build: |builder| without_keys(builder, EntryKind::Exit),
};

pub(super) const REBOOT: BootKind = BootKind {
    word: "reboot",
    label: Some("Reboot"),
    template: template!("reboot"),
    keys: Reboot::properties,
    build: reboot,
};

mapping! {
    /// The keys of `kind: reboot`.
    pub struct Reboot in "an entry of kind `reboot`" {
        /// Whether the firmware then opens its setup: UEFI only, with iPXE 2.0 or newer.
        setup: Scalar<'a> => ScalarType::Flag,
    }
}

fn reboot(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = Reboot::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    let setup = match &own.setup {
        Field::Absent => Ok(false),
        Field::Wrong(_) => return None,
        Field::Given(word) => flag(word.text).map_err(|refused| (word.span, refused)),
    };
    match setup {
        Ok(setup) => Some(builder.build(EntryKind::Reboot(RebootBoot { setup }))),
        Err((span, refused)) => {
            builder.refuse(span, &refused);
            None
        }
    }
}

pub(super) const POWEROFF: BootKind = BootKind {
    word: "poweroff",
    label: Some("Power off"),
    template: template!("poweroff"),
    keys: no_keys,
    build: |builder| without_keys(builder, EntryKind::Poweroff),
};
