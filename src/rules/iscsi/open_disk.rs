//! A target that checks only the initiator's name lets any machine open the disk: each initiator chooses its name,
//! and the name of a machine is its host name. Protect the disk with an account (`chap`), or on tgt with the
//! machine's own address.
//!
//! Checked are disks that `tgt` serves to a host without `ip` and without `chap`, and those that `lio` serves
//! without `chap`. Each target's server is reported once. Evidence: RFC 7143 section 9.3 (names are no proof);
//! tried with tgt: any machine that uses the name gets the disk.
//!
//! Fails:
//! ```yaml fails
//! iscsi: { daemon: lio }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: { iscsi: { target: "iqn.2020-01.lan.lab:pc", store: { block: /dev/vg/pc } } } } }
//! ```
//! Passes:
//! ```yaml passes
//! iscsi: { daemon: tgt }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: { iscsi: { target: "iqn.2020-01.lan.lab:pc", store: { block: /dev/vg/pc } } } } }
//! ```

use crate::model::{Host, IscsiDaemon, IscsiPath, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("open-disk", "only a name keeps other machines from a disk"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for (at, by) in site.iscsi.iter().enumerate() {
        let open = |(host, disk): &(&Host<'_>, &IscsiPath<'_>)| {
            let account = disk.more.as_ref().is_some_and(|more| more.chap.is_some());
            let ours = disk.served_by.map(usize::from) == Some(at);
            let address = by.daemon == IscsiDaemon::Tgt && host.ips().next().is_some();
            ours && !account && !address
        };
        let mut all = site.disks().filter(open);
        let Some((host, _)) = all.next().filter(|_| by.daemon.is_rendered()) else { continue };
        let more = all.count();
        let message = format!(
            "any initiator that uses the name {} can open the disk of the host `{}`",
            host.initiator(),
            host.name
        );
        found.push(host.span, message, |finding| {
            let others = match more {
                0 => String::new(),
                1 => "; the same applies to one more host".to_owned(),
                more => format!("; the same applies to {more} more hosts"),
            };
            let address = if by.daemon == IscsiDaemon::Tgt { "an `ip` of its own, or " } else { "" };
            finding
                .and(by.span, "its target")
                .help(format!("give the host {address}`chap` in its root-path{others}"))
        });
    }
}
