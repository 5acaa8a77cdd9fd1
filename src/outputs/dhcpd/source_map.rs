//! The place in the site that each line of `dhcpd.conf` and `dhcpd6.conf` comes from.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use foldhash::HashMap;

use super::super::source_map::{self, Block, BlockSource};
use super::statement::{self, Statement};
use crate::dhcp;
use crate::model::{Clients, Dhcp, Handout, Host, Loaders, Range6, Server, Site, Spanned, Subnet};

/// Finds the hosts of a site by name; who never asks pays nothing.
struct Hosts<'s, 'a> {
    site: &'s Site<'a>,
    by_name: OnceCell<HashMap<&'s str, &'s Host<'a>>>,
}

impl<'s, 'a> Hosts<'s, 'a> {
    fn find(&self, name: &str) -> Option<&'s Host<'a>> {
        // A host's second card is called `NAME.2`.
        let name = name.split('.').next().unwrap_or_default();
        let by_name = || self.site.hosts.iter().map(|host| (host.name, host)).collect::<HashMap<_, _>>();
        self.by_name.get_or_init(by_name).get(name).copied()
    }
}

/// The way back from `dhcpd.conf`.
pub(super) fn dhcpd<'s>(
    site: &'s Site<'_>,
    dhcp: &'s Dhcp,
) -> impl Fn(&Block<'_>) -> Option<BlockSource> + 's {
    let hosts = Hosts { site, by_name: OnceCell::new() };
    move |block| {
        let words: Vec<&str> = block.head.split_whitespace().collect();
        match words.as_slice() {
            [] => Some(whole(site, dhcp)),
            ["failover", "peer", ..] => Some(BlockSource::new(dhcp.failover.as_ref()?.span)),
            ["shared-network", name] => {
                let mut shared = site.subnets.iter().filter_map(|subnet| subnet.shared_network.as_ref());
                let shared = shared.find(|shared| shared.value == *name)?;
                Some(BlockSource::new(shared.span))
            }
            ["class", name] => {
                let name = name.trim_matches('"');
                let class = site.classes.iter().find(|class| class.name.value == name)?;
                Some(BlockSource::new(class.name.span))
            }
            ["subnet", network, ..] => subnet(site, network.parse().ok()?),
            ["group"] => {
                // A group block has the options of each of its hosts.
                let mut names = block.text.lines().filter_map(|line| line.strip_prefix("host "));
                let host = names.find_map(|line| hosts.find(line.split_whitespace().next()?))?;
                shared(site, host, BlockSource::default())
            }
            ["host", name] => host(site, hosts.find(name)?),
            _ => None,
        }
    }
}

fn whole(site: &Site<'_>, dhcp: &Dhcp) -> BlockSource {
    let source = BlockSource::new(dhcp.section).raw(&dhcp.raw, "dhcpd").raw(&site.raw, "dhcpd");
    let source = times(source, [&dhcp.default_lease_time, &dhcp.max_lease_time, &dhcp.min_lease_time]);
    let source = source.line("ping-check", source_map::place(&dhcp.ping_check));
    let source = source.line("log-facility", source_map::place(&dhcp.log_facility));
    let own = site.handouts().flat_map(|handout| &handout.options).filter(|option| option.own.is_some());
    own.fold(source, |source, option| source.line(format!("option {} code", option.name), option.value.span))
}

fn times(source: BlockSource, times: [&Option<Spanned<u32>>; 3]) -> BlockSource {
    let [default, max, min] = times.map(source_map::place);
    let source = source.line("default-lease-time", default).line("max-lease-time", max);
    source.line("min-lease-time", min)
}

fn subnet(site: &Site<'_>, network: Ipv4Addr) -> Option<BlockSource> {
    let Some(subnet) = site.subnets.iter().find(|subnet| subnet.cidr.value.network() == network) else {
        // A server's own network, which nobody declared.
        let own = |server: &&Server| server.nets.iter().any(|net| net.network() == network);
        return site.servers.iter().find(own).map(|server| BlockSource::new(server.span));
    };
    let source = BlockSource::new(subnet.name.span).line("subnet", subnet.cidr.span);
    let source = times(source, [&subnet.default_lease_time, &subnet.max_lease_time, &subnet.min_lease_time]);
    let source = source
        .line("option broadcast-address", subnet.broadcast.span)
        .line("ping-check", source_map::place(&subnet.ping_check))
        .line("deny unknown-clients", subnet.unknown_clients.span)
        .line("next-server", source_map::place(&subnet.next_server));
    let source = loaders(ranges(source, subnet), &subnet.loaders);
    Some(handed(source, &subnet.handout, site))
}

/// A range that is rendered is what others have left of one that was written.
fn ranges(source: BlockSource, subnet: &Subnet) -> BlockSource {
    subnet.free.iter().fold(source, |source, free| {
        let written = |low: Ipv4Addr| {
            let found = subnet.ranges.iter().find(|at| at.value.low <= low && low <= at.value.high);
            found.map(|at| at.span)
        };
        let keyword = if free.dynamic_bootp { "range dynamic-bootp" } else { "range" };
        let source = source.line(format!("{keyword} {}", free.low), written(free.low));
        if free.clients == Clients::All {
            return source;
        }
        source.line(format!("allow {}-clients", free.clients.word()), written(free.low))
    })
}

fn loaders(source: BlockSource, loaders: &Loaders) -> BlockSource {
    loaders.iter().fold(source, |source, (_, loader)| {
        let name = dhcp::file_name(&loader.value);
        source.line(format!("filename \"{name}\""), loader.span)
    })
}

/// The options of a scope.
fn handed(source: BlockSource, handout: &Handout, site: &Site<'_>) -> BlockSource {
    let statements = statement::options(&dhcp::options(handout), &BTreeSet::new()).into_iter();
    let statements = statements.chain(statement::ipxe(&dhcp::ipxe(handout, site)));
    statements.fold(source.raw(&handout.raw, "dhcpd"), |source, statement: Statement| {
        source.line(format!("option {}", statement.name()), statement.span())
    })
}

fn host(site: &Site<'_>, host: &Host<'_>) -> Option<BlockSource> {
    let root = host.root_path.as_ref().map(|root| root.span);
    let mut source = BlockSource::new(host.span).line("option host-name", host.span);
    for begin in ["option root-path", "option iscsi-initiator-iqn"] {
        source = source.line(begin, root);
    }
    for card in host.cards() {
        for mac in card.macs {
            source = source.line(format!("hardware ethernet {}", mac.value), mac.span);
        }
        if let Some(ip) = card.ip {
            source = source.line(format!("fixed-address {}", ip.value), ip.span);
        }
    }
    if let Some(more) = host.disk().and_then(|disk| disk.more.as_ref()) {
        let settings = host.disk().map_or_else(Vec::new, |disk| dhcp::disk_settings(disk, more));
        for statement in statement::ipxe(&settings) {
            let span = statement.span().or(root);
            source = source.line(format!("option {}", statement.name()), span);
        }
    }
    shared(site, host, source)
}

/// The options that a host shares with others.
fn shared(site: &Site<'_>, host: &Host<'_>, mut source: BlockSource) -> Option<BlockSource> {
    let profile = site.profiles.get(host.profile as usize)?;
    let group = profile.groups.last().map_or(host.span, |group| group.span);
    source.span = source.span.or(Some(group));
    let mut source = profile.loaders.iter().fold(source, loaders);
    if let Some(file) = &profile.file {
        source = source.line("filename", file.span);
    }
    let source = source.line("next-server", source_map::place(&profile.next_server));
    Some(handed(source, &profile.handout, site))
}

/// The way back from `dhcpd6.conf`.
pub(in super::super) fn dhcpd6<'s>(
    site: &'s Site<'_>,
    dhcp: &'s Dhcp,
) -> impl Fn(&Block<'_>) -> Option<BlockSource> + 's {
    let hosts = Hosts { site, by_name: OnceCell::new() };
    move |block| {
        let words: Vec<&str> = block.head.split_whitespace().collect();
        match words.as_slice() {
            [] => {
                let source = BlockSource::new(dhcp.section).raw(&dhcp.raw, "dhcpd6").raw(&site.raw, "dhcpd6");
                Some(times(source, [&dhcp.default_lease_time, &dhcp.max_lease_time, &None]))
            }
            ["subnet6", network] => {
                let mut both = site.subnets.iter().filter_map(|subnet| Some((subnet, subnet.v6.as_ref()?)));
                let (subnet, v6) = both.find(|(_, v6)| v6.cidr.value.to_string() == *network)?;
                let search = subnet.handout.domain_search.as_deref().and_then(source_map::list);
                let source = BlockSource::new(subnet.name.span)
                    .line("subnet6", v6.cidr.span)
                    .line("allow known", subnet.unknown_clients.span)
                    .line("option dhcp6.domain-search", search.or(source_map::place(&subnet.handout.domain)));
                Some(v6.free.iter().fold(source, |source, free| {
                    let whole = |at: &&Spanned<Range6>| at.value.low <= free.low && free.low <= at.value.high;
                    let written = v6.ranges.iter().find(whole).map(|at| at.span);
                    source.line(format!("range6 {}", free.low), written)
                }))
            }
            ["host", name] => {
                let host = hosts.find(name)?;
                let source =
                    BlockSource::new(host.span).line("fixed-address6", host.ip6.as_ref().map(|ip| ip.span));
                let macs = host.cards().flat_map(|card| card.macs);
                Some(macs.fold(source, |source, mac| {
                    source.line(format!("hardware ethernet {}", mac.value), mac.span)
                }))
            }
            _ => None,
        }
    }
}
