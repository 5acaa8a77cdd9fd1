//! The kind `san` boots the disk that DHCP names for the machine. If no host has one, or if a host that preselects
//! the entry has none, the entry cannot boot. A host preselects its own `boot` or that of its subnet; with
//! `autoboot`, also the menu's default.
//!
//! Evidence: iPXE's `sanboot` without a root-path fails; an NFS root-path is not a disk.
//!
//! Fails:
//! ```yaml fails
//! hosts: { pc: { mac: "52:54:00:00:00:01", boot: san, autoboot: true } }
//! ```
//! Passes:
//! ```yaml passes
//! hosts: { pc: { mac: "52:54:00:00:00:01", boot: san, autoboot: true, root_path: "iscsi:10.0.0.2::::iqn.2020-01.lan.lab:pc" } }
//! ```

use crate::model::{EntryKind, Netboot, RootPath, ScopeRoot, Site, Spanned};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "san-without-disk",
        "an entry boots the network disk of the machine, and the machine has none",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(entry) = site.entries.iter().find(|entry| matches!(entry.kind, EntryKind::San)) else { return };
    if site.gaps.hosts {
        return;
    }
    let disk = |root: &RootPath<'_>| !matches!(root, RootPath::Nfs(_));
    let option = site.subnets.iter().any(|subnet| !subnet.handout.raw.is_empty());
    let inherited = site.scope_roots().any(ScopeRoot::is_disk);
    let own = || site.hosts.iter().any(|host| host.root_path.as_ref().is_some_and(|at| disk(&at.value)));
    if !option && !inherited && !own() {
        let message = format!("`{}` boots a machine's network disk, and no host has one", entry.id);
        found.push(entry.span, message, |finding| {
            finding.help("give hosts a `root_path`, or remove the entry")
        });
        return;
    }
    let san = |boot: &Spanned<String>| {
        site.entries.iter().any(|entry| matches!(entry.kind, EntryKind::San) && entry.id == boot.value)
    };
    let of_subnets: Vec<_> = site.subnets.iter().map(|subnet| subnet.handout.boot.as_ref()).collect();
    let default = site
        .menu
        .default
        .and_then(|at| site.entries.get(at))
        .filter(|entry| matches!(entry.kind, EntryKind::San));
    let default = default.map(|entry| site.menu.default_span.unwrap_or(entry.span));
    for host in &site.hosts {
        let has_own = host.root_path.as_ref().is_some_and(|at| disk(&at.value));
        if has_own || (inherited && site.may_inherit_root(host, ScopeRoot::is_disk)) {
            continue;
        }
        // A subnet with `netboot: none` preselects nothing.
        let Some(profile) = site
            .profile(host)
            .filter(|profile| profile.netboot != Some(Netboot::None) && profile.file.is_none())
        else {
            continue;
        };
        if site.subnet_of(host).is_some_and(|subnet| !subnet.boots()) {
            continue;
        }
        let of_subnet = host.subnet.and_then(|at| of_subnets.get(at as usize).copied().flatten());
        let auto = profile.handout.autoboot.as_ref().is_some_and(|on| on.value) && !profile.no_script;
        let span = match profile.handout.boot.as_ref().or(of_subnet) {
            Some(boot) => san(boot).then_some(boot.span),
            // Users of other hosts can still choose another entry.
            None => default.filter(|_| auto),
        };
        if let Some(span) = span {
            let message = format!("the host `{}` preselects its network disk, and has none", host.name);
            found.push(host.span, message, |finding| {
                finding.and(span, "preselected here").help("give it a `root_path`, or another `boot`")
            });
        }
    }
}
