//! The kind `san` boots the disk that DHCP names for the machine. Where no host has one, or where
//! the host that preselects it has none, there is nothing to boot.
//!
//! Evidence: iPXE's `sanboot` without a root-path fails; NFS root-paths are no disks.
//!
//! Fails:
//! ```yaml
//! menu: { items: [san, shell] }
//! ```
//! Passes:
//! ```yaml
//! menu: { items: [san, shell] }
//! hosts: { pc: { mac: "52:54:00:00:00:01", root_path: "iscsi:10.0.0.2::::iqn.2020-01.lan.lab:pc" } }
//! ```

use super::{Found, Rule};
use crate::model::{RootPath, Site};
use crate::report::Severity;

pub(super) const RULE: Rule = Rule {
    id: "san-without-disk",
    severity: Severity::Warning,
    summary: "an entry boots the network disk, and there is none",
    check,
};

fn check(site: &Site<'_>, found: &mut Found<'_>) {
    let Some(entry) = site.entries.iter().find(|entry| entry.kind == "san") else { return };
    if site.gaps.hosts {
        return;
    }
    let disk = |root: &RootPath<'_>| !matches!(root, RootPath::Nfs(_));
    let option = site.subnets.iter().any(|subnet| !subnet.handout.raw.is_empty());
    if !option && !site.hosts.iter().any(|host| host.root_path.as_ref().is_some_and(|at| disk(&at.value))) {
        let message = format!("`{}` boots a machine's network disk, and no host has one", entry.id);
        found.push(entry.span, message, |finding| {
            finding.help("give hosts a `root_path`, or leave the entry out")
        });
        return;
    }
    let boots: Vec<Option<crate::source::Span>> = site
        .profiles
        .iter()
        .map(|profile| {
            let boot = profile.handout.boot.as_ref()?;
            site.entries
                .iter()
                .any(|entry| entry.kind == "san" && entry.id == boot.value)
                .then_some(boot.span)
        })
        .collect();
    for host in &site.hosts {
        let Some(span) = boots.get(host.profile as usize).copied().flatten() else { continue };
        if host.root_path.as_ref().is_none_or(|at| !disk(&at.value)) {
            let message = format!("the host `{}` preselects its network disk, and has none", host.name);
            found.push(host.span, message, |finding| {
                finding.and(span, "preselected here").help("give it a `root_path`, or another `boot`")
            });
        }
    }
}
