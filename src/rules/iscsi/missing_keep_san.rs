//! Windows PE installs Windows onto an iSCSI disk that iPXE has attached. Without `keep_san`, iPXE detaches the
//! disk when a boot attempt ends, and setup finds no disk.
//!
//! Checked are hosts with an iSCSI root-path whose menu has a Windows PE entry. Evidence: iPXE's src/usr/autoboot.c
//! detaches the disk unless `keep-san` is set; ipxe.org/wiki/iscsiboot; open-iscsi/open-iscsi#502.
//!
//! Fails:
//! ```yaml fails
//! hosts: { pc: { mac: "52:54:00:00:00:01", root_path: "iscsi:10.0.0.2::::iqn.2020-01.lan.lab:pc" } }
//! boot_entries: { pe: { kind: winpe, dir: winpe } }
//! ```
//! Passes:
//! ```yaml passes
//! hosts: { pc: { mac: "52:54:00:00:00:01", keep_san: true, root_path: "iscsi:10.0.0.2::::iqn.2020-01.lan.lab:pc" } }
//! boot_entries: { pe: { kind: winpe, dir: winpe } }
//! ```

use crate::model::{EntryKind, IpxeValue, RootPath, Site, Spanned};
use crate::report::FindingKind;
use crate::rules::menu::unreachable_entry::reached;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "missing-keep-san",
        "the menu has a Windows installer, and a host's iSCSI disk has no `keep_san`",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut pe = site.entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Winpe(_))).peekable();
    if pe.peek().is_none() || !site.has_menu() {
        return;
    }
    let reached = reached(site);
    let Some(pe) = pe.find(|entry| reached.contains(entry.id.as_str())) else { return };
    let says = |options: &[(&str, Spanned<IpxeValue>)]| {
        let keep = options.iter().find(|(name, _)| *name == "keep-san");
        keep.map(|(_, value)| value.value == IpxeValue::Number(1))
    };
    for host in &site.hosts {
        let Some(root) = &host.root_path else { continue };
        let Some(profile) = site.profile(host) else { continue };
        if !matches!(root.value, RootPath::Iscsi(_)) || !profile.gets_script() {
            continue;
        }
        let subnet = site.subnet_of(host).or(site.subnets.first());
        // A written value, even `false`, is intended.
        let said = says(&profile.handout.ipxe).or_else(|| says(&subnet?.handout.ipxe));
        if said.is_some() || subnet.is_some_and(|subnet| !subnet.boots()) {
            continue;
        }
        let message = format!("the host `{}` has an iSCSI disk and no `keep_san`", host.name);
        found.push(host.span, message, |finding| {
            let finding = finding.and(pe.span, "it may install onto that disk");
            finding.help(
                "`keep_san: true` keeps the disk attached for Windows PE; `false` accepts that it is not",
            )
        });
    }
}
