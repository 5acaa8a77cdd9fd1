//! An address is one machine's; two hosts or servers with the same one take each other off the
//! network.
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

use std::collections::hash_map::Entry as Slot;
use std::net::Ipv4Addr;

use rustc_hash::FxHashMap;

use super::{Found, Rule};
use crate::model::Site;
use crate::report::Severity;
use crate::source::Span;

pub(super) const RULE: Rule = Rule {
    id: "duplicate-ip",
    severity: Severity::Error,
    summary: "two machines have the same address",
    check,
};

fn check(site: &Site<'_>, found: &mut Found<'_>) {
    let mut seen: FxHashMap<Ipv4Addr, Span> = FxHashMap::default();
    seen.reserve(site.hosts.len());
    for server in &site.servers {
        for ip in &server.ips {
            one(ip.value, ip.span, &format!("the server `{}`", server.name), &mut seen, found);
        }
    }
    for host in &site.hosts {
        for ip in host.ips() {
            match seen.entry(ip.value) {
                // The text is made for the few that clash only.
                Slot::Occupied(_) => {
                    one(ip.value, ip.span, &format!("the host `{}`", host.name), &mut seen, found);
                }
                Slot::Vacant(slot) => {
                    slot.insert(ip.span);
                }
            }
        }
    }
}

fn one(ip: Ipv4Addr, span: Span, who: &str, seen: &mut FxHashMap<Ipv4Addr, Span>, found: &mut Found<'_>) {
    let Some(first) = seen.get(&ip).copied() else {
        seen.insert(ip, span);
        return;
    };
    found.push(span, format!("{ip} of {who} is somebody else's already"), |finding| {
        let finding = finding.here("used again here").and(first, "first used here");
        finding.help("a machine with several cards is one host with several `mac`")
    });
}
