//! `script: none` disables the menu, so that iPXE boots the root-path directly. A host without a disk then has
//! nothing to boot.
//!
//! Evidence: iPXE shows "Nothing to boot" when DHCP names neither a file nor a root-path; an NFS root-path is not a
//! disk ("Ignoring unsupported root path").
//!
//! Fails:
//! ```yaml fails
//! hosts: { pc: { mac: "52:54:00:00:00:01", script: none } }
//! ```
//! Passes:
//! ```yaml passes
//! hosts: { pc: { mac: "52:54:00:00:00:01", script: none, root_path: "iscsi:10.0.0.2::::iqn.2020-01.lan.lab:pc" } }
//! ```

use crate::model::{Netboot, RootPath, ScopeRoot, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("nothing-to-boot", "a host has neither a menu nor a disk"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if !site.profiles.iter().any(|profile| profile.no_script) {
        return;
    }
    for host in &site.hosts {
        let Some(profile) =
            site.profile(host).filter(|profile| profile.no_script && profile.netboot != Some(Netboot::None))
        else {
            continue;
        };
        let root = host.root_path.as_ref();
        if root.is_some_and(|at| !matches!(at.value, RootPath::Nfs(_)))
            || site.may_inherit_root(host, ScopeRoot::is_disk)
            || !profile.handout.raw.is_empty()
        {
            continue;
        }
        let message = format!("the host `{}` has `script: none` and no disk to boot", host.name);
        found.push(host.span, message, |finding| {
            let finding = match root {
                Some(root) => finding.and(root.span, "iPXE cannot boot from NFS"),
                None => finding,
            };
            finding.help("add a `root_path` on an iSCSI target, or remove `script: none`")
        });
    }
}
