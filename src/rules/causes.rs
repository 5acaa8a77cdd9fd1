//! Findings with one cause: a room that moves to another network leaves all its hosts outside of every subnet.
//!
//! They are reported as one finding, the first, whose help counts and names the others.

use foldhash::{HashMap, HashSet};

use crate::report::{Cause, Finding};

/// How many of the others are named.
const NAMED: usize = 5;

/// The first finding of a cause, by its index, and the others.
struct Merged {
    first: usize,
    others: usize,
    /// The names of some of them.
    names: Vec<String>,
}

/// Merges the findings of a rule that have one cause into the first of them.
pub fn merge(found: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::with_capacity(found.len());
    let mut causes: HashMap<(&str, &str, u64), Merged> = HashMap::default();
    // An alias repeats a finding, with the same place and message.
    let mut said = HashSet::default();
    for mut finding in found {
        let Some(cause) = finding.cause.take() else {
            merged.push(finding);
            continue;
        };
        let Cause { number, noun, name } = *cause;
        let key = (finding.kind.id, noun, number);
        let is_new =
            said.insert((key, finding.primary.as_ref().map(|label| label.span), finding.message.clone()));
        match causes.get_mut(&key) {
            None => {
                causes.insert(key, Merged { first: merged.len(), others: 0, names: Vec::new() });
                merged.push(finding);
            }
            Some(known) if is_new => {
                known.others += 1;
                if known.names.len() < NAMED {
                    known.names.push(name);
                }
            }
            Some(_) => {}
        }
    }
    for ((_, noun, _), Merged { first, others, names }) in causes {
        if let Some(finding) = merged.get_mut(first).filter(|_| others > 0) {
            finding.others = others;
            let more = if others > names.len() { " …" } else { "" };
            let plural = if noun.ends_with('s') { "es" } else { "s" };
            let (nouns, have) = if others == 1 { ("", "has") } else { (plural, "have") };
            let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let others = format!("{others} other {noun}{nouns} {have} the same fault: {names}{more}");
            finding.help = Some(match finding.help.take() {
                Some(help) => format!("{help}\n{others}"),
                None => others,
            });
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::merge;
    use crate::report::{Finding, FindingKind};
    use crate::source::Span;

    static BAD: FindingKind = FindingKind::error("bad", "");

    fn finding(place: u32, name: &str, cause: u64) -> Finding {
        let span = Span { start: place, end: place + 1 };
        Finding::new(&BAD, span, format!("`{name}` is bad")).cause(cause, "host", name)
    }

    #[test]
    fn the_first_of_a_cause_names_the_others() {
        let mut found: Vec<_> = (0..8).map(|n| finding(n, &format!("a{n}"), 1)).collect();
        found.push(finding(20, "b", 2));
        found.push(finding(21, "c", 2));
        found.push(finding(30, "d", 3));
        found.push(Finding::new(&BAD, Span { start: 40, end: 41 }, "no cause"));
        // By an alias.
        found.push(finding(21, "c", 2));
        found.push(finding(30, "d", 3));
        let merged = merge(found);
        let shown: Vec<_> =
            merged.iter().map(|finding| (finding.message.as_str(), finding.help.as_deref())).collect();
        assert_eq!(
            shown,
            [
                ("`a0` is bad", Some("7 other hosts have the same fault: `a1`, `a2`, `a3`, `a4`, `a5` …")),
                ("`b` is bad", Some("1 other host has the same fault: `c`")),
                ("`d` is bad", None),
                ("no cause", None),
            ]
        );
    }
}
