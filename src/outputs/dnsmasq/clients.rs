//! Tags for kinds of client.
//!
//! `dhcp-match` of hexadecimal digits matches the beginning of an option, `*` any byte (`match_bytes` in dhcp-common.c
//! of 2.90). So the first value of option 93 decides, as it does with dhcpd: a number would match any value of a list.
//! A match with one byte more says that a text is longer, so that a whole text can be compared.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::Config;
use super::values::colons as hex;
use crate::model::{Arch, Asks, Class, ClientKind, RASPBERRY_PI, RASPBERRY_PI_ID, Spanned};

/// The tag of iPXE.
pub(super) const IPXE: &str = "kind-ipxe";

/// The tag of a kind.
pub(super) fn tag(kind: ClientKind) -> String {
    format!("kind-{}", kind.name())
}

/// The kinds that have a loader somewhere, in a subnet, a class or a host.
pub(super) fn kinds(config: &Config<'_, '_>) -> BTreeSet<ClientKind> {
    let subnets = config.policy.subnets.iter().filter_map(|scope| scope.files);
    let loaders = subnets.chain(config.tags.own_files.iter().copied()).flat_map(|files| files.loaders);
    let mut kinds: BTreeSet<ClientKind> = loaders.map(|(kind, _)| *kind).collect();
    for class in config.classes() {
        kinds.extend(class.here.iter().flat_map(|here| &here.loaders).map(|(kind, _)| *kind));
    }
    if config.tags.class_files {
        // Loaders of a host count for clients of a kind.
        let changes = config.policy.site.profiles.iter().flat_map(|profile| &profile.changes);
        kinds.extend(changes.map(|(kind, _)| *kind));
    }
    kinds.retain(|kind| config.serves(*kind));
    kinds
}

/// The tag of firmware of a kind, and of iPXE that such firmware started.
pub(super) fn firmware(kind: ClientKind) -> String {
    format!("firmware-{}", kind.name())
}

/// The kinds that classes name.
fn asked(classes: &[Class]) -> BTreeSet<ClientKind> {
    let kind = |arch: &Spanned<Arch>| match arch.value {
        Arch::Kind(kind) => Some(kind),
        Arch::Number(_) => None,
    };
    classes.iter().flat_map(|class| &class.matches.arch).filter_map(kind).collect()
}

/// The values of option 93 of a kind.
pub(super) fn arches(kind: ClientKind) -> impl Iterator<Item = u16> {
    kind.info().arch.iter().filter_map(|text| u16::from_str_radix(&text.replace(':', ""), 16).ok())
}

/// Writes the matches, and a tag for each kind; no client has two of them, except for U-Boot that contradicts itself.
/// `urls` says whether UEFI's HTTP boot is told apart without a loader of its own.
pub(super) fn write(
    kinds: &BTreeSet<ClientKind>,
    classes: &[Class],
    urls: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
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
        let is_needed = urls && name == "http";
        if is_needed || !classes.is_empty() || kinds.iter().any(|kind| asks.contains(&kind.info().asks)) {
            for begin in begins {
                writeln!(out, "dhcp-match=set:vendor-{name},60,{}", hex(begin.as_bytes()))?;
            }
        }
    }
    let asked = asked(classes);
    let known = kinds.union(&asked);
    let mut numbers: BTreeSet<u16> = known.flat_map(|kind| arches(*kind)).collect();
    for arch in classes.iter().flat_map(|class| &class.matches.arch) {
        if let Arch::Number(number) = arch.value {
            numbers.insert(number);
        }
    }
    let rpi = kinds.contains(&ClientKind::Rpi) || asked.contains(&ClientKind::Rpi);
    if rpi {
        numbers.insert(0);
    }
    for arch in numbers {
        let [high, low] = arch.to_be_bytes();
        writeln!(out, "dhcp-match=set:arch-{arch},93,{high:02x}:{low:02x}")?;
    }
    if rpi || kinds.contains(&ClientKind::Bios) || asked.contains(&ClientKind::Bios) {
        writeln!(out, "# A Raspberry Pi presents itself as a BIOS client.")?;
        writeln!(out, "dhcp-match=set:board-rpi,97,{}", hex(&RASPBERRY_PI_ID))?;
        for maker in &RASPBERRY_PI {
            writeln!(out, "dhcp-mac=set:board-rpi,{}:*:*:*", hex(maker))?;
        }
    }
    for kind in kinds {
        one(*kind, &tag(*kind), &format!("tag:!{IPXE},"), out)?;
    }
    for kind in &asked {
        one(*kind, &firmware(*kind), "", out)?;
    }
    Ok(())
}

fn one(kind: ClientKind, tag: &str, ipxe: &str, out: &mut dyn Write) -> io::Result<()> {
    let info = kind.info();
    let vendor = match info.asks {
        Asks::Http => "tag:vendor-http,",
        Asks::Pxe | Asks::Rpi => "tag:vendor-pxe,",
        Asks::Uboot => "tag:vendor-uboot,",
        Asks::Power => "",
    };
    for arch in arches(kind) {
        let not = if kind == ClientKind::Bios { ",tag:!board-rpi" } else { "" };
        writeln!(out, "tag-if=set:{tag},{ipxe}{vendor}tag:arch-{arch}{not}")?;
    }
    match info.asks {
        Asks::Rpi => {
            writeln!(out, "tag-if=set:{tag},{ipxe}{vendor}tag:arch-0,tag:board-rpi")
        }
        // cmd/Kconfig of U-Boot, BOOTP_VCI_STRING; option 93 is another before 2018.
        Asks::Uboot => {
            let name = if kind == ClientKind::UbootArm64 { ".armv8" } else { ".armv7" };
            writeln!(out, "dhcp-match=set:{tag}-name,60,*:*:*:*:*:*:{}", hex(name.as_bytes()))?;
            writeln!(out, "tag-if=set:{tag},{ipxe}{vendor}tag:{tag}-name")?;
            if kind == ClientKind::UbootArm32 {
                let old = hex(b"U-Boot.arm");
                writeln!(out, "dhcp-match=set:{tag}-old,60,{old}\ndhcp-match=set:{tag}-longer,60,{old}:*")?;
                writeln!(out, "tag-if=set:{tag},{ipxe}tag:{tag}-old,tag:!{tag}-longer")?;
            }
            Ok(())
        }
        // Old PXE ROMs send no option 93 (ipxe/ipxe#1527).
        Asks::Pxe if kind == ClientKind::Bios => {
            writeln!(out, "dhcp-match=set:any-arch,93")?;
            writeln!(out, "tag-if=set:{tag},{ipxe}{vendor}tag:!any-arch")
        }
        Asks::Pxe | Asks::Http | Asks::Power => Ok(()),
    }
}
