//! The place in the site that each line of the file comes from.

use super::super::source_map::{self, Block, BlockSource};
use super::config::{range_lines, tag_of};
use crate::dhcp::{self, Policy};
use crate::model::{Dhcp, Host, Site};

/// The way back from the file.
pub(super) fn source_map<'s>(
    site: &'s Site<'_>,
    dhcp: &'s Dhcp,
) -> impl Fn(&Block<'_>) -> Option<BlockSource> + 's {
    move |block| block.head.is_empty().then(|| whole(site, dhcp))
}

fn whole(site: &Site<'_>, dhcp: &Dhcp) -> BlockSource {
    let mut source = BlockSource::new(dhcp.section).raw(&dhcp.raw, "dnsmasq").raw(&site.raw, "dnsmasq");
    source = source.line("no-ping", source_map::place(&dhcp.ping_check));
    for interface in dhcp.servers.iter().filter_map(|at| site.servers.get(*at)).flat_map(|at| &at.interfaces)
    {
        source = source.line(format!("interface={}", interface.value), interface.span);
    }
    let policy = Policy::new(site);
    for class in &site.classes {
        source = source.line(format!("tag-if=set:{},", super::classes::tag(class)), class.name.span);
    }
    for (at, scope) in policy.subnets.iter().enumerate() {
        let (subnet, tag) = (scope.subnet, tag_of(scope));
        for pool in &scope.pools {
            for (begin, _, range) in range_lines(&policy, at, scope, pool) {
                let written = subnet.ranges.iter().find(|at| at.value.contains(range.low));
                source = source.line(begin, written.map(|at| at.span));
            }
        }
        for setting in &scope.options {
            source = source.line(format!("dhcp-option=tag:{tag},{}", setting.code), setting.span);
        }
        for setting in &scope.ipxe {
            source = source.line(format!("dhcp-option=tag:{tag},encap:175,{}", setting.code), setting.span);
        }
        for (kind, loader) in scope.files.iter().flat_map(|files| files.loaders) {
            let file = dhcp::file_name(&loader.value);
            let begin = format!("dhcp-boot=tag:{tag},tag:{},\"{file}\"", super::clients::tag(*kind));
            source = source.line(begin, loader.span);
        }
        for begin in ["dhcp-range=set:", "dhcp-option=tag:", "dhcp-option-force=tag:", "dhcp-boot=tag:"] {
            source = source.line(format!("{begin}{tag}"), subnet.name.span);
        }
    }
    for (host, card) in
        site.hosts.iter().flat_map(|host: &Host<'_>| host.cards().map(move |card| (host, card)))
    {
        if let Some(mac) = card.macs.first() {
            source = source.line(format!("dhcp-host={}", mac.value), mac.span);
        }
        source = source.line(format!("dhcp-option=tag:host-{}", host.name), host.span);
    }
    source
}
