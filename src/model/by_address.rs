//! Finds values that begin at an address, such as networks and ranges.

use std::net::Ipv4Addr;

/// Finds the values that begin at or before an address. A million hosts mostly come in the order of their
/// addresses, so the search begins where the last one ended.
#[derive(Clone, Debug)]
pub struct ByAddress<'o, T> {
    order: &'o [(Ipv4Addr, T)],
    near: usize,
}

impl<'o, T> ByAddress<'o, T> {
    /// The values, sorted by their first address.
    #[must_use]
    pub const fn new(order: &'o [(Ipv4Addr, T)]) -> Self {
        Self { order, near: 0 }
    }

    /// The values that begin at an address or before it; the last one is the nearest.
    pub fn upto(&mut self, ip: Ipv4Addr) -> &'o [(Ipv4Addr, T)] {
        let begins = |at: usize| self.order.get(at).map(|(begin, _)| *begin);
        let here = self.near.checked_sub(1).and_then(begins).is_none_or(|begin| begin <= ip)
            && begins(self.near).is_none_or(|begin| ip < begin);
        if !here {
            self.near = self.order.partition_point(|(begin, _)| *begin <= ip);
        }
        self.order.get(..self.near).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use super::ByAddress;

    proptest! {
        #[test]
        fn any_address_finds_what_a_search_finds(
            mut begins in prop::collection::vec(0_u8..40, 0..8),
            asked in prop::collection::vec(0_u8..42, 0..20),
        ) {
            begins.sort_unstable();
            let ip = |number: u8| Ipv4Addr::from(u32::from(number));
            let order: Vec<_> = begins.iter().map(|begin| (ip(*begin), ())).collect();
            let mut found = ByAddress::new(&order);
            for asked in asked {
                let before = begins.iter().filter(|begin| **begin <= asked).count();
                prop_assert_eq!(found.upto(ip(asked)).len(), before);
            }
        }
    }
}
