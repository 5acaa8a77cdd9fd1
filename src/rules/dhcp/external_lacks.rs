//! The files for other DHCP servers cannot express everything that dhcpd can. They give all clients of a subnet the
//! same boot files and addresses, without classes and host declarations. They also lack `ntp`, `domain_search`,
//! `options` (those of IP phones, for instance), `raw`, and a host's own `routers`, `dns` and `domain`. The files for
//! Kea and dnsmasq contain all of it but `raw` for dhcpd.
//!
//! Evidence: with `dhcp: { daemon: external }`, the files below build/dhcp contain the boot files by kind of client
//! and by subnet, and for each host its address, its name and iPXE's options. Only the files for Kea and dnsmasq
//! contain `netboot: none` of a host; Windows and RouterOS reserve an address for one MAC address.
//!
//! Fails:
//! ```yaml fails
//! dhcp: { daemon: external }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 } }
//! hosts: { printer: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, netboot: none } }
//! ```
//! Passes:
//! ```yaml passes
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 } }
//! hosts: { printer: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, netboot: none } }
//! ```

use std::net::Ipv4Addr;

use foldhash::HashSet;

use crate::model::{Clients, Handout, Netboot, Site, Spanned, Subnet};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "external-lacks",
        "the files for another DHCP server lack a setting of the site",
    ),
    cost: Cost::Low,
    check,
};

const BY_HAND: &str =
    "of the files below build/dhcp only those for Kea and dnsmasq contain it; set it by hand in the others";

/// The help for verbatim text, which none of the files contain.
const NOWHERE: &str = "the files below build/dhcp do not contain it; set it there by hand";

/// The help for a setting that only some of the files contain.
const SOME_KEEP_IT: &str = "the files for Kea and dnsmasq contain it; with Windows, RouterOS, pfSense and OPNsense, set it there by hand";

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(external) = &site.external_dhcp else { return };
    let mut lacks = |span: Span, message: String, help: &str| {
        found.push(span, message, |finding| {
            finding.and(external.span, "another DHCP server answers here").help(help)
        });
    };
    if !site.ipxe.needs.value.is_empty() {
        let message =
            "some files for other DHCP servers send every iPXE to the script, even one that lacks a feature";
        let help = "only the file for Kea looks at the features of iPXE";
        lacks(site.ipxe.needs.span, message.to_owned(), help);
    }
    let mut roots = HashSet::default();
    for subnet in &site.subnets {
        clients(subnet, &mut lacks);
        if let Some(root) = subnet.root_path().filter(|root| roots.insert(root.text.span)) {
            let message = format!(
                "some files for other DHCP servers lack the `root_path` of the subnet `{}`",
                subnet.name
            );
            lacks(root.text.span, message, BY_HAND);
        }
    }
    for class in &site.classes {
        let message = format!("some files for other DHCP servers lack the class `{}`", class.name.value);
        lacks(class.name.span, message, BY_HAND);
    }
    // Options under `dhcp` are the same for all subnets: one finding is enough.
    let mut reported = HashSet::default();
    for subnet in &site.subnets {
        options("subnet", &subnet.name.value, &subnet.handout, &mut reported, &mut lacks);
    }
    hosts(site, &mut reported, &mut lacks);
    shared_addresses(site, &mut lacks);
}

/// The clients that a subnet and its ranges are for.
fn clients(subnet: &Subnet, lacks: &mut impl FnMut(Span, String, &str)) {
    let name = &subnet.name.value;
    if subnet.netboot == Netboot::Known {
        let message = format!("every client of the subnet `{name}` can boot, not only known ones");
        lacks(subnet.name.span, message, BY_HAND);
    }
    if !subnet.unknown_clients.value {
        let message = format!("unknown clients also get addresses of the subnet `{name}`");
        lacks(subnet.unknown_clients.span, message, BY_HAND);
    }
    for range in subnet.ranges.iter().filter(|range| range.value.clients != Clients::All) {
        let message = match range.value.clients {
            Clients::Known => format!("the range {} for known clients is left out", range.value),
            Clients::Classes(_) => format!("the range {} for classes is left out", range.value),
            _ => format!("the range {} is for all clients, not only for unknown ones", range.value),
        };
        lacks(range.span, message, BY_HAND);
    }
    for range in subnet.ranges.iter().filter(|range| range.value.dynamic_bootp) {
        let message = format!("BOOTP clients get no address of the range {}", range.value);
        lacks(range.span, message, NOWHERE);
    }
}

/// The options of a subnet or a host that were not reported yet.
fn options(
    what: &str,
    name: &str,
    handout: &Handout,
    reported: &mut HashSet<Span>,
    lacks: &mut impl FnMut(Span, String, &str),
) {
    let mut left_out = left_out(handout, what == "host");
    left_out.retain(|(_, span)| reported.insert(*span));
    let Some((_, span)) = left_out.first() else { return };
    let names: Vec<_> = left_out.iter().map(|(name, _)| format!("`{name}`")).collect();
    let message =
        format!("some files for other DHCP servers lack {} of the {what} `{name}`", names.join(", "));
    let help = if left_out.iter().any(|(name, _)| name == "raw") { NOWHERE } else { BY_HAND };
    lacks(*span, message, help);
}

/// The options and boot files of hosts.
fn hosts(site: &Site<'_>, reported: &mut HashSet<Span>, lacks: &mut impl FnMut(Span, String, &str)) {
    let mut profiles = HashSet::default();
    for host in &site.hosts {
        let Some(profile) = site.profile(host) else { continue };
        options("host", host.name, &profile.handout, reported, lacks);
        let (what, help) = match profile.netboot {
            Some(Netboot::None) => ("netboot: none", SOME_KEEP_IT),
            _ if profile.file.is_some() => ("file", BY_HAND),
            _ if profile.loaders.is_some() => ("loaders", BY_HAND),
            _ if profile.next_server.is_some() => ("next_server", BY_HAND),
            _ => continue,
        };
        // Hosts with one profile get the same options: one finding is enough.
        if profiles.insert(host.profile) {
            let message =
                format!("the host `{}` boots what its subnet boots, whatever its `{what}` says", host.name);
            lacks(host.span, message, help);
        }
    }
}

/// The hosts that share one address among several MAC addresses of a card.
fn shared_addresses(site: &Site<'_>, lacks: &mut impl FnMut(Span, String, &str)) {
    let mut sharing = site.hosts.iter().filter(|host| {
        let mut cards = host.cards();
        cards.any(|card| card.ip.is_some() && card.macs.len() > 1)
    });
    let Some(host) = sharing.next() else { return };
    let name = host.name;
    let message = match sharing.count() {
        0 => format!("only one MAC address of the host `{name}` gets its address"),
        more => format!("only one MAC address of the host `{name}`, and of {more} more, gets the address"),
    };
    let help = "Windows and RouterOS reserve an address for one MAC address, Kea and dnsmasq for all";
    lacks(host.span, message, help);
}

/// The options of a subnet or of a host that no file has, and where they were written. A subnet's routers, name
/// servers and domain are in the files.
fn left_out(handout: &Handout, of_host: bool) -> Vec<(String, Span)> {
    let mut found = Vec::new();
    let mut add = |name: &str, span: Option<Span>| found.extend(span.map(|span| (name.to_owned(), span)));
    let addresses = |at: &Option<Vec<Spanned<Ipv4Addr>>>| Some(at.as_ref()?.first()?.span);
    if of_host {
        add("routers", addresses(&handout.routers));
        add("dns", addresses(&handout.dns));
        add("domain", handout.domain.as_ref().map(|at| at.span));
    }
    add("ntp", addresses(&handout.ntp));
    add("domain_search", handout.domain_search.as_ref().and_then(|all| Some(all.first()?.span)));
    for option in &handout.options {
        add(&option.name, Some(option.value.span));
    }
    for raw in handout.raw.iter().filter(|raw| raw.output == "dhcpd") {
        add("raw", Some(raw.text.span));
    }
    found
}
