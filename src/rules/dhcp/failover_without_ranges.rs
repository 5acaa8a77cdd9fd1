//! The two servers of a failover pair share ranges. Without any range, no pool uses the pair, and dhcpd does not
//! start.
//!
//! Evidence: ISC DHCP 4.4.3, "Failover peer, netboot, has no referring pools", exit 1.
//!
//! Fails:
//! ```yaml fails
//! servers: { one: { ip: 10.0.0.1, interfaces: [eth0] }, two: { ip: 10.0.0.2, interfaces: [eth0] } }
//! dhcp: { servers: [one, two] }
//! tftp: { server: one }
//! http: { server: one }
//! subnets: { lan: { cidr: 10.0.0.0/24 } }
//! ```
//! Passes:
//! ```yaml passes
//! servers: { one: { ip: 10.0.0.1, interfaces: [eth0] }, two: { ip: 10.0.0.2, interfaces: [eth0] } }
//! dhcp: { servers: [one, two] }
//! tftp: { server: one }
//! http: { server: one }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "failover-without-ranges",
        "two DHCP servers are a failover pair, and no subnet has a range",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(dhcp) = site.dhcp.as_ref().filter(|dhcp| dhcp.failover.is_some()) else { return };
    if site.gaps.subnets || site.subnets.iter().any(|subnet| !subnet.free.is_empty()) {
        return;
    }
    found.push(dhcp.span, "the two DHCP servers have no range to share", |finding| {
        finding.help("dhcpd does not start with a failover pair that no pool uses: give a subnet `ranges`, or use one server")
    });
}
