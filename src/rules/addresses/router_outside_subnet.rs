//! A router must have an address in the network of its clients. Clients cannot reach a router outside of it, and so
//! reach no other network.
//!
//! Evidence: RFC 2132 section 3.5 ("routers on the client's subnet"); `dhcpd -t` accepts any address (ISC DHCP
//! 4.4.3), as `kea-dhcp4 -t` does.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, routers: 10.0.1.1 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, routers: 10.0.0.1 } }
//! ```

use foldhash::HashSet;

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("router-outside-subnet", "a router is not in the network of its clients"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for subnet in &site.subnets {
        let cidr = subnet.cidr.value;
        for ip in subnet.handout.routers.iter().flatten().filter(|ip| !cidr.contains(ip.value)) {
            let message =
                format!("the router {ip} lies outside {cidr} of the subnet `{}`", subnet.name.value);
            found.push(ip.span, message, |finding| {
                finding
                    .and(subnet.cidr.span, "the subnet")
                    .cause(ip.span.start.into(), "subnet", subnet.name.value.as_str())
                    .help("give its clients a router in their own network")
            });
        }
    }
    if site.profiles.iter().all(|profile| profile.handout.routers.is_none()) {
        return;
    }
    // Hosts of one profile in one subnet get the same routers: report them once.
    let mut seen = HashSet::default();
    for host in &site.hosts {
        let (Some(profile), Some(subnet)) = (site.profile(host), site.subnet_of(host)) else { continue };
        let Some(routers) = &profile.handout.routers else { continue };
        let cidr = subnet.cidr.value;
        if routers.iter().all(|ip| cidr.contains(ip.value)) || !seen.insert((host.profile, host.subnet)) {
            continue;
        }
        for ip in routers.iter().filter(|ip| !cidr.contains(ip.value)) {
            let message = format!("the router {ip} lies outside {cidr} of the host `{}`", host.name);
            found.push(ip.span, message, |finding| {
                let finding = finding.cause(ip.span.start.into(), "host", host.name);
                finding.and(host.span, "the host").help(format!(
                    "a host in `{}` reaches routers in {cidr} only; `routers: []` gives it none",
                    subnet.name.value
                ))
            });
        }
    }
}
