//! `tftp-server-name` (option 66) names a TFTP server, and so does the field siaddr, which is `next_server`. If
//! they differ, clients that read the option ask one machine and clients that read the field ask another, and some
//! of them find no file.
//!
//! Of a class, whose clients may be telephones that never look at the field, option 66 is compared only with a
//! `next_server` of the class.
//!
//! Only addresses are compared, since a name can be that of any machine. `tftp-server-address` (option 150) is not
//! checked: it is for telephones. Evidence: RFC 2132 section 9.4, RFC 2131 section 2; what dhcpd writes.
//!
//! Fails:
//! ```yaml fails
//! dhcp: { options: { tftp-server-name: 10.0.0.9 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, next_server: 10.0.0.9, options: { tftp-server-name: 10.0.0.9 } } }
//! ```

use std::net::Ipv4Addr;

use foldhash::HashSet;

use crate::model::{Handout, OptionValue, Site, Subnet};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("tftp-server-name", "option 66 and the next server are different machines"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.servers || site.gaps.subnets {
        return;
    }
    let mut said = HashSet::default();
    let mut compare = |named: (Ipv4Addr, Span), next: Ipv4Addr, scope: &str| {
        if next == named.0 || !said.insert(named.1) {
            return;
        }
        let message =
            format!("clients of the {scope} are sent to {} by option 66 and to {next} by siaddr", named.0);
        let scope = scope.split(' ').next().unwrap_or_default();
        found.push(named.1, message, |finding| {
            finding.help(format!("use `next_server: {}` on the {scope}, or remove the option", named.0))
        });
    };
    for class in &site.classes {
        let Some(named) = named(&class.handout) else { continue };
        let booting = |at: usize| site.subnets.get(at).is_some_and(Subnet::boots);
        let here = class.here.iter().filter(|here| booting(here.subnet));
        for next in here.filter_map(|here| here.next_server.as_ref()) {
            compare(named, next.value, &format!("class `{}`", class.name.value));
        }
    }
    let mut say = |named: (Ipv4Addr, Span), subnet: &Subnet| {
        let Some(next) = subnet.next_server.as_ref().filter(|_| subnet.boots()) else { return };
        compare(named, next.value, &format!("subnet `{}`", subnet.name.value));
    };
    for subnet in &site.subnets {
        if let Some(named) = named(&subnet.handout) {
            say(named, subnet);
        }
    }
    let own: Vec<_> = site.profiles.iter().map(|profile| named(&profile.handout)).collect();
    if own.iter().all(Option::is_none) {
        return;
    }
    for host in &site.hosts {
        if let (Some(Some(named)), Some(subnet)) = (own.get(host.profile as usize), site.subnet_of(host)) {
            say(*named, subnet);
        }
    }
}

/// The address that option 66 names.
fn named(handout: &Handout) -> Option<(Ipv4Addr, Span)> {
    let option = handout.options.iter().find(|option| option.name == "tftp-server-name")?;
    let OptionValue::Text(text) = &option.value.value else { return None };
    Some((text.parse().ok()?, option.value.span))
}
