//! `kind: iso` boots an ISO as a disk of the firmware. A Linux or Windows kernel stops using the firmware's disks
//! once it has started: it no longer finds the ISO, and its system stops. Systems that keep using the firmware
//! work: memory tests, DOS, firmware updates.
//!
//! The rule reports images whose name is that of such a system, and any image that a machine starts by itself
//! unless its name is that of a program for the firmware. Live systems have kinds of their own: `live_boot` for
//! Debian and its derivatives, `casper` for Ubuntu. Evidence: iPXE's documentation of `sanboot`; iPXE makes an
//! iBFT, which would tell a kernel of the disk, for iSCSI only (src/drivers/block/ibft.c).
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { mint: { kind: iso, iso: linuxmint-22-cinnamon-64bit.iso } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { mint: { kind: casper, dir: mint-22, iso: linuxmint-22-cinnamon-64bit.iso } }
//! ```

use crate::model::{Entry, EntryKind, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("iso-of-live-system", "a system loses its disk if its ISO is booted as one"),
    cost: Cost::Low,
    check,
};

const LIVE_BOOT: &str = "`live_boot` boots live systems made from Debian";
const CASPER: &str = "`casper` boots Ubuntu's live systems, and `subiquity` its server installer";
const ANACONDA: &str =
    "`anaconda` boots this installer; its live images have no kind, and `linux` takes their arguments";
const LINUX: &str = "`linux` takes the arguments that this system has for a network boot";

/// Systems by the words of their images' names, and what boots them over the network.
const SYSTEMS: &[(&str, &str)] = &[
    ("debian", "`live_boot` boots Debian's live images, and `debian_installer` its installer"),
    ("antix", LIVE_BOOT),
    ("clonezilla", LIVE_BOOT),
    ("gparted", LIVE_BOOT),
    ("grml", LIVE_BOOT),
    ("kali", LIVE_BOOT),
    ("knoppix", LIVE_BOOT),
    ("parrot", LIVE_BOOT),
    ("tails", LIVE_BOOT),
    ("tails-amd64", LIVE_BOOT),
    ("ubuntu", CASPER),
    ("edubuntu", CASPER),
    ("kubuntu", CASPER),
    ("lubuntu", CASPER),
    ("xubuntu", CASPER),
    ("elementaryos", CASPER),
    ("linuxmint", CASPER),
    ("mint", CASPER),
    ("neon", CASPER),
    ("pop", CASPER),
    ("rescuezilla", CASPER),
    ("zorin", CASPER),
    ("almalinux", ANACONDA),
    ("centos", ANACONDA),
    ("fedora", ANACONDA),
    ("rhel", ANACONDA),
    ("rocky", ANACONDA),
    ("leap", "`autoyast` boots this installer"),
    ("opensuse", "`autoyast` boots this installer"),
    ("sle", "`autoyast` boots this installer"),
    ("sles", "`autoyast` boots this installer"),
    ("tumbleweed", "`autoyast` boots this installer"),
    ("win10", "`winpe` boots Windows' setup"),
    ("win11", "`winpe` boots Windows' setup"),
    ("windows", "`winpe` boots Windows' setup"),
    ("alpine", LINUX),
    ("arch", LINUX),
    ("archlinux", LINUX),
    ("coreos", LINUX),
    ("endeavouros", LINUX),
    ("flatcar", LINUX),
    ("gentoo", LINUX),
    ("manjaro", LINUX),
    ("nixos", LINUX),
    ("proxmox", LINUX),
    ("systemrescue", LINUX),
    ("void", LINUX),
    ("live", "`live_boot` boots Debian's live systems, `casper` Ubuntu's"),
    ("livecd", "`live_boot` boots Debian's live systems, `casper` Ubuntu's"),
];

/// Words in the names of programs that keep using the firmware.
const FIRMWARE: &[&str] = &["memtest", "dos", "firmware", "bios", "uefi", "hdat2", "mhdd", "ipxe", "shell"];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for entry in site.entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Iso(_))) {
        let Some(file) = entry.files.first() else { continue };
        let name = file.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        if FIRMWARE.iter().any(|known| name.contains(known)) {
            continue;
        }
        let mut words = name.split(|c: char| !c.is_ascii_alphanumeric());
        let system = SYSTEMS.iter().find(|(system, _)| words.clone().any(|word| word == *system));
        if let Some((_, kind)) = system {
            let message = format!(
                "the system of `{}` loses its disk `{}` when its kernel takes over",
                entry.id, file.path
            );
            found.push(file.span, message, |finding| finding.help(*kind));
            continue;
        }
        // Other names are accepted, unless the machine starts the image without a user who would see it fail.
        if words.next().is_some()
            && let Some(auto) = starts_by_itself(site, entry)
        {
            let message = format!(
                "a machine starts `{}` by itself, and a kernel in `{}` would lose that disk",
                entry.id, file.path
            );
            found.push(file.span, message, |finding| {
                finding.and(auto, "starts it").help(
                    "`live_boot` and `casper` boot live systems; `allow` accepts one that stays with the firmware, such as DOS",
                )
            });
        }
    }
}

/// The place in the site that makes a machine start an entry without asking.
fn starts_by_itself(site: &Site<'_>, entry: &Entry) -> Option<Span> {
    if !site.has_menu() {
        return None;
    }
    let of_subnet =
        |boot: Option<&crate::model::Spanned<String>>| boot.is_some_and(|boot| boot.value == entry.id);
    let default =
        site.menu.default.and_then(|at| site.entries.get(at)).is_some_and(|default| default.id == entry.id);
    site.hosts.iter().find_map(|host| {
        let profile = site.profile(host).filter(|profile| profile.gets_script())?;
        let auto = profile.handout.autoboot.as_ref().filter(|auto| auto.value)?;
        let starts = match profile.handout.boot.as_ref() {
            Some(boot) => boot.value == entry.id,
            None => match site.subnet_of(host).and_then(|subnet| subnet.handout.boot.as_ref()) {
                boot @ Some(_) => of_subnet(boot),
                None => default,
            },
        };
        starts.then_some(auto.span)
    })
}
