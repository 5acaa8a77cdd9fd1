//! Any machine that reaches the server may write to a share that guests can write to, and can replace the programs
//! that an installation runs from it.
//!
//! Evidence: smb.conf(5), "guest ok"; `testparm` accepts it (Samba 4.17).
//!
//! Fails:
//! ```yaml fails
//! smb: { shares: { drop: { path: /srv/drop, guest: true, writable: true } } }
//! ```
//! Passes:
//! ```yaml passes
//! smb: { shares: { drop: { path: /srv/drop, writable: true, users: [install] } } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("guest-writable-share", "everybody may write to a share"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for share in site.smb.iter().flat_map(|smb| &smb.shares) {
        if share.guest.value && share.writable.value {
            let message = format!("everybody may write to the share `{}`", share.name.value);
            found.push(share.writable.span, message, |finding| {
                let finding = finding.and(share.guest.span, "without an account");
                finding.help("use `users: [NAME]` instead of `guest`, or make the share read-only")
            });
        }
    }
}
