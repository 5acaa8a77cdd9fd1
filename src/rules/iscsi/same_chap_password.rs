//! With mutual CHAP, each side proves that it knows a password. If both use the same one, an attacker who claims to
//! be the target can send the machine's own challenge back to it and gets the answer.
//!
//! Evidence: RFC 7143 section 9.2.1 on reflected challenges; not every target rejects them. The finding does not
//! show the passwords.
//!
//! Fails: `chap` and `reverse_chap` of one disk whose `password_file` hold the same text. Passes: two
//! texts.

use foldhash::HashSet;

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("same-chap-password", "machine and target use the same CHAP password"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut said = HashSet::default();
    for (host, _, more) in site.disks_with_more() {
        let (Some(chap), Some(reverse)) = (&more.chap, &more.reverse_chap) else { continue };
        if chap.password.reveal() != reverse.password.reveal() || !said.insert(reverse.span) {
            continue;
        }
        let message = format!("`chap` and `reverse_chap` of the host `{}` have the same password", host.name);
        found.push(reverse.span, message, |finding| {
            let finding =
                if chap.span == reverse.span { finding } else { finding.and(chap.span, "the machine's") };
            finding.help("give each side its own password")
        });
    }
}
