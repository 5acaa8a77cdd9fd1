//! What iPXE has built in.

use super::{Kind, no_keys, without_keys};
use crate::model::EntryKind;

pub(super) const SHELL: Kind = Kind {
    word: "shell",
    label: Some("iPXE shell"),
    template: template!("shell"),
    keys: no_keys,
    build: |builder| without_keys(builder, EntryKind::Shell),
};

pub(super) const CONFIG: Kind = Kind {
    word: "config",
    label: Some("iPXE configuration"),
    template: template!("config"),
    keys: no_keys,
    build: |builder| without_keys(builder, EntryKind::Config),
};

pub(super) const EXIT: Kind = Kind {
    word: "exit",
    label: Some("Exit iPXE"),
    template: template!("exit"),
    keys: no_keys,
    build: |builder| without_keys(builder, EntryKind::Exit),
};

pub(super) const REBOOT: Kind = Kind {
    word: "reboot",
    label: Some("Reboot"),
    template: template!("reboot"),
    keys: no_keys,
    build: |builder| without_keys(builder, EntryKind::Reboot),
};

pub(super) const POWEROFF: Kind = Kind {
    word: "poweroff",
    label: Some("Power off"),
    template: template!("poweroff"),
    keys: no_keys,
    build: |builder| without_keys(builder, EntryKind::Poweroff),
};
