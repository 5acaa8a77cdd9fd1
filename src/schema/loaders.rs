//! `loaders`: the loader of each kind of client, and how the loaders are built.

use super::shape::ScalarType;
use super::{Field, Many, mapping};
use crate::source::Scalar;

mapping! {
    /// The loader of each kind of client: a path below the TFTP root, or `none`.
    pub struct Loaders in "loaders" {
        /// BIOS.
        bios: Scalar<'a>,
        /// UEFI on 32-bit x86.
        efi_ia32: Scalar<'a>,
        /// UEFI on 64-bit x86.
        efi_x64: Scalar<'a>,
        /// UEFI on 32-bit ARM.
        efi_arm32: Scalar<'a>,
        /// UEFI on 64-bit ARM.
        efi_arm64: Scalar<'a>,
        /// UEFI on 64-bit RISC-V.
        efi_riscv64: Scalar<'a>,
        /// UEFI on 64-bit LoongArch.
        efi_loongarch64: Scalar<'a>,
        /// UEFI's HTTP boot on 32-bit x86.
        http_ia32: Scalar<'a>,
        /// UEFI's HTTP boot on 64-bit x86.
        http_x64: Scalar<'a>,
        /// UEFI's HTTP boot on 32-bit ARM.
        http_arm32: Scalar<'a>,
        /// UEFI's HTTP boot on 64-bit ARM.
        http_arm64: Scalar<'a>,
        /// UEFI's HTTP boot on 64-bit RISC-V.
        http_riscv64: Scalar<'a>,
        /// UEFI's HTTP boot on 64-bit LoongArch.
        http_loongarch64: Scalar<'a>,
        /// U-Boot on 32-bit ARM.
        uboot_arm32: Scalar<'a>,
        /// U-Boot on 64-bit ARM.
        uboot_arm64: Scalar<'a>,
        /// Raspberry Pi.
        rpi: Scalar<'a>,
        /// POWER: Open Firmware and Petitboot.
        power: Scalar<'a>,
        /// Whether UEFI clients on x64 and ARM64 get iPXE's signed shim.
        secure_boot: Scalar<'a> => ScalarType::Flag,
        /// How they are built.
        build: Box<LoadersBuild<'a>>,
    }
}

mapping! {
    /// How the loaders are built from iPXE's source.
    pub struct LoadersBuild in "build" {
        /// The source: a folder, or a URL that git can clone.
        source: Scalar<'a>,
        /// The embedded script: `chain`, `none`, or a script of your own.
        embed: Scalar<'a>,
        /// Build options of iPXE that are enabled besides its defaults, such as `DOWNLOAD_PROTO_HTTPS`.
        enable: Many<Scalar<'a>>,
        /// Whether images for USB sticks are built, too.
        usb: Scalar<'a> => ScalarType::Flag,
    }
}

/// The kinds of client that iPXE can tell apart: by the firmware, not by the way in which the loader was fetched.
pub(super) fn client_kinds() -> Vec<&'static str> {
    let no_kind = |key: &&str| key.starts_with("http_") || matches!(*key, "secure_boot" | "build");
    Loaders::KEYS.iter().copied().filter(|key| !no_kind(key)).collect()
}

impl<'a> Loaders<'a> {
    /// Every loader by its kind's name.
    pub fn all(&self) -> [(&'static str, &Field<Scalar<'a>>); 17] {
        [
            ("bios", &self.bios),
            ("efi_ia32", &self.efi_ia32),
            ("efi_x64", &self.efi_x64),
            ("efi_arm32", &self.efi_arm32),
            ("efi_arm64", &self.efi_arm64),
            ("efi_riscv64", &self.efi_riscv64),
            ("efi_loongarch64", &self.efi_loongarch64),
            ("http_ia32", &self.http_ia32),
            ("http_x64", &self.http_x64),
            ("http_arm32", &self.http_arm32),
            ("http_arm64", &self.http_arm64),
            ("http_riscv64", &self.http_riscv64),
            ("http_loongarch64", &self.http_loongarch64),
            ("uboot_arm32", &self.uboot_arm32),
            ("uboot_arm64", &self.uboot_arm64),
            ("rpi", &self.rpi),
            ("power", &self.power),
        ]
    }
}
