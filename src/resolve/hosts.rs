//! All hosts of the site.

use std::net::Ipv4Addr;

use foldhash::HashMap;

use super::bulk;
use super::host_context::HostContext;
use super::host_resolver::HostResolver;
use super::resolved_hosts::ResolvedHosts;
use super::resolver::Resolver;
use crate::model::Host;
use crate::report::Finding;
use crate::report::catalogue::DUPLICATE_KEY;
use crate::schema;
use crate::source::Span;

pub(super) fn resolve<'a>(
    r: &mut Resolver<'_, 'a>,
    written: schema::Hosts<'a>,
    context: &HostContext<'_, 'a>,
) -> ResolvedHosts<'a> {
    let networks = context.subnets.iter().map(|subnet| subnet.cidr.value.network());
    let mut order: Vec<(Ipv4Addr, u32)> = networks.zip(0..).collect();
    order.sort_unstable();
    let mut resolver = HostResolver::new(context, &order);
    resolver.hosts.reserve_exact(written.len());
    bulk::resolve(r, written, &mut resolver, &|| HostResolver::new(context, &order));
    if resolver.any_lowered {
        remove_duplicates(r, &mut resolver.hosts);
    }
    let with_more = |host: &Host<'_>| host.disk().is_some_and(|disk| disk.more.is_some());
    let disks_with_more = if resolver.facts.more {
        (0..).zip(&resolver.hosts).filter(|(_, host)| with_more(host)).map(|(at, _)| at).collect()
    } else {
        Vec::new()
    };
    ResolvedHosts {
        hosts: resolver.hosts,
        used_subnets: resolver.used_subnets,
        disks_with_more,
        profiles: resolver.profiles.into_vec(),
        traced: resolver.traced,
        allow: resolver.allow,
        facts: resolver.facts,
    }
}

/// Removes each host whose name differs from an earlier one only in case. Names that are written alike were found
/// before, so this is for sites that write some in capitals: comparing a million names takes 50 MB.
fn remove_duplicates(r: &mut Resolver<'_, '_>, hosts: &mut Vec<Host<'_>>) {
    let mut names: HashMap<&str, Span> = HashMap::default();
    hosts.retain(|host| {
        let Some(first) = names.insert(host.name, host.span) else { return true };
        let message = format!("two hosts are called `{}`", host.name);
        let finding = Finding::new(&DUPLICATE_KEY, host.span, message);
        r.report.push(finding.and(first, "the first one").help("names are compared in lower case"));
        false
    });
}
