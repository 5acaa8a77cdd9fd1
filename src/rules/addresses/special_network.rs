//! Loopback, link-local, multicast and reserved addresses cannot be addresses of clients: machines refuse them.
//!
//! Evidence: RFC 6890; `dhcpd -t` accepts a subnet 127.0.0.0/8 or 224.0.0.0/24 (ISC DHCP 4.4.3).
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 224.0.0.0/24 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 192.168.24.0/24 } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("special-network", "a subnet has addresses that no client can use"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for subnet in &site.subnets {
        let cidr = subnet.cidr.value;
        let ends = [cidr.network(), cidr.broadcast()];
        let what = if ends.iter().any(std::net::Ipv4Addr::is_loopback) {
            "a loopback"
        } else if ends.iter().any(std::net::Ipv4Addr::is_link_local) {
            "a link-local"
        } else if ends.iter().any(std::net::Ipv4Addr::is_multicast) {
            "a multicast"
        } else if ends.iter().any(|ip| ip.octets()[0] >= 240 || ip.octets()[0] == 0) {
            "a reserved"
        } else {
            continue;
        };
        found.push(
            subnet.cidr.span,
            format!("{cidr} of the subnet `{}` is {what} network", subnet.name.value),
            |finding| {
                finding.help("use a private network, such as 10.0.0.0/24, 172.16.0.0/24 or 192.168.0.0/24")
            },
        );
    }
}
