//! `fsid` identifies a file system to the clients, and `fsid=0` is the root of NFSv4. If two exports have one
//! number, clients get the files of either.
//!
//! Evidence: exports(5), "fsid"; exportfs of nfs-utils 2.6.2 accepts two exports with `fsid=0`.
//!
//! Fails:
//! ```yaml fails
//! nfs: { exports: [{ path: /srv/a, options: [ro, fsid=0] }, { path: /srv/b, options: [ro, fsid=root] }] }
//! ```
//! Passes:
//! ```yaml passes
//! nfs: { exports: [{ path: /srv/a, options: [ro, fsid=0] }, { path: /srv/b, options: [ro, fsid=1] }] }
//! ```

use foldhash::HashMap;

use crate::model::{Site, Spanned};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("duplicate-fsid", "two exports have the same `fsid`"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut seen: HashMap<&str, &Spanned<String>> = HashMap::default();
    for export in site.nfs.iter().flat_map(|nfs| &nfs.exports) {
        for option in &export.options {
            let Some(id) = option.value.strip_prefix("fsid=") else { continue };
            let id = if id == "root" { "0" } else { id };
            if let Some(first) = seen.get(id) {
                let message =
                    format!("`{option}` of the export `{}` is also that of another export", export.path);
                found.push(option.span, message, |finding| {
                    finding.and(first.span, "the first one").help("give each export its own number, or none")
                });
            } else {
                seen.insert(id, option);
            }
        }
    }
}
