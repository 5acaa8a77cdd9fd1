//! Two machines that boot one writable NFS root overwrite each other's files: /etc/hostname, the SSH keys, the logs,
//! the package database.
//!
//! The rule compares hosts whose `root_path` is the same folder of the same server. It does not report a folder that
//! the site exports without `rw`, nor a root-path with the mount option `ro`.
//!
//! Evidence: exports(5): `rw` allows "both read and write requests", and the default "is to disallow any request which
//! changes the filesystem". ipxegen derives `rw,no_root_squash` for a root-path.
//!
//! Fails:
//! ```yaml fails
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: { nfs: { path: /srv/nfs/pc } } }
//!   b: { mac: "52:54:00:00:00:02", ip: 10.0.0.12, root_path: { nfs: { path: /srv/nfs/pc } } }
//! ```
//! Passes:
//! ```yaml passes
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: { nfs: { path: "/srv/nfs/{host}" } } }
//!   b: { mac: "52:54:00:00:00:02", ip: 10.0.0.12, root_path: { nfs: { path: "/srv/nfs/{host}" } } }
//! ```

use std::net::Ipv4Addr;

use foldhash::{HashMap, HashSet};

use crate::model::{Host, NfsPath, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("shared-nfs-root", "two hosts boot one writable NFS root"),
    cost: Cost::Medium,
    check,
};

/// Hosts with one root: the first, the second, and the number of further ones.
struct Shared<'s, 'a> {
    first: &'s Host<'a>,
    root: &'s NfsPath<'a>,
    second: Option<&'s Host<'a>>,
    more: usize,
}

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let exports = site.nfs.iter().flat_map(|nfs| &nfs.exports);
    let read_only: HashSet<&str> = exports
        .filter(|export| !export.options.iter().any(|option| option.value == "rw"))
        .map(|export| export.path.as_str())
        .collect();
    let mut known: HashMap<(Ipv4Addr, &str), usize> = HashMap::default();
    let mut roots: Vec<Shared<'_, '_>> = Vec::new();
    for (host, _, root) in site.nfs_roots() {
        if root.options.contains(&"ro") || read_only.contains(root.path) {
            continue;
        }
        let at = *known.entry((root.server, root.path)).or_insert(roots.len());
        match roots.get_mut(at) {
            None => roots.push(Shared { first: host, root, second: None, more: 0 }),
            Some(shared) if shared.second.is_none() => shared.second = Some(host),
            Some(shared) => shared.more += 1,
        }
    }
    for Shared { first, root, second, more } in roots {
        let Some(second) = second else { continue };
        let more = if more == 0 { String::new() } else { format!(", and {more} more,") };
        let message = format!(
            "the hosts `{}` and `{}`{more} boot the writable NFS root {}:{}",
            first.name, second.name, root.server, root.path
        );
        found.push(second.span, message, |finding| {
            let finding = finding.and(first.span, "the first one");
            finding.help("they overwrite each other's files: give each host its own folder, with `{host}`, or export it `ro`")
        });
    }
}
