//! If `ipxe.script` is a URL, iPXE runs that script, and ipxegen renders none. So no machine sees the menu and the
//! boot entries of this site.
//!
//! Evidence: the files that `ipxegen render` writes; no script is rendered for a URL.
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
    kind: FindingKind::warning("foreign-script", "boot entries are declared, and iPXE runs another script"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Script::Url(url) = &site.ipxe.script else { return };
    // Entries that the menu adds by itself were not declared.
    let Some(entry) =
        site.entries.iter().find(|entry| !matches!(entry.kind, EntryKind::Shell | EntryKind::Exit))
    else {
        return;
    };
    found.push(site.ipxe.span, format!("machines run {url} and never see this site's menu"), |finding| {
        let finding = finding.and(entry.span, "such as this entry");
        finding.help(
            "set `script` to a path and add an entry of kind `chain` with that URL, or remove the entries",
        )
    });
}
