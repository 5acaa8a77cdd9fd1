//! A name server, time server, iSCSI server or TFTP server has an address inside a range, and the site does not
//! declare it as a machine. So the rendered range includes the address. dhcpd may lease it to a client, and other
//! clients then ask that client for the service.
//!
//! `address-in-range` reports servers, routers and hosts of the site. dhcpd pings an address before it offers it,
//! which prevents this while the server answers. Evidence: dhcpd offers any address of a range without a lease (ISC
//! DHCP 4.4.3); warewulf/warewulf#1815.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, dns: 10.0.0.150 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, dns: 10.0.0.50 } }
//! ```

use std::net::Ipv4Addr;

use foldhash::HashSet;

use crate::model::{ByAddress, Portal, Site, range_at, ranges_by_address};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("service-in-range", "the address of a service lies inside a range"),
    cost: Cost::Medium,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let ranges = ranges_by_address(site);
    let mut ranges = ByAddress::new(&ranges);
    let mut known: HashSet<Ipv4Addr> = HashSet::default();
    let mut say = |ip: Ipv4Addr, span: Span, what: &str, site: &Site<'_>| {
        let Some(range) = range_at(&mut ranges, ip) else { return };
        // Collected only when needed: few sites have such an address.
        if known.is_empty() {
            known = owned(site);
        }
        // Each address once.
        if known.insert(ip) {
            found.push(span, format!("the {what} {ip} lies inside the range {}", range.value), |finding| {
                let finding = finding.and(range.span, "the range");
                finding.help("write the range without it, or declare the machine under `hosts`")
            });
        }
    };
    for subnet in &site.subnets {
        if let Some(ip) = &subnet.next_server {
            say(ip.value, ip.span, "TFTP server", site);
        }
    }
    for handout in site.handouts() {
        for (ips, what) in [(&handout.dns, "name server"), (&handout.ntp, "time server")] {
            for ip in ips.iter().flatten() {
                say(ip.value, ip.span, what, site);
            }
        }
    }
    for (host, disk) in site.disks() {
        let span = host.root_path.as_ref().map_or(host.span, |root| root.span);
        for ip in disk.portals().filter_map(Portal::v4) {
            say(ip, span, "iSCSI server", site);
        }
    }
}

/// The addresses that the rendered ranges leave out.
fn owned(site: &Site<'_>) -> HashSet<Ipv4Addr> {
    let servers = site.servers.iter().flat_map(|server| &server.ips).map(|ip| ip.value);
    let hosts = site.hosts.iter().flat_map(crate::model::Host::ips).map(|ip| ip.value);
    let routers = site.subnets.iter().flat_map(|subnet| subnet.handout.routers.iter().flatten());
    servers.chain(hosts).chain(routers.map(|ip| ip.value)).collect()
}
