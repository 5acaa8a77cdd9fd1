//! An `allow` that suppresses no finding: it is left over, or its rule is misspelt.

use foldhash::HashSet;

use super::{RULES, allowable};
use crate::model::Site;
use crate::report::catalogue::UNUSED_ALLOW;
use crate::report::distance;
use crate::report::{Finding, Report};
use crate::source::Span;

/// Finds them once all rules have run. If the site could not be resolved completely, an `allow` may be for a rule
/// that could not check it, so it is not reported.
pub(super) fn check(site: &Site<'_>, used: &[bool], report: &mut Report) {
    // A YAML alias repeats an `allow`; it is used if it is used at any of its places.
    let used: HashSet<Span> =
        site.allow.iter().zip(used).filter(|(_, used)| **used).map(|(allow, _)| allow.rule.span).collect();
    for allow in &site.allow {
        let rule = &allow.rule;
        // Findings of the catalogue depend on the options of the run.
        let known = RULES.iter().any(|known| known.kind.id == rule.value);
        if !allowable().any(|known| known == rule.value) {
            let finding =
                Finding::new(&UNUSED_ALLOW, rule.span, format!("there is no rule `{}`", rule.value));
            let near = allowable()
                .min_by_key(|known| distance(known, &rule.value))
                .filter(|known| distance(known, &rule.value) < usize::MAX);
            report
                .push(finding.help(near.map_or_else(String::new, |near| format!("did you mean `{near}`?"))));
        } else if known && !used.contains(&rule.span) && site.gaps == crate::model::Gaps::default() {
            let finding = Finding::new(
                &UNUSED_ALLOW,
                rule.span,
                format!("there is no finding of the rule `{}` here", rule.value),
            );
            report.push(finding.as_warning().help("remove it, so that it does not hide the next finding"));
        }
    }
}
