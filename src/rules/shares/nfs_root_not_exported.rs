//! An entry's machine mounts its root over NFS from a server of the site, and no export of the site contains the
//! folder. The server refuses the mount, and the machine does not boot. A kernel without an initramfs tries six times,
//! for a minute and a half, and prints "VFS: Unable to mount root fs via NFS".
//!
//! The rule reads `nfsroot=`, `root=nfs:`, `root=nfs4:` and `root=SERVER:FOLDER` in `cmdline`, if they name the address
//! of a server of the site. ipxegen derives exports from `path` of an `nfs_root` entry and from root-paths, not from
//! arguments.
//!
//! Evidence: Linux, init/do_mounts.c (`mount_nfs_root`: `NFSROOT_RETRY_MAX`, waits of 5 to 30 seconds) and
//! Documentation/admin-guide/nfs/nfsroot.rst: `nfsroot=[<server-ip>:]<root-dir>[,<nfs-options>]`, where `%s` stands for
//! the client's address; with an initramfs the kernel ignores it, and the initramfs reads it. dracut.cmdline(7), "NFS":
//! `root=nfs:[<server-ip>:]<root-dir>[:<nfs-options>]`, also with `nfs4:` and without a prefix; options begin with ":"
//! or ",".
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

use foldhash::HashSet;

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
    let exported: HashSet<&str> = exports.map(|export| export.path.as_str()).collect();
    for entry in &site.entries {
        for argument in entry.arguments() {
            let Some((server, path)) = nfs_root(&argument.value) else { continue };
            let ours = server == "${ipxegen.nfs}"
                || server.parse::<Ipv4Addr>().is_ok_and(|ip| {
                    site.servers.iter().any(|server| server.ips.iter().any(|own| own.value == ip))
                });
            // mountd also lets a client mount a folder below an exported one.
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

/// The server and the folder of an argument that names an NFS root. `None` if the folder has a placeholder of the
/// kernel or of iPXE, because its value is unknown here.
fn nfs_root(argument: &str) -> Option<(&str, &str)> {
    let root = argument.strip_prefix("nfsroot=").or_else(|| {
        let root = argument.strip_prefix("root=")?;
        Some(root.strip_prefix("nfs:").or_else(|| root.strip_prefix("nfs4:")).unwrap_or(root))
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
        assert_eq!(nfs_root("root=10.0.0.1:/srv/a:ro"), Some(("10.0.0.1", "/srv/a")));
        assert_eq!(nfs_root("nfsroot=10.0.0.1:/srv/a,vers=3"), Some(("10.0.0.1", "/srv/a")));
        assert_eq!(nfs_root("nfsroot=${ipxegen.nfs}:/srv/a/"), Some(("${ipxegen.nfs}", "/srv/a")));
        assert_eq!(nfs_root("root=nfs4:10.0.0.1:/srv/a:ro"), Some(("10.0.0.1", "/srv/a")));
        for other in ["nfsroot=/srv/a", "root=/dev/nfs", "nfsroot=10.0.0.1:/srv/%s", "quiet"] {
            assert_eq!(nfs_root(other), None, "{other}");
        }
    }
}
