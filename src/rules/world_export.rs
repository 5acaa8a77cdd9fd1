//! `*` exports a folder to every machine that reaches the server: firmware images, answer files
//! and home folders included.
//!
//! Where root is not squashed as well, that is an error of its own, `world-export-as-root`.
//! Evidence: exports(5); the page that the example `classroom` follows exports to everybody.
//!
//! Fails:
//! ```yaml
//! nfs: { exports: [{ path: /srv/nfs, clients: "*" }] }
//! ```
//! Passes:
//! ```yaml
//! nfs: { exports: [{ path: /srv/nfs, clients: 10.0.0.0/24 }] }
//! ```

use super::{Found, Rule};
use crate::model::{At, Export, Site};
use crate::report::Severity;

pub(super) const RULE: Rule = Rule {
    id: "world-export",
    severity: Severity::Warning,
    summary: "a folder is exported to the world",
    check,
};

/// The client that is everybody, if any.
pub(super) fn everybody(export: &Export) -> Option<&At<String>> {
    let all = ["*", "0.0.0.0/0", "0.0.0.0/0.0.0.0", "::/0"];
    export.clients.iter().find(|client| all.contains(&client.value.as_str()))
}

/// Whether root stays root.
pub(super) fn as_root(export: &Export) -> Option<&At<String>> {
    export.options.iter().find(|option| option.value == "no_root_squash")
}

fn check(site: &Site<'_>, found: &mut Found<'_>) {
    for export in site.nfs.iter().flat_map(|nfs| &nfs.exports) {
        let Some(client) = everybody(export).filter(|_| as_root(export).is_none()) else { continue };
        found.push(client.span, format!("`{}` is exported to the world", export.path), |finding| {
            finding.help("name the networks that need it; without `clients` they are the site's subnets")
        });
    }
}
