//! The addresses of hosts, and the subnets that these are in.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::super::scopes::Scopes;
use super::super::subnets::Subnet;

/// The fixed addresses of all hosts.
pub fn fixed_addresses(scopes: &Scopes<'_, '_>) -> Vec<Ipv4Addr> {
    let fixed = scopes.all.iter().filter_map(|scope| scope.fixed.as_ref());
    fixed.flat_map(|(ips, _)| ips.iter().copied()).collect()
}

/// Where an address is, among subnets.
#[derive(Debug)]
pub struct ByAddress {
    by_network: BTreeMap<Ipv4Addr, usize>,
}

impl ByAddress {
    /// An index of subnets.
    pub fn new(subnets: &[Subnet<'_, '_>]) -> Self {
        let networks = subnets.iter().enumerate().map(|(at, subnet)| (subnet.cidr.network(), at));
        Self { by_network: networks.collect() }
    }

    /// The subnet that an address is in.
    pub fn find<'s, 'a, 't>(
        &self,
        subnets: &'s [Subnet<'a, 't>],
        ip: Ipv4Addr,
    ) -> Option<&'s Subnet<'a, 't>> {
        subnets.get(self.index(subnets, ip)?)
    }

    /// The index of the subnet that an address is in.
    pub fn index(&self, subnets: &[Subnet<'_, '_>], ip: Ipv4Addr) -> Option<usize> {
        let (_, at) = self.by_network.range(..=ip).next_back()?;
        subnets.get(*at).filter(|subnet| subnet.cidr.contains(ip)).map(|_| *at)
    }
}
