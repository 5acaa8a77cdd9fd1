//! The site as a policy: networks with their subnets and pools, and the settings of each scope. Hosts stay in the site
//! and are never copied.

use std::net::Ipv4Addr;

use foldhash::HashMap;

use super::files::BootFileChanges;
use super::scope::{self, BootFiles, Data, Setting};
use super::{Client, Layer};
use crate::model::{
    Addresses, Card, Class, ClassFile, ClassInSubnet, ClassSet, Clients, DhcpDaemon, Features, Host,
    HostLayer, Netboot, Profile, Range, RootPath, Site, Spanned, Subnet, WriteTo as _,
};
use crate::source::Span;

/// The policy of a site.
#[derive(Debug)]
pub struct Policy<'s> {
    /// The site.
    pub site: &'s Site<'s>,
    /// The networks, in the order of the site.
    pub networks: Vec<Network<'s>>,
    /// Each subnet, by the site's index.
    pub subnets: Vec<SubnetScope<'s>>,
    /// The classes, weakest first: a later one overrides an earlier one.
    pub classes: Vec<ClassScope<'s>>,
    /// Whether some subnet has `netboot: none`.
    pub has_netboot_none: bool,
    /// The features that iPXE needs for the script. dnsmasq cannot tell them apart, and `daemon-lacks` says so.
    pub needs: Features,
}

/// A network segment: a subnet, or several that share it.
#[derive(Debug)]
pub struct Network<'s> {
    /// Its name, if several subnets share it.
    pub shared: Option<&'s str>,
    /// Its subnets, by index.
    pub subnets: Vec<usize>,
}

/// A subnet with the site's defaults.
#[derive(Debug)]
pub struct SubnetScope<'s> {
    /// The subnet.
    pub subnet: &'s Subnet,
    /// The addresses for clients without a fixed one.
    pub pools: Vec<Pool>,
    /// The options, all but those of iPXE.
    pub options: Vec<Setting<'s>>,
    /// iPXE's options.
    pub ipxe: Vec<Setting<'s>>,
    /// The boot server.
    pub next_server: Option<&'s Spanned<Ipv4Addr>>,
    /// The boot file of each kind of client; none under `netboot: none`.
    pub files: Option<BootFiles<'s>>,
    /// Only hosts of the site get a boot file.
    pub known_only: bool,
}

/// The settings that a class adds for its clients.
#[derive(Debug)]
pub struct ClassScope<'s> {
    /// The class.
    pub class: &'s Class,
    /// Its index in the site.
    pub index: usize,
    /// The options that do not belong to booting.
    pub options: Vec<Setting<'s>>,
    /// iPXE's options.
    pub ipxe: Vec<Setting<'s>>,
    /// Whether iPXE gets its file, too.
    names_ipxe: bool,
    /// The features that iPXE needs for the script.
    needs: Features,
}

impl<'s> ClassScope<'s> {
    /// Its boot files in a subnet.
    #[must_use]
    pub fn files(&self, here: &'s ClassInSubnet) -> BootFileChanges<'s> {
        BootFileChanges {
            one: self.class.file.as_ref().map(|file| (file, self.names_ipxe)),
            loaders: &here.loaders,
            needs: self.needs,
            ..BootFileChanges::default()
        }
    }

    /// Its root-path in a subnet.
    #[must_use]
    pub fn root_path(&self, here: &'s ClassInSubnet) -> Option<Setting<'s>> {
        here.root_path.as_ref().map(|root| scope::root_path(&root.text))
    }
}

/// Ranges for the same clients.
#[derive(Debug)]
pub struct Pool {
    /// The clients that may get one of its addresses.
    pub clients: Clients,
    /// Whether clients that speak BOOTP only may.
    pub dynamic_bootp: bool,
    /// The class whose one address this is, by its place in [`Policy::classes`].
    pub only: Option<usize>,
    /// The ranges.
    pub ranges: Vec<Range>,
}

/// The lease times of a subnet: default, maximum and minimum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseTimes {
    /// For a client that asks for no lease time.
    pub default: u32,
    /// The maximum.
    pub max: u32,
    /// The minimum; it overrides the maximum.
    pub min: u32,
}

impl LeaseTimes {
    /// dhcpd's in seconds, if the site sets none (dhcpd.conf(5)).
    pub const DEFAULT: Self = Self { default: 43200, max: 86400, min: 300 };

    /// The lease time of a client that asks for this one.
    #[must_use]
    pub fn of(&self, asked: Option<u32>) -> u32 {
        asked.unwrap_or(self.default).min(self.max).max(self.min)
    }
}

/// The settings that a profile adds for its hosts.
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
    /// The same, as changes over those of classes and of the subnet.
    pub changes: BootFileChanges<'s>,
    /// The boot server, in place of the subnet's; none if the hosts boot nothing.
    pub next_server: Option<&'s Spanned<Ipv4Addr>>,
}

/// The files of a host.
#[derive(Clone, Copy, Debug)]
pub enum HostFiles<'s> {
    /// The files of the subnet.
    OfSubnet,
    /// The files of the subnet, but no script for iPXE, which boots the root-path.
    WithoutScript,
    /// Its own, in place of all of the subnet's.
    Own(BootFiles<'s>),
    /// One for all clients, also where the subnet has `netboot: none`.
    One(&'s Spanned<ClassFile>),
    /// None: `netboot: none`.
    Nothing,
}

impl<'s> Policy<'s> {
    /// The policy of a site.
    #[must_use]
    pub fn new(site: &'s Site<'s>) -> Self {
        let differing = DifferingAddresses::of(site);
        let mut networks: Vec<Network<'s>> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::default();
        for (at, subnet) in site.subnets.iter().enumerate() {
            let shared = subnet.shared_network.as_ref().map(|name| name.value.as_str());
            let next = networks.len();
            let place = shared.map_or(next, |name| *places.entry(name).or_insert(next));
            match networks.get_mut(place) {
                Some(network) => network.subnets.push(at),
                None => networks.push(Network { shared, subnets: vec![at] }),
            }
        }
        let classes = classes(site);
        let subnets = site.subnets.iter().enumerate();
        let subnets =
            subnets.map(|(at, subnet)| subnet_scope(site, at, subnet, &classes, &differing)).collect();
        let has_netboot_none = site.subnets.iter().any(|subnet| !subnet.boots());
        Self { site, networks, subnets, classes, has_netboot_none, needs: needs(site) }
    }

    /// The network of a subnet.
    #[must_use]
    pub fn network_of(&self, subnet: usize) -> Option<&Network<'s>> {
        self.networks.iter().find(|network| network.subnets.contains(&subnet))
    }

    /// The classes of a subnet, weakest first, each with its place in [`Policy::classes`].
    pub fn classes_in(
        &self,
        subnet: usize,
    ) -> impl Iterator<Item = (usize, &ClassScope<'s>, &'s ClassInSubnet)> {
        let all = self.classes.iter().enumerate();
        all.filter_map(move |(at, scope)| Some((at, scope, scope.class.in_subnet(subnet)?)))
    }

    /// The set of classes of a range.
    #[must_use]
    pub fn class_set(&self, clients: Clients) -> Option<&'s ClassSet> {
        match clients {
            Clients::Classes(at) => self.site.class_sets.get(usize::from(at)),
            _ => None,
        }
    }

    /// Whether a client is in a class of the site, by the site's index.
    #[must_use]
    pub fn is_member(&self, client: &Client, class: usize) -> bool {
        self.site.classes.get(class).is_some_and(|class| client.is_in(&class.matches))
    }

    /// The classes that have one address for all their clients in a network, strongest first, by their places in
    /// [`Policy::classes`]. Their clients get no other address there.
    pub fn classes_with_address<'p>(&'p self, network: &'p Network<'s>) -> impl Iterator<Item = usize> + 'p {
        let all = self.classes.iter().enumerate().rev();
        all.filter(|(_, scope)| scope.class.ip_subnet.is_some_and(|at| network.subnets.contains(&at)))
            .map(|(at, _)| at)
    }

    /// The lease times of a subnet.
    #[must_use]
    pub fn lease_times(&self, subnet: &Subnet) -> LeaseTimes {
        self.lease_times_of(subnet, &[])
    }

    /// The lease times of clients of some classes in a subnet, the strongest last.
    #[must_use]
    pub fn lease_times_of(&self, subnet: &Subnet, classes: &[&Class]) -> LeaseTimes {
        let layers = self.lease_layers(subnet, classes.iter().copied());
        layers.into_iter().next_back().map_or(LeaseTimes::DEFAULT, |(_, times, _)| times)
    }

    /// The lease times of a subnet and of classes after each layer that sets one, the innermost last, each with the place
    /// of a value that the layer sets.
    pub(super) fn lease_layers<'c>(
        &self,
        subnet: &Subnet,
        classes: impl Iterator<Item = &'c Class>,
    ) -> Vec<(Layer, LeaseTimes, Option<Span>)> {
        let dhcp = self.site.dhcp.as_ref();
        let external = self.site.external_dhcp.as_ref().and_then(|external| external.default_lease_time);
        let mut times = LeaseTimes::DEFAULT;
        let mut all = vec![(Layer::Default, times.clone(), None)];
        if let Some(default) = external {
            times.default = default;
            all.push((Layer::Site, times.clone(), None));
        }
        let mut apply = |layer: Layer, said: [&Option<Spanned<u32>>; 3]| {
            let [default, max, min] = said.map(Option::as_ref);
            let Some(any) = default.or(max).or(min) else { return };
            for (into, said) in [(&mut times.default, default), (&mut times.max, max), (&mut times.min, min)]
            {
                if let Some(said) = said {
                    *into = said.value;
                }
            }
            all.push((layer, times.clone(), Some(any.span)));
        };
        if let Some(dhcp) = dhcp {
            apply(Layer::Site, [&dhcp.default_lease_time, &dhcp.max_lease_time, &dhcp.min_lease_time]);
        }
        let own = [&subnet.default_lease_time, &subnet.max_lease_time, &subnet.min_lease_time];
        apply(Layer::Subnet, own);
        for class in classes {
            let own = [&class.default_lease_time, &class.max_lease_time, &class.min_lease_time];
            apply(Layer::Class, own);
        }
        all
    }

    /// The settings of a profile.
    #[must_use]
    pub fn profile(&self, at: u32) -> Option<ProfileScope<'s>> {
        self.site.profiles.get(at as usize).map(|profile| self.profile_scope(profile))
    }

    /// The settings of this profile.
    pub(super) fn profile_scope(&self, profile: &'s Profile) -> ProfileScope<'s> {
        let nothing = profile.netboot == Some(Netboot::None);
        let script = profile.script.as_deref().filter(|_| !profile.no_script);
        let files = match (&profile.file, &profile.loaders) {
            _ if nothing => HostFiles::Nothing,
            (Some(file), _) => HostFiles::One(file),
            (None, Some(loaders)) => HostFiles::Own(BootFiles { script, loaders, needs: self.needs }),
            (None, None) if profile.no_script => HostFiles::WithoutScript,
            (None, None) => HostFiles::OfSubnet,
        };
        let ipxe = if nothing { Vec::new() } else { scope::ipxe(&profile.handout, self.site) };
        let place = || profile.groups.last().map_or_else(Span::default, |group| group.span);
        let changes = BootFileChanges {
            nothing: nothing.then(place),
            needs: self.needs,
            one: profile.file.as_ref().map(|file| (file, true)),
            loaders: &profile.changes,
            no_script: profile.no_script.then(place),
        };
        let mut options = scope::options(&profile.handout);
        let none = profile.no_root_path.as_ref();
        options.extend(none.map(|none| scope::no_root_path(none.span)));
        let next_server = profile.next_server.as_ref().filter(|_| !nothing);
        ProfileScope { profile, options, ipxe, files, changes, next_server }
    }

    /// The options that belong to one host only, apart from booting: its name.
    #[must_use]
    pub fn host_options(&self, host: &Host<'s>) -> Vec<Setting<'s>> {
        let name = host.host_name.map(|name| Setting {
            span: Some(host.span),
            ..Setting::new("host-name", 12, Data::Text(name.into()))
        });
        name.into_iter().collect()
    }

    /// The root-path of a host, and its initiator name if that is not the one that iPXE would use.
    #[must_use]
    pub fn root_path(&self, host: &'s Host<'s>) -> Vec<Setting<'s>> {
        let Some(root) = &host.root_path else { return Vec::new() };
        let at = |setting: Setting<'s>| Setting { span: Some(root.span), ..setting };
        let mut all = vec![at(Setting::new("root-path", 17, Data::Text(root.value.text().into())))];
        all.extend(
            initiator(host).map(|iqn| at(Setting::new("iscsi-initiator-iqn", 203, Data::Text(iqn.into())))),
        );
        all
    }

    /// The layers of a host's settings, where they are kept.
    #[must_use]
    pub fn layers(&self, host: &Host<'s>) -> Option<&'s [HostLayer]> {
        let found = self.site.traced.iter().find(|traced| traced.host == host.name)?;
        Some(&found.layers)
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

/// The initiator name of a host, if DHCP has to send it: without a host name from DHCP, iPXE makes the initiator name of
/// the machine's UUID.
#[must_use]
pub fn initiator(host: &Host<'_>) -> Option<String> {
    match &host.root_path.as_ref()?.value {
        RootPath::Iscsi(disk) if disk.initiator.is_some() || host.host_name.is_none() => {
            Some(host.initiator())
        }
        _ => None,
    }
}

/// The features that iPXE needs for the script, as far as the DHCP server can tell them.
fn needs(site: &Site<'_>) -> Features {
    let is_blind = site.dhcp.as_ref().is_some_and(|dhcp| dhcp.daemon == DhcpDaemon::Dnsmasq);
    if is_blind { Features::none() } else { site.ipxe.needs.value }
}

/// The classes, weakest first: by priority, then by name. The order in the site does not matter, because classes may come
/// from several files; classes of one priority that set one key differently are an error.
fn classes<'s>(site: &'s Site<'s>) -> Vec<ClassScope<'s>> {
    let scope = |(index, class): (usize, &'s Class)| ClassScope {
        class,
        index,
        options: scope::options(&class.handout),
        ipxe: scope::ipxe(&class.handout, site),
        names_ipxe: class.matches.names_ipxe(),
        needs: needs(site),
    };
    let mut classes: Vec<_> = site.classes.iter().enumerate().map(scope).collect();
    classes.sort_by(|one, other| {
        let order = |scope: &ClassScope<'s>| (scope.class.priority, scope.class.name.value.clone());
        order(one).cmp(&order(other))
    });
    classes
}

fn subnet_scope<'s>(
    site: &'s Site<'s>,
    at: usize,
    subnet: &'s Subnet,
    classes: &[ClassScope<'s>],
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
        let Range { clients, dynamic_bootp, .. } = *range;
        let same = |pool: &&mut Pool| pool.clients == clients && pool.dynamic_bootp == dynamic_bootp;
        match pools.iter_mut().find(same) {
            Some(pool) => pool.ranges.push(*range),
            None => pools.push(Pool { clients, dynamic_bootp, only: None, ranges: vec![*range] }),
        }
    }
    for (place, scope) in classes.iter().enumerate().filter(|(_, scope)| scope.class.ip_subnet == Some(at)) {
        if let Some(ip) = &scope.class.ip {
            let (clients, dynamic_bootp) = (Clients::All, false);
            let range = Range { low: ip.value, high: ip.value, clients, dynamic_bootp };
            pools.push(Pool { clients, dynamic_bootp, only: Some(place), ranges: vec![range] });
        }
    }
    let mut options = scope::options(&subnet.handout);
    options.extend(subnet.root_path().map(|root| scope::root_path(&root.text)));
    SubnetScope {
        subnet,
        pools,
        options,
        ipxe,
        next_server: subnet.next_server.as_ref().filter(|_| boots),
        files: boots.then_some(BootFiles {
            script: subnet.script.as_deref(),
            loaders: &subnet.loaders,
            needs: needs(site),
        }),
        known_only: subnet.netboot == Netboot::Known,
    }
}

/// The services whose addresses differ between subnets: DHCP sends these to iPXE's script.
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
