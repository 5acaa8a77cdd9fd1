//! Tags for kinds of client.
//!
//! `dhcp-match` of hexadecimal digits matches the beginning of an option, `*` any byte (`match_bytes` in dhcp-common.c
//! of 2.90). So the first value of option 93 decides, as it does with dhcpd: a number would match any value of a list.
//! A match with one byte more says that a text is longer, so that a whole text can be compared.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::Config;
use crate::model::{Asks, ClientKind, RASPBERRY_PI, RASPBERRY_PI_ID};

/// The tag of iPXE.
pub(super) const IPXE: &str = "kind-ipxe";

/// The tag of a kind.
pub(super) fn tag(kind: ClientKind) -> String {
    format!("kind-{}", kind.name())
}

/// The kinds that have a loader somewhere.
pub(super) fn kinds(config: &Config<'_, '_>) -> BTreeSet<ClientKind> {
    let subnets = config.policy.subnets.iter().filter_map(|scope| scope.files);
    let loaders = subnets.chain(config.tags.own_files.iter().copied()).flat_map(|files| files.loaders);
    loaders.map(|(kind, _)| *kind).filter(|kind| config.serves(*kind)).collect()
}

/// The values of option 93 of a kind.
pub(super) fn arches(kind: ClientKind) -> impl Iterator<Item = u16> {
    kind.info().arch.iter().filter_map(|text| u16::from_str_radix(&text.replace(':', ""), 16).ok())
}

fn hex(text: &[u8]) -> String {
    text.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

/// Writes the matches, and a tag for each kind; no client has two of them, except for U-Boot that contradicts itself.
pub(super) fn write(kinds: &BTreeSet<ClientKind>, out: &mut dyn Write) -> io::Result<()> {
    let ipxe = hex(b"iPXE");
    writeln!(out, "\n# iPXE: its user class, which may have its length in front (RFC 3004).")?;
    writeln!(out, "dhcp-match=set:user-ipxe,77,{ipxe}\ndhcp-match=set:user-ipxe-longer,77,{ipxe}:*")?;
    writeln!(out, "dhcp-match=set:{IPXE},77,*:{ipxe}")?;
    writeln!(out, "tag-if=set:{IPXE},tag:user-ipxe,tag:!user-ipxe-longer")?;
    writeln!(out, "\n# Firmware: its vendor class, and the first value of option 93.")?;
    for (asks, name, begins) in [
        ([Asks::Pxe, Asks::Rpi], "pxe", &["PXEClient"][..]),
        ([Asks::Http; 2], "http", &["HTTPClient"]),
        ([Asks::Uboot; 2], "uboot", &["U-Boot", "U-boot"]),
    ] {
        if kinds.iter().any(|kind| asks.contains(&kind.info().asks)) {
            for begin in begins {
                writeln!(out, "dhcp-match=set:vendor-{name},60,{}", hex(begin.as_bytes()))?;
            }
        }
    }
    let mut numbers: BTreeSet<u16> = kinds.iter().flat_map(|kind| arches(*kind)).collect();
    let rpi = kinds.contains(&ClientKind::Rpi);
    if rpi {
        numbers.insert(0);
    }
    for arch in numbers {
        let [high, low] = arch.to_be_bytes();
        writeln!(out, "dhcp-match=set:arch-{arch},93,{high:02x}:{low:02x}")?;
    }
    if rpi || kinds.contains(&ClientKind::Bios) {
        writeln!(out, "# A Raspberry Pi presents itself as a BIOS client.")?;
        writeln!(out, "dhcp-match=set:board-rpi,97,{}", hex(&RASPBERRY_PI_ID))?;
        for maker in &RASPBERRY_PI {
            writeln!(out, "dhcp-mac=set:board-rpi,{}:*:*:*", hex(maker))?;
        }
    }
    for kind in kinds {
        one(*kind, out)?;
    }
    Ok(())
}

fn one(kind: ClientKind, out: &mut dyn Write) -> io::Result<()> {
    let info = kind.info();
    let tag = tag(kind);
    let vendor = match info.asks {
        Asks::Http => "tag:vendor-http,",
        Asks::Pxe | Asks::Rpi => "tag:vendor-pxe,",
        Asks::Uboot => "tag:vendor-uboot,",
        Asks::Power => "",
    };
    for arch in arches(kind) {
        let not = if kind == ClientKind::Bios { ",tag:!board-rpi" } else { "" };
        writeln!(out, "tag-if=set:{tag},tag:!{IPXE},{vendor}tag:arch-{arch}{not}")?;
    }
    match info.asks {
        Asks::Rpi => {
            writeln!(out, "tag-if=set:{tag},tag:!{IPXE},{vendor}tag:arch-0,tag:board-rpi")
        }
        // cmd/Kconfig of U-Boot, BOOTP_VCI_STRING; option 93 is another before 2018.
        Asks::Uboot => {
            let name = if kind == ClientKind::UbootArm64 { ".armv8" } else { ".armv7" };
            writeln!(out, "dhcp-match=set:{tag}-name,60,*:*:*:*:*:*:{}", hex(name.as_bytes()))?;
            writeln!(out, "tag-if=set:{tag},tag:!{IPXE},{vendor}tag:{tag}-name")?;
            if kind == ClientKind::UbootArm32 {
                let old = hex(b"U-Boot.arm");
                writeln!(out, "dhcp-match=set:{tag}-old,60,{old}\ndhcp-match=set:{tag}-longer,60,{old}:*")?;
                writeln!(out, "tag-if=set:{tag},tag:!{IPXE},tag:{tag}-old,tag:!{tag}-longer")?;
            }
            Ok(())
        }
        // Old PXE ROMs send no option 93 (ipxe/ipxe#1527).
        Asks::Pxe if kind == ClientKind::Bios => {
            writeln!(out, "dhcp-match=set:any-arch,93")?;
            writeln!(out, "tag-if=set:{tag},tag:!{IPXE},{vendor}tag:!any-arch")
        }
        Asks::Pxe | Asks::Http | Asks::Power => Ok(()),
    }
}
