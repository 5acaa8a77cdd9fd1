//! A name or time server is in another network, and the subnet has no router to reach it.
//!
//! The machines boot all the same, so this is a warning: the network may be isolated on purpose. Evidence: RFC 1122
//! section 3.3.1.1; `dhcpd -t` accepts it (ISC DHCP 4.4.3).
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, dns: 8.8.8.8 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, routers: 10.0.0.1, dns: 8.8.8.8 } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "unreachable-service",
        "a name or time server is in another network, and its clients have no router",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for subnet in &site.subnets {
        // Without clients; `empty-subnet` reports it. Text in `raw` may have ranges.
        if !subnet.has_hosts && subnet.ranges.is_empty() && subnet.handout.raw.is_empty() && !site.gaps.hosts
        {
            continue;
        }
        let all = [(&subnet.handout.dns, "name"), (&subnet.handout.ntp, "time")];
        for (ips, what) in all {
            for ip in ips.iter().flatten().filter(|ip| !subnet.reaches(ip.value)) {
                let message = format!(
                    "clients of the subnet `{}` have no router to the {what} server {ip}",
                    subnet.name.value
                );
                found.push(ip.span, message, |finding| {
                    let finding = finding.and(subnet.cidr.span, "the subnet");
                    let finding = finding.cause(ip.span.start.into(), "subnet", subnet.name.value.as_str());
                    finding.help("give the subnet `routers`, or name a server inside it")
                });
            }
        }
    }
}
