//! Text in `raw` for DHCPv6 is written into no file: without a `cidr6`, no server answers DHCPv6 in that scope, and the
//! files for DHCPv6 have no classes.
//!
//! Evidence: dhcpd6.conf and kea-dhcp6.conf are rendered only for subnets with `cidr6`.
//!
//! Fails:
//! ```yaml fails
//! subnets:
//!   lan:
//!     cidr: 10.0.0.0/24
//!     ranges: 10.0.0.100-10.0.0.199
//!     routers: 10.0.0.1
//!     raw: { dhcpd6: "option dhcp6.preference 255;" }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 } }
//! ```

use foldhash::HashSet;

use crate::model::{DhcpDaemon, Raw, Site, Subnet};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("raw-without-ipv6", "text in `raw` for DHCPv6 is written into no file"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    // `daemon-lacks` names text for another server.
    let output = match site.dhcp.as_ref().map(|dhcp| dhcp.daemon) {
        Some(DhcpDaemon::Isc) => "dhcpd6",
        Some(DhcpDaemon::Kea) => "kea6",
        Some(DhcpDaemon::Dnsmasq) | None => return,
    };
    // All hosts inherit one text of their group: report it once.
    let mut said = HashSet::default();
    let mut lost = |raw: &[Raw], why: &str, help: &str| {
        for raw in raw.iter().filter(|raw| raw.output == output) {
            if said.insert(raw.text.span) {
                let message = format!("`raw` for `{output}` is written into no file: {why}");
                found.push(raw.text.span, message, |finding| finding.help(help));
            }
        }
    };
    // A subnet with an error may have a `cidr6` that cannot be read.
    let lacks_ipv6 = |subnet: &&Subnet| subnet.v6.is_none() && !subnet.in_part;
    for subnet in site.subnets.iter().filter(lacks_ipv6) {
        let why = format!("the subnet `{}` has no `cidr6`", subnet.name.value);
        lost(&subnet.handout.raw, &why, "give the subnet a `cidr6`, or remove the text");
    }
    for class in &site.classes {
        let why = format!("the files for DHCPv6 do not have the class `{}`", class.name.value);
        lost(&class.handout.raw, &why, "remove the text: classes are for IPv4");
    }
    if site.subnets.iter().all(|subnet| lacks_ipv6(&subnet)) {
        let texts = site.profiles.iter().map(|profile| &profile.handout.raw);
        let texts = texts.chain(site.dhcp.iter().map(|dhcp| &dhcp.raw)).chain([&site.raw]);
        for raw in texts {
            lost(raw, "no subnet has a `cidr6`", "give a subnet a `cidr6`, or remove the text");
        }
    }
}
