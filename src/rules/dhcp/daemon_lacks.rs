//! The configuration of the site's DHCP server has no equivalent for a setting of the site. With `allow` the setting is
//! left out.
//!
//! Evidence: Kea 2.2 to 3.0 read no text of dhcpd's, nor dhcpd Kea's JSON; the hook that pings an address before it is
//! offered, libdhcp_ping_check, is in Debian's packages from Kea 3.0 on. Only dhcpd speaks its failover protocol. Kea 2.2
//! answers no DHCPv6 client on its wire unless the subnet has an `interface`. dnsmasq 2.90 has one lease time for each
//! range, gives a client less where it asks for less, and pings addresses of all subnets or of none. Kea 2.2 to 3.0 set
//! the lease time of a class before they evaluate the classes of a subnet, and send option 175 of one scope, whole. Kea 3.0
//! refuses `require-client-classes` beside `evaluate-additional-classes`, and Kea 2.x knows the former only (`kea-dhcp4 -t`).
//! dhcpd 4.4.3 refuses `range dynamic-bootp` in a pool with a `failover peer`. Kea answers BOOTP with the hook libdhcp_bootp.
//! dnsmasq chooses an address of any range before it looks at the tags of `bootp-dynamic`.
//!
//! Fails:
//! ```yaml fails
//! dhcp: { daemon: kea, ping_check: true }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 } }
//! ```
//! Passes:
//! ```yaml passes
//! dhcp: { daemon: kea }
//! subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 } }
//! ```

use foldhash::HashSet;

use crate::dhcp::{ClassTimes, Overlaps, Policy};
use crate::model::{ClientKind, Dhcp, DhcpDaemon, Failover, Profile, Raw, Server, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule, dnsmasq_lacks};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::error("daemon-lacks", "the DHCP server cannot express a setting of the site"),
    cost: Cost::Low,
    check,
};

/// The outputs of `raw` that are files of a DHCP server.
const READERS: &[(&str, DhcpDaemon)] = &[
    ("dhcpd", DhcpDaemon::Isc),
    ("dhcpd6", DhcpDaemon::Isc),
    ("ipxe_options", DhcpDaemon::Isc),
    ("isc_dhcp_server", DhcpDaemon::Isc),
    ("kea", DhcpDaemon::Kea),
    ("kea6", DhcpDaemon::Kea),
    ("dnsmasq", DhcpDaemon::Dnsmasq),
];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    unread(site, found);
    dynamic_bootp(site, found);
    if let Some(dhcp) = site.dhcp.as_ref().filter(|dhcp| dhcp.daemon == DhcpDaemon::Dnsmasq) {
        return dnsmasq_lacks::check(site, dhcp, found);
    }
    let mut lacks = |span: Span, message: String, help: &str| {
        found.push(span, message, |finding| finding.help(help));
    };
    if let Some(dhcp) = site.dhcp.as_ref().filter(|dhcp| dhcp.answer_dns.value) {
        let help = "remove it, and run a separate DNS server; `dns` names it to clients";
        lacks(dhcp.answer_dns.span, "dhcpd and Kea do not answer DNS".to_owned(), help);
    }
    let Some(dhcp) = site.dhcp.as_ref().filter(|dhcp| dhcp.daemon == DhcpDaemon::Kea) else { return };
    if let Some(failover) = &dhcp.failover {
        pair(site, dhcp, failover, &mut lacks);
    }
    // All subnets inherit one setting of `dhcp`, and all hosts one of their group: report it once.
    let mut said = HashSet::default();
    let pings = site.subnets.iter().filter_map(|subnet| subnet.ping_check.as_ref()).chain(&dhcp.ping_check);
    let mut servers = dhcp.servers.iter().filter_map(|at| site.servers.get(*at));
    let version = |server: &Server| server.os.as_ref().and_then(|os| os.value.kea());
    let can_ping = servers.all(|server| version(server).is_some_and(|version| version >= (3, 0)));
    for ping in pings.filter(|ping| ping.value && !can_ping) {
        if said.insert(ping.span) {
            let message = "Kea pings no address before it offers it".to_owned();
            let help = "remove `ping_check`; Kea 3.0 can, if the server has it (`os: debian-14`)";
            lacks(ping.span, message, help);
        }
    }
    classes(site, &mut lacks);
    keywords(site, dhcp, &mut lacks);
    servers_of_hosts(site, &mut said, &mut lacks);
    for server in dhcp.servers.iter().filter_map(|at| site.servers.get(*at)) {
        for (subnet, v6) in site.subnets.iter().filter_map(|subnet| Some((subnet, subnet.v6.as_ref()?))) {
            let is_near = server.ips6.iter().any(|ip| v6.cidr.value.contains(ip.value));
            let raw = || subnet.handout.raw.iter().filter(|raw| raw.output == "kea6");
            let is_named = || raw().flat_map(|raw| &raw.keys).any(|key| key.value == "interface");
            if is_near && server.interfaces.len() > 1 && !is_named() && said.insert(v6.cidr.span) {
                let message = format!(
                    "Kea finds the IPv6 clients of the subnet `{}` by the interface, and `{}` has several",
                    subnet.name.value, server.name
                );
                lacks(v6.cidr.span, message, "name it: `raw: { kea6: { interface: eth0 } }` on the subnet");
            }
        }
    }
}

/// The boot server of hosts without a `file`, where Raspberry Pis get theirs as an option, too: Kea sends that of the
/// subnet.
fn servers_of_hosts(site: &Site<'_>, said: &mut HashSet<Span>, lacks: &mut dyn FnMut(Span, String, &str)) {
    let loaders = site.subnets.iter().map(|subnet| &subnet.loaders).chain(site.own_loaders()).flatten();
    if !loaders.into_iter().any(|(kind, _)| *kind == ClientKind::Rpi) {
        return;
    }
    for next in site.profiles.iter().filter_map(Profile::server_of_loaders) {
        if said.insert(next.span) {
            let message = "Kea names the subnet's TFTP server to a Raspberry Pi in option 66".to_owned();
            lacks(next.span, message, "set `tftp-server-name` in its `options`, or give it a `file`");
        }
    }
}

/// `raw` of a subnet that has the keyword of another version for the list of classes, which ipxegen writes, too. Kea 3.0
/// says "cannot specify both 'require-client-classes' and 'evaluate-additional-classes'", and older versions do not know the
/// second.
fn keywords(site: &Site<'_>, dhcp: &Dhcp, lacks: &mut dyn FnMut(Span, String, &str)) {
    let (old, new) = ("require-client-classes", "evaluate-additional-classes");
    for server in dhcp.servers.iter().filter_map(|at| site.servers.get(*at)) {
        let version = server.os.as_ref().and_then(|os| os.value.kea());
        let is_new = version.is_some_and(|version| version >= (3, 0));
        let (ours, other) = if is_new { (new, old) } else { (old, new) };
        let raw = site.subnets.iter().flat_map(|subnet| &subnet.handout.raw);
        let keys = raw.filter(|raw| raw.output.starts_with("kea")).flat_map(|raw| &raw.keys);
        for key in keys.filter(|key| key.value == other) {
            let message =
                format!("Kea on `{}` refuses `{other}` beside `{ours}`, which ipxegen writes", server.name);
            let help = format!("write `{ours}`: ipxegen appends the list to its own");
            lacks(key.span, message, &help);
        }
    }
}

/// The settings of classes that Kea lacks.
fn classes(site: &Site<'_>, lacks: &mut dyn FnMut(Span, String, &str)) {
    if site.classes.is_empty() {
        return;
    }
    let policy = Policy::new(site);
    let overlaps = Overlaps::new(&policy);
    let class = |place: &usize| policy.classes.get(*place);
    let times = ClassTimes::new(&policy, &overlaps);
    for class in times.differing.iter().filter_map(class).map(|scope| scope.class) {
        let own = [&class.default_lease_time, &class.max_lease_time, &class.min_lease_time];
        let Some(time) = own.into_iter().flatten().next() else { continue };
        let name = &class.name.value;
        let (message, help) = if times.too_many {
            let message =
                "too many classes with lease times can have one client in common for Kea".to_owned();
            (message, "set lease times on fewer classes, or on subnets")
        } else {
            let message = format!(
                "Kea has one lease time for the class `{name}` in all subnets, which would differ between them"
            );
            (
                message,
                "set `default_lease_time`, `max_lease_time` and `min_lease_time` on a class without `subnets`, or set them on the subnets",
            )
        };
        lacks(time.span, message, help);
    }
    disks(&policy, lacks);
    for (at, scope) in policy.subnets.iter().enumerate().filter(|(_, scope)| scope.subnet.boots()) {
        let with_ipxe = policy.classes_in(at).filter(|(_, scope, _)| !scope.ipxe.is_empty());
        let with_ipxe: Vec<usize> = with_ipxe.map(|(place, ..)| place).collect();
        let Some(first) = with_ipxe.first().and_then(class) else { continue };
        if overlaps.sets(&with_ipxe).is_none() {
            let message = format!(
                "too many classes with options of iPXE's can have one client in common in `{}`",
                scope.subnet.name.value
            );
            lacks(first.class.name.span, message, "tell them apart by one more key of `match`");
            break;
        }
    }
}

/// Disks with options of their own, beside classes with options of iPXE's.
fn disks(policy: &Policy<'_>, lacks: &mut dyn FnMut(Span, String, &str)) {
    let Some(class) = policy.classes.iter().find(|scope| !scope.ipxe.is_empty()) else { return };
    if let Some((host, ..)) = policy.site.disks_with_more().next() {
        let message = format!(
            "Kea sends the host `{}` the options of its disk, and none of iPXE's of the class `{}`",
            host.name, class.class.name.value
        );
        lacks(class.class.name.span, message, "let `match` exclude the host, or set the options on the host");
    }
}

/// The settings of a pair that Kea lacks.
fn pair(site: &Site<'_>, dhcp: &Dhcp, failover: &Failover, lacks: &mut dyn FnMut(Span, String, &str)) {
    for server in dhcp.servers.iter().filter_map(|at| site.servers.get(*at)) {
        if server.os.as_ref().and_then(|os| os.value.kea()).is_none() {
            let name = &server.name;
            let message = match &server.os {
                Some(os) => format!(
                    "a pair needs a hook whose path depends on Kea's version, which is not known for {}",
                    os.value.name()
                ),
                None => format!(
                    "a pair needs a hook whose path depends on Kea's version, and `{name}` has no `os`"
                ),
            };
            let span = server.os.as_ref().map_or(server.span, |os| os.span);
            lacks(span, message, "name the server's system, such as `os: debian-12`");
        }
    }
    if let Some(split) = failover.split.as_ref().filter(|split| split.value != 128) {
        let message = format!("Kea's servers share the clients half and half, not {} to 256", split.value);
        lacks(
            split.span,
            message,
            "use `split: 128`; without `split` the first server answers, and the second takes over",
        );
    }
    if let Some(mclt) = &failover.mclt {
        let message =
            "Kea's pair has no `mclt`: each server tells the other of a lease before the client gets it";
        lacks(mclt.span, message.to_owned(), "remove `mclt`");
    }
    if let Some(updates) = &failover.max_unacked_updates {
        let message = "Kea's pair has no `max_unacked_updates`: it confirms each lease";
        lacks(updates.span, message.to_owned(), "remove `max_unacked_updates`");
    }
}

/// Ranges for BOOTP clients.
fn dynamic_bootp(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(dhcp) = &site.dhcp else { return };
    for subnet in &site.subnets {
        let ranges = || subnet.ranges.iter();
        let are_some_without = ranges().any(|range| !range.value.dynamic_bootp);
        let message = match dhcp.daemon {
            DhcpDaemon::Isc if dhcp.failover.is_some() => {
                "dhcpd does not start with a range for BOOTP clients in a failover pair"
            }
            DhcpDaemon::Kea => "Kea answers BOOTP clients only with a hook, which ipxegen does not write",
            DhcpDaemon::Dnsmasq if are_some_without => {
                "dnsmasq gives BOOTP clients addresses of all ranges of a subnet or of none"
            }
            DhcpDaemon::Isc | DhcpDaemon::Dnsmasq => continue,
        };
        for range in ranges().filter(|range| range.value.dynamic_bootp) {
            let help = "remove `dynamic_bootp`; PXE, UEFI and iPXE speak DHCP";
            found.push(range.span, message.to_owned(), |finding| finding.help(help));
        }
    }
}

/// `raw` of a DHCP server that the site does not run.
fn unread(site: &Site<'_>, found: &mut Findings<'_>) {
    // The files for another DHCP server have some of it; `external-lacks` names the rest.
    if site.external_dhcp.is_some() || site.gaps.services {
        return;
    }
    let daemon = site.dhcp.as_ref().map(|dhcp| dhcp.daemon);
    let (name, output) = match daemon {
        Some(DhcpDaemon::Isc) => ("dhcpd", "`raw: { dhcpd: \"…\" }`"),
        Some(DhcpDaemon::Kea) => ("Kea", "`raw: { kea: { … } }`"),
        Some(DhcpDaemon::Dnsmasq) => ("dnsmasq", "`raw: { dnsmasq: \"…\" }`"),
        None => ("the site runs no DHCP server, which", ""),
    };
    let help = match daemon {
        Some(_) => format!("say it in words of the site or by {output}, or remove it"),
        None => "remove it, or let a server answer: `dhcp: { server: NAME }`".to_owned(),
    };
    let texts =
        site.handouts().flat_map(|scope| &scope.raw).chain(site.dhcp.iter().flat_map(|dhcp| &dhcp.raw));
    let reads = |output: &str| READERS.iter().find(|(known, _)| *known == output).map(|(_, daemon)| *daemon);
    // All hosts inherit one setting of their group: report it once.
    let mut said = HashSet::default();
    for Raw { output, text, .. } in texts.chain(&site.raw) {
        if reads(output).is_some_and(|reader| daemon != Some(reader)) && said.insert(text.span) {
            let message = format!("{name} reads no `raw` for `{output}`");
            found.push(text.span, message, |finding| finding.help(help.clone()));
        }
    }
}
