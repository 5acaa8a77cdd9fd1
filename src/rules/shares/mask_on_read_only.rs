//! `create_mask` and `directory_mask` are the modes of files and folders that clients create. On a share that is
//! not writable, no client creates any: either the masks are left over, or `writable` is missing.
//!
//! Evidence: smb.conf(5), "create mask"; `testparm` accepts it (Samba 4.17).
//!
//! Fails:
//! ```yaml fails
//! smb: { shares: { win10: { path: /srv/win10, create_mask: "0777" } } }
//! ```
//! Passes:
//! ```yaml passes
//! smb: { shares: { win10: { path: /srv/win10, writable: true, users: [install], create_mask: "0664" } } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("mask-on-read-only", "a read-only share has a mask for new files"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for share in site.smb.iter().flat_map(|smb| &smb.shares).filter(|share| !share.writable.value) {
        let masks = [("create_mask", &share.create_mask), ("directory_mask", &share.directory_mask)];
        // Text in `raw` may make the share writable.
        for (key, mask) in masks.into_iter().filter(|_| share.raw.is_empty()) {
            let Some(mask) = mask else { continue };
            let message = format!("the share `{}` is read-only and has a `{key}`", share.name.value);
            found.push(mask.span, message, |finding| finding.help("remove it, or make the share `writable`"));
        }
    }
}
