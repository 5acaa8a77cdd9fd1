//! A shared network is a wire with several subnets; with one subnet its name says nothing, and
//! often another subnet's is misspelt.
//!
//! Evidence: dhcpd.conf(5), "shared-network"; `dhcpd -t` accepts a wire with one subnet (ISC DHCP
//! 4.4.3), and clients of the subnet that was meant to be there get no answer.
//!
//! Fails:
//! ```yaml fails
//! subnets:
//!   a: { cidr: 10.0.0.0/24, shared_network: floor }
//!   b: { cidr: 10.0.1.0/24, shared_network: flour }
//! ```
//! Passes:
//! ```yaml passes
//! subnets:
//!   a: { cidr: 10.0.0.0/24, shared_network: floor }
//!   b: { cidr: 10.0.1.0/24, shared_network: floor }
//! ```

use rustc_hash::FxHashMap;

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("lonely-shared-network", "a shared network has one subnet"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.subnets {
        return;
    }
    let mut count: FxHashMap<&str, usize> = FxHashMap::default();
    for name in site.subnets.iter().filter_map(|subnet| subnet.shared_network.as_ref()) {
        *count.entry(&name.value).or_default() += 1;
    }
    for name in site.subnets.iter().filter_map(|subnet| subnet.shared_network.as_ref()) {
        if count.get(name.value.as_str()) == Some(&1) {
            found.push(name.span, format!("only one subnet is on the shared network `{name}`"), |finding| {
                finding.help("name it on every subnet of that wire, or leave it out")
            });
        }
    }
}
