//! Commands that are built into iPXE.

use super::{BootKind, no_keys, without_keys};
use crate::model::EntryKind;

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
    keys: no_keys,
    build: |builder| without_keys(builder, EntryKind::Reboot),
};

pub(super) const POWEROFF: BootKind = BootKind {
    word: "poweroff",
    label: Some("Power off"),
    template: template!("poweroff"),
    keys: no_keys,
    build: |builder| without_keys(builder, EntryKind::Poweroff),
};
