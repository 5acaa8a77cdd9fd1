//! The policy for DHCPv6. A client gets an address, name servers and one URL, since DHCPv6 has neither a field for a
//! file nor one for a server. Option 61 tells PXE and HTTP clients apart, so one table of URLs serves both.

use std::net::Ipv6Addr;

use super::policy::LeaseTimes;
use crate::model::{ClientKind, Host, Netboot, Range6, Site, Subnet, Subnet6};

/// The policy of a site.
#[derive(Debug)]
pub struct Policy6<'s> {
    /// The site.
    pub site: &'s Site<'s>,
    /// The subnets with an IPv6 network, in the order of the site.
    pub subnets: Vec<SubnetScope6<'s>>,
}

/// A subnet with the site's defaults.
#[derive(Clone, Copy, Debug)]
pub struct SubnetScope6<'s> {
    /// The subnet.
    pub subnet: &'s Subnet,
    /// Its IPv6 network.
    pub v6: &'s Subnet6,
    /// Which URL each kind of client gets; none under `netboot: none`.
    pub files: Option<Urls<'s>>,
    /// Only hosts get a URL.
    pub known_only: bool,
}

/// The URLs of a subnet.
#[derive(Clone, Copy, Debug)]
pub struct Urls<'s> {
    /// That of the script, for iPXE.
    pub script: Option<&'s str>,
    /// That of the first stage of each other kind.
    pub loaders: &'s [(ClientKind, String)],
}

/// A client as it asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client6 {
    /// Its subnet, by its place in the policy.
    pub subnet: usize,
    /// Its MAC address, from its DUID.
    pub mac: [u8; 6],
    /// The first value of option 61, if it sends one.
    pub arch: Option<u16>,
    /// Whether it is iPXE.
    pub is_ipxe: bool,
}

/// The address of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address6<'s> {
    /// Its own.
    Fixed(Ipv6Addr),
    /// One of these ranges.
    Pool(&'s [Range6]),
    /// None.
    Nothing,
}

/// The answer to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer6<'s> {
    /// Its host in the site, if it has one.
    pub host: Option<&'s str>,
    /// Its address.
    pub address: Address6<'s>,
    /// The boot file.
    pub url: Option<&'s str>,
    /// Whether it is told `HTTPClient`, without which UEFI takes no URL for HTTP boot.
    pub is_http: bool,
    /// The name servers.
    pub dns: &'s [Ipv6Addr],
    /// The domains that it searches.
    pub domains: Vec<&'s str>,
    /// The lease time in seconds.
    pub lease_time: u32,
}

impl<'s> Policy6<'s> {
    /// The policy of a site.
    #[must_use]
    pub fn new(site: &'s Site<'s>) -> Self {
        let scope = |subnet: &'s Subnet| {
            let v6 = subnet.v6.as_deref()?;
            let urls = Urls { script: v6.script.as_deref(), loaders: &v6.loaders };
            Some(SubnetScope6 {
                subnet,
                v6,
                files: subnet.boots().then_some(urls),
                known_only: subnet.netboot == Netboot::Known,
            })
        };
        Self { site, subnets: site.subnets.iter().filter_map(scope).collect() }
    }

    /// The lease time of all clients, in seconds.
    #[must_use]
    pub fn lease_time(&self) -> u32 {
        let written = self.site.dhcp.as_ref().and_then(|dhcp| dhcp.default_lease_time.as_ref());
        written.map_or(LeaseTimes::DEFAULT.default, |time| time.value)
    }

    /// Whether a subnet treats known clients differently from strangers.
    #[must_use]
    pub fn known_counts(&self) -> bool {
        self.subnets.iter().any(|scope| scope.known_only || !scope.subnet.unknown_clients.value)
    }

    /// Whether a host gets no URL, whatever its subnet says.
    #[must_use]
    pub fn boots_nothing(&self, host: &Host<'_>) -> bool {
        self.site.profile(host).is_some_and(|profile| profile.netboot == Some(Netboot::None))
    }

    /// The hosts that a server has to know: those with an address, those that boot nothing, those that `further` names,
    /// and all of them where known clients are treated differently.
    pub fn hosts<'p>(
        &'p self,
        further: impl Fn(&Host<'_>) -> bool + 'p,
    ) -> impl Iterator<Item = &'s Host<'s>> + 'p {
        let all = self.known_counts();
        let hosts = self.site.hosts.iter();
        hosts.filter(move |host| all || host.ip6.is_some() || self.boots_nothing(host) || further(host))
    }
}

impl<'s> SubnetScope6<'s> {
    /// The URL of a client that boots, and whether it is told `HTTPClient`.
    #[must_use]
    pub fn url(&self, arch: Option<u16>, is_ipxe: bool, known: bool) -> (Option<&'s str>, bool) {
        match self.files.filter(|_| known || !self.known_only) {
            None => (None, false),
            Some(urls) if is_ipxe => (urls.script, false),
            Some(urls) => {
                let asks = |kind: &ClientKind| arch.is_some_and(|arch| kind.arch_numbers().contains(&arch));
                let found = urls.loaders.iter().find(|(kind, _)| asks(kind));
                let is_http = found.is_some_and(|(kind, _)| kind.info().loads_like.is_some());
                (found.map(|(_, url)| url.as_str()), is_http)
            }
        }
    }

    /// The ranges with the addresses of hosts in them, for a server that gives those to their hosts alone.
    #[must_use]
    pub fn ranges_with_hosts(&self, site: &Site<'_>) -> Vec<Range6> {
        let mut servers: Vec<Ipv6Addr> =
            site.servers.iter().flat_map(|server| &server.ips6).map(|ip| ip.value).collect();
        servers.sort_unstable();
        self.v6.ranges.iter().flat_map(|range| range.value.without(&servers)).collect()
    }

    /// The domains that clients search.
    #[must_use]
    pub fn domains(&self) -> Vec<&'s str> {
        let handout = &self.subnet.handout;
        match &handout.domain_search {
            Some(domains) => domains.iter().map(|domain| domain.value.as_str()).collect(),
            None => handout.domain.iter().map(|domain| domain.value.as_str()).collect(),
        }
    }
}

/// The answer to a client; `None` if its subnet has no IPv6 network.
#[must_use]
pub fn answer6<'s>(policy: &Policy6<'s>, client: &Client6) -> Option<Answer6<'s>> {
    let is_it = |host: &&Host<'_>| {
        host.cards().flat_map(|card| card.macs).any(|mac| mac.value.octets() == client.mac)
    };
    answer6_as(policy, client, policy.site.hosts.iter().find(is_it))
}

/// The answer to a client whose host is known, or that is a stranger: of many hosts, none is searched for.
#[must_use]
pub fn answer6_as<'s>(
    policy: &Policy6<'s>,
    client: &Client6,
    host: Option<&'s Host<'s>>,
) -> Option<Answer6<'s>> {
    let scope = policy.subnets.get(client.subnet)?;
    let own = host.and_then(|host| host.ip6.as_ref()).filter(|ip| scope.v6.cidr.value.contains(ip.value));
    let address = match own {
        Some(ip) => Address6::Fixed(ip.value),
        None if (host.is_some() || scope.subnet.unknown_clients.value) && !scope.v6.free.is_empty() => {
            Address6::Pool(&scope.v6.free)
        }
        None => Address6::Nothing,
    };
    let (url, is_http) = match host {
        Some(host) if policy.boots_nothing(host) => (None, false),
        host => scope.url(client.arch, client.is_ipxe, host.is_some()),
    };
    Some(Answer6 {
        host: host.map(|host| host.name),
        address,
        url,
        is_http,
        dns: &scope.v6.dns,
        domains: scope.domains(),
        lease_time: policy.lease_time(),
    })
}
