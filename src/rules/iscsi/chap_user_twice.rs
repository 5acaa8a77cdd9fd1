//! tgt keeps one account for each user name, for all targets together. tgt-admin creates the account with the first
//! password that it reads and ignores a second password for the same user. So tgt refuses the machine that uses the
//! second one.
//!
//! Checked are targets that tgt runs, including the accounts of the targets themselves. Evidence:
//! `existing_accounts` in tgt-admin; tried with tgt 1.0.85.
//!
//! Fails: two hosts of one tgt with `chap: { user: lab, password_file: … }` and different passwords.
//! Passes: `user: "{host}"`, or one password for both.

use foldhash::HashMap;

use crate::model::{Chap, Host, IscsiDaemon, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("chap-user-twice", "one user of tgt has two passwords"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut known: HashMap<(Option<u16>, &str), (&Chap<'_>, &Host<'_>)> = HashMap::default();
    for (host, disk, more) in site.disks_with_more() {
        if site.served_by(disk).is_none_or(|by| by.daemon != IscsiDaemon::Tgt) {
            continue;
        }
        for chap in more.chap.iter().chain(&more.reverse_chap) {
            let (first, whose) = *known.entry((disk.served_by, chap.user)).or_insert((chap, host));
            if first.password == chap.password {
                continue;
            }
            let message = format!(
                "`{}` has one password for the host `{}` and another for `{}`",
                chap.user, whose.name, host.name
            );
            found.push(host.span, message, |finding| {
                let finding = if whose.span == host.span { finding } else { finding.and(whose.span, "the first one") };
                finding.help("tgt uses the first for all targets: choose another user, such as `{host}`, or the same password")
            });
        }
    }
}
