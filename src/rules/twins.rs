//! What several hosts have that only one may have, found in little memory.

use std::collections::hash_map::Entry;
use std::hash::{BuildHasher as _, Hash};

use rustc_hash::{FxBuildHasher, FxHashMap};

/// The items whose key an earlier one has, each behind the first that has it, in order.
///
/// Hashes are sorted and only equal ones looked into. A table of the keys themselves was the most
/// memory of a whole run: up to 120 bytes a host, and half as much again whenever it grew.
pub(super) fn twins<T: Copy, K: Hash + Eq>(
    items: impl Iterator<Item = T>,
    key: impl Fn(T) -> Option<K>,
) -> Vec<(T, T)> {
    // Never more than 2³² items: sites have at most 4 GiB of text.
    let mut marks: Vec<(u64, u32, T)> = Vec::with_capacity(items.size_hint().0);
    for (at, item) in (0..).zip(items) {
        if let Some(key) = key(item) {
            marks.push((FxBuildHasher.hash_one(key), at, item));
        }
    }
    marks.sort_unstable_by_key(|(hash, at, _)| (*hash, *at));
    let mut found = Vec::new();
    for alike in marks.chunk_by(|one, other| one.0 == other.0).filter(|alike| alike.len() > 1) {
        let mut firsts: FxHashMap<K, T> = FxHashMap::default();
        for (_, at, item) in alike {
            let Some(key) = key(*item) else { continue };
            match firsts.entry(key) {
                Entry::Occupied(first) => found.push((*at, *first.get(), *item)),
                Entry::Vacant(first) => {
                    first.insert(*item);
                }
            }
        }
    }
    found.sort_unstable_by_key(|(at, ..)| *at);
    found.into_iter().map(|(_, first, item)| (first, item)).collect()
}

#[cfg(test)]
mod tests {
    use super::twins;

    #[test]
    fn each_comes_behind_the_first_in_order() {
        let items = ["b1", "a2", "b3", "c4", "a5", "b6", "-"];
        let found =
            twins(items.into_iter(), |item| item.strip_prefix(char::is_alphabetic).map(|_| &item[..1]));
        assert_eq!(found, [("b1", "b3"), ("a2", "a5"), ("b1", "b6")]);
    }
}
