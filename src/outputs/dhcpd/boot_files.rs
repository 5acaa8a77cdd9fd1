//! Which file each kind of client gets.

use serde::Serialize;

use crate::dhcp::{BootFileChanges, BootFiles, file_name};
use crate::model::{Asks, ClientKind, Spanned};

/// Which file each kind of client gets.
#[derive(Serialize)]
pub(super) struct BootFileCases {
    /// iPXE gets the script.
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<String>,
    /// iPXE gets what the scopes outside give it.
    keeps_script: bool,
    /// UEFI's HTTP boot.
    http: Vec<Case>,
    /// PXE.
    pxe: Vec<Case>,
    /// U-Boot.
    uboot: Vec<Case>,
    /// POWER, by option 93 alone.
    power: Vec<Case>,
    /// The Raspberry Pi's file; an empty one for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    rpi: Option<String>,
    /// It has none, and would be given the file of BIOS clients, as which it presents itself.
    rpi_like_bios: bool,
}

/// One kind of client and its loader; an empty one for none.
#[derive(Serialize)]
struct Case {
    kind: &'static str,
    what: &'static str,
    arch: &'static [&'static str],
    file: String,
}

impl BootFileCases {
    /// That of a subnet, which is complete.
    pub(super) fn new(files: &BootFiles<'_>) -> Self {
        let cases: Vec<_> =
            files.loaders.iter().map(|(kind, loader)| (*kind, file_name(&loader.value).to_owned())).collect();
        Self { script: files.script.map(str::to_owned), keeps_script: false, ..Self::of(&cases) }
    }

    /// The loaders that a class, a group or a host changes; `None` if it sets none.
    pub(super) fn changes(changes: &BootFileChanges<'_>) -> Option<Self> {
        let case = |(kind, Spanned { value: loader, .. }): &(ClientKind, Spanned<Option<_>>)| {
            (*kind, loader.as_ref().map_or_else(String::new, |loader| file_name(loader).to_owned()))
        };
        let cases: Vec<_> = changes.loaders.iter().map(case).collect();
        let boot_files = Self { keeps_script: changes.no_script.is_none(), ..Self::of(&cases) };
        (!cases.is_empty()).then_some(boot_files)
    }

    fn of(cases: &[(ClientKind, String)]) -> Self {
        let of = |asks: Asks| -> Vec<Case> {
            let cases = cases.iter().filter(|(kind, _)| kind.info().asks == asks);
            cases
                .map(|(kind, file)| {
                    let info = kind.info();
                    Case { kind: info.name, what: info.what, arch: info.arch, file: file.clone() }
                })
                .collect()
        };
        let has = |kind: ClientKind| cases.iter().any(|(known, _)| *known == kind);
        Self {
            script: None,
            keeps_script: false,
            http: of(Asks::Http),
            pxe: of(Asks::Pxe),
            uboot: of(Asks::Uboot),
            power: of(Asks::Power),
            rpi: of(Asks::Rpi).pop().map(|case| case.file),
            rpi_like_bios: has(ClientKind::Bios) && !has(ClientKind::Rpi),
        }
    }
}
