//! Many findings of one kind, folded for people.
//!
//! One mistake can give a hundred equal findings, and another mistake of that site is then hidden among them. So a
//! report for people shows the first of them in full and counts the rest. The formats for programs list all.

use foldhash::HashMap;

use super::{Finding, Severity};
use crate::limits::{ALIKE_PRINTED, FOLDED_ABOVE};

/// The findings of a run that are printed.
pub(super) struct Folded<'r> {
    /// Those that are printed in full.
    pub(super) shown: Vec<&'r Finding>,
    /// For each kind that was folded, its first finding and the number of those left out.
    pub(super) counted: Vec<(&'r Finding, usize)>,
}

/// Folds findings whose rule, severity and message are the same but for names and numbers, if there are many of them.
pub(super) fn fold<'r>(all: &[&'r Finding]) -> Folded<'r> {
    let mut kinds: HashMap<(&str, Severity, String), usize> = HashMap::default();
    let mut counts: Vec<(&Finding, usize)> = Vec::new();
    let mut kind_of = Vec::with_capacity(all.len());
    for finding in all {
        let kind = (finding.kind.id, finding.severity, pattern(&finding.message));
        let at = *kinds.entry(kind).or_insert(counts.len());
        match counts.get_mut(at) {
            Some((_, count)) => *count += 1,
            None => counts.push((finding, 1)),
        }
        kind_of.push(at);
    }
    let mut seen = vec![0; counts.len()];
    let mut shown = Vec::new();
    for (finding, at) in all.iter().zip(kind_of) {
        let (Some(seen), Some((_, count))) = (seen.get_mut(at), counts.get(at)) else { continue };
        *seen += 1;
        if *count <= FOLDED_ABOVE || *seen <= ALIKE_PRINTED {
            shown.push(*finding);
        }
    }
    counts.retain(|(_, count)| *count > FOLDED_ABOVE);
    let counted = counts.into_iter().map(|(first, count)| (first, count - ALIKE_PRINTED)).collect();
    Folded { shown, counted }
}

/// A message without its names and numbers: without what backquotes enclose, and without words that have a digit.
fn pattern(message: &str) -> String {
    let outside = message.split('`').step_by(2);
    let words = outside.flat_map(|text| text.split(' ').chain(["`"]));
    words.filter(|word| !word.bytes().any(|byte| byte.is_ascii_digit())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{fold, pattern};
    use crate::limits::{ALIKE_PRINTED, FOLDED_ABOVE};
    use crate::report::{Finding, FindingKind};

    static BAD: FindingKind = FindingKind::error("bad", "");

    #[test]
    fn names_and_numbers_are_no_part_of_a_pattern() {
        assert_eq!(pattern("10.0.0.9 of the host `a` is bad"), pattern("10.0.0.12 of the host `b c` is bad"));
        assert_ne!(pattern("`a` is no address"), pattern("`a` is no name"));
    }

    #[test]
    fn only_the_first_of_many_alike_are_shown() {
        let alike = |n: usize| Finding::nowhere(&BAD, format!("host `h{n}` is bad"));
        let mut all: Vec<_> = (0..FOLDED_ABOVE).map(alike).collect();
        assert_eq!(fold(&all.iter().collect::<Vec<_>>()).shown.len(), FOLDED_ABOVE);
        all.push(alike(FOLDED_ABOVE));
        all.push(Finding::nowhere(&BAD, "nothing else is like this"));
        let all: Vec<_> = all.iter().collect();
        let folded = fold(&all);
        assert_eq!(folded.shown.len(), ALIKE_PRINTED + 1);
        assert_eq!(folded.shown.last(), all.last());
        assert_eq!(folded.counted, [(all[0], FOLDED_ABOVE + 1 - ALIKE_PRINTED)]);
    }

    #[test]
    fn an_error_is_not_folded_into_warnings() {
        let warning = |n: usize| Finding::nowhere(&BAD, format!("host `h{n}` is bad")).as_warning();
        let mut all: Vec<_> = (0..=FOLDED_ABOVE).map(warning).collect();
        all.push(Finding::nowhere(&BAD, "host `x` is bad"));
        let all: Vec<_> = all.iter().collect();
        assert_eq!(fold(&all).shown.last(), all.last());
    }
}
