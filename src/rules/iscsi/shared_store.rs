//! Two targets that write to one file or device destroy its file system, because neither knows what the other
//! writes.
//!
//! Checked are stores on one server. `shared-disk` reports two hosts with the same target and LUN. Evidence: tgt
//! and LIO open the same file twice without an error.
//!
//! Fails:
//! ```yaml fails
//! iscsi: { daemon: tgt }
//! groups: { lab: { root_path: { iscsi: { target: "iqn.2020-01.lan.lab:{host}", store: { block: /dev/vg/lab } } } } }
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, group: lab }
//!   b: { mac: "52:54:00:00:00:02", ip: 10.0.0.12, group: lab }
//! ```
//! Passes:
//! ```yaml passes
//! iscsi: { daemon: tgt }
//! groups: { lab: { root_path: { iscsi: { target: "iqn.2020-01.lan.lab:{host}", store: { block: "/dev/vg/{host}" } } } } }
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, group: lab }
//!   b: { mac: "52:54:00:00:00:02", ip: 10.0.0.12, group: lab }
//! ```

use foldhash::HashMap;

use crate::model::{Host, IscsiPath, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("shared-store", "two iSCSI disks are one file or device"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut known: HashMap<(u16, &str), (&Host<'_>, &IscsiPath<'_>)> = HashMap::default();
    for (host, disk, more) in site.disks_with_more() {
        let Some(store) = &more.store else { continue };
        let Some(by) = disk.served_by else { continue };
        let path = store.value.path();
        let (first, one) = *known.entry((by, path)).or_insert((host, disk));
        if (one.target, one.lun) == (disk.target, disk.lun) {
            continue;
        }
        let message =
            format!("the disks of the hosts `{}` and `{}` have the same store {path}", first.name, host.name);
        found.push(host.span, message, |finding| {
            let finding = finding.and(first.span, "the first one").and(store.span, "the store");
            finding.help("two writers destroy a disk: give each host its own store, with `{host}`")
        });
    }
}
