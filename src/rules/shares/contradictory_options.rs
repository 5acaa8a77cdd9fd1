//! An export is either read-only or writable, and either synchronous or asynchronous. If two options exclude each
//! other, exportfs uses the last one without a message.
//!
//! Evidence: exportfs of nfs-utils 2.6.2 accepts `ro,rw` and the like with exit 0.
//!
//! Fails:
//! ```yaml fails
//! nfs: { exports: [{ path: /srv/nfs, clients: 10.0.0.0/24, options: [ro, rw, no_subtree_check] }] }
//! ```
//! Passes:
//! ```yaml passes
//! nfs: { exports: [{ path: /srv/nfs, clients: 10.0.0.0/24, options: [rw, no_subtree_check] }] }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("contradictory-options", "two options of an export exclude each other"),
    cost: Cost::Low,
    check,
};

/// Options that exclude each other.
const PAIRS: &[(&str, &str)] = &[
    ("ro", "rw"),
    ("sync", "async"),
    ("secure", "insecure"),
    ("wdelay", "no_wdelay"),
    ("hide", "nohide"),
    ("crossmnt", "nocrossmnt"),
    ("root_squash", "no_root_squash"),
    ("all_squash", "no_all_squash"),
    ("all_squash", "no_root_squash"),
    ("subtree_check", "no_subtree_check"),
    ("secure_locks", "insecure_locks"),
    ("auth_nlm", "no_auth_nlm"),
    ("acl", "no_acl"),
    ("pnfs", "no_pnfs"),
];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for export in site.nfs.iter().flat_map(|nfs| &nfs.exports).filter(|export| export.because.is_none()) {
        for (one, other) in PAIRS {
            let at = |name: &str| export.options.iter().find(|option| option.value == name);
            let (Some(one), Some(other)) = (at(one), at(other)) else { continue };
            let (first, last) = if one.span < other.span { (one, other) } else { (other, one) };
            let message =
                format!("`{first}` and `{last}` of the export `{}` exclude each other", export.path);
            found.push(last.span, message, |finding| {
                finding
                    .and(first.span, "the first one")
                    .help("exportfs would use the last one; remove the wrong one")
            });
        }
    }
}
