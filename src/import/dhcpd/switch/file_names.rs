//! The kinds of client that can run a boot file, as far as its name tells.

use crate::dhcp::Client;
use crate::model::{Asker, Asks, CLIENT_KINDS, ClientKind};

/// What the name of a boot file tells.
#[derive(Clone, Copy, Debug)]
pub struct FileName {
    /// Whether it is a script of iPXE, which no firmware runs.
    is_script: bool,
    /// Whether it is a URL, and one of HTTP.
    url: Option<bool>,
    /// The kind of client whose program it is.
    platform: Option<ClientKind>,
    /// Whether iPXE cannot run it: it would load itself over and over, unless a script is built into it, and it cannot run
    /// U-Boot's images.
    pub is_unusable_for_ipxe: bool,
}

impl FileName {
    /// Reads a name.
    #[must_use]
    pub fn of(file: &str) -> Self {
        let lower = file.to_ascii_lowercase();
        let scheme = file.split_once("://").map(|(scheme, _)| scheme);
        let is_http =
            |scheme: &str| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        let uboot = uboot_platform(&lower);
        let platform = if is_bios(&lower) {
            Some(ClientKind::Bios)
        } else if lower.ends_with(".efi") || lower.contains(".efi.") || lower.contains(".efi-") {
            Some(efi_platform(&lower))
        } else {
            uboot
        };
        Self {
            is_script: lower.split('?').next().is_some_and(|path| path.ends_with(".ipxe")),
            url: scheme.map(is_http),
            platform,
            is_unusable_for_ipxe: is_ipxe(&lower) || uboot.is_some(),
        }
    }

    /// Whether a kind of client can run the file; `None` if the name does not tell.
    #[must_use]
    pub fn fits(self, kind: ClientKind) -> Option<bool> {
        let over_http = kind.info().asks == Asks::Http;
        // PXE ROMs take the text of a URL for a path.
        let is_fetched = match self.url {
            Some(is_http) => over_http && is_http,
            None => !over_http,
        };
        if self.is_script || !is_fetched {
            return Some(false);
        }
        match self.platform {
            Some(platform) => Some(platform == kind.info().loads_like.unwrap_or(kind)),
            // It goes by the folder and its serial number, not by the file.
            None => (kind == ClientKind::Rpi).then_some(false),
        }
    }
}

/// Whether a file is a loader for BIOS, by the names that syslinux, iPXE, GRUB and Windows use.
fn is_bios(lower: &str) -> bool {
    let name = lower.rsplit(['/', '\\']).next().unwrap_or(lower);
    [".0", ".kpxe", ".kkpxe", ".kkkpxe", ".pxe", ".lkrn", ".n12", ".com", ".bin.0"]
        .iter()
        .any(|end| name.ends_with(end))
        || ["pxelinux", "lpxelinux", "gpxelinux", "undionly", "wdsnbp", "startrom"]
            .iter()
            .any(|begin| name.starts_with(begin))
            && !name.contains(".efi")
        || lower.contains("i386-pc")
}

/// The platform of a program for UEFI. A name without a hint is x64.
fn efi_platform(lower: &str) -> ClientKind {
    let has = |hints: &[&str]| hints.iter().any(|hint| lower.contains(hint));
    if has(&["arm64", "aarch64", "aa64"]) {
        ClientKind::EfiArm64
    } else if has(&["riscv64"]) {
        ClientKind::EfiRiscv64
    } else if has(&["loongarch64", "loongarch"]) {
        ClientKind::EfiLoongarch64
    } else if has(&["x86_64", "x86-64", "x64", "amd64", "efi64"]) {
        ClientKind::EfiX64
    } else if has(&["arm32", "armhf", "armv7", "bootarm", "arm.efi", "arm/"]) {
        ClientKind::EfiArm32
    } else if has(&["ia32", "i386", "i686", "x86", "efi32", "32.efi", "-32", "32/"]) {
        ClientKind::EfiIa32
    } else {
        ClientKind::EfiX64
    }
}

/// The kind of U-Boot that a kernel, an image or a script is for, by the usual names.
fn uboot_platform(lower: &str) -> Option<ClientKind> {
    let name = lower.rsplit('/').next().unwrap_or(lower);
    let is_uboot = ["uimage", "zimage", "u-boot", "boot.scr"].iter().any(|begin| name.starts_with(begin))
        || [".scr", ".scr.uimg", ".itb", ".ub"].iter().any(|end| name.ends_with(end));
    let arm64 = ["arm64", "aarch64", "armv8"].iter().any(|hint| lower.contains(hint));
    match is_uboot {
        true if arm64 => Some(ClientKind::UbootArm64),
        true => Some(ClientKind::UbootArm32),
        // The name of a kernel for 64-bit ARM.
        false => (name == "image").then_some(ClientKind::UbootArm64),
    }
}

/// Whether the name of a file tells which kind of client runs it.
fn is_program(file: &str) -> bool {
    let name = FileName::of(file);
    CLIENT_KINDS.iter().any(|info| name.fits(info.kind) == Some(true))
}

/// Whether a file seems to be iPXE itself, which would start itself over and over.
#[must_use]
pub fn is_ipxe(file: &str) -> bool {
    let lower = file.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let program =
        ["undionly", "snponly", "snp.efi", "ipxe", "gpxe"].iter().any(|begin| name.starts_with(begin));
    program && (is_bios(&lower) || lower.contains(".efi"))
}

/// Whether a boot file is one that a client cannot use: the program of another platform, a path for UEFI's HTTP boot, a
/// file for a client that does not boot, iPXE for iPXE.
#[must_use]
pub fn is_unusable(file: &str, client: &Client) -> bool {
    if client.is_ipxe() {
        // With RFC 3004's length in front of the user class, the usual condition takes it for firmware.
        let counted = client.user_class != b"iPXE";
        return FileName::of(file).is_unusable_for_ipxe || (counted && is_program(file));
    }
    match CLIENT_KINDS.iter().find(|info| client.is(info.kind)) {
        Some(info) => FileName::of(file).fits(info.kind) == Some(false),
        // A phone or a printer may load a file of its own.
        None => client.asks_as(Asker::Plain) && (client.vendor_class.is_empty() || is_program(file)),
    }
}

#[cfg(test)]
mod tests {
    use super::{FileName, is_ipxe};
    use crate::model::ClientKind as Kind;

    #[test]
    fn names_tell_platforms() {
        let all = [Kind::Bios, Kind::EfiIa32, Kind::EfiX64, Kind::EfiArm64, Kind::HttpX64, Kind::UbootArm64];
        for (file, expected) in [
            ("pxelinux.0", "ynnnnn"),
            ("undionly.kpxe", "ynnnnn"),
            ("grub2/i386-pc/core.0", "ynnnnn"),
            ("boot\\x64\\wdsnbp.com", "ynnnnn"),
            ("ipxe.efi", "nnynnn"),
            ("efi32/syslinux.efi", "nynnnn"),
            ("bootia32.efi", "nynnnn"),
            ("EFI/BOOT/BOOTX64.EFI", "nnynnn"),
            ("grub/grubaa64.efi", "nnnynn"),
            ("grubnetx64.efi.signed", "nnynnn"),
            ("boot.img", "????n?"),
            ("uImage", "nnnnnn"),
            ("arm64/boot.scr.uimg", "nnnnny"),
            ("http://10.0.0.1/ipxe.efi", "nnnnyn"),
            ("tftp://10.0.0.1/ipxe.efi", "nnnnnn"),
        ] {
            let found: String = all
                .iter()
                .map(|kind| FileName::of(file).fits(*kind).map_or('?', |fits| if fits { 'y' } else { 'n' }))
                .collect();
            assert_eq!(found, expected, "{file}");
        }
        assert!(is_ipxe("x/undionly.kpxe") && is_ipxe("ipxe.efi") && !is_ipxe("boot.ipxe"));
        assert!(!is_ipxe("pxelinux.0"));
    }
}
