//! With `http.boot_files` the files that iPXE fetches by HTTP are in a folder of their own. An entry with `over: tftp`
//! fetches from the TFTP root, which is then another folder: what you put into `boot_files` is not there. So does its ISO
//! mount and its NFS export.
//!
//! Evidence: in.tftpd with `--secure` serves nothing outside of its root (tftpd(8)).
//!
//! Fails:
//! ```yaml fails
//! http: { boot_files: /srv/netboot }
//! boot_entries: { old: { kind: iso, iso: old.iso, over: tftp } }
//! ```
//! Passes:
//! ```yaml passes
//! http: { boot_files: /srv/netboot }
//! boot_entries: { old: { kind: iso, iso: old.iso } }
//! ```

use crate::model::{Site, Transport};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "separate-boot-files",
        "an entry over TFTP fetches from another folder than that of boot files",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let (Some(folder), Some(tftp)) = (site.separate_boot_files(), &site.tftp) else { return };
    for entry in site.entries.iter().filter(|entry| entry.over == Transport::Tftp) {
        if entry.files.is_empty() && entry.published.is_empty() && entry.from_iso.is_none() {
            continue;
        }
        let message = format!(
            "`{}` fetches its files over TFTP from {}, and boot files are in {}",
            entry.id, tftp.root, folder.value
        );
        found.push(entry.span, message, |finding| {
            finding.and(folder.span, "the folder of boot files").help(
                "use `over: http`, or set `boot_files` to the TFTP root; accept it with `allow` if its files are in the TFTP root",
            )
        });
    }
}
