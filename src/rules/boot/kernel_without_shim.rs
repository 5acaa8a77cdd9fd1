//! With Secure Boot the firmware refuses a kernel that none of its keys has signed. A distribution signs its kernel with
//! a key that only its own shim knows, so iPXE has to start the kernel by that shim.
//!
//! The kinds of entry for a distribution take its shim from the tree with the kernel. A `linux` or `nfs_root` entry, or
//! one with a `kernel` of its own, names it by `shim`. `shim: none` says that the kernel is signed with a key that you
//! have enrolled in the firmware.
//!
//! Evidence: ipxe.org/cmd/shim. OVMF with Microsoft's keys, and iPXE 2.0 that its `db` allows: Debian's signed kernel
//! starts by Debian's shim; without it, iPXE says "Could not boot: Error 0x7f04818f".
//!
//! Fails:
//! ```yaml fails
//! loaders: { secure_boot: true }
//! boot_entries: { rescue: { kind: linux, kernel: rescue/vmlinuz } }
//! ```
//! Passes:
//! ```yaml passes
//! loaders: { secure_boot: true }
//! boot_entries: { rescue: { kind: linux, kernel: rescue/vmlinuz, shim: rescue/shimx64.efi } }
//! ```

use crate::model::{EntryKind, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "kernel-without-shim",
        "Secure Boot refuses the kernel of an entry, which names no shim",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if !site.secure_boot() {
        return;
    }
    for entry in &site.entries {
        let EntryKind::Linux(linux) = &entry.kind else { continue };
        if linux.lacks_shim {
            let message = format!("with Secure Boot, the firmware refuses the kernel of `{}`", entry.id);
            found.push(entry.span, message, |finding| {
                finding.help(
                    "name the shim of its distribution by `shim`; `shim: none` if a key of the firmware has signed it",
                )
            });
        }
    }
}
