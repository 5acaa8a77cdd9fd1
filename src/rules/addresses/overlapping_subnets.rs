//! Two subnets must not have an address in common. If they overlap, dhcpd assigns a client to the one that it finds
//! first, and prints at most a warning.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/16 }, lab: { cidr: 10.0.1.0/24 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24 }, lab: { cidr: 10.0.1.0/24 } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule =
    Rule { kind: FindingKind::error("overlapping-subnets", "two subnets overlap"), cost: Cost::Low, check };

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut sorted: Vec<_> = site.subnets.iter().collect();
    sorted.sort_by_key(|subnet| (subnet.cidr.value.network(), subnet.cidr.value.prefix()));
    // Networks nest or are apart, so the one that reaches furthest so far is enough to ask.
    let mut widest: Option<&crate::model::Subnet> = None;
    for subnet in sorted {
        if let Some(other) = widest.filter(|other| other.cidr.value.overlaps(subnet.cidr.value)) {
            let (one, two) = (other.cidr.value, subnet.cidr.value);
            let message = if one == two {
                format!("the subnets `{}` and `{}` are both {one}", other.name.value, subnet.name.value)
            } else {
                format!(
                    "the subnet {two} of `{}` lies inside {one} of `{}`",
                    subnet.name.value, other.name.value
                )
            };
            found.push(subnet.cidr.span, message, |finding| {
                finding
                    .and(other.cidr.span, "the other one")
                    .help("a client belongs to one subnet; give them different networks")
            });
        }
        if widest.is_none_or(|other| other.cidr.value.broadcast() < subnet.cidr.value.broadcast()) {
            widest = Some(subnet);
        }
    }
}
