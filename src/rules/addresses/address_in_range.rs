//! A fixed address inside a range can be leased to another client as well: dhcpd offered one address to an unknown
//! client and then again to the host that owns it, in one run (ISC DHCP 4.4.3).
//!
//! ipxegen removes the address from the range that it renders, so the site works. Still, site.yaml then shows a
//! larger range than the one in use. Move the address, or write the range without it.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.150 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.50 } }
//! ```

use std::net::Ipv4Addr;

use foldhash::HashSet;

use crate::model::{ByAddress, Site, range_at, ranges_by_address};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "address-in-range",
        "a host's, server's or router's address lies inside a range",
    ),
    cost: Cost::Medium,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let ranges = ranges_by_address(site);
    let mut ranges = ByAddress::new(&ranges);
    let mut say = |ip: Ipv4Addr, span: Span, host: Option<&str>, who: &dyn Fn() -> String| {
        let Some(range) = range_at(&mut ranges, ip) else { return };
        found.push(span, format!("{ip} of {} lies inside the range {}", who(), range.value), |finding| {
            let finding = finding.and(range.span, "the range");
            let finding = match host {
                Some(host) => finding.cause(range.span.start.into(), "host", host),
                None => finding,
            };
            finding.help("the rendered range leaves it out; move it, or write the range without it")
        });
    };
    for server in &site.servers {
        for ip in &server.ips {
            say(ip.value, ip.span, None, &|| format!("the server `{}`", server.name));
        }
    }
    // Subnets inherit the routers of the site; report such a router once.
    let mut said = HashSet::default();
    for subnet in &site.subnets {
        for ip in subnet.handout.routers.iter().flatten().filter(|ip| said.insert(ip.span)) {
            say(ip.value, ip.span, None, &|| format!("a router of the subnet `{}`", subnet.name.value));
        }
    }
    for host in &site.hosts {
        for ip in host.ips() {
            say(ip.value, ip.span, Some(host.name), &|| format!("the host `{}`", host.name));
        }
    }
}
