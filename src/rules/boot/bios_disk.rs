//! `sanboot --drive 0x80` without a URL starts the first disk through BIOS. On UEFI the command fails with iPXE
//! 1.21.1 and older (Debian 12 has such a version), and the machine returns to the menu for ever. Later versions
//! look on that disk for `EFI\BOOT\BOOTX64.EFI`, which not every installer writes.
//!
//! Use the kind `local`, which starts the disk on both. The rule does not apply to lines that test `${platform}`,
//! hook a disk first, name the file for UEFI (`--filename`), or say what follows a failure (`|| exit`). Evidence:
//! iPXE's src/interface/efi/efi_block.c; ipxe/ipxe#447, #601, #776, #1186 and #1334.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { disk: { kind: script, lines: ["sanboot --no-describe --drive 0x80"] } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { disk: { kind: local } }
//! ```

use crate::boot::script_commands::{Command, commands, joined};
use crate::model::{ClientKind, EntryKind, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("bios-disk", "UEFI clients see a script that starts the disk through BIOS"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let kinds = site.kinds();
    for entry in site.entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Script(_))) {
        let efi = kinds.iter().find(|kind| **kind != ClientKind::Bios && entry.is_for(**kind));
        let Some(efi) = efi.filter(|_| !entry.lines().iter().any(|line| line.value.contains("${platform")))
        else {
            continue;
        };
        for command in commands(&joined(entry.lines())) {
            match command.words.as_slice() {
                ["sanhook", ..] => break,
                ["sanboot", words @ ..] if is_bios_disk(words) && !is_caught(&command, entry.labels()) => {}
                _ => continue,
            }
            let message = format!("`{}` boots a BIOS disk, and `{}` clients see it", entry.id, efi.name());
            found.push(command.span, message, |finding| {
                finding.help("use `kind: local`, which works on both, or add `only_for: bios`")
            });
            break;
        }
    }
}

/// Whether the line handles a failure of the command.
fn is_caught(command: &Command<'_>, labels: &[String]) -> bool {
    match command.otherwise.as_deref() {
        None | Some(["shell" | "reboot", ..]) => false,
        Some(["goto", label, ..]) => label.contains("${") || labels.iter().any(|own| own == label),
        Some(_) => true,
    }
}

/// Whether the command boots a drive, and not a URL or a file that only UEFI looks for.
fn is_bios_disk(words: &[&str]) -> bool {
    let has =
        |options: &[&str]| words.iter().any(|word| options.iter().any(|option| word.starts_with(option)));
    let efi = ["--filename", "-f", "--extra", "-e", "--label", "-l", "--uuid", "-u"];
    has(&["--drive", "-d"]) && !has(&efi) && !has_url(words)
}

/// Whether a word is the target: neither an option nor the value of one.
fn has_url(words: &[&str]) -> bool {
    let takes = |word: &str| matches!(word, "--drive" | "-d");
    let before = std::iter::once("").chain(words.iter().copied());
    before.zip(words).any(|(before, word)| !word.starts_with('-') && !takes(before))
}
