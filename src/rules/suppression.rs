//! Applies `allow`: it suppresses each finding of its rule that has a place within its scope.
//!
//! Scopes nest, and an alias of YAML repeats one, so a finding may lie in as many scopes as there are hosts. Comparing
//! each finding with each scope would be quadratic. Of all scopes that begin before a place, only the furthest end
//! matters; of all places that begin within a scope, only the nearest end.

use foldhash::HashMap;

use crate::model::Allow;
use crate::report::Finding;
use crate::source::Span;

/// Which findings are suppressed, and which `allow` suppress any, each in input order.
pub fn matched(allow: &[Allow], found: &[Finding]) -> (Vec<bool>, Vec<bool>) {
    let mut rules: HashMap<&str, (Vec<Span>, Vec<Span>)> = HashMap::default();
    for allow in allow {
        rules.entry(&allow.rule.value).or_default().0.push(allow.scope);
    }
    for finding in found {
        if let Some((_, places)) = rules.get_mut(finding.kind.id) {
            places.extend(finding.labels().map(|label| label.span));
        }
    }
    let rules: HashMap<&str, (Scopes, Places)> = rules
        .into_iter()
        .map(|(rule, (scopes, places))| (rule, (Scopes::new(scopes), Places::new(places))))
        .collect();
    let accepted = |finding: &Finding| {
        let Some((scopes, _)) = rules.get(finding.kind.id) else { return false };
        finding.labels().any(|label| scopes.one_holds(label.span))
    };
    let used = |allow: &Allow| {
        rules.get(allow.rule.value.as_str()).is_some_and(|(_, places)| places.one_is_in(allow.scope))
    };
    (found.iter().map(accepted).collect(), allow.iter().map(used).collect())
}

/// Scopes by their start, each with the furthest end of all up to it.
struct Scopes(Vec<Span>);

impl Scopes {
    fn new(mut spans: Vec<Span>) -> Self {
        spans.sort_unstable();
        let mut furthest = 0;
        for span in &mut spans {
            furthest = furthest.max(span.end);
            span.end = furthest;
        }
        Self(spans)
    }

    fn one_holds(&self, place: Span) -> bool {
        let behind = self.0.partition_point(|scope| scope.start <= place.start);
        let last = behind.checked_sub(1).and_then(|at| self.0.get(at));
        last.is_some_and(|scope| place.end <= scope.end)
    }
}

/// Places by their start, each with the nearest end of all from it on.
struct Places(Vec<Span>);

impl Places {
    fn new(mut spans: Vec<Span>) -> Self {
        spans.sort_unstable();
        let mut nearest = u32::MAX;
        for span in spans.iter_mut().rev() {
            nearest = nearest.min(span.end);
            span.end = nearest;
        }
        Self(spans)
    }

    fn one_is_in(&self, scope: Span) -> bool {
        let first = self.0.partition_point(|place| place.start < scope.start);
        self.0.get(first).is_some_and(|place| place.end <= scope.end)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::matched;
    use crate::model::{Allow, Spanned};
    use crate::report::{Finding, FindingKind};
    use crate::source::Span;

    static RULES: [FindingKind; 3] = [
        FindingKind::error("duplicate-mac", ""),
        FindingKind::error("duplicate-ip", ""),
        FindingKind::error("long-label", ""),
    ];

    /// As it is defined: each finding against each `allow`.
    fn one_by_one(allow: &[Allow], found: &[Finding]) -> (Vec<bool>, Vec<bool>) {
        let meant = |allow: &Allow, finding: &Finding| {
            allow.rule.value == finding.kind.id
                && finding.labels().any(|label| allow.scope.contains(label.span))
        };
        (
            found.iter().map(|finding| allow.iter().any(|allow| meant(allow, finding))).collect(),
            allow.iter().map(|allow| found.iter().any(|finding| meant(allow, finding))).collect(),
        )
    }

    /// Few places, so that scopes nest, coincide and touch; some end before they begin, as that of an
    /// alias does whose anchor is further up.
    fn span() -> impl Strategy<Value = Span> {
        prop_oneof![
            1 => Just(Span::new(0, u32::MAX)),
            9 => (0..24u32, 0..24u32).prop_map(|(start, end)| Span::new(start, end)),
        ]
    }

    fn allow() -> impl Strategy<Value = Allow> {
        (0..RULES.len(), span()).prop_map(|(rule, scope)| Allow {
            rule: Spanned::new(RULES[rule].id.to_owned(), Span::new(0, 0)),
            scope,
        })
    }

    fn finding() -> impl Strategy<Value = Finding> {
        (0..RULES.len(), proptest::collection::vec(span(), 0..4)).prop_map(|(rule, spans)| {
            let Some((first, more)) = spans.split_first() else {
                return Finding::nowhere(&RULES[rule], "x");
            };
            let finding = Finding::new(&RULES[rule], *first, "x");
            more.iter().fold(finding, |finding, span| finding.and(*span, "y"))
        })
    }

    proptest! {
        #[test]
        fn it_is_as_if_each_were_held_against_each(
            allow in proptest::collection::vec(allow(), 0..12),
            found in proptest::collection::vec(finding(), 0..12),
        ) {
            prop_assert_eq!(matched(&allow, &found), one_by_one(&allow, &found));
        }
    }

    /// One by one these are 10¹⁰ comparisons, which take minutes.
    #[test]
    fn a_hundred_thousand_findings_meet_as_many_scopes() {
        let at = |n: u32| Span::new(n * 10, n * 10 + 9);
        let allow = |scope| Allow { rule: Spanned::new(RULES[0].id.to_owned(), Span::new(0, 0)), scope };
        let nested = |n: u32| Span::new(n, 4_000_000 - n);
        let scopes: Vec<_> = (0..50_000).map(at).chain((0..50_000).map(nested)).map(allow).collect();
        let found: Vec<_> = (0..100_000).map(|n| Finding::new(&RULES[0], at(n), "x")).collect();
        let (accepted, used) = matched(&scopes, &found);
        assert!(accepted.iter().all(|accepted| *accepted) && used.iter().all(|used| *used));
    }
}
