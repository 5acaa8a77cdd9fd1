//! The network around the server in a trial: its interfaces and addresses, and the way of each subnet's clients to it.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

use anyhow::{Result, bail};

use crate::model::{Cidr, Cidr6, Server, Site, Subnet6};
use crate::wire::Interface;

/// An interface of the server.
#[derive(Clone, Debug)]
pub(super) struct Nic {
    pub(super) name: String,
    pub(super) addresses: Vec<(Ipv4Addr, u8)>,
    /// The network that it is in, if it is one of the site.
    network: Option<usize>,
    /// DHCP answers on it.
    pub(super) listens: bool,
}

impl Nic {
    /// The device of its name: an alias such as `eth0:1` is a label of addresses, and `ip` shows a peer behind an `@`.
    fn device(&self) -> &str {
        self.name.split([':', '@']).next().unwrap_or(&self.name)
    }
}

/// The way of a subnet's clients to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// They are on the wire of an interface, by index.
    Direct(usize),
    /// A relay with this address forwards their requests.
    Relay(Ipv4Addr),
}

impl Way {
    /// The interface; `None` for relays, which share one socket.
    pub(super) const fn nic(self) -> Option<usize> {
        match self {
            Self::Direct(nic) => Some(nic),
            Self::Relay(_) => None,
        }
    }
}

/// The network of a trial.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) nics: Vec<Nic>,
    /// By the subnet's index.
    pub(super) ways: Vec<Way>,
    /// The address that relays send to, on the first interface.
    pub(super) server: Ipv4Addr,
    /// The server's IPv6 addresses, their prefixes and interfaces, in a trial of DHCPv6.
    pub(super) ips6: Vec<(Ipv6Addr, u8, usize)>,
    /// It is a trial of DHCPv6.
    pub(super) six: bool,
}

impl Network {
    /// The network around a server.
    ///
    /// # Errors
    /// If Linux cannot have an interface of such a name.
    pub(super) fn new(site: &Site<'_>, machine: &Server) -> Result<Self> {
        let listening =
            |name: &str| Nic { name: name.to_owned(), addresses: Vec::new(), network: None, listens: true };
        // The namespace has its own loopback, on which there are no clients.
        let all = machine.interfaces.iter().map(|name| listening(&name.value));
        let mut nics: Vec<Nic> = all.filter(|nic| nic.device() != "lo").collect();
        if nics.is_empty() {
            nics.push(listening("eth0"));
        }
        let (inside, outside): (Vec<Ipv4Addr>, Vec<Ipv4Addr>) = machine
            .ips
            .iter()
            .map(|ip| ip.value)
            .partition(|ip| site.subnets.iter().any(|subnet| subnet.cidr.value.contains(*ip)));
        for ip in inside.into_iter().chain(outside) {
            place(site, machine, &mut nics, ip);
        }
        let server = nics.first().and_then(|nic| nic.addresses.first()).map(|(ip, _)| *ip);
        let ways = (0..site.subnets.len()).map(|at| way(site, machine, &nics, at)).collect();
        let server = server.unwrap_or(Ipv4Addr::new(192, 0, 2, 1));
        let network = Self { nics, ways, server, ips6: Vec::new(), six: false };
        if let Some(name) = network.impossible() {
            bail!(
                "Linux has no interface named `{name}`: correct `interfaces` of the server `{}`",
                machine.name
            );
        }
        Ok(network)
    }

    /// The network with the server's IPv6 addresses, for a trial of DHCPv6.
    pub(super) fn with_ipv6(mut self, site: &Site<'_>, machine: &Server) -> Self {
        self.six = true;
        for ip in machine.ips6.iter().map(|ip| ip.value) {
            let cidr = |subnet: &crate::model::Subnet| subnet.v6.as_ref().map(|v6| v6.cidr.value);
            let at =
                site.subnets.iter().position(|subnet| cidr(subnet).is_some_and(|cidr| cidr.contains(ip)));
            let nic = match at.and_then(|at| self.ways.get(at)) {
                Some(Way::Direct(nic)) => *nic,
                _ => 0,
            };
            let prefix = at.and_then(|at| cidr(site.subnets.get(at)?)).map_or(64, Cidr6::prefix);
            self.ips6.push((ip, prefix, nic));
        }
        // The server is on the wire of such a subnet, whatever address it has there: no file need say it.
        for (subnet, way) in site.subnets.iter().zip(&self.ways) {
            let (Some(v6), Way::Direct(nic)) = (subnet.v6.as_ref(), way) else { continue };
            let cidr = v6.cidr.value;
            if !self.ips6.iter().any(|(ip, _, _)| cidr.contains(*ip)) {
                let ip = Ipv6Addr::from(u128::from(cidr.network()) | 0xfffd);
                self.ips6.push((ip, cidr.prefix(), *nic));
            }
        }
        self
    }

    /// The interface of the clients of a subnet by IPv6, and the address of their relay if the server is not on their wire.
    pub(super) fn way6(&self, subnet: usize, v6: &Subnet6) -> (Option<usize>, Option<Ipv6Addr>) {
        let is_here = self.ips6.iter().any(|(ip, _, _)| v6.cidr.value.contains(*ip));
        match self.ways.get(subnet) {
            Some(Way::Direct(nic)) if is_here => (Some(*nic), None),
            _ => (None, Some(Ipv6Addr::from(u128::from(v6.cidr.value.network()) | 0xfffe))),
        }
    }

    /// An interface that Linux cannot have: its folders of settings for all interfaces have these names
    /// (/proc/sys/net/ipv4/conf).
    fn impossible(&self) -> Option<&str> {
        self.devices().into_iter().find(|device| ["all", "default"].contains(device))
    }

    /// The server's devices, each once.
    pub(super) fn devices(&self) -> Vec<&str> {
        let mut all: Vec<&str> = Vec::new();
        for nic in &self.nics {
            if !all.contains(&nic.device()) {
                all.push(nic.device());
            }
        }
        all
    }

    /// The clients' side of an interface: `c0` for the first device.
    pub(super) fn client_of(&self, nic: Option<usize>) -> String {
        let device = nic.and_then(|nic| self.nics.get(nic)).map(Nic::device);
        let at = device.and_then(|device| self.devices().iter().position(|known| *known == device));
        format!("c{}", at.unwrap_or(0))
    }

    /// The relays.
    fn relays(&self) -> Vec<Ipv4Addr> {
        let relays = self.ways.iter().filter_map(|way| match way {
            Way::Direct(_) => None,
            Way::Relay(address) => Some(*address),
        });
        let mut relays: Vec<Ipv4Addr> = relays.collect();
        relays.sort_unstable();
        relays.dedup();
        relays
    }

    /// The server's side, as lines for `ip -batch`.
    pub(super) fn server_lines(&self) -> String {
        let mut lines = String::new();
        for nic in &self.nics {
            let device = nic.device();
            let label = if nic.name.contains(':') { format!(" label {}", nic.name) } else { String::new() };
            for (ip, prefix) in &nic.addresses {
                let _ = writeln!(lines, "address add {ip}/{prefix} dev {device}{label}");
            }
            let _ = writeln!(lines, "link set dev {device} up");
        }
        for (ip, prefix, nic) in &self.ips6 {
            if let Some(nic) = self.nics.get(*nic) {
                let _ = writeln!(lines, "address add {ip}/{prefix} dev {} nodad", nic.device());
            }
        }
        let Some(first) = self.nics.first() else { return lines };
        if self.server == Ipv4Addr::new(192, 0, 2, 1) {
            let _ = writeln!(lines, "address add {}/32 dev {}", self.server, first.device());
        }
        for relay in self.relays() {
            let _ = writeln!(lines, "route replace {relay}/32 dev {}", first.device());
        }
        lines
    }

    /// The clients' side, where the interfaces are `c0`, `c1` and so on.
    pub(super) fn client_lines(&self) -> String {
        let mut lines = String::new();
        let relays = self.relays();
        for relay in &relays {
            let _ = writeln!(lines, "address add {relay}/32 dev c0");
        }
        if !relays.is_empty() {
            let _ = writeln!(lines, "route add {}/32 dev c0", self.server);
        }
        lines
    }
}

/// Gives an address to an interface: to the one that has it on this machine, to one of the same network, or to the first
/// one without an address. An address that is left is on an interface without DHCP.
fn place(site: &Site<'_>, machine: &Server, nics: &mut Vec<Nic>, ip: Ipv4Addr) {
    let subnet = site.subnets.iter().position(|subnet| subnet.cidr.value.contains(ip));
    let around = subnet.and_then(|at| site.subnets.get(at)).map(|subnet| subnet.cidr.value);
    let around = around.or_else(|| machine.nets.iter().copied().find(|net| net.contains(ip)));
    let prefix = around.map_or(32, Cidr::prefix);
    let network = subnet.map(|at| network_of(site, at));
    let has_here = |nic: &Nic| {
        let here = Interface { name: nic.device().to_owned(), mac: String::new() };
        let inside = around.map_or(ip, |net| Ipv4Addr::from(u32::from(net.network()).saturating_add(1)));
        here.address_to(inside) == Some(ip)
    };
    let same = |nic: &Nic| network.is_some() && nic.network == network;
    let at = nics
        .iter()
        .position(has_here)
        .or_else(|| nics.iter().position(same))
        .or_else(|| nics.iter().position(|nic| nic.addresses.is_empty()));
    match at.and_then(|at| nics.get_mut(at)) {
        Some(nic) => {
            nic.addresses.push((ip, prefix));
            nic.network = nic.network.or(network);
        }
        None => nics.push(Nic {
            name: format!("other{}", nics.len()),
            addresses: vec![(ip, prefix)],
            network,
            listens: false,
        }),
    }
}

/// The first subnet of the shared network that a subnet is in, by index.
fn network_of(site: &Site<'_>, at: usize) -> usize {
    let shared = site.subnets.get(at).and_then(|subnet| subnet.shared_network.as_ref());
    let Some(shared) = shared else { return at };
    let same = |subnet: &crate::model::Subnet| {
        subnet.shared_network.as_ref().is_some_and(|other| other.value == shared.value)
    };
    site.subnets.iter().position(same).unwrap_or(at)
}

/// The way of a subnet's clients.
fn way(site: &Site<'_>, machine: &Server, nics: &[Nic], at: usize) -> Way {
    let network = network_of(site, at);
    if let Some(nic) = nics.iter().position(|nic| nic.listens && nic.network == Some(network)) {
        return Way::Direct(nic);
    }
    let Some(subnet) = site.subnets.get(at) else { return Way::Direct(0) };
    let cidr = subnet.cidr.value;
    let is_free = |ip: &Ipv4Addr| cidr.contains(*ip) && machine.ips.iter().all(|own| own.value != *ip);
    let router = subnet.handout.routers.iter().flatten().map(|ip| ip.value).find(is_free);
    let last = u32::from(cidr.broadcast());
    let other = || (1..8).map(|down| Ipv4Addr::from(last.saturating_sub(down))).find(is_free);
    Way::Relay(router.or_else(other).unwrap_or_else(|| cidr.network()))
}

#[cfg(test)]
mod tests {
    use super::{Network, Nic, Way};

    #[test]
    fn aliases_share_a_device() {
        let nic = |name: &str, last: u8| Nic {
            name: name.to_owned(),
            addresses: vec![([10, 0, 0, last].into(), 24)],
            network: None,
            listens: true,
        };
        let nics = vec![nic("eth0", 1), nic("eth0:1", 2), nic("lan", 3)];
        let ways = vec![Way::Direct(2), Way::Relay([10, 1, 0, 1].into())];
        let server = [10, 0, 0, 1].into();
        let network = Network { nics, ways, server, ips6: Vec::new(), six: false };
        assert_eq!(network.devices(), ["eth0", "lan"]);
        assert_eq!((network.client_of(Some(1)), network.client_of(Some(2))), ("c0".into(), "c1".into()));
        let server = network.server_lines();
        assert!(server.contains("address add 10.0.0.2/24 dev eth0 label eth0:1\n"), "{server}");
        assert!(server.contains("route replace 10.1.0.1/32 dev eth0\n"), "{server}");
        assert_eq!(network.client_lines(), "address add 10.1.0.1/32 dev c0\nroute add 10.0.0.1/32 dev c0\n");
    }
}
