//! Two ranges must not have an address in common. dhcpd prints an error for each address that is declared twice,
//! and does not start.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: [10.0.0.100-10.0.0.150, 10.0.0.150-10.0.0.199] } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: [10.0.0.100-10.0.0.149, 10.0.0.150-10.0.0.199] } }
//! ```

use crate::model::{Range, Site, Spanned};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule =
    Rule { kind: FindingKind::error("overlapping-ranges", "two ranges overlap"), cost: Cost::Low, check };

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut sorted: Vec<&Spanned<Range>> = site.subnets.iter().flat_map(|subnet| &subnet.ranges).collect();
    sorted.sort_by_key(|range| (range.value, range.span));
    let mut furthest: Option<&Spanned<Range>> = None;
    for range in sorted {
        if let Some(other) = furthest.filter(|other| range.value.low <= other.value.high) {
            let (one, two) = if other.span < range.span { (other, range) } else { (range, other) };
            found.push(two.span, format!("the ranges {} and {} overlap", one.value, two.value), |finding| {
                finding
                    .and(one.span, "the other one")
                    .help("dhcpd would not start; write each address in one range only")
            });
        }
        if furthest.is_none_or(|other| other.value.high < range.value.high) {
            furthest = Some(range);
        }
    }
}
