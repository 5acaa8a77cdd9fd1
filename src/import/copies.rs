//! What a file says once and a site says for each of many subnets: such text is the product of both counts, so that a file
//! of a megabyte could become a site of gigabytes.

use super::draft::{Mapping, Value};
use crate::limits::COPIES;

/// Counts the copies that an import makes of what its file says once.
#[derive(Clone, Debug)]
pub struct Copies {
    left: usize,
}

impl Default for Copies {
    fn default() -> Self {
        Self { left: COPIES }
    }
}

impl Copies {
    /// Whether something of this weight may be written so many times. The first time is no copy.
    pub fn take(&mut self, weight: usize, times: usize) -> bool {
        match self.left.checked_sub(weight.saturating_mul(times.saturating_sub(1))) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

/// Why something is not written for each of so many.
pub fn too_many(times: usize, whom: &str) -> String {
    format!(
        "it would be written for each of {times} {whom}, and an import makes {COPIES} copies of values at most; say it \
         again by hand where it is needed"
    )
}

/// How much a text weighs: as much as a value of this length.
pub const fn weight_of_text(text: &str) -> usize {
    1 + text.len() / 64
}

/// How many values of common length a value weighs.
pub fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) | Value::Bare(text) | Value::Lines(text) => weight_of_text(text),
        Value::List(values) => values.iter().map(weight).sum::<usize>() + 1,
        Value::Map(map) => of_mapping(map),
    }
}

fn of_mapping(map: &Mapping) -> usize {
    map.entries().iter().map(|entry| weight_of_text(&entry.key) + weight(&entry.value)).sum::<usize>() + 1
}

#[cfg(test)]
mod tests {
    use super::{Copies, weight, weight_of_text};
    use crate::import::draft::Value;
    use crate::limits::COPIES;

    #[test]
    fn copies_are_counted_and_the_first_is_none() {
        let mut copies = Copies::default();
        assert!(copies.take(COPIES * 2, 1));
        assert!(!copies.take(2, COPIES));
        assert!(copies.take(1, COPIES + 1));
        assert!(!copies.take(1, 2));
        assert!(!Copies::default().take(usize::MAX, usize::MAX));
        let long = "x".repeat(6400);
        assert_eq!(weight_of_text(&long), 101);
        assert_eq!(weight(&Value::List(vec!["a".into(), long.into()])), 103);
    }
}
