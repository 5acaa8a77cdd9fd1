//! `only_for` lists kinds of client. A kind for which no subnet and no host has a loader never runs iPXE here, so
//! no machine ever sees an entry that is for this kind alone.
//!
//! The rule does not apply if the site has no loader at all: its machines then have iPXE in their firmware.
//! Evidence: Debian's package `ipxe` has no loader for 32-bit or ARM UEFI, so these kinds have no default;
//! opnsense/core#4814, linuxserver/docker-netbootxyz#8.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { pi: { kind: chain, url: pi.ipxe, only_for: efi_arm64 } }
//! ```
//! Passes:
//! ```yaml passes
//! loaders: { efi_arm64: ipxe-arm64.efi }
//! boot_entries: { pi: { kind: chain, url: pi.ipxe, only_for: efi_arm64 } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("entry-without-loader", "an entry is for a kind of client that has no loader"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let kinds = site.kinds();
    if site.gaps.subnets || site.gaps.hosts || kinds.is_empty() {
        return;
    }
    for entry in &site.entries {
        for kind in entry.only_for.iter().filter(|kind| !kinds.contains(&kind.value)) {
            let name = kind.value.name();
            let message = format!("`{}` is for `{name}` clients, which have no loader", entry.id);
            found.push(kind.span, message, |finding| {
                finding.help(format!(
                    "add a loader, `loaders: {{ {name}: FILE }}`, or remove the kind from `only_for`"
                ))
            });
        }
    }
}
