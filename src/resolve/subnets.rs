//! Subnets: addresses, ranges, loaders and options.

use std::net::Ipv4Addr;

use super::classes::ClassNames;
use super::entry_ids::{EntryIds, check_reference};
use super::handout::{self, addresses, raw};
use super::loaders::{self, InheritedLoaders, LoadersByKind, effective_loaders, override_loaders};
use super::resolver::Resolver;
use super::roles::Roles;
use super::servers::server_named;
use super::services::{Services, allow_or_deny, netboot, prefix_uri};
use super::subnet_context::{Defaults, SubnetContext};
use super::subnets6;
use super::substitution::unchanged;
use super::vars;
use super::vendor_options::vendor_options;
use crate::model::{
    Addresses, ByAddress, Cidr, Class, Clients, Handout, Host, Ipxe, Loaders, Netboot, Range, Server,
    Spanned, Subnet, domain, flag, ipv4, join, network_name, seconds,
};
use crate::outputs::RawScope;
use crate::parallel::in_pieces;
use crate::report::Finding;
use crate::report::catalogue::{MALFORMED, MISSING_KEY, NO_SUBNET};
use crate::schema;
use crate::source::{Scalar, Span};

pub(super) fn resolve<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &[(Scalar<'a>, schema::Subnet<'a>)],
    context: &SubnetContext<'_>,
    classes: &mut ClassNames<'a>,
) -> (Vec<Subnet>, Vec<InheritedLoaders>) {
    let (mut subnets, mut all_loaders) = (Vec::new(), Vec::new());
    for (key, written) in written {
        match subnet(r, *key, written, context, classes) {
            Some((subnet, loaders)) => {
                subnets.push(subnet);
                all_loaders.push(loaders);
            }
            None => r.gaps.subnets = true,
        }
    }
    if written.is_empty() && !r.gaps.subnets {
        let mut finding = Finding::new(&NO_SUBNET, Span::default(), "the site has no subnet");
        finding.primary = None;
        r.report.push(finding.help(
            "subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 } }",
        ));
    }
    (subnets, all_loaders)
}

fn subnet<'a>(
    r: &mut Resolver<'_, 'a>,
    key: Scalar<'a>,
    written: &schema::Subnet<'a>,
    context: &SubnetContext<'_>,
    classes: &mut ClassNames<'a>,
) -> Option<(Subnet, InheritedLoaders)> {
    let SubnetContext { services, servers, roles, .. } = *context;
    let name = r.value(key, network_name);
    let cidr = cidr(r, key, written);
    let handout = handout_of(r, written, cidr.as_ref().map(|at| at.value), context);
    let boot_server = written.boot_server.given().and_then(|word| server_named(r, *word, servers));
    let ranges = ranges(r, written, classes);
    let loaders = loaders_of(r, written, context.defaults);
    let shared_network = r.maybe(&written.shared_network, |text| network_name(text).map(str::to_owned));
    let broadcast = r.maybe(&written.broadcast, ipv4);
    let netboot = written.netboot.given().and_then(|word| netboot(r, *word));
    let netboot = netboot.map_or(services.netboot, |at| at.value);
    let unknown_clients = r.maybe(&written.unknown_clients, allow_or_deny).or_else(|| {
        // The site's setting applies to every subnet.
        services.dhcp.as_ref().map(|dhcp| dhcp.unknown_clients.clone())
    });
    let [default_lease_time, max_lease_time, min_lease_time] =
        [&written.default_lease_time, &written.max_lease_time, &written.min_lease_time]
            .map(|field| r.maybe(field, seconds));
    let ping_check = r.maybe(&written.ping_check, flag);
    let network = cidr.as_ref().map(|at| at.value);
    let next = written.next_server.given().map(|word| next_server(r, *word, servers, network));

    let (name, cidr) = (name?, cidr?);
    let http_url = services.http.as_ref().and_then(|http| http.url.as_ref()).map(|url| url.value.as_str());
    let addresses = roles.addresses(servers, cidr.value, boot_server, http_url);
    let inherited = InheritedLoaders {
        loaders,
        http_files: http_files(&addresses, services),
        no_tftp: roles.tftp.refused,
    };
    let v6 = subnets6::resolve(r, written, &inherited, boot_server, netboot, context);
    let (loaders, script) = boot_files(r, &inherited, name.span, netboot, &addresses, context.ipxe);
    let subnet = Subnet {
        has_hosts: false,
        name: Spanned::new(name.value.to_owned(), name.span),
        span: written.span,
        in_part: false,
        broadcast: broadcast.unwrap_or_else(|| Spanned::new(cidr.value.broadcast(), cidr.span)),
        free: Vec::new(),
        ranges,
        shared_network,
        boot_server,
        next_server: match next {
            Some(next) => next,
            None => addresses.tftp.map(|ip| Spanned::new(ip, cidr.span)),
        },
        cidr,
        unknown_clients: unknown_clients.unwrap_or(Spanned::new(true, key.span)),
        netboot,
        default_lease_time,
        max_lease_time,
        min_lease_time,
        ping_check,
        loaders,
        addresses,
        script,
        v6,
        vars: vars::of_subnet(&written.vars),
        // Servers of disks are known later.
        root_paths: Vec::new(),
        handout,
    };
    Some((subnet, inherited))
}

/// The network of a subnet, which every subnet must have.
fn cidr<'a>(
    r: &mut Resolver<'_, 'a>,
    key: Scalar<'a>,
    written: &schema::Subnet<'a>,
) -> Option<Spanned<Cidr>> {
    if !written.cidr.is_written() {
        let finding =
            Finding::new(&MISSING_KEY, key.span, format!("the subnet `{}` has no `cidr`", key.text));
        r.report.push(finding.help("its address and prefix, such as 10.0.0.0/24"));
    }
    r.maybe(&written.cidr, Cidr::parse)
}

fn ranges<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::Subnet<'a>,
    classes: &mut ClassNames<'a>,
) -> Vec<Spanned<Range>> {
    let mut ranges = Vec::new();
    for item in written.ranges.given().map_or(&[][..], Vec::as_slice) {
        let clients = match &item.clients {
            Some(written) => classes.clients(r, written),
            None => Some(Clients::All),
        };
        let dynamic_bootp = r.flag(&item.dynamic_bootp, false);
        match (r.value(item.range, Range::parse), clients) {
            (Some(Spanned { value, span }), Some(clients)) => {
                ranges.push(Spanned::new(Range { clients, dynamic_bootp, ..value }, span));
            }
            _ => r.gaps.subnets = true,
        }
    }
    r.gaps.subnets |= written.ranges.is_wrong();
    ranges
}

/// The loaders of the site, overridden by those of the subnet.
fn loaders_of<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::Subnet<'a>,
    defaults: &Defaults,
) -> LoadersByKind {
    let mut loaders = defaults.loaders.clone();
    if let Some(own) = written.loaders.given() {
        loaders::no_build(r, own);
        override_loaders(r, own, &mut loaders, &unchanged);
    }
    loaders
}

/// The URL at which the clients of a subnet find the files of the TFTP root.
fn http_files(addresses: &Addresses, services: &Services) -> Option<String> {
    let http = addresses.http.as_ref()?;
    let prefix = services.http.as_ref().map_or_else(String::new, prefix_uri);
    Some(join(http, &prefix).trim_end_matches('/').to_owned())
}

/// The loaders and the script of a subnet; none with `netboot: none`.
fn boot_files(
    r: &mut Resolver<'_, '_>,
    inherited: &InheritedLoaders,
    subnet: Span,
    netboot: Netboot,
    addresses: &Addresses,
    ipxe: &Ipxe,
) -> (Loaders, Option<String>) {
    let loaders = effective_loaders(r.report, inherited, subnet);
    let script = Roles::script(&ipxe.script, addresses);
    if let Some(text) = &script
        && text.len() > 127
    {
        let message = format!("the script's address has {} bytes; DHCP's file field takes 127", text.len());
        r.report.push(Finding::new(&MALFORMED, ipxe.span, message).help(format!("it is {text}")));
    }
    if netboot == Netboot::None { (Loaders::default(), None) } else { (loaders, script) }
}

fn handout_of<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::Subnet<'a>,
    cidr: Option<Cidr>,
    context: &SubnetContext<'_>,
) -> Handout {
    let mut handout = context.defaults.handout.clone();
    if let Some(routers) = addresses(r, &written.routers) {
        handout.routers = Some(routers);
    }
    if let Some(dns) = addresses(r, &written.dns) {
        handout.dns = Some(dns);
    }
    if let (None, Some(cidr)) = (&handout.dns, cidr) {
        handout.dns = context.dns_server(cidr).map(|own| vec![Spanned::new(own, Span::default())]);
    }
    if let Some(ntp) = addresses(r, &written.ntp) {
        handout.ntp = Some(ntp);
    }
    if let Some(words) = written.domain_search.given() {
        handout.domain_search = Some(handout::domains(r, words));
    }
    if let Some(word) = written.domain.given() {
        handout.domain =
            if word.text == "none" { None } else { r.value(*word, |text| domain(text).map(str::to_owned)) };
    }
    if let Some(options) = written.options.given() {
        handout::options(r, options, &mut handout.options, &unchanged);
    }
    if let Some(vendor) = written.vendor_options.given() {
        vendor_options(r, vendor, &mut handout.options, &unchanged);
    }
    if let Some(ipxe) = written.ipxe.given() {
        handout::ipxe(r, ipxe, &mut handout, &unchanged);
    }
    if let Some(word) = written.boot.given() {
        handout.boot = Some(handout::boot(*word));
    }
    if let Some(dict) = written.vars.given() {
        context.vars.apply(r, dict, &mut handout, &unchanged);
    }
    handout.raw = raw(r, &written.raw, RawScope::Clients);
    // A subnet is the outermost scope in which options are rendered, so a value that it unsets is simply left
    // out.
    for list in [&mut handout.routers, &mut handout.dns, &mut handout.ntp] {
        if list.as_ref().is_some_and(Vec::is_empty) {
            *list = None;
        }
    }
    if handout.domain_search.as_ref().is_some_and(Vec::is_empty) {
        handout.domain_search = None;
    }
    handout.options.retain(|option| option.value.value != crate::model::OptionValue::Unset);
    handout
}

/// `next_server`: a server's name, or an address.
fn next_server<'a>(
    r: &mut Resolver<'_, 'a>,
    word: Scalar<'a>,
    servers: &[Server],
    cidr: Option<Cidr>,
) -> Option<Spanned<Ipv4Addr>> {
    if word.text == "none" {
        return None;
    }
    if word.text.bytes().next().is_some_and(|byte| byte.is_ascii_digit()) && word.text.contains('.') {
        return r.value(word, ipv4);
    }
    let server = server_named(r, word, servers).and_then(|at| servers.get(at))?;
    Some(Spanned::new(server.address_in(cidr?)?, word.span))
}

/// Reports boot entries that subnets preselect and that do not exist.
pub(super) fn check_boots<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &[(Scalar<'a>, schema::Subnet<'a>)],
    ids: &EntryIds<'_>,
) {
    for word in written.iter().filter_map(|(_, subnet)| subnet.boot.given()) {
        check_reference(r, *word, ids);
    }
}

/// The number of hosts in a piece of work.
const SOME_HOSTS: usize = 1 << 15;

/// The first and last address of the ranges of all subnets, sorted; overlapping ranges are joined.
fn covered(subnets: &[Subnet]) -> Vec<(Ipv4Addr, Ipv4Addr)> {
    let mut all: Vec<_> =
        subnets.iter().flat_map(|subnet| &subnet.ranges).map(|at| (at.value.low, at.value.high)).collect();
    all.sort_unstable();
    all.dedup_by(|next, before| {
        let overlap = next.0 <= before.1;
        if overlap {
            before.1 = before.1.max(next.1);
        }
        overlap
    });
    all
}

/// Removes addresses that are in use from the ranges.
///
/// dhcpd gives the fixed address of a host to other clients if it is in a range (seen on the wire: one
/// address was offered to two clients in one run).
pub(super) fn free_ranges(subnets: &mut [Subnet], servers: &[Server], hosts: &[Host<'_>], classes: &[Class]) {
    let ranges = covered(subnets);
    // Few hosts have an address inside a range.
    let inside = in_pieces(hosts, SOME_HOSTS, |_, hosts| -> Vec<Ipv4Addr> {
        let mut ranges = ByAddress::new(&ranges);
        let mut inside = |ip: &Ipv4Addr| ranges.upto(*ip).last().is_some_and(|(_, high)| *ip <= *high);
        hosts.iter().flat_map(Host::ips).map(|ip| ip.value).filter(|ip| inside(ip)).collect()
    });
    let mut taken = inside.concat();
    taken.extend(servers.iter().flat_map(|server| &server.ips).map(|ip| ip.value));
    taken.extend(classes.iter().filter_map(|class| class.ip.as_ref()).map(|ip| ip.value));
    for subnet in subnets.iter() {
        taken.extend(subnet.handout.routers.iter().flatten().map(|ip| ip.value));
        taken.extend([subnet.cidr.value.network(), subnet.broadcast.value]);
    }
    taken.sort_unstable();
    taken.dedup();
    for subnet in subnets {
        subnet.free = subnet.ranges.iter().flat_map(|range| range.value.without(&taken)).collect();
    }
}
