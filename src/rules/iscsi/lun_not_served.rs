//! Targets of Linux number their disks from 0 to 255, and tgt uses LUN 0 for its controller. A machine that asks
//! tgt for LUN 0 gets a device that is not a disk.
//!
//! Checked are disks that `tgt` or `lio` serve. Evidence: `tgtadm --op show --mode target` (LUN 0, type
//! controller); iPXE shows "Operation not supported".
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
    kind: FindingKind::error("lun-not-served", "a target has no disk with this number"),
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
            (Some(0), IscsiDaemon::Tgt) => "LUN 0 of tgt is its controller: remove `lun`, or use 1 or higher",
            (None, _) => "use 0 to ff, in one group",
            (Some(_), _) => continue,
        };
        let message =
            format!("`{}` serves no LUN {lun}, which the host `{}` uses", by.daemon.word(), host.name);
        found.push(host.root_path.as_ref().map_or(host.span, |at| at.span), message, |finding| {
            let finding = finding.and(by.span, "its target");
            finding.help(help)
        });
    }
}
