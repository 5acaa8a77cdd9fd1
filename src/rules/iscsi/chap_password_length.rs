//! A password for CHAP has 12 to 16 bytes. A shorter one is found from what the wire shows of one login;
//! Windows takes no other length, and iPXE's successor on the disk is often Windows.
//!
//! Evidence: RFC 7143 section 12.1.4 wants 96 bits; Microsoft's initiator and target say 12 to 16 bytes.
//! The password itself is not shown.
//!
//! Fails: a `password_file` that holds `short`. Passes: one that holds 16 letters and digits.

use rustc_hash::FxHashSet;

use crate::model::{IscsiDaemon, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("chap-password-length", "a password for CHAP has not 12 to 16 bytes"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut seen = FxHashSet::default();
    for (host, disk, more) in site.disks_with_more() {
        for chap in more.chap.iter().chain(&more.reverse_chap) {
            let length = chap.password.reveal().len();
            if (12..=16).contains(&length) || !seen.insert(chap.span) {
                continue;
            }
            let daemon = site.served_by(disk).map_or(IscsiDaemon::External, |by| by.daemon).word();
            let message = format!("the password of `{}` for CHAP has {length} bytes", chap.user);
            found.push(chap.span, message, |finding| {
                let finding =
                    if host.span == chap.span { finding } else { finding.and(host.span, "of this host") };
                finding.help(format!("12 to 16 letters, digits and `._+=@-`; the target is `{daemon}`"))
            });
        }
    }
}
