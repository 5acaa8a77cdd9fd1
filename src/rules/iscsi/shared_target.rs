//! tgt grants access to a whole target, with all its disks, and a target requires a password from all its machines
//! or from none. Machines that share a target share these settings.
//!
//! On tgt, each of the machines can open the other's disk. On `tgt` and `lio`, a machine without an account is
//! refused if another machine of the same target has one. Evidence: `tgtadm --op bind` knows targets and no LUNs;
//! LIO's `authentication` is an attribute of the portal group.
//!
//! Fails:
//! ```yaml fails
//! iscsi: { daemon: tgt }
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: { iscsi: { target: "iqn.2020-01.lan.lab:all", lun: 1, store: { block: /dev/vg/a } } } }
//!   b: { mac: "52:54:00:00:00:02", ip: 10.0.0.12, root_path: { iscsi: { target: "iqn.2020-01.lan.lab:all", lun: 2, store: { block: /dev/vg/b } } } }
//! ```
//! Passes:
//! ```yaml passes
//! iscsi: { daemon: lio }
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: { iscsi: { target: "iqn.2020-01.lan.lab:all", lun: 1, store: { block: /dev/vg/a } } } }
//!   b: { mac: "52:54:00:00:00:02", ip: 10.0.0.12, root_path: { iscsi: { target: "iqn.2020-01.lan.lab:all", lun: 2, store: { block: /dev/vg/b } } } }
//! ```

use foldhash::HashMap;

use crate::model::{Host, IscsiDaemon, IscsiPath, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "shared-target",
        "machines that share an iSCSI target have conflicting settings",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut known: HashMap<(u16, &str), (&Host<'_>, &IscsiPath<'_>)> = HashMap::default();
    for (host, disk, more) in site.disks_with_more() {
        let Some(by) = site.served_by(disk).filter(|by| by.daemon.is_rendered()) else { continue };
        let Some(at) = disk.served_by else { continue };
        // A disk without a store is not rendered: `disk-without-store`.
        if more.store.is_none() {
            continue;
        }
        let (first, other) = *known.entry((at, disk.target.as_str())).or_insert((host, disk));
        if std::ptr::eq(first, host) {
            continue;
        }
        let target = disk.target;
        let (message, help) = if has_account(other) != has_account(disk) {
            (
                format!(
                    "the hosts `{}` and `{}` share the target {target}, and only one of them has `chap`",
                    first.name, host.name
                ),
                "a target requires `chap` of all its machines or of none: give both an account, or each its own target",
            )
        } else if tgt_outgoing_differs(by.daemon, other, disk) {
            (
                format!(
                    "tgt has only one `reverse_chap` for the hosts `{}` and `{}` of the target {target}",
                    first.name, host.name
                ),
                "use the same `reverse_chap` for both, or give each its own target",
            )
        } else if by.daemon == IscsiDaemon::Tgt && other.lun != disk.lun {
            (
                format!(
                    "the hosts `{}` and `{}` can open each other's disk: both have access to {target}",
                    first.name, host.name
                ),
                "tgt grants access to targets, not to single disks: give each host its own target, with `{host}`",
            )
        } else {
            continue;
        };
        found.push(host.span, message, |finding| finding.and(first.span, "the first one").help(help));
    }
}

fn has_account(disk: &IscsiPath<'_>) -> bool {
    disk.more.as_ref().is_some_and(|more| more.chap.is_some())
}

fn tgt_outgoing_differs(daemon: IscsiDaemon, one: &IscsiPath<'_>, other: &IscsiPath<'_>) -> bool {
    fn of<'d>(disk: &'d IscsiPath<'_>) -> Option<(&'d str, &'d crate::source::Secret)> {
        let chap = disk.more.as_ref()?.reverse_chap.as_ref()?;
        Some((chap.user, &chap.password))
    }
    daemon == IscsiDaemon::Tgt && of(one) != of(other)
}
