//! With `netboot: none`, clients of a subnet get no file name, no root-path and no option of iPXE, whatever their
//! hosts say. A host with an address in that subnet never gets its root-path.
//!
//! Evidence: the files that `ipxegen render` writes; the subnet decides, so that no host can be forgotten.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, netboot: none } }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: "iscsi:10.0.0.2::::iqn.2020-01.lan.lab:pc" } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, netboot: known } }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: "iscsi:10.0.0.2::::iqn.2020-01.lan.lab:pc" } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("disk-under-lid", "a host has a root-path on a subnet with `netboot: none`"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.subnets.iter().all(crate::model::Subnet::boots) {
        return;
    }
    for host in &site.hosts {
        let (Some(root), Some(subnet)) = (&host.root_path, site.subnet_of(host)) else { continue };
        if subnet.boots() {
            continue;
        }
        let message = format!(
            "the host `{}` never gets its root-path: `{}` has `netboot: none`",
            host.name, subnet.name.value
        );
        found.push(host.span, message, |finding| {
            let finding = finding.and(root.span, "the root-path").and(subnet.name.span, "`netboot: none`");
            finding.help("use `netboot: known`, which boots declared hosts, or remove the root-path")
        });
    }
}
