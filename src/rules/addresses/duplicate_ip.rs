//! Two machines with one address cannot both use the network: each takes the other's connections.
//!
//! `dhcpd -t` accepts two hosts with one fixed address (ISC DHCP 4.4.3).
//!
//! Fails:
//! ```yaml fails
//! hosts:
//!   a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11 }
//!   b: { mac: "52:54:00:00:00:02", ip: 10.0.0.11 }
//! ```
//! Passes:
//! ```yaml passes
//! hosts:
//!   a: { mac: ["52:54:00:00:00:01", "52:54:00:00:00:02"], ip: 10.0.0.11 }
//! ```

use std::net::Ipv4Addr;

use crate::model::{Site, Spanned};
use crate::report::FindingKind;
use crate::rules::duplicates::duplicates;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("duplicate-ip", "two machines have the same address"),
    cost: Cost::High,
    check,
};

/// A kind of machine, its name, and an address of it.
type Owned<'s> = (&'static str, &'s str, &'s Spanned<Ipv4Addr>);

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let servers = site
        .servers
        .iter()
        .flat_map(|server| server.ips.iter().map(|ip| -> Owned<'_> { ("server", &server.name, ip) }));
    let hosts =
        site.hosts.iter().flat_map(|host| host.ips().map(|ip| -> Owned<'_> { ("host", host.name, ip) }));
    for ((.., first), (kind, name, ip)) in
        duplicates(site.hosts.len(), servers.chain(hosts), |(.., ip)| Some(ip.value.to_bits()))
    {
        let message = format!("the address {} of the {kind} `{name}` is already in use", ip.value);
        found.push(ip.span, message, |finding| {
            let finding = finding.here("used again here").and(first.span, "first used here");
            finding.help("give one of them another address; a machine with several network cards is one host with several `mac`")
        });
    }
}
