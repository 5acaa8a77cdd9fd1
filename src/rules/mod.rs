//! What can still be wrong with a site whose every value is right: one file per rule, and [`RULES`].
//!
//! Rules read the model only. A value in error is not in the model, so no rule speaks of it; what
//! hangs on it is marked in [`Gaps`](crate::model::Gaps).

mod address_in_range;
mod address_outside_subnets;
mod duplicate_ip;
mod duplicate_label;
mod duplicate_mac;
mod label_not_ascii;
mod long_timeout;
mod overlapping_ranges;
mod overlapping_subnets;
mod range_outside_subnet;
mod unused_allow;

use crate::model::Site;
use crate::report::{Finding, Report, Severity};

/// A rule.
pub struct Rule {
    /// Its id, such as `duplicate-mac`.
    pub id: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Finds it.
    pub check: fn(&Site<'_>, &mut Found<'_>),
}

/// Every rule.
pub static RULES: &[&Rule] = &[
    &duplicate_mac::RULE,
    &duplicate_ip::RULE,
    &duplicate_label::RULE,
    &address_outside_subnets::RULE,
    &address_in_range::RULE,
    &overlapping_subnets::RULE,
    &overlapping_ranges::RULE,
    &range_outside_subnet::RULE,
    &label_not_ascii::RULE,
    &long_timeout::RULE,
];

/// Takes what a rule finds.
pub struct Found<'r> {
    rule: &'static Rule,
    found: &'r mut Vec<Finding>,
}

impl Found<'_> {
    /// A finding of this rule.
    pub fn push(
        &mut self,
        span: crate::source::Span,
        message: impl Into<String>,
        finish: impl FnOnce(Finding) -> Finding,
    ) {
        let finding = match self.rule.severity {
            Severity::Error => Finding::error(self.rule.id, span, message),
            Severity::Warning => Finding::warning(self.rule.id, span, message),
        };
        self.found.push(finish(finding));
    }
}

/// Runs every rule; what `allow` accepts is left out, and an `allow` that accepts nothing is found.
pub fn run(site: &Site<'_>, report: &mut Report) {
    let mut found = Vec::new();
    for rule in RULES {
        (rule.check)(site, &mut Found { rule, found: &mut found });
    }
    let mut used = vec![false; site.allow.len()];
    for finding in found {
        let mut accepted = false;
        for (allow, used) in site.allow.iter().zip(&mut used) {
            let within = |label: &crate::report::Label| {
                allow.scope.start <= label.span.start && label.span.end <= allow.scope.end
            };
            if allow.rule.value == finding.rule && finding.labels().any(within) {
                accepted = true;
                *used = true;
            }
        }
        if !accepted {
            report.push(finding);
        }
    }
    unused_allow::check(site, &used, report);
}
