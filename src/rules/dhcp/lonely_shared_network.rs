//! A shared network is one wire with several subnets. A shared network with one subnet has no effect; often its
//! name is misspelt at another subnet.
//!
//! Evidence: dhcpd.conf(5), "shared-network"; `dhcpd -t` accepts one with a single subnet (ISC DHCP 4.4.3), and
//! clients of the subnet that is missing there get no answer.
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

use foldhash::HashMap;

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
    let mut count: HashMap<&str, usize> = HashMap::default();
    for name in site.subnets.iter().filter_map(|subnet| subnet.shared_network.as_ref()) {
        *count.entry(&name.value).or_default() += 1;
    }
    for name in site.subnets.iter().filter_map(|subnet| subnet.shared_network.as_ref()) {
        if count.get(name.value.as_str()) == Some(&1) {
            found.push(name.span, format!("the shared network `{name}` has only one subnet"), |finding| {
                finding.help("set it on every subnet of that wire, or remove it")
            });
        }
    }
}
