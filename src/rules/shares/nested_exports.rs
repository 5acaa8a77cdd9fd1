//! If one export lies inside another, clients of the outer one can also reach the files of the inner one, with the
//! options of the outer one. So a folder that is exported read-only to one machine can be writable for a whole
//! network.
//!
//! The rule does not apply if the outer export grants nothing more. Folders on separate file systems cannot be
//! reached this way, so this is a warning. Evidence: exports(5), "nohide" and "subtree_check": the server checks
//! the file system, not the folder.
//!
//! Fails:
//! ```yaml fails
//! nfs:
//!   exports:
//!     - { path: /srv/nfs, clients: 10.0.0.0/24, options: [rw, no_subtree_check] }
//!     - { path: /srv/nfs/secret, clients: 10.0.0.11 }
//! ```
//! Passes:
//! ```yaml passes
//! nfs:
//!   exports:
//!     - { path: /srv/nfs/open, clients: 10.0.0.0/24, options: [rw, no_subtree_check] }
//!     - { path: /srv/nfs/secret, clients: 10.0.0.11 }
//! ```

use crate::model::{Export, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("nested-exports", "an export lies inside another one"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(nfs) = &site.nfs else { return };
    let mut sorted: Vec<&Export> = nfs.exports.iter().collect();
    // A slash before everything else, so that `/a/b` follows `/a` and not `/a-b`.
    sorted.sort_by(|one, other| bytes(one).cmp(bytes(other)));
    let mut open: Vec<&Export> = Vec::new();
    for export in sorted {
        while open.last().is_some_and(|outer| !outer.path.holds(&export.path)) {
            open.pop();
        }
        let outer = open.last().filter(|outer| {
            widens(outer, export)
                && outer.path != export.path
                && (outer.server.is_none() || export.server.is_none() || outer.server == export.server)
        });
        if let Some(outer) = outer {
            let derived = |export: &Export| {
                export.because.as_ref().map_or_else(String::new, |because| format!(" (for {because})"))
            };
            let message = format!(
                "the export `{}`{} lies inside `{}`{}",
                export.path,
                derived(export),
                outer.path,
                derived(outer)
            );
            found.push(export.span, message, |finding| {
                let finding = if outer.span == export.span {
                    finding
                } else {
                    finding.and(outer.span, "the outer one")
                };
                finding.help(
                    "clients of the outer one reach both, with its options; export folders that do not contain each other",
                )
            });
        }
        open.push(export);
    }
}

/// The path's bytes as they are sorted.
fn bytes(export: &Export) -> impl Iterator<Item = u8> + '_ {
    export.path.as_str().bytes().map(|byte| if byte == b'/' { 0 } else { byte })
}

/// Whether the outer export gives a client more rights than the inner one.
fn widens(outer: &Export, inner: &Export) -> bool {
    let has = |export: &Export, name: &str| export.options.iter().any(|option| option.value == name);
    outer.clients.iter().any(|client| !inner.clients.contains(client))
        || ["rw", "no_root_squash"].iter().any(|name| has(outer, name) && !has(inner, name))
}
