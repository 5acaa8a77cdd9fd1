//! A rendered target answers at the addresses of its server. A portal with any other address leads to no machine or
//! to the wrong one, and LIO does not open it.
//!
//! Checked are the portals of targets that `tgt` and `lio` run, at the target and at hosts.
//!
//! Fails:
//! ```yaml fails
//! iscsi: { servers: { boot: { daemon: tgt, portals: 10.9.9.9 } } }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: { iscsi: { target: "iqn.2020-01.lan.lab:pc", store: { block: /dev/vg/pc } } } } }
//! ```
//! Passes:
//! ```yaml passes
//! iscsi: { servers: { boot: { daemon: tgt, portals: 10.0.0.200 } } }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, root_path: { iscsi: { target: "iqn.2020-01.lan.lab:pc", store: { block: /dev/vg/pc } } } } }
//! ```

use foldhash::HashSet;

use crate::model::{IscsiServer, Portal, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("foreign-portal", "a portal is not an address of its server"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.servers || !site.serves_disks() {
        return;
    }
    let mut seen = HashSet::default();
    for by in site.iscsi.iter().filter(|by| by.daemon.is_rendered()) {
        for portal in by.portals.iter().filter(|portal| is_foreign(site, by, Portal::of(&portal.value))) {
            seen.insert(Portal::of(&portal.value));
            let message = format!("{} is not an address of the server `{}`", portal.value, by.name);
            found.push(portal.span, message, |finding| finding.help(help(site, by)));
        }
    }
    for (host, disk) in site.disks() {
        let Some(by) = site.served_by(disk).filter(|by| by.daemon.is_rendered()) else { continue };
        for portal in disk.portals().filter(|portal| is_foreign(site, by, *portal)) {
            if seen.insert(portal) {
                let message = format!(
                    "the host `{}` uses the portal {portal}, which is not an address of the server `{}`",
                    host.name, by.name
                );
                let span = host.root_path.as_ref().map_or(host.span, |at| at.span);
                found.push(span, message, |finding| finding.and(by.span, "its target").help(help(site, by)));
            }
        }
    }
}

/// The site has no IPv6 addresses of servers, so IPv6 portals are not checked.
fn is_foreign(site: &Site<'_>, by: &IscsiServer, portal: Portal<'_>) -> bool {
    let Some(ip) = portal.v4() else { return false };
    let machine = by.server.and_then(|at| site.servers.get(at));
    machine.is_some_and(|machine| !machine.ips.iter().any(|known| known.value == ip))
}

fn help(site: &Site<'_>, by: &IscsiServer) -> String {
    let ips = by.server.and_then(|at| site.servers.get(at)).map_or(&[][..], |machine| &machine.ips);
    let ips: Vec<_> = ips.iter().map(|ip| ip.value.to_string()).collect();
    format!("the server has {}; add other addresses of it to its `ip`", ips.join(", "))
}
