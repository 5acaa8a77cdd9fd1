//! `mclt` is how long one server of a failover pair may extend a lease without the other. It is also the length of
//! a new client's first lease, and the time before one server takes over the addresses of the other. A value above
//! the longest lease time only delays the takeover.
//!
//! Evidence: dhcpd.conf(5), "mclt": "something like 3600"; `dhcpd -t` accepts any number (ISC DHCP 4.4.3).
//!
//! Fails:
//! ```yaml fails
//! servers: { one: { ip: 10.0.0.1, interfaces: [eth0] }, two: { ip: 10.0.0.2, interfaces: [eth0] } }
//! dhcp: { servers: [one, two], max_lease_time: 30m, default_lease_time: 30m, failover: { mclt: 1h } }
//! tftp: { server: one }
//! http: { server: one }
//! ```
//! Passes:
//! ```yaml passes
//! servers: { one: { ip: 10.0.0.1, interfaces: [eth0] }, two: { ip: 10.0.0.2, interfaces: [eth0] } }
//! dhcp: { servers: [one, two], max_lease_time: 30m, default_lease_time: 30m, failover: { mclt: 10m } }
//! tftp: { server: one }
//! http: { server: one }
//! ```

use crate::model::{DhcpDaemon, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "long-mclt",
        "a failover pair may extend leases by more than the longest lease",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(dhcp) = site.dhcp.as_ref().filter(|dhcp| dhcp.daemon == DhcpDaemon::Isc) else { return };
    let Some(mclt) = dhcp.failover.as_ref().and_then(|failover| failover.mclt.as_ref()) else { return };
    let longest = dhcp.max_lease_time.as_ref().map_or(86_400, |max| max.value);
    if mclt.value <= longest {
        return;
    }
    let message = format!("`mclt` is {mclt} s, and the longest lease lasts {longest} s");
    found.push(mclt.span, message, |finding| {
        let finding = match &dhcp.max_lease_time {
            Some(max) => finding.and(max.span, "the longest lease"),
            None => finding,
        };
        finding.help("set `mclt` well below `max_lease_time`; an hour is usual for leases of a day")
    });
}
