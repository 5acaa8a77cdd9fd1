//! A range must lie inside its own subnet. Otherwise dhcpd does not start.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/25, ranges: 10.0.0.100-10.0.0.199 } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("range-outside-subnet", "a range is not inside its subnet"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for subnet in &site.subnets {
        let cidr = subnet.cidr.value;
        for range in &subnet.ranges {
            if cidr.contains(range.value.low) && cidr.contains(range.value.high) {
                continue;
            }
            let message = format!("the range {} is not inside its subnet {cidr}", range.value);
            found.push(range.span, message, |finding| {
                let finding = finding.and(subnet.cidr.span, "the subnet");
                finding.help(format!("its addresses are {} to {}", cidr.network(), cidr.broadcast()))
            });
        }
    }
}
