//! The signed iPXE has no NFS: iPXE marks that code as forbidden for Secure Boot builds, and a client whose firmware
//! insists on signatures can run no other iPXE.
//!
//! Checked are the URLs that iPXE itself fetches, as by `https-without-support`. The kernel of a booted system mounts its
//! root by NFS itself.
//!
//! Evidence: `FILE_SECBOOT ( FORBIDDEN )` in iPXE's `net/oncrpc/nfs_open.c`, and commit 766fa9919 of August 2026.
//!
//! Fails:
//! ```yaml fails
//! loaders: { secure_boot: true }
//! boot_entries: { tools: { kind: chain, url: "nfs://10.0.0.5/srv/tools.ipxe" } }
//! ```
//! Passes:
//! ```yaml passes
//! loaders: { secure_boot: true }
//! boot_entries: { tools: { kind: chain, url: "http://10.0.0.5/tools.ipxe" } }
//! ```

use super::https_without_support::fetched;
use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("nfs-with-secure-boot", "iPXE has an NFS URL, and the signed iPXE has no NFS"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if !site.secure_boot() {
        return;
    }
    fetched(site, "nfs://", |span, url, what, _| {
        found.push(span, format!("{what} {url}, and the signed iPXE has no NFS"), |finding| {
            finding.help("use http:// or tftp://")
        });
    });
}
