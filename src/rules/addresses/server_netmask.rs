//! A server's address is written with a prefix that differs from the prefix of its subnet, so one of the two is
//! wrong. Server and clients then disagree about which addresses are local and which are behind the router, and
//! some of them get no answer.
//!
//! A /32 is not reported: an address that moves between servers has one. Evidence: RFC 1122 section 3.3.1.1; a /21
//! typed for a /26 made dhcpd fail for several hundred machines (discourse.maas.io, "Insufficient configuration
//! sanity check on subnets crashes dhcpd").
//!
//! Fails:
//! ```yaml fails
//! servers: { boot: { ip: 10.0.0.200/16, interfaces: [eth0] } }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
//! ```
//! Passes:
//! ```yaml passes
//! servers: { boot: { ip: 10.0.0.200/24, interfaces: [eth0] } }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
//! ```

use std::net::Ipv4Addr;

use crate::model::{Cidr, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("server-netmask", "a server's prefix differs from that of its subnet"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for server in &site.servers {
        // An address was written with the narrowest of the networks that it is in.
        let narrower = |net: Cidr, ip: Ipv4Addr| {
            server.nets.iter().any(|other| other.prefix() > net.prefix() && other.contains(ip))
        };
        // An address that moves between servers, or is on a loopback interface, has a /32.
        for net in server.nets.iter().filter(|net| net.prefix() < 32) {
            let Some(ip) = server.ips.iter().find(|ip| net.contains(ip.value) && !narrower(*net, ip.value))
            else {
                continue;
            };
            // If one of them is right, the other belongs to another network.
            let mut around = site.subnets.iter().filter(|subnet| subnet.cidr.value.contains(ip.value));
            if around.clone().any(|subnet| subnet.cidr.value == *net) {
                continue;
            }
            let Some(subnet) = around.next() else { continue };
            let (own, other) = (net.prefix(), subnet.cidr.value.prefix());
            let message = format!(
                "{ip}/{own} of the server `{}` lies in the subnet `{}`, which has /{other}",
                server.name, subnet.name.value
            );
            found.push(ip.span, message, |finding| {
                finding
                    .and(subnet.cidr.span, "the subnet")
                    .help("a network has one prefix; correct one of the two")
            });
        }
    }
}
