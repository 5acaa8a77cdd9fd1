//! When `ipxe.script` is a URL, iPXE is sent to somebody else's script: the menu and the boot
//! entries of this site are in no script that any machine runs.
//!
//! Evidence: what `ipxegen render` writes; no script is rendered for a URL.
//!
//! Fails:
//! ```yaml fails
//! ipxe: { script: "http://boot.netboot.xyz/menu.ipxe" }
//! boot_entries: { memtest: { kind: memtest, bios: memtest.bin } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { xyz: { kind: chain, url: "http://boot.netboot.xyz/menu.ipxe" } }
//! ```

use crate::model::{EntryKind, Script, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "foreign-script",
        "boot entries are declared, and iPXE runs somebody else's script",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Script::Url(url) = &site.ipxe.script else { return };
    // Those that the menu makes by itself are nobody's declaration.
    let Some(entry) =
        site.entries.iter().find(|entry| !matches!(entry.kind, EntryKind::Shell | EntryKind::Exit))
    else {
        return;
    };
    found.push(site.ipxe.span, format!("machines run {url}, so that nobody sees this site's menu"), |finding| {
        let finding = finding.and(entry.span, "such as this entry");
        finding.help("give `script` a path to render a menu, with that URL as an entry of kind `chain`; or remove the entries")
    });
}
