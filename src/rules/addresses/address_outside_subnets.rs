//! A host's fixed address must lie in one of the site's subnets. Otherwise dhcpd ignores the host block: the
//! machine gets an address of a pool, and none of the host's settings.
//!
//! `dhcpd -t` accepts such an address (seen on the wire with ISC DHCP 4.4.3).
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24 } }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.1.11 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24 } }
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11 } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("address-outside-subnets", "a host's address lies in no subnet"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.subnets {
        return;
    }
    // Hosts of one old network have one cause: their subnet got another one. It probably had the size of a present one.
    let prefix = site.subnets.iter().map(|subnet| subnet.cidr.value.prefix()).min().unwrap_or(24).max(16);
    let networks = u32::MAX << (32 - prefix);
    for (host, card) in site.cards_without_subnet() {
        let Some(ip) = card.ip else { continue };
        found.push(
            ip.span,
            format!("{} of the host `{}` lies in no subnet", ip.value, host.name),
            |finding| {
                let subnets: Vec<_> =
                    site.subnets.iter().take(4).map(|subnet| subnet.cidr.value.to_string()).collect();
                let more = if site.subnets.len() > 4 { " and more" } else { "" };
                let finding = finding.cause((ip.value.to_bits() & networks).into(), "host", host.name);
                finding.help(format!(
                    "the subnets are {}{more}; dhcpd would give this machine an address of a pool",
                    subnets.join(", ")
                ))
            },
        );
    }
}
