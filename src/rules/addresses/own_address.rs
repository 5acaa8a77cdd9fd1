//! The address 127.0.0.1 is each machine itself, 0.0.0.0 is no machine and 255.255.255.255 is every machine. A
//! client that DHCP gives one of them as a server asks itself, or gets no answer. A machine that runs its own name
//! server may use 127.0.0.1, but the installer on that machine does not run one.
//!
//! Such an address usually comes from a copied /etc/resolv.conf (127.0.0.53 of systemd-resolved), or from a URL
//! that was tried on the server itself. Evidence: RFC 1122 section 3.2.1.3; `dhcpd -t` (ISC DHCP 4.4.3) accepts all
//! of them.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1, dns: 127.0.0.53 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1, dns: 10.0.0.200 } }
//! ```

use std::net::Ipv4Addr;

use foldhash::HashSet;

use crate::model::{Portal, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("own-address", "a server has an address that no other machine can reach"),
    cost: Cost::Medium,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut said = HashSet::default();
    let mut say = |ip: Ipv4Addr, span: Span, what: &str| {
        let who = if ip.is_loopback() {
            "each client itself"
        } else if ip.octets().first() == Some(&0) {
            "no machine"
        } else if ip.is_broadcast() {
            "every machine"
        } else {
            return;
        };
        if said.insert(span) {
            found.push(span, format!("the address {ip} of {what} is {who}"), |finding| {
                finding.help("write the address where clients reach it")
            });
        }
    };
    let mut own = HashSet::default();
    for server in &site.servers {
        for (at, ip) in server.ips.iter().enumerate() {
            // DHCP sends clients to the first address. Loopback addresses after it do no harm.
            if at == 0 || !ip.value.is_loopback() {
                say(ip.value, ip.span, "a server");
                own.insert(ip.value);
            }
        }
    }
    for subnet in &site.subnets {
        if let Some(ip) = subnet.next_server.as_ref().filter(|ip| !own.contains(&ip.value)) {
            say(ip.value, ip.span, "the TFTP server");
        }
    }
    for handout in site.handouts() {
        for (ips, what) in [(&handout.dns, "a name server"), (&handout.ntp, "a time server")] {
            for ip in ips.iter().flatten() {
                say(ip.value, ip.span, what);
            }
        }
    }
    for (host, disk) in site.disks() {
        let span = host.root_path.as_ref().map_or(host.span, |root| root.span);
        for ip in disk.portals().filter_map(Portal::v4) {
            say(ip, span, "an iSCSI server");
        }
    }
    if let Some(url) = site.http.as_ref().and_then(|http| http.url.as_ref()) {
        let host = url.value.split_once("://").map_or("", |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or_default();
        let ip = if host.eq_ignore_ascii_case("localhost") {
            Some(Ipv4Addr::LOCALHOST)
        } else {
            host.parse().ok()
        };
        if let Some(ip) = ip {
            say(ip, url.span, "the web server");
        }
    }
}
