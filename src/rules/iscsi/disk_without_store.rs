//! A disk of a rendered target has no `store`: the site does not name the file or device with its data. ipxegen
//! leaves the disk out of the target. The daemon does not complain; the machine shows "Input/output error" or finds
//! no target.
//!
//! Checked are disks that `tgt` or `lio` serve. Evidence: tgt-admin creates a target without a logical unit and
//! exits with 0.
//!
//! Fails:
//! ```yaml fails
//! iscsi: { daemon: tgt }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: { iscsi: { target: "iqn.2020-01.lan.lab:pc" } } } }
//! ```
//! Passes:
//! ```yaml passes
//! iscsi: { daemon: tgt }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: { iscsi: { target: "iqn.2020-01.lan.lab:pc", store: { block: /dev/vg/pc } } } } }
//! ```

use foldhash::HashSet;

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("disk-without-store", "a disk of a rendered target has no `store`"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if !site.serves_disks() {
        return;
    }
    let mut seen = HashSet::default();
    for (host, disk) in site.disks() {
        let Some(by) = site.served_by(disk).filter(|by| by.daemon.is_rendered()) else { continue };
        if disk.more.as_ref().is_some_and(|more| more.store.is_some()) {
            continue;
        }
        // A group is reported once, for all its hosts.
        let Some(span) = host.root_path.as_ref().map(|at| at.span).filter(|span| seen.insert(*span)) else {
            continue;
        };
        let message =
            format!("the disk that `{}` serves to the host `{}` has no `store`", by.daemon.word(), host.name);
        found.push(span, message, |finding| {
            finding.and(by.span, "its target").help(
                "add `store: { block: \"/dev/vg/{host}\" }` or `{ file: \"/srv/iscsi/{host}.img\", size: 64G }` beside the target",
            )
        });
    }
}
