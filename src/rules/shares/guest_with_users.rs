//! `users` are the only accounts that may use a share, and a guest is none of them: with both, guests
//! are asked for a password after all.
//!
//! Evidence: smb.conf(5), "valid users"; `testparm` accepts both (Samba 4.17), and Windows says
//! "access denied".
//!
//! Fails:
//! ```yaml fails
//! smb: { shares: { win10: { path: /srv/win10, guest: true, users: [install] } } }
//! ```
//! Passes:
//! ```yaml passes
//! smb: { shares: { win10: { path: /srv/win10, users: [install] } } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("guest-with-users", "a share is for guests and for certain users only"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for share in site.smb.iter().flat_map(|smb| &smb.shares).filter(|share| share.guest.value) {
        let Some(user) = share.users.first() else { continue };
        let message = format!("the share `{}` is for guests, and `users` keeps them out", share.name.value);
        found.push(share.guest.span, message, |finding| {
            finding
                .and(user.span, "these only")
                .help("keep `guest` for everybody, or `users` for those with an account")
        });
    }
}
