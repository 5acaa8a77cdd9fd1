//! A range has addresses to give away. Where every one of them is a host's, a server's or a
//! router's, strangers get none, although the subnet looks as if they did.
//!
//! Evidence: addresses that are somebody's are cut out of the ranges, since dhcpd would offer them
//! twice (seen on the wire with ISC DHCP 4.4.3; warewulf/warewulf#1815).
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
    kind: FindingKind::warning("range-used-up", "every address of a subnet's ranges is somebody's"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for subnet in site.subnets.iter().filter(|subnet| subnet.free.is_empty()) {
        let Some(range) = subnet.ranges.first() else { continue };
        let message = format!(
            "no address of the ranges of `{}` is left for clients without one of their own",
            subnet.name.value
        );
        found.push(range.span, message, |finding| {
            finding.help("all of them are hosts', servers' or routers'; widen the range, or leave it out")
        });
    }
}
