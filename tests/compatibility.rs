//! docs/compatibility.md: its tables are made of the list of boots in the lab. `UPDATE=1` rewrites them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use ipxegen::boot::KINDS;

use crate::support::program::updating;

#[path = "lab/list.rs"]
mod list;

use list::{BOOTS, Firmware, Release};

const PAGE: &str = "docs/compatibility.md";

/// A column of the table: firmware that starts the same loaders.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Bios,
    UefiX64,
    UefiIa32,
    SecureBoot,
    UefiArm64,
}

use Column::{Bios, SecureBoot, UefiArm64, UefiIa32, UefiX64};

const COLUMNS: [(Column, &str); 5] = [
    (Bios, "BIOS"),
    (UefiX64, "UEFI x64"),
    (SecureBoot, "UEFI x64, Secure Boot"),
    (UefiIa32, "UEFI IA32"),
    (UefiArm64, "UEFI ARM64"),
];

const fn column(firmware: Firmware) -> Column {
    match firmware {
        Firmware::Bios | Firmware::BiosPxe => Bios,
        Firmware::UefiX64 | Firmware::UefiRom => UefiX64,
        Firmware::UefiIa32 => UefiIa32,
        Firmware::SecureBoot => SecureBoot,
        Firmware::UefiArm64 => UefiArm64,
    }
}

/// The release of Debian that packages the iPXE.
const fn debian(release: Release) -> &'static str {
    match release {
        Release::Debian12 => "12",
        Release::Debian14 => "14",
    }
}

/// A kind of entry that is known not to work.
struct Fault {
    kind: &'static str,
    /// The column, or all of them.
    on: Option<Column>,
    /// The release of iPXE, or all of them.
    with: Option<Release>,
    why: &'static str,
}

const fn fault(kind: &'static str, on: Option<Column>, with: Option<Release>, why: &'static str) -> Fault {
    Fault { kind, on, with, why }
}

const FAULTS: &[Fault] = &[
    fault(
        "poweroff",
        None,
        Some(Release::Debian12),
        "this iPXE has no command `poweroff`; the entry says so",
    ),
    fault("memtest", Some(SecureBoot), None, "memtest86+ is not signed: the firmware refuses it"),
];

/// Systems of the recipes and of the kinds: the name as the list of boots has it, and the kind.
const SYSTEMS: &[(&str, &str)] = &[
    ("Debian 12 (kernel)", "linux"),
    ("Debian 12 (kernel)", "debian_installer"),
    ("Debian 13 (installer)", "debian_installer"),
    ("Ubuntu 22.04", "casper"),
    ("Ubuntu 24.04", "subiquity"),
    ("Ubuntu 26.04", "casper"),
    ("Debian live", "live_boot"),
    ("RHEL 10", "anaconda"),
    ("Fedora 42", "anaconda"),
    ("openSUSE Leap 15", "autoyast"),
    ("openSUSE Leap 16", "linux"),
    ("Windows 11", "winpe"),
    ("ESXi 8", "chain"),
    ("Proxmox VE 9", "chain"),
    ("Talos 1", "linux"),
    ("Flatcar 4", "linux"),
    ("LTSP 23", "linux"),
];

/// The releases of iPXE with which the lab boots a kind in a column.
fn booted(kind: &str, at: Column, system: Option<&str>) -> BTreeSet<Release> {
    let boots = BOOTS.iter().filter(|boot| {
        boot.kind == kind && column(boot.firmware) == at && (system.is_none() || boot.system == system)
    });
    let fails = |release: &Release| {
        FAULTS.iter().any(|fault| {
            fault.kind == kind
                && fault.on.is_none_or(|on| on == at)
                && fault.with.is_none_or(|with| with == *release)
        })
    };
    boots.flat_map(|boot| boot.ipxe).copied().filter(|release| !fails(release)).collect()
}

fn cell(releases: &BTreeSet<Release>) -> Option<String> {
    let numbers: Vec<_> = releases.iter().map(|release| debian(*release)).collect();
    (!numbers.is_empty()).then(|| format!("booted ({})", numbers.join(", ")))
}

fn kinds() -> String {
    let mut table = String::from("| kind |");
    for (_, name) in COLUMNS {
        let _ = write!(table, " {name} |");
    }
    let _ = write!(table, "\n|{}\n", "---|".repeat(COLUMNS.len() + 1));
    let names = std::iter::once("menu").chain(KINDS.iter().map(|kind| kind.word));
    for kind in names {
        let _ = write!(table, "| `{kind}` |");
        for (at, _) in COLUMNS {
            let never =
                FAULTS.iter().any(|fault| fault.kind == kind && fault.on == Some(at) && fault.with.is_none());
            let known = cell(&booted(kind, at, None));
            let text = known.unwrap_or_else(|| if never { "no" } else { "documents" }.to_owned());
            let _ = write!(table, " {text} |");
        }
        table.push('\n');
    }
    table
}

fn systems() -> String {
    let mut table = String::from("| system | kind | |\n|---|---|---|\n");
    for (system, kind) in SYSTEMS {
        let mut on = Vec::new();
        for (at, name) in COLUMNS {
            on.extend(cell(&booted(kind, at, Some(system))).map(|booted| format!("{name}: {booted}")));
        }
        let text = if on.is_empty() { "documents".to_owned() } else { on.join("; ") };
        let _ = writeln!(table, "| {system} | `{kind}` | {text} |");
    }
    table
}

fn faults() -> String {
    let mut table = String::from("| kind | firmware | iPXE of Debian | why |\n|---|---|---|---|\n");
    for Fault { kind, on, with, why } in FAULTS {
        let on = on.and_then(|on| COLUMNS.iter().find(|(at, _)| *at == on)).map_or("all", |(_, name)| *name);
        let with = with.map_or("all", debian);
        let _ = writeln!(table, "| `{kind}` | {on} | {with} | {why} |");
    }
    table
}

#[test]
fn the_page_on_compatibility_is_up_to_date() {
    let page = fs::read_to_string(PAGE).unwrap();
    let mut new = page.clone();
    for (name, table) in [("kinds", kinds()), ("systems", systems()), ("faults", faults())] {
        let (begin, end) = (format!("<!-- {name} -->\n\n"), "<!-- end -->");
        let at = new.find(&begin).unwrap_or_else(|| panic!("{PAGE} has no {begin}")) + begin.len();
        let length = new[at..].find(end).unwrap_or_else(|| panic!("{PAGE} has no {end} after {begin}"));
        new.replace_range(at..at + length, &format!("{table}\n"));
    }
    if updating() {
        fs::write(PAGE, &new).unwrap();
    }
    assert!(
        new == page || updating(),
        "{PAGE} is out of date: UPDATE=1 cargo test --test suite the_page_on_compatibility rewrites it"
    );
}

/// A system that the lab boots is on the page, with its kind.
#[test]
fn every_system_of_the_lab_is_on_the_page() {
    for boot in BOOTS {
        let Some(system) = boot.system else { continue };
        assert!(SYSTEMS.contains(&(system, boot.kind)), "{boot:?}");
    }
    for fault in FAULTS {
        assert!(KINDS.iter().any(|kind| kind.word == fault.kind), "{}", fault.kind);
    }
}
