//! `sanboot --drive 0x80` without a URL starts the first disk by BIOS. UEFI has no such disks: the
//! command fails there, and the machine comes back to the menu for ever.
//!
//! Silent where the lines ask for `${platform}` or hook a disk first. Evidence: ipxe/ipxe#447, #601, #1186
//! and #1334; the kind `local` does what is right for both.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { disk: { kind: script, lines: ["sanboot --no-describe --drive 0x80"] } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { disk: { kind: local } }
//! ```

use super::commands::commands;
use super::{Found, Rule};
use crate::model::{ClientKind, Site};
use crate::report::Severity;

pub(super) const RULE: Rule = Rule {
    id: "bios-disk",
    severity: Severity::Warning,
    summary: "UEFI clients see a script that starts the disk as BIOS does",
    check,
};

fn check(site: &Site<'_>, found: &mut Found<'_>) {
    let kinds = site.kinds();
    for entry in site.entries.iter().filter(|entry| entry.kind == "script") {
        let efi = kinds.iter().find(|kind| **kind != ClientKind::Bios && entry.is_for(**kind));
        let Some(efi) = efi.filter(|_| !entry.lines.iter().any(|line| line.value.contains("${platform")))
        else {
            continue;
        };
        for (command, span) in commands(&entry.lines) {
            match command.as_slice() {
                ["sanhook", ..] => break,
                ["sanboot", words @ ..] if words.iter().any(|word| is_drive(word)) && !has_url(words) => {}
                _ => continue,
            }
            let message = format!("`{}` boots a BIOS disk, and `{}` clients see it", entry.id, efi.name());
            found.push(span, message, |finding| {
                finding.help("use `kind: local`, which is right for both, or `only_for: bios`")
            });
            break;
        }
    }
}

fn is_drive(word: &str) -> bool {
    ["--drive", "-d"].iter().any(|option| word.starts_with(option))
}

/// Whether a word is what is booted: no option, and not the value of one.
fn has_url(words: &[&str]) -> bool {
    let takes = |word: &str| matches!(word, "--drive" | "-d" | "--filename" | "-f");
    let before = std::iter::once("").chain(words.iter().copied());
    before.zip(words).any(|(before, word)| !word.starts_with('-') && !takes(before))
}
