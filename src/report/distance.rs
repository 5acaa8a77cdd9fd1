//! How much a word is like another, for "did you mean".

use crate::limits::MISSPELT_WORD;

/// The number of letters by which two words differ; `usize::MAX` if one is too long to be compared.
#[must_use]
pub fn distance(one: &str, other: &str) -> usize {
    if one.len().max(other.len()) > MISSPELT_WORD {
        return usize::MAX;
    }
    strsim::damerau_levenshtein(one, other)
}
