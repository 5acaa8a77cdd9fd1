//! A client reaches other networks through its router. Without one, it cannot reach a boot server in another
//! network.
//!
//! Set `routers` of the subnet, or give the server an address in the subnet as well: ipxegen sends clients to the
//! address in their own subnet. Evidence: RFC 1122 section 3.3.1.1; no daemon checks it (`dhcpd -t`, ISC DHCP
//! 4.4.3), and the firmware only shows "PXE-E32: TFTP open timeout".
//!
//! Fails:
//! ```yaml fails
//! servers: { boot: { ip: 10.0.0.200/24, interfaces: [eth0] } }
//! subnets: { lab: { cidr: 10.0.1.0/24, ranges: 10.0.1.100-10.0.1.199 } }
//! ```
//! Passes:
//! ```yaml passes
//! servers: { boot: { ip: [10.0.0.200/24, 10.0.1.200/24], interfaces: [eth0, eth1] } }
//! subnets: { lab: { cidr: 10.0.1.0/24, ranges: 10.0.1.100-10.0.1.199 } }
//! ```

use std::net::Ipv4Addr;

use crate::model::{Site, Subnet};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "unreachable-server",
        "a boot server is in another network, and its clients have no router",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.servers || site.gaps.services {
        return;
    }
    for subnet in site.subnets.iter().filter(|subnet| subnet.boots()) {
        // A subnet without clients needs no server.
        if subnet.ranges.is_empty() && !subnet.has_hosts {
            continue;
        }
        let Some((ip, what)) = needed(subnet).into_iter().flatten().find(|(ip, _)| !subnet.reaches(*ip))
        else {
            continue;
        };
        let next = subnet.next_server.as_ref().filter(|next| next.value == ip);
        let span = next.map_or(subnet.cidr.span, |next| next.span);
        let message =
            format!("clients of the subnet `{}` have no router to the {what} server {ip}", subnet.name.value);
        found.push(span, message, |finding| {
            let finding =
                if span == subnet.cidr.span { finding } else { finding.and(subnet.cidr.span, "the subnet") };
            finding.help("give the subnet `routers`, or the server an address inside it as well")
        });
    }
}

/// The servers that a client is sent to before any entry is chosen.
fn needed(subnet: &Subnet) -> [Option<(Ipv4Addr, &'static str)>; 2] {
    let file = subnet.loaders.iter().any(|(kind, _)| kind.info().loads_like.is_none());
    let script = subnet.script.as_ref().is_some_and(|script| !script.contains("://"));
    let next = subnet.next_server.as_ref().filter(|_| file || script).map(|ip| (ip.value, "TFTP"));
    let url = subnet.script.as_deref().and_then(|url| url.split_once("://"));
    let host = url.and_then(|(_, rest)| rest.split(['/', ':']).next());
    [next, host.and_then(|host| host.parse().ok()).map(|ip| (ip, "HTTP"))]
}
