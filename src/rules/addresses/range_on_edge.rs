//! A range must not include the network's own address or the broadcast address. dhcpd accepts them in a range and
//! would offer them to clients.
//!
//! ipxegen removes them from the range that it renders. Evidence: RFC 1122 section 3.2.1.3; `dhcpd -t` accepts such
//! a range (ISC DHCP 4.4.3), as `kea-dhcp4 -t` and `dnsmasq --test` do.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.255 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.254 } }
//! ```

use crate::model::{Range, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "range-on-edge",
        "a range includes the network's own or its broadcast address",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for subnet in site.subnets.iter().filter(|subnet| subnet.cidr.value.prefix() < 31) {
        let cidr = subnet.cidr.value;
        // `range-outside-subnet` reports a range outside its subnet.
        let whole = |range: &Range| cidr.contains(range.low) && cidr.contains(range.high);
        for range in subnet.ranges.iter().filter(|range| whole(&range.value)) {
            for (ip, what) in [(cidr.network(), "network's own"), (subnet.broadcast.value, "broadcast")] {
                if range.value.contains(ip) {
                    let message =
                        format!("the range {} includes {ip}, the {what} address of {cidr}", range.value);
                    found.push(range.span, message, |finding| {
                        finding.help("the rendered range leaves it out; write the range without it")
                    });
                }
            }
        }
    }
}
