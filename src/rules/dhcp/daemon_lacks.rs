//! The DHCP server of the site cannot say a setting of the site in its own configuration. With `allow` the setting is
//! left out.
//!
//! Evidence: Kea 2.2 to 3.0 read no text of dhcpd's; the hook that pings an address before it is offered,
//! libdhcp_ping_check, is in Debian's packages from Kea 3.0 on. dhcpd's failover protocol is its own.
//!
//! Fails:
//! ```yaml fails
//! dhcp: { daemon: kea, ping_check: true }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 } }
//! ```
//! Passes:
//! ```yaml passes
//! dhcp: { daemon: kea }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 } }
//! ```

use rustc_hash::FxHashSet;

use crate::model::{DhcpDaemon, Raw, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::error("daemon-lacks", "the DHCP server cannot express a setting of the site"),
    cost: Cost::Low,
    check,
};

/// The outputs of `raw` that only ISC dhcpd reads.
const OF_ISC: &[&str] = &["dhcpd", "dhcpd6", "ipxe_options", "isc_dhcp_server"];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(dhcp) = site.dhcp.as_ref().filter(|dhcp| dhcp.daemon == DhcpDaemon::Kea) else { return };
    let mut lacks = |span: Span, message: String, help: &str| {
        found.push(span, message, |finding| finding.help(help));
    };
    if let Some(failover) = &dhcp.failover {
        let message = "a pair of DHCP servers is not written for Kea".to_owned();
        lacks(failover.span, message, "name one server, or `daemon: isc`, whose failover pair is written");
    }
    // All subnets inherit one setting of `dhcp`, and all hosts one of their group: report it once.
    let mut said = FxHashSet::default();
    let pings = site.subnets.iter().filter_map(|subnet| subnet.ping_check.as_ref()).chain(&dhcp.ping_check);
    for ping in pings.filter(|ping| ping.value) {
        if said.insert(ping.span) {
            let message = "Kea pings no address before it offers it".to_owned();
            lacks(ping.span, message, "remove `ping_check`; Kea asks nobody whether an address is in use");
        }
    }
    for subnet in &site.subnets {
        if let Some(v6) = &subnet.v6 {
            let message = format!("DHCPv6 of the subnet `{}` is not written for Kea", subnet.name.value);
            lacks(v6.cidr.span, message, "remove `cidr6`, or `daemon: isc`");
        }
    }
    let scopes = site.subnets.iter().map(|subnet| &subnet.handout);
    let scopes = scopes.chain(site.profiles.iter().map(|profile| &profile.handout));
    let texts = scopes.flat_map(|scope| &scope.raw).chain(&dhcp.raw).chain(&site.raw);
    for Raw { output, text, .. } in texts.filter(|raw| OF_ISC.contains(&raw.output)) {
        if said.insert(text.span) {
            let message = format!("Kea reads no text for `{output}`");
            lacks(text.span, message, "say it in words of the site, or remove it");
        }
    }
}
