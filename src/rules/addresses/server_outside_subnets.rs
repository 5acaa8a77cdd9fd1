//! dhcpd must know the network of each interface that it listens on, even if it leases no addresses there.
//! Otherwise it prints "No subnet declaration for eth0" and does not start.
//!
//! Write the server's address with its prefix: ipxegen then renders the empty subnet declaration that dhcpd
//! requires. Evidence: ISC DHCP 4.4.3 (`server/dhcpd.c`, "Not configured to listen on any interfaces!"),
//! warewulf/warewulf#1589; `dhcpd -t` does not look at interfaces.
//!
//! Fails:
//! ```yaml fails
//! servers: { boot: { ip: 192.168.1.5, interfaces: [eth0] } }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 } }
//! ```
//! Passes:
//! ```yaml passes
//! servers: { boot: { ip: 192.168.1.5/24, interfaces: [eth0] } }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("server-outside-subnets", "the address of a DHCP server lies in no subnet"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(dhcp) = site.dhcp.as_ref().filter(|_| !site.gaps.subnets && !site.subnets.is_empty()) else {
        return;
    };
    for server in dhcp.servers.iter().filter_map(|at| site.servers.get(*at)) {
        let known = |ip| site.subnets.iter().any(|subnet| subnet.cidr.value.contains(ip));
        // `own-address` reports 127.0.0.1.
        let Some(ip) = server.ips.first().filter(|ip| !ip.value.is_loopback()) else { continue };
        if !server.nets.is_empty() || server.ips.iter().any(|ip| known(ip.value)) {
            continue;
        }
        let message = format!("{ip} of the DHCP server `{}` lies in no subnet", server.name);
        found.push(ip.span, message, |finding| {
            finding.help(format!(
                "dhcpd does not start unless its own network is declared; write the prefix, such as {ip}/24"
            ))
        });
    }
}
