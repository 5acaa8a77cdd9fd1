//! The one address of a class is taken: a host, a server, a router or another class has it, or it is the subnet's own.
//!
//! Evidence: dhcpd offers an address of a pool although a host has it as `fixed-address` (on the wire: one address for
//! two clients).
//!
//! Fails:
//! ```yaml fails
//! classes: { desk: { match: { circuit_id: "ge-0/0/12" }, ip: 10.0.0.200 } }
//! ```
//! Passes:
//! ```yaml passes
//! classes: { desk: { match: { circuit_id: "ge-0/0/12" }, ip: 10.0.0.22 } }
//! ```

use std::net::Ipv4Addr;

use foldhash::HashMap;

use crate::model::{Class, Host, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::error("class-address", "the address of a class is taken"),
    cost: Cost::Medium,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut by_ip: HashMap<Ipv4Addr, &Class> = HashMap::default();
    let mut say = |class: &Class, other: Span, who: String| {
        let Some(ip) = &class.ip else { return };
        let message =
            format!("the address {} of the class `{}` is that of {who}", ip.value, class.name.value);
        found
            .push(ip.span, message, |finding| finding.and(other, "this one").help("give it another address"));
    };
    for class in &site.classes {
        let Some(ip) = &class.ip else { continue };
        if let Some(first) = by_ip.insert(ip.value, class) {
            say(class, first.name.span, format!("the class `{}`", first.name.value));
        }
    }
    if by_ip.is_empty() {
        return;
    }
    let class_of = |ip: Ipv4Addr| by_ip.get(&ip).copied();
    for server in &site.servers {
        for (class, ip) in server.ips.iter().filter_map(|ip| Some((class_of(ip.value)?, ip))) {
            say(class, ip.span, format!("the server `{}`", server.name));
        }
    }
    for subnet in &site.subnets {
        let cidr = subnet.cidr.value;
        for (ip, who) in [(cidr.network(), "network"), (subnet.broadcast.value, "broadcast")] {
            if let Some(class) = class_of(ip) {
                say(
                    class,
                    subnet.cidr.span,
                    format!("the {who} address of the subnet `{}`", subnet.name.value),
                );
            }
        }
        for router in subnet.handout.routers.iter().flatten() {
            if let Some(class) = class_of(router.value) {
                say(class, router.span, "a router".to_owned());
            }
        }
    }
    for (host, ip) in site.hosts.iter().flat_map(|host: &Host<'_>| host.ips().map(move |ip| (host, ip))) {
        if let Some(class) = class_of(ip.value) {
            say(class, ip.span, format!("the host `{}`", host.name));
        }
    }
}
