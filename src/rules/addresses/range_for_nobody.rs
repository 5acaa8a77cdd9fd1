//! No client can get an address of this range: it is for unknown clients and its subnet denies them, or it is for
//! known clients and the site declares no hosts.
//!
//! Evidence: dhcpd.conf(5), "allow unknown-clients" of a pool, and `deny unknown-clients` of a subnet, which dhcpd
//! checks first (on the wire: no offer). `dhcpd -t` accepts both (ISC DHCP 4.4.3).
//!
//! Fails:
//! ```yaml fails
//! subnets:
//!   lan:
//!     cidr: 10.0.0.0/24
//!     unknown_clients: deny
//!     ranges: [10.0.0.100-10.0.0.149, { range: 10.0.0.150-10.0.0.199, clients: unknown }]
//! hosts: { pc: { mac: "52:54:00:00:00:01" } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets:
//!   lan:
//!     cidr: 10.0.0.0/24
//!     ranges: [{ range: 10.0.0.100-10.0.0.149, clients: known }, { range: 10.0.0.150-10.0.0.199, clients: unknown }]
//! hosts: { pc: { mac: "52:54:00:00:00:01" } }
//! ```

use crate::model::{Clients, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("range-for-nobody", "no client can get an address of a range"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for subnet in &site.subnets {
        for range in &subnet.ranges {
            let (why, help) = match range.value.clients {
                Clients::Unknown if !subnet.unknown_clients.value => (
                    format!("the subnet `{}` denies unknown clients", subnet.name.value),
                    "remove the range, or `unknown_clients: deny`",
                ),
                Clients::Known if site.hosts.is_empty() && !site.gaps.hosts => {
                    ("no host is declared".to_owned(), "declare the machines under `hosts`")
                }
                _ => continue,
            };
            let who = range.value.clients.word();
            let message =
                format!("no client gets an address of {}: it is for {who} clients, and {why}", range.value);
            found.push(range.span, message, |finding| finding.help(help));
        }
    }
}
