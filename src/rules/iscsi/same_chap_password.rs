//! With CHAP both ways each side proves that it knows a password. Where it is the same one, whoever
//! claims to be the target sends the machine's own challenge back to it, and has the answer.
//!
//! Evidence: RFC 7143 section 9.2.1 on reflected challenges; not every target looks out for them. The
//! passwords are not shown.
//!
//! Fails: `chap` and `reverse_chap` of one disk whose `password_file` hold the same text. Passes: two
//! texts.

use rustc_hash::FxHashSet;

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "same-chap-password",
        "machine and target prove themselves with the same password",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut said = FxHashSet::default();
    for (host, _, more) in site.disks_with_more() {
        let (Some(chap), Some(reverse)) = (&more.chap, &more.reverse_chap) else { continue };
        if chap.password.reveal() != reverse.password.reveal() || !said.insert(reverse.span) {
            continue;
        }
        let message = format!("`chap` and `reverse_chap` of the host `{}` have the same password", host.name);
        found.push(reverse.span, message, |finding| {
            let finding =
                if chap.span == reverse.span { finding } else { finding.and(chap.span, "the machine's") };
            finding.help("give each side a password of its own")
        });
    }
}
