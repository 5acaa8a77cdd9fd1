//! A subnet without ranges and without hosts gives no client an address. Either its ranges are missing, or its
//! hosts have addresses of another network.
//!
//! The rule does not apply to the network of a DHCP server's own interface, which dhcpd requires to be declared, to
//! a subnet in a shared network, or where another DHCP server hands out the addresses. Evidence: ISC DHCP 4.4.3
//! logs "no free leases" and does not answer; `dhcpd -t` accepts it.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 }, lab: { cidr: 10.0.1.0/24 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("empty-subnet", "a subnet has neither ranges nor hosts"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    // Another DHCP server has ranges that the site does not name.
    if site.dhcp.as_ref().is_none_or(|dhcp| dhcp.proxy)
        || site.gaps.subnets
        || site.gaps.hosts
        || site.gaps.servers
    {
        return;
    }
    let serving = site.dhcp.as_ref().map_or(&[][..], |dhcp| &dhcp.servers);
    let own: Vec<_> =
        serving.iter().filter_map(|at| site.servers.get(*at)).flat_map(|server| &server.ips).collect();
    for subnet in &site.subnets {
        let cidr = subnet.cidr.value;
        if subnet.has_hosts
            || !subnet.ranges.is_empty()
            || !subnet.handout.raw.is_empty()
            || subnet.shared_network.is_some()
            || own.iter().any(|ip| cidr.contains(ip.value))
        {
            continue;
        }
        let message = format!("the subnet `{}` has neither `ranges` nor hosts", subnet.name.value);
        found.push(subnet.name.span, message, |finding| {
            let finding = finding.and(subnet.cidr.span, "no host has an address of it");
            finding
                .help("no client gets an address here; add `ranges`, or give hosts addresses of this subnet")
        });
    }
}
