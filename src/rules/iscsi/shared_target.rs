//! Who is let into a target of tgt is let into all its disks, and a target asks all its machines for a
//! password or none. Machines that share a target share that, too.
//!
//! On tgt a machine opens the other's disk as well as its own; on `tgt` and `lio` a machine without an
//! account is refused where another one of the same target has one. Evidence: `tgtadm --op bind` knows
//! targets and no LUNs; LIO's `authentication` is an attribute of the portal group.
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

use rustc_hash::FxHashMap;

use crate::model::{Host, IscsiDaemon, IscsiPath, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("shared-target", "machines of one iSCSI target get in each other's way"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut known: FxHashMap<(u16, &str), (&Host<'_>, &IscsiPath<'_>)> = FxHashMap::default();
    for (host, disk, more) in site.disks_with_more() {
        let Some(by) = site.served_by(disk).filter(|by| by.daemon.is_rendered()) else { continue };
        let Some(at) = disk.served_by else { continue };
        // Without a store it is not rendered, which is another finding.
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
                    "of the hosts `{}` and `{}` of the target {target} one has `chap` and one has none",
                    first.name, host.name
                ),
                "the target asks all its machines or none: give both an account, or each a target of its own",
            )
        } else if tgt_outgoing_differs(by.daemon, other, disk) {
            (
                format!(
                    "tgt proves itself to the hosts `{}` and `{}` of the target {target} by one account only",
                    first.name, host.name
                ),
                "the same `reverse_chap` for both, or a target for each",
            )
        } else if by.daemon == IscsiDaemon::Tgt && other.lun != disk.lun {
            (
                format!(
                    "the hosts `{}` and `{}` can open each other's disk: both are let into {target}",
                    first.name, host.name
                ),
                "tgt lets machines into targets, not into single disks: a target for each, by `{host}`",
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
