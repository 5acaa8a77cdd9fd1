//! An export to the world without root squashing gives every machine that reaches the server all files of the
//! folder. If it is writable, any of them can replace what other machines boot.
//!
//! `no_root_squash` keeps root as root, and `anonuid=0` makes every user root. Evidence: exports(5),
//! "no_root_squash"; the page that the example `classroom` follows has exactly this line.
//!
//! Fails:
//! ```yaml fails
//! nfs: { exports: [{ path: /srv/nfs, clients: "*", options: [rw, no_root_squash, no_subtree_check] }] }
//! ```
//! Passes:
//! ```yaml passes
//! nfs: { exports: [{ path: /srv/nfs, clients: 10.0.0.11, options: [rw, no_root_squash, no_subtree_check] }] }
//! ```

use super::world_export::{as_root, everybody};
use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "world-export-as-root",
        "a folder is exported to the world without root squashing",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for export in site.nfs.iter().flat_map(|nfs| &nfs.exports) {
        let (Some(client), Some(option)) = (everybody(site, export), as_root(export)) else { continue };
        let message = format!("every machine that reaches the server is root on `{}`", export.path);
        found.push(option.span, message, |finding| {
            finding
                .and(client.span, "the world")
                .help(format!("list the machines that need it, or remove `{option}`"))
        });
    }
}
