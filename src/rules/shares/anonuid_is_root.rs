//! `anonuid=0` makes squashed users root on an export: the root of every client, and with `all_squash` every user.
//! That is worse than `no_root_squash`.
//!
//! `world-export-as-root` reports such an export to the world. Evidence: exports(5), "User ID Mapping".
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
                "set `anonuid` to the id of the user that owns the folder, or remove it: the default is `nobody`",
            )
        });
    }
}
