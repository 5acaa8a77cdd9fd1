//! The site as a policy: networks, their subnets and pools, and what each scope hands out. Hosts are looked at in
//! the site, never copied.

use std::net::Ipv4Addr;

use rustc_hash::FxHashMap;

use super::scope::{self, BootFiles, Data, Setting};
use crate::model::{
    Addresses, Card, Clients, Host, Netboot, Profile, Range, RootPath, Site, Spanned, Subnet,
};

/// dhcpd's lease times in seconds where nobody says others: default, most and least (dhcpd.conf(5)).
pub(super) const LEASE: [u32; 3] = [43200, 86400, 300];

/// The policy of a site.
#[derive(Debug)]
pub struct Policy<'s> {
    /// The site.
    pub site: &'s Site<'s>,
    /// The networks, in the order of the site.
    pub networks: Vec<Network<'s>>,
    /// Each subnet, by the site's index.
    pub subnets: Vec<SubnetScope<'s>>,
    /// Whether some subnet has `netboot: none`.
    pub has_netboot_none: bool,
}

/// One wire: a subnet, or several that share it.
#[derive(Debug)]
pub struct Network<'s> {
    /// Its name, where several share it.
    pub shared: Option<&'s str>,
    /// Its subnets, by index.
    pub subnets: Vec<usize>,
}

/// A subnet with the site's defaults.
#[derive(Debug)]
pub struct SubnetScope<'s> {
    /// The subnet.
    pub subnet: &'s Subnet,
    /// The addresses that clients without one of their own get.
    pub pools: Vec<Pool>,
    /// The options that do not belong to booting.
    pub options: Vec<Setting<'s>>,
    /// iPXE's options.
    pub ipxe: Vec<Setting<'s>>,
    /// The boot server.
    pub next_server: Option<&'s Spanned<Ipv4Addr>>,
    /// Who gets which file; none under `netboot: none`.
    pub files: Option<BootFiles<'s>>,
    /// Only hosts get a file.
    pub known_only: bool,
}

/// Ranges for the same clients.
#[derive(Debug)]
pub struct Pool {
    /// Who gets an address of it.
    pub clients: Clients,
    /// The ranges.
    pub ranges: Vec<Range>,
}

/// The lease times of a subnet: default, most and least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseTimes {
    /// Where the client asks for none.
    pub default: u32,
    /// The most that a client gets.
    pub max: u32,
    /// The least that a client gets; it wins over the most.
    pub min: u32,
}

impl LeaseTimes {
    /// The lease time of a client that asks for so much.
    #[must_use]
    pub fn of(&self, asked: Option<u32>) -> u32 {
        asked.unwrap_or(self.default).min(self.max).max(self.min)
    }
}

/// What hosts of one profile get beyond their subnet.
#[derive(Debug)]
pub struct ProfileScope<'s> {
    /// The profile.
    pub profile: &'s Profile,
    /// The options that do not belong to booting.
    pub options: Vec<Setting<'s>>,
    /// iPXE's options.
    pub ipxe: Vec<Setting<'s>>,
    /// Its files.
    pub files: HostFiles<'s>,
}

/// The files of a host.
#[derive(Clone, Copy, Debug)]
pub enum HostFiles<'s> {
    /// Those of the subnet.
    OfSubnet,
    /// Those of the subnet, but no script for iPXE, which boots the root-path.
    WithoutScript,
    /// Its own, in place of all of the subnet's.
    Own(BootFiles<'s>),
    /// None: `netboot: none`.
    Nothing,
}

impl<'s> Policy<'s> {
    /// The policy of a site.
    #[must_use]
    pub fn new(site: &'s Site<'s>) -> Self {
        let differing = DifferingAddresses::of(site);
        let mut networks: Vec<Network<'s>> = Vec::new();
        let mut places: FxHashMap<&str, usize> = FxHashMap::default();
        for (at, subnet) in site.subnets.iter().enumerate() {
            let shared = subnet.shared_network.as_ref().map(|name| name.value.as_str());
            let next = networks.len();
            let place = shared.map_or(next, |name| *places.entry(name).or_insert(next));
            match networks.get_mut(place) {
                Some(network) => network.subnets.push(at),
                None => networks.push(Network { shared, subnets: vec![at] }),
            }
        }
        let subnets = site.subnets.iter().map(|subnet| subnet_scope(site, subnet, &differing)).collect();
        let has_netboot_none = site.subnets.iter().any(|subnet| !subnet.boots());
        Self { site, networks, subnets, has_netboot_none }
    }

    /// The network of a subnet.
    #[must_use]
    pub fn network_of(&self, subnet: usize) -> Option<&Network<'s>> {
        self.networks.iter().find(|network| network.subnets.contains(&subnet))
    }

    /// The lease times of a subnet.
    #[must_use]
    pub fn lease_times(&self, subnet: &Subnet) -> LeaseTimes {
        let dhcp = self.site.dhcp.as_ref();
        let external = self.site.external_dhcp.as_ref().and_then(|external| external.default_lease_time);
        let of = |here: &Option<Spanned<u32>>, site: Option<u32>, default: u32| {
            here.as_ref().map(|time| time.value).or(site).unwrap_or(default)
        };
        let site = |time: &Option<Spanned<u32>>| time.as_ref().map(|time| time.value);
        let [default, max, min] = LEASE;
        LeaseTimes {
            default: of(
                &subnet.default_lease_time,
                dhcp.and_then(|dhcp| site(&dhcp.default_lease_time)).or(external),
                default,
            ),
            max: of(&subnet.max_lease_time, dhcp.and_then(|dhcp| site(&dhcp.max_lease_time)), max),
            min: of(&subnet.min_lease_time, dhcp.and_then(|dhcp| site(&dhcp.min_lease_time)), min),
        }
    }

    /// What hosts of a profile get.
    #[must_use]
    pub fn profile(&self, at: u32) -> Option<ProfileScope<'s>> {
        let profile = self.site.profiles.get(at as usize)?;
        let nothing = profile.netboot == Some(Netboot::None);
        let script = profile.script.as_deref().filter(|_| !profile.no_script);
        let files = match &profile.loaders {
            _ if nothing => HostFiles::Nothing,
            Some(loaders) => HostFiles::Own(BootFiles { script, loaders }),
            None if profile.no_script => HostFiles::WithoutScript,
            None => HostFiles::OfSubnet,
        };
        let ipxe = if nothing { Vec::new() } else { scope::ipxe(&profile.handout, self.site) };
        Some(ProfileScope { profile, options: scope::options(&profile.handout), ipxe, files })
    }

    /// The options of a host's own that do not belong to booting: its name.
    #[must_use]
    pub fn host_options(&self, host: &Host<'s>) -> Vec<Setting<'s>> {
        let name = host.host_name.map(|name| Setting {
            span: Some(host.span),
            ..Setting::new("host-name", 12, Data::Text(name.into()))
        });
        name.into_iter().collect()
    }

    /// The root-path of a host, and the name by which it calls itself to an iSCSI target where iPXE would take
    /// another.
    #[must_use]
    pub fn root_path(&self, host: &'s Host<'s>) -> Vec<Setting<'s>> {
        let Some(root) = &host.root_path else { return Vec::new() };
        let at = |setting: Setting<'s>| Setting { span: Some(root.span), ..setting };
        let mut all = vec![at(Setting::new("root-path", 17, Data::Text(root.value.to_string().into())))];
        all.extend(
            initiator(host).map(|iqn| at(Setting::new("iscsi-initiator-iqn", 203, Data::Text(iqn.into())))),
        );
        all
    }

    /// iPXE's options of a host's disk.
    #[must_use]
    pub fn disk(&self, host: &'s Host<'s>) -> Vec<Setting<'s>> {
        let Some(disk) = host.disk() else { return Vec::new() };
        disk.more.as_deref().map_or_else(Vec::new, |more| scope::disk_settings(disk, more))
    }

    /// The hosts that have a MAC address, and the card.
    #[must_use]
    pub fn hosts_of(&self, mac: [u8; 6]) -> Vec<(&'s Host<'s>, Card<'s>)> {
        let cards = self.site.hosts.iter().flat_map(|host| host.cards().map(move |card| (host, card)));
        cards.filter(|(_, card)| card.macs.iter().any(|known| known.value.octets() == mac)).collect()
    }
}

/// The name of a host to an iSCSI target, where DHCP has to give it: without a name from DHCP iPXE would call itself
/// by the machine's UUID.
#[must_use]
pub fn initiator(host: &Host<'_>) -> Option<String> {
    match &host.root_path.as_ref()?.value {
        RootPath::Iscsi(disk) if disk.initiator.is_some() || host.host_name.is_none() => {
            Some(host.initiator())
        }
        _ => None,
    }
}

fn subnet_scope<'s>(
    site: &'s Site<'s>,
    subnet: &'s Subnet,
    differing: &DifferingAddresses,
) -> SubnetScope<'s> {
    let boots = subnet.boots();
    let mut ipxe = Vec::new();
    if boots {
        ipxe = scope::ipxe(&subnet.handout, site);
        ipxe.extend(differing.settings(&subnet.addresses));
    }
    let mut pools: Vec<Pool> = Vec::new();
    for range in &subnet.free {
        match pools.iter_mut().find(|pool| pool.clients == range.clients) {
            Some(pool) => pool.ranges.push(*range),
            None => pools.push(Pool { clients: range.clients, ranges: vec![*range] }),
        }
    }
    SubnetScope {
        subnet,
        pools,
        options: scope::options(&subnet.handout),
        ipxe,
        next_server: subnet.next_server.as_ref().filter(|_| boots),
        files: boots.then_some(BootFiles { script: subnet.script.as_deref(), loaders: &subnet.loaders }),
        known_only: subnet.netboot == Netboot::Known,
    }
}

/// Which addresses of services differ between subnets: those travel to iPXE's script in DHCP.
struct DifferingAddresses([bool; 4]);

/// The name of each, and its value in a subnet.
type AddressOf = fn(&Addresses) -> Option<String>;
const ADDRESSES: [(&str, AddressOf); 4] = [
    ("http-root", |of| of.http.clone()),
    ("tftp-server", |of| of.tftp.map(|ip| ip.to_string())),
    ("nfs-server", |of| of.nfs.map(|ip| ip.to_string())),
    ("smb-server", |of| of.smb.map(|ip| ip.to_string())),
];

impl DifferingAddresses {
    fn of(site: &Site<'_>) -> Self {
        let subnets = || site.subnets.iter().filter(|subnet| subnet.boots());
        Self(ADDRESSES.map(|(_, of)| {
            let first = subnets().next().and_then(|subnet| of(&subnet.addresses));
            subnets().any(|subnet| of(&subnet.addresses) != first)
        }))
    }

    fn settings<'s>(&self, addresses: &Addresses) -> Vec<Setting<'s>> {
        let differing = ADDRESSES.iter().zip(self.0).filter(|(_, differs)| *differs);
        let setting = |((name, of), _): (&(&'static str, AddressOf), bool)| {
            Some(scope::private(*name, Data::Text(of(addresses)?.into())))
        };
        differing.filter_map(setting).collect()
    }
}
