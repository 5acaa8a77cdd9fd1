//! ipxegen exports an NFS root-path writable, with `no_root_squash`, to its host. A host without an `ip` can have
//! any address. So its root is exported to every network that boots from this server, and each machine there is
//! root on it.
//!
//! Give the host an `ip`, or write the export under `nfs.exports`, which replaces the derived one. Evidence:
//! exports(5), "no_root_squash": the server trusts every client that claims to be root.
//!
//! Fails:
//! ```yaml fails
//! hosts: { thin: { mac: "52:54:00:00:00:01", root_path: { nfs: { path: /srv/nfs/thin } } } }
//! ```
//! Passes:
//! ```yaml passes
//! hosts: { thin: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: { nfs: { path: /srv/nfs/thin } } } }
//! ```

use foldhash::HashMap;

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "nfs-root-without-ip",
        "the NFS root of a host without `ip` is exported to whole subnets",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.hosts {
        return;
    }
    let exports = site.nfs.iter().flat_map(|nfs| &nfs.exports);
    let derived =
        exports.filter(|export| export.because.is_some() && export.options.iter().any(|at| at.value == "rw"));
    let derived: HashMap<&str, _> = derived.map(|export| (export.path.as_str(), export)).collect();
    if derived.is_empty() {
        return;
    }
    for (host, at, root) in site.nfs_roots() {
        if host.ips().next().is_some() {
            continue;
        }
        let path = root.path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(root.path);
        let Some(export) = derived.get(path) else { continue };
        // The clients of this host; other hosts may have the same root.
        let clients = export.clients.iter().filter(|client| client.span == host.span);
        let networks: Vec<_> = clients.map(|client| client.value.as_str()).collect();
        if networks.is_empty() {
            continue;
        }
        let shown = match networks.as_slice() {
            [one] => (*one).to_owned(),
            [one, ..] => format!("{one} and {} more", networks.len() - 1),
            [] => continue,
        };
        let message = format!(
            "`{path}` would be exported to {shown} with `rw,no_root_squash`, since the host `{}` has no `ip`",
            host.name
        );
        found.push(host.span, message, |finding| {
            finding
                .and(at, "its root-path")
                .help("give the host an `ip`, or write the export for its clients under `nfs.exports`")
        });
    }
}
