//! An iSCSI target identifies initiators by name. If two machines have one name, they end each other's sessions, or
//! get each other's disk.
//!
//! The name is the `initiator` of the host, or else `iqn.2010-04.org.ipxe:` and the name that the host gets by
//! DHCP. Evidence: RFC 7143 section 6.3.5 (a new session of the same initiator ends the old one); iPXE's
//! src/net/tcp/iscsi.c makes the name.
//!
//! Fails:
//! ```yaml fails
//! groups:
//!   lab: { root_path: { iscsi: { server: 10.0.0.2, target: "iqn.2020-01.lan:{host}", initiator: "iqn.2020-01.lan:lab" } } }
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, group: lab }
//!   b: { mac: "52:54:00:00:00:02", ip: 10.0.0.12, group: lab }
//! ```
//! Passes:
//! ```yaml passes
//! groups:
//!   lab: { root_path: { iscsi: { server: 10.0.0.2, target: "iqn.2020-01.lan:{host}", initiator: "iqn.2020-01.lan:of-{host}" } } }
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, group: lab }
//!   b: { mac: "52:54:00:00:00:02", ip: 10.0.0.12, group: lab }
//! ```

use crate::model::{Host, OWN_INITIATOR, Site};
use crate::report::FindingKind;
use crate::rules::duplicates::duplicates;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("duplicate-initiator", "two hosts have the same iSCSI initiator name"),
    cost: Cost::High,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    // Keys are unique, so only a written name can be a duplicate.
    if !site.facts.renamed && !site.facts.initiator {
        return;
    }
    for (first, host) in duplicates(site.hosts.len(), site.hosts.iter(), initiator) {
        let shown = host.initiator();
        let message = format!(
            "the hosts `{}` and `{}` have the same iSCSI initiator name {shown}",
            first.name, host.name
        );
        found.push(host.span, message, |finding| {
            let finding = finding.and(first.span, "the first one");
            finding.help("give each its own name: use `{host}` in `initiator`, or another `host_name`")
        });
    }
}

/// A host's initiator name: whether it begins as iPXE's own names do, and the rest of it.
fn initiator<'h>(host: &'h Host<'_>) -> Option<(bool, &'h str)> {
    let [before, name] = host.disk().map(|_| host.initiator_parts())?;
    let own = if before.is_empty() { name.strip_prefix(OWN_INITIATOR) } else { Some(name) };
    Some((own.is_some(), own.unwrap_or(name)))
}
