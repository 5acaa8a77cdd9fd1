//! Networks by their addresses: the search for the one around an address takes as many steps as there are lengths of
//! prefixes, however many networks there are.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use foldhash::HashMap;

use crate::model::Cidr;

/// Something about each of many networks.
#[derive(Clone, Debug)]
pub struct Networks<T> {
    by_network: HashMap<Cidr, T>,
    prefixes: BTreeSet<u8>,
}

impl<T> Default for Networks<T> {
    fn default() -> Self {
        Self { by_network: HashMap::default(), prefixes: BTreeSet::new() }
    }
}

impl<T> Networks<T> {
    /// Adds a network, unless it is there.
    pub fn add(&mut self, cidr: Cidr, value: T) {
        self.prefixes.insert(cidr.prefix());
        self.by_network.entry(cidr).or_insert(value);
    }

    /// The networks around an address, the smallest first.
    pub fn around(&self, ip: Ipv4Addr) -> impl Iterator<Item = (Cidr, &T)> {
        let with = move |prefix: &u8| {
            let cidr = Cidr::around(ip, *prefix)?;
            Some((cidr, self.by_network.get(&cidr)?))
        };
        self.prefixes.iter().rev().filter_map(with)
    }
}

#[cfg(test)]
mod tests {
    use super::Networks;
    use crate::model::Cidr;

    #[test]
    fn the_smallest_network_around_an_address_comes_first() {
        let mut networks = Networks::default();
        for (at, cidr) in ["10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16", "10.1.0.0/16"].iter().enumerate() {
            networks.add(Cidr::parse(cidr).unwrap(), at);
        }
        let around = |ip: &str| networks.around(ip.parse().unwrap()).map(|(_, at)| *at).collect::<Vec<_>>();
        assert_eq!(around("10.1.2.3"), [1, 0]);
        assert_eq!(around("10.9.2.3"), [0]);
        assert_eq!(around("11.0.0.1"), [0; 0]);
    }
}
