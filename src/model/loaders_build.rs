//! How the loaders are built from iPXE's source.

use super::ClientKind;
use crate::source::Span;

/// The source of iPXE, if the site names no other.
pub const IPXE_SOURCE: &str = "https://github.com/ipxe/ipxe.git";

/// The settings of the script that builds iPXE.
#[derive(Clone, Debug, serde::Serialize)]
pub struct LoadersBuild {
    /// The source of iPXE: a folder, or a URL that git can clone.
    pub source: String,
    /// The embedded script.
    pub embed: Embed,
    /// The build options of iPXE that are enabled besides its defaults.
    pub enable: Vec<String>,
    /// Whether images for USB sticks are built, too.
    pub usb: bool,
    /// The place of the key that asks for it.
    #[serde(skip)]
    pub span: Span,
}

/// The script that is embedded in a loader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Embed {
    /// No script: DHCP gives iPXE all settings.
    Nothing,
    /// A script that fetches the site's.
    Chain,
    /// A script that the user wrote.
    Own(String),
}

/// The path of iPXE's shim if the signed release (`ipxeboot.tar.gz`) is unpacked in the TFTP root. The shim loads
/// `ipxe.efi` from its own folder, which is signed with the key that the shim knows. No other architecture has a
/// shim. `snponly-shim.efi` is not used: it looks for `ipxe.efi`, too, if the firmware does not pass it its own
/// name (ipxe/ipxe issue 1684).
pub const SHIMS: &[(ClientKind, &str)] = &[
    (ClientKind::EfiX64, "ipxeboot/x86_64-sb/ipxe-shim.efi"),
    (ClientKind::EfiArm64, "ipxeboot/arm64-sb/ipxe-shim.efi"),
];

/// Whether a loader is one of the signed release, so that the build script does not make it.
#[must_use]
pub fn is_signed(path: &str) -> bool {
    SHIMS.iter().any(|(_, shim)| *shim == path)
}

/// The files that a shim may start, by the name of the shim; all are in its folder. iPXE's `X-shim.efi` starts
/// `X.efi`, or `ipxe.efi` if the firmware does not tell it its own name (ipxe/ipxe issue 1684). A distribution's
/// `shimx64.efi` starts `grubx64.efi` (rhboot/shim, `DEFAULT_LOADER`).
#[must_use]
pub fn second_stages(shim: &str) -> Vec<String> {
    let (folder, name) = shim.rsplit_once('/').map_or((None, shim), |(folder, name)| (Some(folder), name));
    let beside = |name: String| folder.map_or_else(|| name.clone(), |folder| format!("{folder}/{name}"));
    let lower = name.to_ascii_lowercase();
    let mut files = Vec::new();
    if let Some(stem) = lower.strip_suffix("-shim.efi").filter(|stem| !stem.is_empty()) {
        files.push(beside(format!("{stem}.efi")));
        if stem == "snponly" {
            files.push(beside("ipxe.efi".to_owned()));
        }
    } else if let Some(architecture) = lower.strip_prefix("shim").and_then(|rest| rest.strip_suffix(".efi")) {
        let architecture = architecture.strip_suffix(".signed").unwrap_or(architecture);
        if ["x64", "ia32", "aa64", "arm", "riscv64"].contains(&architecture) {
            files.push(beside(format!("grub{architecture}.efi")));
        }
    }
    files
}

/// The folder in which iPXE's Makefile builds for a kind of client; `None` if it does not build for that kind.
/// U-Boot starts programs for UEFI.
const fn folder(kind: ClientKind) -> Option<&'static str> {
    Some(match kind {
        ClientKind::Bios => "bin",
        ClientKind::EfiIa32 | ClientKind::HttpIa32 => "bin-i386-efi",
        ClientKind::EfiX64 | ClientKind::HttpX64 => "bin-x86_64-efi",
        ClientKind::EfiArm32 | ClientKind::HttpArm32 | ClientKind::UbootArm32 => "bin-arm32-efi",
        ClientKind::EfiArm64 | ClientKind::HttpArm64 | ClientKind::UbootArm64 => "bin-arm64-efi",
        ClientKind::EfiRiscv64 | ClientKind::HttpRiscv64 => "bin-riscv64-efi",
        ClientKind::EfiLoongarch64 | ClientKind::HttpLoongarch64 => "bin-loong64-efi",
        ClientKind::Rpi | ClientKind::Power => return None,
    })
}

/// The beginnings of loaders' names: iPXE's name for all drivers, or for one.
const DRIVERS: &[&str] =
    &["snponly", "snp", "undionly", "undi", "ipxe", "intelxl", "intelx", "intel", "realtek", "virtio-net"];

/// The target of iPXE's Makefile for a loader, by its name: `iPXE/ipxe.x86-64.efi` of UEFI on x64 is
/// `bin-x86_64-efi/ipxe.efi`. `None` when no target makes such a file.
#[must_use]
pub fn make_target(kind: ClientKind, path: &str) -> Option<String> {
    let folder = folder(kind)?;
    let name = path.rsplit('/').next()?.to_ascii_lowercase();
    let (stem, extension) = name.rsplit_once('.')?;
    let extensions: &[&str] =
        if kind == ClientKind::Bios { &["kpxe", "kkpxe", "kkkpxe", "pxe"] } else { &["efi"] };
    let driver = DRIVERS.iter().find(|driver| {
        stem.strip_prefix(**driver).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphabetic()))
    })?;
    // UNDI exists on BIOS only, SNP on UEFI only.
    let fits = match *driver {
        "undionly" | "undi" => kind == ClientKind::Bios,
        "snponly" | "snp" => kind != ClientKind::Bios,
        _ => true,
    };
    (fits && extensions.contains(&extension)).then(|| format!("{folder}/{driver}.{extension}"))
}

#[cfg(test)]
mod tests {
    use super::{SHIMS, make_target, second_stages};

    #[test]
    fn shims_name_what_they_start() {
        assert_eq!(second_stages("a/snponly-shim.efi"), ["a/snponly.efi", "a/ipxe.efi"]);
        assert_eq!(second_stages("ipxe-shim.efi"), ["ipxe.efi"]);
        assert_eq!(second_stages("EFI/shimx64.efi"), ["EFI/grubx64.efi"]);
        assert_eq!(second_stages("shimaa64.efi.signed"), [""; 0]);
        for other in ["ipxe.efi", "shim.efi", "-shim.efi", "shimmer.efi", "grubx64.efi"] {
            assert_eq!(second_stages(other), [""; 0], "{other}");
        }
        for (_, shim) in SHIMS {
            assert_eq!(second_stages(shim).len(), 1, "{shim}");
        }
    }
    use crate::model::ClientKind as Kind;

    #[test]
    fn targets() {
        for (kind, path, target) in [
            (Kind::Bios, "undionly.kpxe", Some("bin/undionly.kpxe")),
            (Kind::Bios, "iPXE/undionly.kpxe", Some("bin/undionly.kpxe")),
            (Kind::Bios, "ipxe.pxe", Some("bin/ipxe.pxe")),
            (Kind::EfiX64, "iPXE/ipxe.x86-64.efi", Some("bin-x86_64-efi/ipxe.efi")),
            (Kind::EfiIa32, "ipxe32.efi", Some("bin-i386-efi/ipxe.efi")),
            (Kind::EfiArm64, "snponly-arm64.efi", Some("bin-arm64-efi/snponly.efi")),
            (Kind::UbootArm64, "snp.efi", Some("bin-arm64-efi/snp.efi")),
            (Kind::HttpX64, "ipxe.efi", Some("bin-x86_64-efi/ipxe.efi")),
            (Kind::Bios, "ipxe.efi", None),
            (Kind::Bios, "pxelinux.0", None),
            (Kind::Bios, "snponly.kpxe", None),
            (Kind::EfiX64, "grubx64.efi", None),
            (Kind::EfiX64, "undionly.efi", None),
            (Kind::EfiX64, "ipxeboot", None),
            (Kind::Rpi, "ipxe.efi", None),
        ] {
            assert_eq!(make_target(kind, path).as_deref(), target, "{path}");
        }
    }
}
