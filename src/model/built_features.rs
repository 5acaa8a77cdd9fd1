//! The features of a loader that the build script builds from iPXE's source.

use super::{ClientKind, Features, LoadersBuild};

/// Where a feature comes from: the setting of `config/general.h` that enables it, and whether iPXE enables it by itself
/// for BIOS and for UEFI. Read in src/config of iPXE 2.0.0 and of its master branch of August 2026.
struct Source {
    feature: &'static str,
    setting: &'static str,
    bios: Built,
    efi: Built,
}

/// Whether a build has a feature.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Built {
    /// By default.
    Always,
    /// Only if the setting is enabled.
    IfEnabled,
    /// Its source is for the other firmware.
    Never,
    /// It depends on the drivers.
    Unknown,
}

const fn row(feature: &'static str, setting: &'static str, bios: Built, efi: Built) -> Source {
    Source { feature, setting, bios, efi }
}

use Built::{Always, IfEnabled, Never, Unknown};

const SOURCES: &[Source] = &[
    row("pxeext", "PXE_STACK", Always, Never),
    row("iscsi", "SANBOOT_PROTO_ISCSI", Always, Always),
    row("aoe", "SANBOOT_PROTO_AOE", Always, Always),
    row("http", "DOWNLOAD_PROTO_HTTP", Always, Always),
    row("https", "DOWNLOAD_PROTO_HTTPS", IfEnabled, Always),
    row("tftp", "DOWNLOAD_PROTO_TFTP", Always, Always),
    row("ftp", "DOWNLOAD_PROTO_FTP", IfEnabled, IfEnabled),
    row("dns", "DNS_RESOLVER", Always, Always),
    row("bzimage", "IMAGE_BZIMAGE", Always, Never),
    row("multiboot", "IMAGE_MULTIBOOT", Always, Never),
    row("slam", "DOWNLOAD_PROTO_SLAM", IfEnabled, IfEnabled),
    // Only drivers of InfiniBand bring it along.
    row("srp", "SANBOOT_PROTO_IB_SRP", Unknown, Unknown),
    row("nbi", "IMAGE_NBI", IfEnabled, Never),
    row("pxe", "IMAGE_PXE", Always, Never),
    row("elf", "IMAGE_ELF", Always, Never),
    row("comboot", "IMAGE_COMBOOT", IfEnabled, Never),
    row("efi", "IMAGE_EFI", Never, Always),
    row("fcoe", "NET_PROTO_FCOE", IfEnabled, IfEnabled),
    row("vlan", "VLAN_CMD", IfEnabled, Always),
    row("menu", "MENU_CMD", Always, Always),
    row("sdi", "IMAGE_SDI", IfEnabled, Never),
    row("nfs", "DOWNLOAD_PROTO_NFS", IfEnabled, IfEnabled),
];

impl LoadersBuild {
    /// The features of `needs` that a loader of a kind lacks once it is built, each with the setting that would enable it, if
    /// there is one; and whether it may lack others: a source of the user's may have other defaults.
    #[must_use]
    pub fn lacks(
        &self,
        kind: ClientKind,
        needs: Features,
    ) -> (Vec<(&'static str, Option<&'static str>)>, bool) {
        let mut surely = Vec::new();
        let mut perhaps = false;
        for name in needs.names() {
            let Some(source) = SOURCES.iter().find(|source| source.feature == name) else {
                perhaps = true;
                continue;
            };
            let built = if kind == ClientKind::Bios { source.bios } else { source.efi };
            match built {
                Always => {}
                Never => surely.push((name, None)),
                IfEnabled if self.enable.iter().any(|enabled| enabled == source.setting) => {}
                IfEnabled if self.is_upstream() => surely.push((name, Some(source.setting))),
                IfEnabled | Unknown => perhaps = true,
            }
        }
        (surely, perhaps)
    }

    /// Whether it builds iPXE's own source.
    #[must_use]
    pub fn is_upstream(&self) -> bool {
        self.source == super::IPXE_SOURCE
    }
}

#[cfg(test)]
mod tests {
    use super::{Features, SOURCES};

    #[test]
    fn every_feature_has_its_source() {
        let all: Vec<_> = SOURCES.iter().map(|source| source.feature).collect();
        assert_eq!(all, Features::every_name());
    }
}
