//! A CHAP password must have 12 to 16 bytes. An attacker who records one login can find a shorter one by trying,
//! and Windows accepts no other length.
//!
//! Evidence: RFC 7143 section 12.1.4 requires 96 bits; Microsoft's initiator and target require 12 to 16 bytes. The
//! finding does not show the password.
//!
//! Fails: a `password_file` that holds `short`. Passes: one that holds 16 letters and digits.

use foldhash::HashSet;

use crate::model::{IscsiDaemon, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("chap-password-length", "a CHAP password does not have 12 to 16 bytes"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut seen = HashSet::default();
    for (host, disk, more) in site.disks_with_more() {
        for chap in more.chap.iter().chain(&more.reverse_chap) {
            let length = chap.password.reveal().len();
            if (12..=16).contains(&length) || !seen.insert(chap.span) {
                continue;
            }
            let daemon = site.served_by(disk).map_or(IscsiDaemon::External, |by| by.daemon).word();
            let message = format!("the CHAP password of `{}` has {length} bytes", chap.user);
            found.push(chap.span, message, |finding| {
                let finding =
                    if host.span == chap.span { finding } else { finding.and(host.span, "of this host") };
                finding.help(format!("use 12 to 16 letters, digits and `._+=@-`; the target is `{daemon}`"))
            });
        }
    }
}
