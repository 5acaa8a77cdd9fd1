//! `netboot: known` and `unknown_clients: deny` serve declared hosts only. If the site declares none, no client
//! boots, or no client gets an address. A subnet is not reported if another one boots all clients.
//!
//! Evidence: dhcpd.conf(5), "unknown-clients": a client is known by a host declaration. `dhcpd -t` accepts it (ISC
//! DHCP 4.4.3).
//!
//! Fails:
//! ```yaml fails
//! dhcp: { unknown_clients: deny }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
//! ```
//! Passes:
//! ```yaml passes
//! dhcp: { unknown_clients: deny }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
//! hosts: { pc: { mac: "52:54:00:00:00:01" } }
//! ```

use crate::model::{Netboot, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("nobody-known", "only declared hosts are served, and none is declared"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if !site.hosts.is_empty() || site.gaps.hosts {
        return;
    }
    // With several subnets, one that boots known hosts only may wait for its first host.
    let booting =
        site.subnets.iter().any(|subnet| subnet.unknown_clients.value && subnet.netboot == Netboot::All);
    for subnet in &site.subnets {
        let name = &subnet.name.value;
        let message = if !subnet.unknown_clients.value {
            format!(
                "no client gets an address on the subnet `{name}`: unknown ones are denied, and no host is declared"
            )
        } else if subnet.netboot == Netboot::Known && !booting {
            format!("no client boots on the subnet `{name}`: only known ones do, and no host is declared")
        } else {
            continue;
        };
        found.push(subnet.name.span, message, |finding| {
            finding.help("declare the machines under `hosts`, or serve unknown clients as well")
        });
    }
}
