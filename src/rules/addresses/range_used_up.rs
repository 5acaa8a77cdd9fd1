//! Every address of the subnet's ranges belongs to a host, a server or a router. ipxegen leaves such addresses out
//! of the rendered ranges, so that no address is left for other clients.
//!
//! Evidence: without that, dhcpd offers them twice (seen on the wire with ISC DHCP 4.4.3; warewulf/warewulf#1815).
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.10-10.0.0.11 } }
//! hosts: { a: { mac: "52:54:00:00:00:01", ip: 10.0.0.10 }, b: { mac: "52:54:00:00:00:02", ip: 10.0.0.11 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
//! hosts: { a: { mac: "52:54:00:00:00:01", ip: 10.0.0.10 }, b: { mac: "52:54:00:00:00:02", ip: 10.0.0.11 } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("range-used-up", "a subnet's ranges have no free address"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for subnet in site.subnets.iter().filter(|subnet| subnet.free.is_empty()) {
        let Some(range) = subnet.ranges.first() else { continue };
        let message = format!("the ranges of `{}` have no free address", subnet.name.value);
        found.push(range.span, message, |finding| {
            finding.help("each belongs to a host, server or router; widen the range, or remove it")
        });
    }
}
