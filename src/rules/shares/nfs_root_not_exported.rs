//! An entry's kernel mounts its root over NFS from a server of the site, and no export of the site contains the folder.
//! The kernel then waits for its root, or stops with "Unable to mount root fs via NFS" (init/do_mounts.c).
//!
//! Checked are `nfsroot=` and dracut's `root=nfs:` in `cmdline`, if they name the address of a server of the site.
//! ipxegen derives exports from `path` of an `nfs_root` entry and from root-paths, not from arguments. Evidence:
//! exports(5); the kernel's Documentation/admin-guide/nfs/nfsroot.rst; dracut.cmdline(7).
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { thin: { kind: linux, kernel: vmlinuz, cmdline: [root=/dev/nfs, "nfsroot={nfs}:/srv/thin"] } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { thin: { kind: linux, kernel: vmlinuz, cmdline: [root=/dev/nfs, "nfsroot={nfs}:/srv/thin"] } }
//! nfs: { exports: [{ path: /srv/thin, clients: 10.0.0.0/24, options: [ro, no_subtree_check] }] }
//! ```

use std::net::Ipv4Addr;

use rustc_hash::FxHashSet;

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("nfs-root-not-exported", "an entry mounts an NFS root that nothing exports"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.services || site.gaps.servers || site.raw.iter().any(|raw| raw.output == "exports") {
        return;
    }
    let exports = site.nfs.iter().flat_map(|nfs| &nfs.exports);
    let exported: FxHashSet<&str> = exports.map(|export| export.path.as_str()).collect();
    for entry in &site.entries {
        for argument in entry.arguments() {
            let Some((server, path)) = nfs_root(&argument.value) else { continue };
            let ours = server == "${ipxegen.nfs}"
                || server.parse::<Ipv4Addr>().is_ok_and(|ip| {
                    site.servers.iter().any(|server| server.ips.iter().any(|own| own.value == ip))
                });
            // A client may mount a folder below an exported one.
            let mut above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
            if !ours || exported.contains(path) || above.any(|folder| exported.contains(folder)) {
                continue;
            }
            let message = format!("`{}` mounts the NFS root `{path}`, which nothing exports", entry.id);
            found.push(argument.span, message, |finding| {
                finding.help("add it to `nfs.exports`, or use the kind `nfs_root` with a `path`")
            });
        }
    }
}

/// The server and the folder of an argument that names an NFS root. A folder with a placeholder of the kernel or of
/// iPXE is not known here.
fn nfs_root(argument: &str) -> Option<(&str, &str)> {
    let root = argument.strip_prefix("nfsroot=").or_else(|| {
        let root = argument.strip_prefix("root=nfs")?;
        root.strip_prefix(':').or_else(|| root.strip_prefix("4:"))
    })?;
    let (server, rest) = root.split_once(":/")?;
    let path = root.get(server.len() + 1..)?;
    let end = rest.find([',', ':']).map_or(path.len(), |end| end + 1);
    let path = path.get(..end)?.trim_end_matches('/');
    (!path.is_empty() && !path.contains(['%', '$'])).then_some((server, path))
}

#[cfg(test)]
mod tests {
    use super::nfs_root;

    #[test]
    fn roots_are_read_as_the_kernel_and_dracut_read_them() {
        assert_eq!(nfs_root("nfsroot=10.0.0.1:/srv/a,vers=3"), Some(("10.0.0.1", "/srv/a")));
        assert_eq!(nfs_root("nfsroot=${ipxegen.nfs}:/srv/a/"), Some(("${ipxegen.nfs}", "/srv/a")));
        assert_eq!(nfs_root("root=nfs4:10.0.0.1:/srv/a:ro"), Some(("10.0.0.1", "/srv/a")));
        for other in ["nfsroot=/srv/a", "root=/dev/nfs", "nfsroot=10.0.0.1:/srv/%s", "quiet"] {
            assert_eq!(nfs_root(other), None, "{other}");
        }
    }
}
