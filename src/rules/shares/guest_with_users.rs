//! If a share has `users`, only these accounts may use it, and a guest has none of them. With both `guest` and
//! `users`, Samba asks guests for a password.
//!
//! Evidence: smb.conf(5), "valid users"; `testparm` accepts both (Samba 4.17), and Windows says "access denied".
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
    kind: FindingKind::warning("guest-with-users", "a share has both `guest` and `users`"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for share in site.smb.iter().flat_map(|smb| &smb.shares).filter(|share| share.guest.value) {
        let Some(user) = share.users.first() else { continue };
        let message = format!("the share `{}` is for guests, and its `users` exclude them", share.name.value);
        found.push(share.guest.span, message, |finding| {
            finding
                .and(user.span, "these only")
                .help("keep `guest` to admit everybody, or `users` to admit these accounts only")
        });
    }
}
