//! Two machines that write to one disk destroy its file system, because neither knows what the other writes.
//!
//! Evidence: file systems such as ext4 and NTFS support one writer only; LIO and tgt allow both if their ACLs do.
//! For a read-only image that several hosts share, accept the finding with `allow`.
//!
//! Fails:
//! ```yaml fails
//! groups: { lab: { root_path: { iscsi: { server: 10.0.0.2, target: "iqn.2020-01.lan.lab:disk" } } } }
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, group: lab }
//!   b: { mac: "52:54:00:00:00:02", ip: 10.0.0.12, group: lab }
//! ```
//! Passes:
//! ```yaml passes
//! groups: { lab: { root_path: { iscsi: { server: 10.0.0.2, target: "iqn.2020-01.lan.lab:{host}" } } } }
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, group: lab }
//!   b: { mac: "52:54:00:00:00:02", ip: 10.0.0.12, group: lab }
//! ```

use crate::model::{Host, Lun, Portal, RootPath, Site};
use crate::report::FindingKind;
use crate::rules::duplicates::duplicates;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("shared-disk", "two hosts have the same iSCSI disk"),
    cost: Cost::High,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for (first, host) in duplicates(site.hosts.len(), site.hosts.iter(), disk) {
        let Some((target, ..)) = disk(host) else { continue };
        let message = format!("the hosts `{}` and `{}` have the same disk, {target}", first.name, host.name);
        found.push(host.span, message, |finding| {
            let finding = finding.and(first.span, "the first one");
            finding.help(
                "two writers destroy a disk: give each host its own target, with `{host}`, or its own `lun`",
            )
        });
    }
}

/// The disk of a host: target, server, port and logical unit. An address is a number, which is hashed faster.
fn disk<'h>(host: &'h Host<'_>) -> Option<(&'h str, Result<u32, &'h str>, u16, Lun)> {
    let RootPath::Iscsi(path) = &host.root_path.as_ref()?.value else { return None };
    let port = if path.port == 0 { 3260 } else { path.port };
    let server = match path.server {
        Portal::V4(ip) => Ok(ip.to_bits()),
        Portal::Text(text) => Err(text),
    };
    Some((path.target.as_str(), server, port, path.lun.unwrap_or_default()))
}
