//! The kinds of client that boot from the network, by the architecture that their firmware sends in option
//! 93.

use super::{InvalidValue, Validated};

/// A kind of client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are explained in the table below")]
pub enum ClientKind {
    Bios,
    EfiIa32,
    EfiX64,
    EfiArm32,
    EfiArm64,
    EfiRiscv64,
    EfiLoongarch64,
    HttpIa32,
    HttpX64,
    HttpArm32,
    HttpArm64,
    HttpRiscv64,
    HttpLoongarch64,
    UbootArm32,
    UbootArm64,
    Rpi,
    Power,
}

/// The vendor prefixes of the MAC addresses of Raspberry Pis. Their firmware presents itself as a BIOS
/// client.
pub const RASPBERRY_PI: [[u8; 3]; 7] = [
    [0xb8, 0x27, 0xeb],
    [0xdc, 0xa6, 0x32],
    [0xe4, 0x5f, 0x01],
    [0x28, 0xcd, 0xc1],
    [0xd8, 0x3a, 0xdd],
    [0x2c, 0xcf, 0x67],
    [0x88, 0xa2, 0x9e],
];

/// How option 97 of their newer firmware begins: its type, and `RPi`.
pub const RASPBERRY_PI_ID: [u8; 4] = *b"\0RPi";

/// How a client identifies itself, which decides the part of dhcpd.conf that answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// `PXEClient` in option 60.
    Pxe,
    /// `HTTPClient`: UEFI's HTTP boot.
    Http,
    /// `U-Boot…`.
    Uboot,
    /// `PXEClient`; it expects `Raspberry Pi Boot` in option 43.
    Rpi,
    /// By option 93 alone: Open Firmware and Petitboot of OpenPOWER send a vendor class of their own, or none.
    Power,
}

/// Facts about a kind of client.
#[derive(Debug)]
pub struct KindInfo {
    /// The kind.
    pub kind: ClientKind,
    /// Its name in site.yaml.
    pub name: &'static str,
    /// The values of option 93 (RFC 4578, IANA "Processor Architecture Types"), in hex as dhcpd
    /// writes them.
    pub arch: &'static [&'static str],
    /// Its description, for comments.
    pub what: &'static str,
    /// How it identifies itself.
    pub asks: Asks,
    /// For a client of UEFI's HTTP boot: the kind whose loader it gets over HTTP.
    pub loads_like: Option<ClientKind>,
}

/// Every kind, in the order of option 93.
///
/// 9 was x64 and 7 was EFI byte code in RFC 4578 as printed; the erratum of 2016 swapped them and
/// firmware of both readings is in use, so both are x64 here.
pub static CLIENT_KINDS: [KindInfo; 17] = {
    use ClientKind as Kind;
    const fn row(
        kind: ClientKind,
        name: &'static str,
        arch: &'static [&'static str],
        what: &'static str,
        loads_like: Option<ClientKind>,
    ) -> KindInfo {
        let asks = if loads_like.is_some() { Asks::Http } else { Asks::Pxe };
        KindInfo { kind, name, arch, what, asks, loads_like }
    }
    const fn board(
        kind: ClientKind,
        name: &'static str,
        arch: &'static [&'static str],
        what: &'static str,
        asks: Asks,
    ) -> KindInfo {
        KindInfo { kind, name, arch, what, asks, loads_like: None }
    }
    [
        row(Kind::Bios, "bios", &["00:00"], "BIOS", None),
        row(Kind::EfiIa32, "efi_ia32", &["00:06"], "UEFI, 32-bit x86", None),
        row(Kind::EfiX64, "efi_x64", &["00:07", "00:09"], "UEFI, 64-bit x86", None),
        row(Kind::EfiArm32, "efi_arm32", &["00:0a"], "UEFI, 32-bit ARM", None),
        row(Kind::EfiArm64, "efi_arm64", &["00:0b"], "UEFI, 64-bit ARM", None),
        row(Kind::EfiRiscv64, "efi_riscv64", &["00:1b"], "UEFI, 64-bit RISC-V", None),
        row(Kind::EfiLoongarch64, "efi_loongarch64", &["00:27"], "UEFI, 64-bit LoongArch", None),
        row(Kind::HttpIa32, "http_ia32", &["00:0f"], "UEFI HTTP boot, 32-bit x86", Some(Kind::EfiIa32)),
        row(Kind::HttpX64, "http_x64", &["00:10"], "UEFI HTTP boot, 64-bit x86", Some(Kind::EfiX64)),
        row(Kind::HttpArm32, "http_arm32", &["00:12"], "UEFI HTTP boot, 32-bit ARM", Some(Kind::EfiArm32)),
        row(Kind::HttpArm64, "http_arm64", &["00:13"], "UEFI HTTP boot, 64-bit ARM", Some(Kind::EfiArm64)),
        row(
            Kind::HttpRiscv64,
            "http_riscv64",
            &["00:1c"],
            "UEFI HTTP boot, 64-bit RISC-V",
            Some(Kind::EfiRiscv64),
        ),
        row(
            Kind::HttpLoongarch64,
            "http_loongarch64",
            &["00:28"],
            "UEFI HTTP boot, 64-bit LoongArch",
            Some(Kind::EfiLoongarch64),
        ),
        board(Kind::UbootArm32, "uboot_arm32", &["00:15"], "U-Boot, 32-bit ARM", Asks::Uboot),
        board(Kind::UbootArm64, "uboot_arm64", &["00:16"], "U-Boot, 64-bit ARM", Asks::Uboot),
        board(Kind::Rpi, "rpi", &["00:29"], "Raspberry Pi", Asks::Rpi),
        board(Kind::Power, "power", &["00:0c", "00:0e"], "POWER", Asks::Power),
    ]
};

impl ClientKind {
    /// The facts about it.
    #[must_use]
    pub fn info(self) -> &'static KindInfo {
        // The table is in the order of the enum, which the test below checks.
        &CLIENT_KINDS[self as usize]
    }

    /// Its values of option 93, or 61 of DHCPv6.
    #[must_use]
    pub fn arch_numbers(self) -> Vec<u16> {
        let number = |text: &&str| u16::from_str_radix(&text.replace(':', ""), 16).ok();
        self.info().arch.iter().filter_map(number).collect()
    }

    /// Whether it sends a number in option 93.
    #[must_use]
    pub fn sends(self, arch: u16) -> bool {
        self.arch_numbers().contains(&arch)
    }

    /// The kind that iPXE reports for this client once it runs; `None` for U-Boot, Raspberry Pis and POWER, which do not
    /// start iPXE by themselves.
    #[must_use]
    pub fn in_ipxe(self) -> Option<Self> {
        let info = self.info();
        matches!(info.asks, Asks::Pxe | Asks::Http).then(|| info.loads_like.unwrap_or(self))
    }

    /// Whether machines of this kind have an ARM processor.
    #[must_use]
    pub const fn is_arm(self) -> bool {
        matches!(
            self,
            Self::EfiArm32
                | Self::EfiArm64
                | Self::HttpArm32
                | Self::HttpArm64
                | Self::UbootArm32
                | Self::UbootArm64
                | Self::Rpi
        )
    }

    /// Its name in site.yaml.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// Reads a kind that iPXE can tell apart once it runs (`only_for`): by platform and build.
    ///
    /// # Errors
    /// If there is no such kind.
    pub fn of_ipxe(text: &str) -> Validated<Self> {
        let known = CLIENT_KINDS.iter().filter(|info| info.asks == Asks::Pxe);
        known.clone().find(|info| info.name == text).map(|info| info.kind).ok_or_else(|| {
            let names: Vec<_> = known.map(|info| info.name).collect();
            InvalidValue::new(format!("`{text}` is not a kind of client that iPXE can tell apart"))
                .help(format!("one of {}", names.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::CLIENT_KINDS;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (at, info) in CLIENT_KINDS.iter().enumerate() {
            assert_eq!(info.kind as usize, at, "{}", info.name);
        }
    }
}
