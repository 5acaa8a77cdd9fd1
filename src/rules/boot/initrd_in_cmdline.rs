//! ipxegen adds `initrd=` to the command line for each initrd of an entry. One that is written by hand names a file
//! twice, or a file that is not there: then a kernel that UEFI started stops.
//!
//! Evidence: the kernel's EFI stub opens every `initrd=` by name and fails on a missing one
//! (drivers/firmware/efi/libstub/file.c); the missing one is theforeman/community-templates#496.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { a: { kind: linux, kernel: linux, initrd: initrd.gz, cmdline: [initrd=initrd.gz, quiet] } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { a: { kind: linux, kernel: linux, initrd: initrd.gz, cmdline: [quiet] } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("initrd-in-cmdline", "a command line has an `initrd=` of its own"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for entry in &site.entries {
        for argument in entry.arguments().iter().filter(|argument| argument.value.starts_with("initrd=")) {
            found.push(
                argument.span,
                format!("ipxegen adds `{argument}` of `{}` itself", entry.id),
                |finding| finding.help("list the files under `initrd` and remove this argument"),
            );
        }
    }
}
