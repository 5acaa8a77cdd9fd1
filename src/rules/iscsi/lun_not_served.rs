//! Linux's targets number their disks from 0 to 255, and tgt keeps 0 for its controller: a machine that
//! asks for LUN 0 of tgt gets a device that is no disk.
//!
//! Speaks of disks that `tgt` or `lio` serve. Evidence: `tgtadm --op show --mode target` (LUN 0, type
//! controller); iPXE reports "Operation not supported".
//!
//! Fails:
//! ```yaml fails
//! iscsi: { daemon: tgt }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: { iscsi: { target: "iqn.2020-01.lan.lab:pc", lun: 0, store: { block: /dev/vg/pc } } } } }
//! ```
//! Passes:
//! ```yaml passes
//! iscsi: { daemon: tgt }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: { iscsi: { target: "iqn.2020-01.lan.lab:pc", lun: 2, store: { block: /dev/vg/pc } } } } }
//! ```

use crate::model::{IscsiDaemon, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("lun-not-served", "a target has no disk of that number"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if !site.serves_disks() {
        return;
    }
    for (host, disk) in site.disks() {
        let Some(by) = site.served_by(disk).filter(|by| by.daemon.is_rendered()) else { continue };
        let lun = disk.lun.unwrap_or_default();
        let help = match (lun.number(), by.daemon) {
            (Some(0), IscsiDaemon::Tgt) => "tgt's 0 is its controller: leave `lun` away, or begin with 1",
            (None, _) => "0 to ff, in one group",
            (Some(_), _) => continue,
        };
        let message =
            format!("`{}` serves no LUN {lun}, which the host `{}` asks for", by.daemon.word(), host.name);
        found.push(host.root_path.as_ref().map_or(host.span, |at| at.span), message, |finding| {
            let finding = finding.and(by.span, "its target");
            finding.help(help)
        });
    }
}
