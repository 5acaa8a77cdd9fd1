//! The first address of a network is the network's own, and the last one is its broadcast address. A machine that
//! has either of them cannot be reached.
//!
//! Evidence: RFC 1122 section 3.2.1.3, RFC 919. `dhcpd -t` accepts both as a fixed address (ISC DHCP 4.4.3).
//! Networks of one or two addresses (/32, /31: RFC 3021) have neither.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.255 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.254 } }
//! ```

use std::net::Ipv4Addr;

use crate::model::{Site, Subnet};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::error("network-address", "a machine has its network's own or its broadcast address"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for subnet in &site.subnets {
        for server in &site.servers {
            for ip in &server.ips {
                if let Some(what) = edge(subnet, ip.value) {
                    say(subnet, what, ip.value, ip.span, &format!("the server `{}`", server.name), found);
                }
            }
        }
        let handout = &subnet.handout;
        let services = [
            (&handout.routers, "a router"),
            (&handout.dns, "a name server"),
            (&handout.ntp, "a time server"),
        ];
        for (ips, who) in services {
            for ip in ips.iter().flatten() {
                if let Some(what) = edge(subnet, ip.value) {
                    say(subnet, what, ip.value, ip.span, who, found);
                }
            }
        }
        if let Some(ip) = &subnet.next_server
            && !site.servers.iter().flat_map(|server| &server.ips).any(|own| own.value == ip.value)
            && let Some(what) = edge(subnet, ip.value)
        {
            say(subnet, what, ip.value, ip.span, "the TFTP server", found);
        }
    }
    for (host, card) in site.hosts.iter().flat_map(|host| host.cards().map(move |card| (host, card))) {
        let (Some(ip), Some(subnet)) = (card.ip, site.subnet_at(card)) else { continue };
        if let Some(what) = edge(subnet, ip.value) {
            say(subnet, what, ip.value, ip.span, &format!("the host `{}`", host.name), found);
        }
    }
}

fn edge(subnet: &Subnet, ip: Ipv4Addr) -> Option<&'static str> {
    let cidr = subnet.cidr.value;
    if cidr.prefix() > 30 {
        return None;
    }
    if ip == cidr.network() {
        return Some("network's own");
    }
    (ip == cidr.broadcast() || (ip == subnet.broadcast.value && cidr.contains(ip))).then_some("broadcast")
}

fn say(subnet: &Subnet, what: &str, ip: Ipv4Addr, span: Span, who: &str, found: &mut Findings<'_>) {
    let cidr = subnet.cidr.value;
    found.push(span, format!("{ip} of {who} is the {what} address of {cidr}"), |finding| {
        let finding = finding.and(subnet.cidr.span, "the subnet");
        let (first, last) = (u32::from(cidr.network()) + 1, u32::from(cidr.broadcast()) - 1);
        finding.help(format!(
            "addresses for machines are {} to {}",
            Ipv4Addr::from(first),
            Ipv4Addr::from(last)
        ))
    });
}
