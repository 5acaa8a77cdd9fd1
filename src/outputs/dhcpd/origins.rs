//! Where the lines of `dhcpd.conf` and `dhcpd6.conf` come from.

use std::cell::OnceCell;
use std::net::Ipv4Addr;

use rustc_hash::FxHashMap;

use super::super::handout::{self, Statement};
use super::super::origin::{self, Block, Origin};
use crate::model::{At, Clients, Dhcp, Handout, Host, Loader, Loaders, Range6, Server, Site, Subnet};

/// Finds the hosts of a site by name; who never asks pays nothing.
struct Hosts<'s, 'a> {
    site: &'s Site<'a>,
    by_name: OnceCell<FxHashMap<&'s str, &'s Host<'a>>>,
}

impl<'s, 'a> Hosts<'s, 'a> {
    fn find(&self, name: &str) -> Option<&'s Host<'a>> {
        // A host's second card is called `NAME.2`.
        let name = name.split('.').next().unwrap_or_default();
        let by_name = || self.site.hosts.iter().map(|host| (host.name, host)).collect::<FxHashMap<_, _>>();
        self.by_name.get_or_init(by_name).get(name).copied()
    }
}

/// The way back from `dhcpd.conf`.
pub(super) fn dhcpd<'s>(site: &'s Site<'_>, dhcp: &'s Dhcp) -> impl Fn(&Block<'_>) -> Option<Origin> + 's {
    let hosts = Hosts { site, by_name: OnceCell::new() };
    move |block| {
        let words: Vec<&str> = block.head.split_whitespace().collect();
        match words.as_slice() {
            [] => Some(whole(site, dhcp)),
            ["failover", "peer", ..] => Some(Origin::new(dhcp.failover.as_ref()?.span)),
            ["shared-network", name] => {
                let mut shared = site.subnets.iter().filter_map(|subnet| subnet.shared_network.as_ref());
                let shared = shared.find(|shared| shared.value == *name)?;
                Some(Origin::new(shared.span))
            }
            ["subnet", network, ..] => subnet(site, network.parse().ok()?),
            ["group"] => {
                // What a group says, each of its hosts is told.
                let mut names = block.text.lines().filter_map(|line| line.strip_prefix("host "));
                let host = names.find_map(|line| hosts.find(line.split_whitespace().next()?))?;
                told(site, host, Origin::default())
            }
            ["host", name] => host(site, hosts.find(name)?),
            _ => None,
        }
    }
}

fn whole(site: &Site<'_>, dhcp: &Dhcp) -> Origin {
    let origin = Origin::new(dhcp.section).raw(&dhcp.raw, "dhcpd").raw(&site.raw, "dhcpd");
    let origin = times(origin, [&dhcp.default_lease_time, &dhcp.max_lease_time, &dhcp.min_lease_time]);
    let origin = origin.line("ping-check", origin::place(&dhcp.ping_check));
    let handouts = site.subnets.iter().map(|subnet| &subnet.handout);
    let handouts = handouts.chain(site.profiles.iter().map(|profile| &profile.handout));
    let own = handouts.flat_map(|handout| &handout.options).filter(|option| option.own.is_some());
    own.fold(origin, |origin, option| origin.line(format!("option {} code", option.name), option.value.span))
}

fn times(origin: Origin, times: [&Option<At<u32>>; 3]) -> Origin {
    let [default, max, min] = times.map(origin::place);
    let origin = origin.line("default-lease-time", default).line("max-lease-time", max);
    origin.line("min-lease-time", min)
}

fn subnet(site: &Site<'_>, network: Ipv4Addr) -> Option<Origin> {
    let Some(subnet) = site.subnets.iter().find(|subnet| subnet.cidr.value.network() == network) else {
        // A server's own network, which nobody declared.
        let own = |server: &&Server| server.nets.iter().any(|net| net.network() == network);
        return site.servers.iter().find(own).map(|server| Origin::new(server.span));
    };
    let origin = Origin::new(subnet.name.span).line("subnet", subnet.cidr.span);
    let origin = times(origin, [&subnet.default_lease_time, &subnet.max_lease_time, &subnet.min_lease_time]);
    let origin = origin
        .line("option broadcast-address", subnet.broadcast.span)
        .line("ping-check", origin::place(&subnet.ping_check))
        .line("deny unknown-clients", subnet.unknown_clients.span)
        .line("next-server", origin::place(&subnet.next_server));
    let origin = loaders(ranges(origin, subnet), &subnet.loaders);
    Some(handed(origin, &subnet.handout))
}

/// A range that is rendered is what others have left of one that was written.
fn ranges(origin: Origin, subnet: &Subnet) -> Origin {
    subnet.free.iter().fold(origin, |origin, free| {
        let written = |low: Ipv4Addr| {
            let found = subnet.ranges.iter().find(|at| at.value.low <= low && low <= at.value.high);
            found.map(|at| at.span)
        };
        let origin = origin.line(format!("range {}", free.low), written(free.low));
        if free.clients == Clients::All {
            return origin;
        }
        origin.line(format!("allow {}-clients", free.clients.word()), written(free.low))
    })
}

fn loaders(origin: Origin, loaders: &Loaders) -> Origin {
    loaders.iter().fold(origin, |origin, (_, loader)| {
        let (Loader::File(name) | Loader::Url(name)) = &loader.value;
        origin.line(format!("filename \"{name}\""), loader.span)
    })
}

/// What DHCP hands out.
fn handed(origin: Origin, handout: &Handout) -> Origin {
    let statements = handout::options(handout).into_iter().chain(handout::ipxe(handout));
    statements.fold(origin.raw(&handout.raw, "dhcpd"), |origin, statement: Statement| {
        origin.line(format!("option {}", statement.name()), statement.span())
    })
}

fn host(site: &Site<'_>, host: &Host<'_>) -> Option<Origin> {
    let root = host.root_path.as_ref().map(|root| root.span);
    let mut origin = Origin::new(host.span).line("option host-name", host.span);
    for begin in ["option root-path", "option iscsi-initiator-iqn"] {
        origin = origin.line(begin, root);
    }
    for card in host.cards() {
        for mac in card.macs {
            origin = origin.line(format!("hardware ethernet {}", mac.value), mac.span);
        }
        if let Some(ip) = card.ip {
            origin = origin.line(format!("fixed-address {}", ip.value), ip.span);
        }
    }
    if let Some(more) = host.disk().and_then(|disk| disk.more.as_ref()) {
        for statement in handout::disk(host.disk(), more) {
            let span = statement.span().or(root);
            origin = origin.line(format!("option {}", statement.name()), span);
        }
    }
    told(site, host, origin)
}

/// What a host is told, also with others.
fn told(site: &Site<'_>, host: &Host<'_>, mut origin: Origin) -> Option<Origin> {
    let profile = site.profiles.get(host.profile as usize)?;
    let group = profile.groups.last().map_or(host.span, |group| group.span);
    origin.span = origin.span.or(Some(group));
    let origin = profile.loaders.iter().fold(origin, loaders);
    Some(handed(origin, &profile.handout))
}

/// The way back from `dhcpd6.conf`.
pub(in super::super) fn dhcpd6<'s>(
    site: &'s Site<'_>,
    dhcp: &'s Dhcp,
) -> impl Fn(&Block<'_>) -> Option<Origin> + 's {
    let hosts = Hosts { site, by_name: OnceCell::new() };
    move |block| {
        let words: Vec<&str> = block.head.split_whitespace().collect();
        match words.as_slice() {
            [] => {
                let origin = Origin::new(dhcp.section).raw(&dhcp.raw, "dhcpd6").raw(&site.raw, "dhcpd6");
                Some(times(origin, [&dhcp.default_lease_time, &dhcp.max_lease_time, &None]))
            }
            ["subnet6", network] => {
                let mut both = site.subnets.iter().filter_map(|subnet| Some((subnet, subnet.v6.as_ref()?)));
                let (subnet, v6) = both.find(|(_, v6)| v6.cidr.value.to_string() == *network)?;
                let search = subnet.handout.domain_search.as_deref().and_then(origin::list);
                let origin = Origin::new(subnet.name.span)
                    .line("subnet6", v6.cidr.span)
                    .line("allow known", subnet.unknown_clients.span)
                    .line("option dhcp6.domain-search", search.or(origin::place(&subnet.handout.domain)));
                Some(v6.free.iter().fold(origin, |origin, free| {
                    let whole = |at: &&At<Range6>| at.value.low <= free.low && free.low <= at.value.high;
                    let written = v6.ranges.iter().find(whole).map(|at| at.span);
                    origin.line(format!("range6 {}", free.low), written)
                }))
            }
            ["host", name] => {
                let host = hosts.find(name)?;
                let origin =
                    Origin::new(host.span).line("fixed-address6", host.ip6.as_ref().map(|ip| ip.span));
                let macs = host.cards().flat_map(|card| card.macs);
                Some(macs.fold(origin, |origin, mac| {
                    origin.line(format!("hardware ethernet {}", mac.value), mac.span)
                }))
            }
            _ => None,
        }
    }
}
