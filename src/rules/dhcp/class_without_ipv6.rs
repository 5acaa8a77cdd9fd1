//! Classes are for IPv4. In a subnet with `cidr6`, DHCPv6 gives the clients of a class the same as all others: the
//! subnet's loaders, and addresses of its ranges.
//!
//! Evidence: dhcpd6.conf and kea-dhcp6.conf have no conditions for classes; DHCPv6 sends the vendor class as option 16, and
//! a relay's port as options 18 and 37, in other forms (RFC 8415, sections 21.16 and 21.18; RFC 4649).
//!
//! Fails:
//! ```yaml fails
//! servers: { boot: { ip: 10.0.0.200/24, ip6: "2001:db8::200", interfaces: [eth0] } }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, cidr6: "2001:db8::/64" } }
//! classes: { vms: { match: { mac: "52:54:00:*" }, loaders: { efi_x64: shim.efi } } }
//! ```
//! Passes:
//! ```yaml passes
//! classes: { vms: { match: { mac: "52:54:00:*" }, loaders: { efi_x64: shim.efi } } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "class-without-ipv6",
        "a class counts in a subnet with IPv6, where it has no effect",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for class in &site.classes {
        let mut subnets = class.here.iter().filter_map(|here| site.subnets.get(here.subnet));
        let found_here = subnets.find_map(|subnet| Some((subnet, subnet.v6.as_ref()?)));
        let Some((subnet, v6)) = found_here else { continue };
        let message = format!(
            "the class `{}` has no effect on DHCPv6 in the subnet `{}`",
            class.name.value, subnet.name.value
        );
        found.push(class.name.span, message, |finding| {
            // Classes that a site imports mostly count everywhere.
            finding.cause(0, "class", class.name.value.as_str()).and(v6.cidr.span, "IPv6").help(
                "classes are for IPv4; name the `subnets` in which it counts, or accept that with `allow`",
            )
        });
    }
}
