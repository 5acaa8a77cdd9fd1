//! `ranges` with two single addresses: the list gives two addresses, and not those between them.
//!
//! A list of two addresses looks like the first and the last one of a range, as in `range 10.0.0.100 10.0.0.199;` of
//! dhcpd.conf (dhcpd.conf(5)). A pool with only these two addresses turns the third client away.
//!
//! Fails:
//! ```yaml fails
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: [10.0.0.100, 10.0.0.199] } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
//! ```

use std::fmt::Display;

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("two-addresses", "a list of two addresses in place of a range"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for subnet in &site.subnets {
        if let [first, last] = subnet.ranges.as_slice() {
            let (low, high) = (first.value, last.value);
            let apart = high.low.to_bits().saturating_sub(low.low.to_bits()) > 1;
            if apart && low.low == low.high && high.low == high.high && low.clients == high.clients {
                report(found, first.span, low.low, high.low);
            }
        }
        if let Some([first, last]) = subnet.v6.as_ref().map(|v6| v6.ranges.as_slice()) {
            let (low, high) = (&first.value, &last.value);
            let apart = high.low.to_bits().saturating_sub(low.low.to_bits()) > 1;
            if apart && low.low == low.high && high.low == high.high {
                report(found, first.span, low.low, high.low);
            }
        }
    }
}

fn report(found: &mut Findings<'_>, span: Span, low: impl Display, high: impl Display) {
    let message = format!("these ranges are two single addresses, {low} and {high}");
    found.push(span, message, |finding| {
        finding.help(format!("if the addresses between them are meant, too: `{low}-{high}`"))
    });
}
