//! What dnsmasq cannot express, for the rule `daemon-lacks`. Evidence: rfc2131.c and option.c of dnsmasq 2.90.

use rustc_hash::FxHashSet;

use crate::dhcp::{LeaseTimes, Policy};
use crate::model::{Dhcp, OptionValue, Site};
use crate::rules::Findings;
use crate::source::Span;

/// The shortest lease that dnsmasq gives: clients of Apple's are confused by less (option.c, rfc2131.c).
const SHORTEST: u32 = 120;

pub(super) fn check(site: &Site<'_>, dhcp: &Dhcp, found: &mut Findings<'_>) {
    // All subnets inherit one setting of `dhcp`, and all hosts one of their group: report it once.
    let mut said = FxHashSet::default();
    let mut lacks = |span: Span, message: String, help: &str| {
        if said.insert(span) {
            found.push(span, message, |finding| finding.help(help));
        }
    };
    if let Some(failover) = &dhcp.failover {
        let message = "dnsmasq has no pair of DHCP servers".to_owned();
        lacks(failover.span, message, "name one server, or `daemon: isc`, whose failover pair is written");
    }
    let site_pings = dhcp.ping_check.as_ref().is_none_or(|ping| ping.value);
    let pings = || site.subnets.iter().map(|subnet| subnet.ping_check.as_ref());
    let differs = |ping: bool| pings().any(|other| other.map_or(site_pings, |other| other.value) != ping);
    for ping in pings().flatten().filter(|ping| ping.value != site_pings && differs(ping.value)) {
        let message = "dnsmasq pings addresses of all subnets or of none".to_owned();
        lacks(ping.span, message, "write `ping_check` under `dhcp` only");
    }
    lease_times(site, dhcp, &mut lacks);
    for subnet in &site.subnets {
        if let Some(v6) = &subnet.v6 {
            let message = format!("DHCPv6 of the subnet `{}` is not written for dnsmasq", subnet.name.value);
            lacks(v6.cidr.span, message, "remove `cidr6`, or `daemon: isc`");
        }
    }
    let scopes = || {
        let subnets = site.subnets.iter().map(|subnet| &subnet.handout);
        subnets.chain(site.profiles.iter().map(|profile| &profile.handout))
    };
    for option in scopes().flat_map(|scope| &scope.options) {
        let zero = |words: &[String]| words.iter().any(|word| word == "0.0.0.0");
        let has_zero = match &option.value.value {
            OptionValue::Bare(words) => zero(words),
            OptionValue::Pairs(pairs) => pairs.iter().any(|pair| zero(pair)),
            _ => false,
        };
        if has_zero {
            let message = format!("dnsmasq sends its own address for 0.0.0.0 in `{}`", option.name);
            lacks(option.value.span, message, "leave the address out, or `daemon: isc`");
        }
    }
    for card in site.hosts.iter().flat_map(crate::model::Host::cards) {
        if let Some(mac) = card.macs.get(MOST_MACS) {
            let message = format!("dnsmasq reads no more than {MOST_MACS} MAC addresses of one card");
            lacks(mac.span, message, "give the others another host, or `daemon: isc`");
        }
    }
}

/// A line has room for so many.
const MOST_MACS: usize = 40;

fn lease_times(site: &Site<'_>, dhcp: &Dhcp, lacks: &mut impl FnMut(Span, String, &str)) {
    let policy = Policy::new(site);
    for subnet in &site.subnets {
        let times: LeaseTimes = policy.lease_times(subnet);
        let lease = times.of(None);
        let max = subnet.max_lease_time.as_ref().or(dhcp.max_lease_time.as_ref());
        if let Some(max) = max.filter(|max| max.value != lease) {
            let message = format!(
                "dnsmasq gives no client a longer lease than {lease} seconds, which is `default_lease_time`"
            );
            let help = "set both to the same time, or remove `max_lease_time`";
            lacks(max.span, message, help);
        }
        let min = subnet.min_lease_time.as_ref().or(dhcp.min_lease_time.as_ref());
        if let Some(min) = min.filter(|min| min.value != SHORTEST) {
            let message = format!("dnsmasq gives {SHORTEST} seconds to a client that asks for less");
            lacks(min.span, message, "remove `min_lease_time`, or set it to 2m");
        }
        let default = subnet.default_lease_time.as_ref().or(dhcp.default_lease_time.as_ref());
        if let Some(default) = default.filter(|_| lease < SHORTEST) {
            let message = format!("dnsmasq gives no lease that is shorter than {SHORTEST} seconds");
            lacks(default.span, message, "set `default_lease_time` to 2m or more");
        }
    }
}
