//! A subnet with `cidr6` gives the script to every iPXE by DHCPv6, also to one that lacks a feature of `ipxe.needs`: by IPv6
//! iPXE names no feature. Such an iPXE in a ROM then starts a script that it cannot run.
//!
//! Evidence: iPXE sends its features in option 175 of DHCPv4 (src/net/udp/dhcp.c); src/net/udp/dhcpv6.c has no option for
//! them.
//!
//! Fails:
//! ```yaml fails
//! servers: { boot: { ip: 10.0.0.200/24, ip6: "2001:db8::200", interfaces: [eth0] } }
//! ipxe: { needs: http }
//! loaders: { build: {} }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, cidr6: "2001:db8::/64" } }
//! ```
//! Passes:
//! ```yaml passes
//! ipxe: { needs: http }
//! loaders: { build: {} }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "needs-without-ipv6",
        "`ipxe.needs` has no effect on DHCPv6, and a subnet has IPv6",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let needs = &site.ipxe.needs;
    if needs.value.is_empty() {
        return;
    }
    let mut subnets = site.subnets.iter().filter(|subnet| subnet.boots());
    let Some((subnet, v6)) = subnets.find_map(|subnet| Some((subnet, subnet.v6.as_ref()?))) else { return };
    let message = format!(
        "an iPXE that lacks a feature of `needs` gets the script by DHCPv6 in the subnet `{}`",
        subnet.name.value
    );
    found.push(needs.span, message, |finding| {
        finding
            .and(v6.cidr.span, "IPv6")
            .help("make sure that no client has such an iPXE in a ROM, and accept this with `allow`")
    });
}
