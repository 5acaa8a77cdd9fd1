//! Two DHCP servers share the ranges of a subnet by failover, which supports IPv4 only. Each of them leases all of
//! `ranges6` without knowing the leases of the other, so two machines may get one address.
//!
//! Evidence: in dhcpd.conf(5) of ISC DHCP 4.4, a pool has a failover peer and a `pool6` has none; `dhcpd -6 -t`
//! accepts the same `range6` on any number of servers.
//!
//! Fails:
//! ```yaml fails
//! servers:
//!   one: { ip: 10.0.0.2/24, ip6: "2001:db8::2/64", interfaces: [eth0] }
//!   two: { ip: 10.0.0.3/24, ip6: "2001:db8::3/64", interfaces: [eth0] }
//! dhcp: { servers: [one, two] }
//! tftp: { server: one }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.90-10.0.0.99, cidr6: "2001:db8::/64", ranges6: "2001:db8::1000-2001:db8::1fff", netboot: none } }
//! ```
//! Passes:
//! ```yaml passes
//! servers:
//!   one: { ip: 10.0.0.2/24, ip6: "2001:db8::2/64", interfaces: [eth0] }
//!   two: { ip: 10.0.0.3/24, ip6: "2001:db8::3/64", interfaces: [eth0] }
//! dhcp: { servers: one }
//! tftp: { server: one }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.90-10.0.0.99, cidr6: "2001:db8::/64", ranges6: "2001:db8::1000-2001:db8::1fff", netboot: none } }
//! ```

use crate::model::{DhcpDaemon, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("ipv6-pair", "two DHCP servers lease the same IPv6 addresses"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    // Kea's pair shares the leases of both protocols.
    if site.dhcp.as_ref().is_none_or(|dhcp| dhcp.servers.len() < 2 || dhcp.daemon == DhcpDaemon::Kea) {
        return;
    }
    for subnet in &site.subnets {
        let Some(range) = subnet.v6.as_ref().and_then(|v6| v6.ranges.first()) else { continue };
        let message = format!(
            "both DHCP servers lease the IPv6 addresses of the subnet `{}`, and neither knows the leases of the other",
            subnet.name.value
        );
        found.push(range.span, message, |finding| {
            finding.help("failover supports IPv4 only: give each machine an `ip6`, or use one DHCP server")
        });
    }
}
