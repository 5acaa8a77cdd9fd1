//! An `nfs_root` entry without a `path` boots the root folder that DHCP names for the machine. So hosts need
//! `root_path: { nfs: … }`, and a host that preselects the entry needs one of its own.
//!
//! Evidence: without `nfsroot=` the kernel, initramfs-tools and dracut mount the root-path of DHCP
//! (initramfs-tools' scripts/nfs, dracut's parse-nfsroot.sh); without one they stop.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { thin: { kind: nfs_root, dir: thin } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { thin: { kind: nfs_root, dir: thin, path: /srv/nfs/thin } }
//! ```

use crate::model::{LinuxSystem, RootPath, ScopeRoot, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "nfs-root-without-path",
        "an entry boots the NFS root of the machine, and the machine has none",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.hosts || site.subnets.iter().any(|subnet| !subnet.handout.raw.is_empty()) {
        return;
    }
    let own = |root: &RootPath<'_>| matches!(root, RootPath::Nfs(_));
    let any = || site.nfs_roots().next().is_some() || site.scope_roots().any(ScopeRoot::is_nfs);
    let rootless = |entry: &&crate::model::Entry| {
        // dracut takes its root from `root=nfs:SERVER:PATH`.
        let told = entry.arguments().iter().any(|argument| {
            argument.value.starts_with("nfsroot=")
                || argument.value.strip_prefix("root=").is_some_and(|root| root != "/dev/nfs")
        });
        entry.kind.is_linux(LinuxSystem::NfsRoot) && entry.nfs_path.is_none() && !told
    };
    for entry in site.entries.iter().filter(rootless) {
        if !any() {
            let message = format!("`{}` has no `path`, and no host has an NFS root of its own", entry.id);
            found.push(entry.span, message, |finding| {
                finding.help("give the entry a `path`, or the hosts `root_path: { nfs: { path: … } }`")
            });
            continue;
        }
        for host in &site.hosts {
            let boot = site.profile(host).and_then(|profile| profile.handout.boot.as_ref());
            let Some(boot) = boot.filter(|boot| boot.value == entry.id) else { continue };
            let has_own = host.root_path.as_ref().is_some_and(|at| own(&at.value));
            if !has_own && !site.may_inherit_root(host, ScopeRoot::is_nfs) {
                let message =
                    format!("the host `{}` preselects `{}` and has no NFS root", host.name, entry.id);
                found.push(host.span, message, |finding| {
                    finding
                        .and(boot.span, "preselected here")
                        .help("give it `root_path: { nfs: { path: … } }`")
                });
            }
        }
    }
}
