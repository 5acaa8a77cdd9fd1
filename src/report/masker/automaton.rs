//! An Aho-Corasick automaton that finds all of many secrets in one pass.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind, PatternID};

/// Fewer secrets than this need no [decoy](Automaton::new).
const MANY: usize = 1_000;

/// Finds secrets in bytes.
pub struct Automaton {
    automaton: AhoCorasick,
    /// The pattern that is no secret.
    decoy: Option<PatternID>,
}

impl Automaton {
    /// Finds these secrets; `None` if there is none.
    ///
    /// The crate moves the states at which a secret ends to the front, one swap after the other, and then follows
    /// the swaps of each state in a circle. Where most states end a secret, as with `p1`, `p10` and `p100`, all of them
    /// are one circle, and 100,000 secrets took seconds. A pattern that comes first and has as many states as there
    /// are secrets fills the front, so that each state moves at most twice.
    pub fn new(secrets: &[&str]) -> Option<Self> {
        if secrets.is_empty() {
            return None;
        }
        let decoy = (secrets.len() >= MANY).then(|| "\0".repeat(secrets.len()));
        let patterns = decoy.as_deref().into_iter().chain(secrets.iter().copied());
        // Building fails beyond 2^31 states, which takes 2 GiB of secrets. The limits on a site exclude that.
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(patterns).ok()?;
        Some(Self { automaton, decoy: decoy.as_ref().map(|_| PatternID::ZERO) })
    }

    /// The ranges of all secrets in a text; they may overlap.
    pub fn find<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = Range<usize>> + 't {
        let hits = self.automaton.find_overlapping_iter(text);
        hits.filter(|hit| Some(hit.pattern()) != self.decoy).map(|hit| hit.range())
    }
}
