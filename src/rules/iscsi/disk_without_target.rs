//! The disk of a subnet or class is on a server whose targets ipxegen renders, and ipxegen renders none for it: a target
//! lets in the initiators of the hosts that have its disk, and which clients a subnet or class has is not known. The
//! target has to be defined by hand.
//!
//! Fails:
//! ```yaml fails
//! iscsi: { daemon: tgt, server: boot }
//! subnets: { lan: { cidr: 10.0.0.0/24, root_path: { iscsi: { target: "iqn.2020-01.lan.lab:live" } } } }
//! ```
//! Passes:
//! ```yaml passes
//! iscsi: { daemon: external, server: 10.0.0.5 }
//! subnets: { lan: { cidr: 10.0.0.0/24, root_path: { iscsi: { target: "iqn.2020-01.lan.lab:live" } } } }
//! ```

use foldhash::HashSet;

use crate::model::{IscsiPath, IscsiServer, Portal, RootPath, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "disk-without-target",
        "no target is rendered for the disk of a subnet or class",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.services || site.gaps.hosts || !site.iscsi.iter().any(|by| by.daemon.is_rendered()) {
        return;
    }
    // The subnets inherit the disk of `dhcp`.
    let mut said = HashSet::default();
    for root in site.scope_roots() {
        let Ok(RootPath::Iscsi(disk)) = RootPath::parse(&root.text.value) else { continue };
        let mut servers = site.iscsi.iter().filter(|by| by.daemon.is_rendered());
        let Some(by) = servers.find(|by| serves(site, by, &disk)) else { continue };
        let target = disk.target.as_str();
        let by_hand =
            site.raw.iter().any(|raw| raw.output == by.daemon.word() && raw.text.value.contains(target));
        if by_hand
            || site.disks().any(|(_, other)| other.target.as_str() == target)
            || !said.insert(root.text.span)
        {
            continue;
        }
        let message = format!("`{}` gets no target `{target}`: it is the disk of no host", by.daemon.word());
        found.push(root.text.span, message, |finding| {
            let finding = finding.and(by.span, "its server");
            finding.help(format!(
                "define the target in `raw: {{ {}: … }}`, or give the disk to hosts or a group",
                by.daemon.word()
            ))
        });
    }
}

/// Whether a disk's portal is one of a server.
fn serves(site: &Site<'_>, by: &IscsiServer, disk: &IscsiPath<'_>) -> bool {
    match disk.server {
        Portal::V4(ip) => {
            let server = by.server.and_then(|at| site.servers.get(at));
            server.is_some_and(|server| server.ips.iter().any(|own| own.value == ip))
                || by.portals.iter().any(|portal| portal.value == ip.to_string())
        }
        Portal::Text(text) => by.portals.iter().any(|portal| portal.value == text),
    }
}
