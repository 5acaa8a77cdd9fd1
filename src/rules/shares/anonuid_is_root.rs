//! `anonuid=0` makes squashed users root on an export: the root of every client, and with `all_squash` everybody. That
//! is worse than `no_root_squash`.
//!
//! Where the clients are the world, `world-export-as-root` says so. Evidence: exports(5), "User ID Mapping".
//!
//! Fails:
//! ```yaml fails
//! nfs: { exports: [{ path: /srv/nfs, clients: 10.0.0.0/24, options: [rw, all_squash, anonuid=0, no_subtree_check] }] }
//! ```
//! Passes:
//! ```yaml passes
//! nfs: { exports: [{ path: /srv/nfs, clients: 10.0.0.0/24, options: [rw, all_squash, anonuid=1000, no_subtree_check] }] }
//! ```

use super::world_export::{everybody, squashed_to_root};
use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("anonuid-is-root", "an export makes squashed users root"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for export in site.nfs.iter().flat_map(|nfs| &nfs.exports) {
        let Some(option) = squashed_to_root(export).filter(|_| everybody(site, export).is_none()) else {
            continue;
        };
        let everyone = export.options.iter().any(|option| option.value == "all_squash");
        let who = if everyone { "every user of a client" } else { "the root of a client" };
        let message = format!("{who} is root on `{}`", export.path);
        found.push(option.span, message, |finding| {
            finding.help(
                "give `anonuid` the id of a user that owns the folder, or leave it out: it is then `nobody`",
            )
        });
    }
}
