//! A machine reaches its iSCSI or NFS disk in its own network, or through a router. A host with `routers: []`
//! (which keeps Windows from adding a second route to its disk) must have its disk in its own network.
//!
//! Evidence: ipxe/ipxe#1599 (the extra gateway route of Windows on iSCSI); iPXE shows "Network unreachable" on the
//! machine only.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, routers: 10.0.0.1 } }
//! hosts:
//!   pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, routers: [], root_path: "iscsi:10.0.9.2::::iqn.2020-01.lan.lab:pc" }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, routers: 10.0.0.1 } }
//! hosts:
//!   pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, routers: [], root_path: "iscsi:10.0.0.2::::iqn.2020-01.lan.lab:pc" }
//! ```

use std::net::Ipv4Addr;

use crate::model::{RootPath, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "unreachable-disk",
        "a host without a router has its root disk in another network",
    ),
    cost: Cost::Medium,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for host in &site.hosts {
        let (Some(root), Some(subnet)) = (&host.root_path, site.subnet_of(host)) else { continue };
        let server: Ipv4Addr = match &root.value {
            RootPath::Iscsi(path) => match path.server.v4() {
                Some(ip) => ip,
                None => continue,
            },
            // `service-missing` reports a site without an NFS server.
            RootPath::Nfs(path) if !path.server.is_unspecified() => path.server,
            _ => continue,
        };
        if subnet.cidr.value.contains(server) {
            continue;
        }
        let Some(profile) = site.profile(host) else { continue };
        let routes = match &profile.handout.routers {
            Some(routers) => !routers.is_empty() || site.gaps.hosts,
            None => subnet.reaches(server),
        };
        if routes || profile.handout.routes() {
            continue;
        }
        let none = profile.handout.routers.is_some();
        // Hosts without routers of their own have one cause: their subnet has none.
        let cause = if none { host.profile.into() } else { u64::from(subnet.cidr.span.start) << 32 };
        let message = format!("the host `{}` has no router to the server {server} of its disk", host.name);
        found.push(root.span, message, |finding| {
            let finding = finding.and(
                subnet.cidr.span,
                if none { "its own network" } else { "its own network, without `routers`" },
            );
            let finding = finding.cause(cause, "host", host.name);
            finding.help("give it a router, or a server with an address in its own network")
        });
    }
}
