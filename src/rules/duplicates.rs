//! Finds values that several hosts share and only one may have, in little memory.

use std::collections::hash_map::Entry;
use std::hash::{BuildHasher as _, Hash};

use foldhash::fast::RandomState;
use foldhash::{HashMap, HashSet};

/// The number of bits for each item. A key sets one, so about one of sixty keys meets another's bit by
/// chance.
const BITS: usize = 32;

/// Returns (first, duplicate) pairs in input order. `count` is about how many items there are.
///
/// A table of all keys would take more memory than anything else in a run, and waiting for that memory most
/// of the time. So each key only sets a bit, and only keys that find their bit set are compared
/// (docs/many-hosts.md).
pub fn duplicates<T: Copy, K: Hash + Eq>(
    count: usize,
    items: impl Iterator<Item = T> + Clone,
    key: impl Fn(T) -> Option<K>,
) -> Vec<(T, T)> {
    let state = RandomState::default();
    // 0 means no key.
    let hash = |item| key(item).map_or(0, |key| state.hash_one(key) | 1);
    let mut hashes: Vec<u64> = Vec::with_capacity(count);
    // Not `for`: `for_each` is faster on chained and flattened iterators.
    items.clone().map(hash).for_each(|hash| hashes.push(hash));
    // Separate from hashing, so that the processor continues while it waits for the memory of a bit.
    let mut marked = Bits::new(count);
    let met: Vec<u64> = hashes.iter().copied().filter(|hash| *hash != 0 && marked.mark(*hash)).collect();
    drop(marked);
    // Wider, because all keys are looked up in it.
    let mut again = Bits::new(met.len() * 8);
    met.into_iter().for_each(|hash| {
        again.mark(hash);
    });
    let mut found = Vec::new();
    // Nearly all that met have different hashes. If all have, no item is looked at again.
    let mut known = HashSet::default();
    let mut candidates = hashes.iter().filter(|hash| **hash != 0 && again.is_marked(**hash));
    if candidates.all(|hash| known.insert(*hash)) {
        return found;
    }
    let mut firsts: HashMap<K, T> = HashMap::default();
    let mut hashes = hashes.into_iter();
    items.for_each(|item| {
        let met = hashes.next().is_some_and(|hash| hash != 0 && again.is_marked(hash));
        let Some(key) = met.then(|| key(item)).flatten() else { return };
        match firsts.entry(key) {
            Entry::Occupied(first) => found.push((*first.get(), item)),
            Entry::Vacant(first) => {
                first.insert(item);
            }
        }
    });
    found
}

/// A row of bits; many hashes share a bit. A set bit is 0: a row of zeroes would be memory that the kernel
/// has not provided yet. Reading such memory before writing it costs twice and makes all processors wait.
struct Bits(Vec<u64>);

impl Bits {
    fn new(count: usize) -> Self {
        Self(vec![u64::MAX; (count.max(2) * BITS / 64).next_power_of_two()])
    }

    /// The index of a word, and a bit of it; the lowest bit of a hash is always 1.
    fn place(&self, hash: u64) -> (usize, u64) {
        let at = hash >> 1;
        ((at >> 6) as usize & (self.0.len() - 1), 1 << (at & 63))
    }

    /// Sets the bit of a hash; gives whether it was set.
    fn mark(&mut self, hash: u64) -> bool {
        let (at, bit) = self.place(hash);
        let Some(word) = self.0.get_mut(at) else { return false };
        let was = *word & bit == 0;
        *word &= !bit;
        was
    }

    fn is_marked(&self, hash: u64) -> bool {
        let (at, bit) = self.place(hash);
        self.0.get(at).is_some_and(|word| word & bit == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::duplicates;

    #[test]
    fn each_comes_behind_the_first_in_order() {
        let items = ["b1", "a2", "b3", "c4", "a5", "b6", "-"];
        let key = |item: &'static str| item.strip_prefix(char::is_alphabetic).map(|_| &item[..1]);
        // The result does not depend on `count`, which is only an estimate.
        for count in [0, 1, 7, 1000] {
            let found = duplicates(count, items.into_iter(), key);
            assert_eq!(found, [("b1", "b3"), ("a2", "a5"), ("b1", "b6")]);
        }
    }

    #[test]
    fn keys_that_only_meet_are_none() {
        assert_eq!(duplicates(1, 0..10_000_u32, Some), []);
        let found = duplicates(1, 0..10_000_u32, |number| Some(number % 9_999));
        assert_eq!(found, [(0, 9_999)]);
    }
}
