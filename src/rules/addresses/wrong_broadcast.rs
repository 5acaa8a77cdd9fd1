//! The broadcast address follows from the network. Set `broadcast` only in the rare network that uses another one.
//! Every client gets this address by DHCP, and with a wrong one its broadcasts reach no other machine.
//!
//! Evidence: RFC 919, RFC 2132 section 5.3; `dhcpd -t` accepts any address (ISC DHCP 4.4.3).
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/23, broadcast: 10.0.0.255 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/23 } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("wrong-broadcast", "a subnet's broadcast address is not that of its network"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for subnet in &site.subnets {
        let (cidr, given) = (subnet.cidr.value, &subnet.broadcast);
        if given.value == cidr.broadcast() || given.value == std::net::Ipv4Addr::BROADCAST {
            continue;
        }
        found.push(given.span, format!("{given} is not the broadcast address of {cidr}"), |finding| {
            let finding = finding.and(subnet.cidr.span, "the subnet");
            finding.help(format!("it is {}; without `broadcast` ipxegen derives it", cidr.broadcast()))
        });
    }
}
