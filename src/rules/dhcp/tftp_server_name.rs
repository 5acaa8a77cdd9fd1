//! `tftp-server-name` (option 66) names a TFTP server, and so does the field siaddr, which is `next_server`. If
//! they differ, clients that read the option ask one machine and clients that read the field ask another, and some
//! of them find no file.
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

use rustc_hash::FxHashSet;

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
    let mut said = FxHashSet::default();
    let mut say = |named: (Ipv4Addr, Span), subnet: &Subnet| {
        let Some(next) = subnet.next_server.as_ref().filter(|_| subnet.boots()) else { return };
        if next.value == named.0 || !said.insert(named.1) {
            return;
        }
        let message = format!(
            "clients of the subnet `{}` are sent to {} by option 66 and to {} by siaddr",
            subnet.name.value, named.0, next.value
        );
        found.push(named.1, message, |finding| {
            finding.help(format!("use `next_server: {}` on the subnet, or remove the option", named.0))
        });
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
