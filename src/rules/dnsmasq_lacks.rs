//! The settings that dnsmasq cannot express, for the rule `daemon-lacks`. Evidence: rfc2131.c and option.c of dnsmasq 2.90.

use foldhash::HashSet;

use crate::dhcp::{LeaseTimes, Policy, Policy6};
use crate::dialects::dnsmasq::{TEXT_OPTIONS, quote_option};
use crate::model::{Asks, Class, Dhcp, OptionValue, Pattern, Site, Spanned, Subnet, dhcpd_option};
use crate::rules::Findings;
use crate::source::Span;

/// The shortest lease that dnsmasq gives: clients of Apple's are confused by less (option.c, rfc2131.c).
const SHORTEST: u32 = 120;

pub(super) fn check(site: &Site<'_>, dhcp: &Dhcp, found: &mut Findings<'_>) {
    // All subnets inherit one setting of `dhcp`, and all hosts one of their group: report it once.
    let mut said = HashSet::default();
    let mut lacks = |span: Span, message: String, help: &str| {
        if said.insert(span) {
            found.push(span, message, |finding| finding.help(help));
        }
    };
    if dhcp.proxy {
        proxy(site, dhcp, &mut lacks);
    }
    if let Some(failover) = &dhcp.failover {
        let message = "dnsmasq has no pair of DHCP servers".to_owned();
        lacks(failover.span, message, "name one server, or `daemon: isc`, whose failover pair is written");
    }
    let site_pings = dhcp.ping_check.as_ref().is_none_or(|ping| ping.value);
    let pings = || site.subnets.iter().map(|subnet| subnet.ping_check.as_ref());
    let differs = |ping: bool| pings().any(|other| other.map_or(site_pings, |other| other.value) != ping);
    for ping in pings().flatten().filter(|ping| ping.value != site_pings && differs(ping.value)) {
        let message = "dnsmasq pings addresses of all subnets or of none".to_owned();
        lacks(ping.span, message, "write `ping_check` under `dhcp` only");
    }
    if !site.ipxe.needs.value.is_empty() {
        // `dhcp-match` refuses `encap:`, and finds bytes of option 175 at its beginning only, or anywhere in it.
        let message = "dnsmasq cannot tell which features iPXE has: every iPXE gets the script".to_owned();
        lacks(site.ipxe.needs.span, message, "remove `needs`, or write `daemon: kea` or `daemon: isc`");
    }
    classes(site, dhcp, &mut lacks);
    files_of_hosts(site, dhcp, &mut lacks);
    lease_times(site, dhcp, &mut lacks);
    for (subnet, v6) in site.subnets.iter().filter_map(|subnet| Some((subnet, subnet.v6.as_ref()?))) {
        let name = &subnet.name.value;
        if dhcp.proxy {
            let message = format!("a proxy answers nobody by IPv6 in the subnet `{name}`");
            lacks(v6.cidr.span, message, "remove `cidr6`");
        } else if dhcp.answers_dns() && v6.dns.is_empty() {
            let message = format!(
                "dnsmasq that answers DNS names itself as name server by IPv6, and the subnet `{name}` has none"
            );
            lacks(v6.cidr.span, message, "write `dns6`, or `ip6` of the server");
        } else if v6.cidr.value.prefix() < 64 {
            let message = format!("dnsmasq has no IPv6 network that is larger than a /64, such as `{name}`");
            lacks(v6.cidr.span, message, "write a prefix of 64 or more, or `daemon: kea`");
        } else if subnet.boots() && v6.loaders.iter().any(|(kind, _)| kind.info().loads_like.is_some()) {
            let message =
                format!("dnsmasq cannot tell UEFI's HTTP boot its URL by IPv6, in the subnet `{name}`");
            let help = "write `none` for the loaders `http_…` of the subnet, or `daemon: kea`";
            lacks(v6.cidr.span, message, help);
        }
    }
    if !dhcp.proxy {
        ranges6(site, &mut lacks);
    }
    for option in site.handouts().flat_map(|scope| &scope.options) {
        let zero = |words: &[String]| words.iter().any(|word| word == "0.0.0.0");
        let has_zero = match &option.value.value {
            OptionValue::Bare(words) => zero(words),
            OptionValue::Pairs(pairs) => pairs.iter().any(|pair| zero(pair)),
            _ => false,
        };
        if has_zero {
            let message = format!("dnsmasq sends its own address for 0.0.0.0 in `{}`", option.name);
            lacks(option.value.span, message, "leave the address out, or `daemon: isc`");
        }
        if let OptionValue::Text(text) = &option.value.value
            // An option that the site defines can be sent as bytes.
            && option.own.is_none()
            && dhcpd_option(&option.name).is_ok_and(|known| TEXT_OPTIONS.contains(&known.code))
            && let Err(refused) = quote_option(text)
        {
            let message = format!("dnsmasq sends no such text in `{}`: {}", option.name, refused.message);
            lacks(option.value.span, message, "write another text, or `daemon: isc`");
        }
    }
    for card in site.hosts.iter().flat_map(crate::model::Host::cards) {
        if let Some(mac) = card.macs.get(MOST_MACS) {
            let message = format!("dnsmasq reads no more than {MOST_MACS} MAC addresses of one card");
            lacks(mac.span, message, "give the others another host, or `daemon: isc`");
        }
    }
}

/// Clients of DHCPv6 that ask for options only, in a subnet with several ranges.
fn ranges6(site: &Site<'_>, lacks: &mut impl FnMut(Span, String, &str)) {
    let policy = Policy6::new(site);
    // The options of an only subnet need no tag of it.
    for scope in policy.subnets.iter().filter(|_| policy.subnets.len() > 1) {
        if scope.ranges_with_hosts(site).len() < 2 {
            continue;
        }
        let message = format!(
            "dnsmasq gives no options to IPv6 clients of the subnet `{}` that ask for no address, as it has several ranges",
            scope.subnet.name.value
        );
        let span = scope.v6.ranges.last().map_or(scope.v6.cidr.span, |range| range.span);
        lacks(
            span,
            message,
            "write one range in `ranges6`, without the addresses of servers, or `daemon: kea`",
        );
    }
}

/// The boot files and servers of hosts.
fn files_of_hosts(site: &Site<'_>, dhcp: &Dhcp, lacks: &mut impl FnMut(Span, String, &str)) {
    let any = site.profiles.iter().any(|profile| profile.file.is_some() || profile.next_server.is_some());
    // Equal files of hosts have the place of the first, which may be in another subnet.
    let mut reported = HashSet::default();
    for host in site.hosts.iter().filter(|_| any) {
        let Some(profile) = site.profile(host) else { continue };
        if dhcp.proxy {
            let spans = [
                profile.file.as_ref().map(|file| file.span),
                profile.next_server.as_ref().map(|next| next.span),
            ];
            for span in spans.into_iter().flatten() {
                let message =
                    "a proxy gives clients what their subnet says, whatever file or server a host has";
                lacks(
                    span,
                    message.to_owned(),
                    "set it on the DHCP server that gives addresses, or remove it",
                );
            }
            continue;
        }
        let Some(file) = &profile.file else {
            if let Some(next) = profile.server_of_loaders() {
                // A `dhcp-boot` has the name of the file, which differs between kinds of client, and the server.
                let message = "dnsmasq has no TFTP server for a host without a file";
                lacks(next.span, message.to_owned(), "give the host a `file`, or `daemon: isc`");
            }
            continue;
        };
        let mut subnets = host.cards().map(|card| site.subnet_at(card));
        let is_dark = |subnet: &Subnet| !subnet.boots();
        let all = || site.subnets.iter().any(is_dark);
        if file.value.name().is_some()
            && profile.next_server.is_none()
            && subnets.any(|subnet| subnet.map_or_else(all, is_dark))
            && reported.insert(host.profile)
        {
            let message =
                "dnsmasq names itself as the TFTP server of a host in a subnet with `netboot: none`";
            lacks(host.span, message.to_owned(), "write its `next_server`");
        }
    }
}

/// A line has room for so many.
const MOST_MACS: usize = 40;

/// How long the tags of the classes of a subnet can be together: a line has room for 1000 bytes.
const CLASS_TAGS: usize = 600;

fn classes(site: &Site<'_>, dhcp: &Dhcp, lacks: &mut impl FnMut(Span, String, &str)) {
    for class in &site.classes {
        let name = &class.name.value;
        if dhcp.proxy {
            let message = format!("the class `{name}` has no effect: a proxy knows no classes");
            lacks(class.name.span, message, "remove the class, or `daemon: isc`");
            continue;
        }
        let is_whole = |pattern: &Spanned<Pattern>| pattern.value.any.iter().all(|bytes| !bytes.prefix);
        let circuits = &class.matches.circuit_id;
        let known = !circuits.is_empty() && circuits.iter().all(is_whole);
        for remote in class.matches.remote_id.iter().filter(|remote| !known && !is_whole(remote)) {
            let message = "dnsmasq finds the beginning of a remote-id only behind a circuit-id that is known";
            lacks(remote.span, message.to_owned(), "write the whole value, or a `circuit_id` without `*`");
        }
    }
    let by_relay =
        |class: &Class| !class.matches.circuit_id.is_empty() || !class.matches.remote_id.is_empty();
    let in_ranges: HashSet<usize> = site.class_sets.iter().flat_map(|set| &set.classes).copied().collect();
    for (at, class) in site.classes.iter().enumerate().filter(|(_, class)| !dhcp.proxy && by_relay(class)) {
        // The address is in no range that the client then has the tags of: "address not available" (rfc2131.c).
        if class.ip.is_some() || in_ranges.contains(&at) {
            let message = format!(
                "dnsmasq refuses the renewals of the class `{}`, which come without option 82",
                class.name.value
            );
            let span = class.ip.as_ref().map_or(class.name.span, |ip| ip.span);
            lacks(
                span,
                message,
                "allow it, and its clients begin anew at half their lease time; or `daemon: isc`",
            );
        }
    }
    if !dhcp.proxy {
        classes_in_subnets(site, lacks);
    }
}

/// Classes whose tags do not fit into a line, and lease times, which dnsmasq ties to ranges.
fn classes_in_subnets(site: &Site<'_>, lacks: &mut impl FnMut(Span, String, &str)) {
    let policy = Policy::new(site);
    for (at, scope) in policy.subnets.iter().enumerate() {
        let subnet = scope.subnet;
        let classes: Vec<&Class> = policy.classes_in(at).map(|(_, scope, _)| scope.class).collect();
        let length: usize = classes.iter().map(|class| class.name.value.len() + ",tag:!class-".len()).sum();
        if let Some(class) = classes.first().filter(|_| length > CLASS_TAGS) {
            let message =
                format!("a line for dnsmasq has no room for all classes of `{}`", subnet.name.value);
            lacks(
                class.name.span,
                message,
                "shorten their names, say in which `subnets` they count, or `daemon: isc`",
            );
        }
        let timed: Vec<&Class> = classes.into_iter().filter(|class| class.has_lease_time()).collect();
        for (nth, class) in timed.iter().enumerate() {
            let lease = policy.lease_times_of(subnet, &[class]).of(None);
            class_lease(class, lease, lacks);
            let stronger = timed.get(nth + 1..).unwrap_or_default();
            let clash = stronger.iter().find(|other| {
                let both = policy.lease_times_of(subnet, &[class, other]).of(None);
                class.matches.overlaps(&other.matches)
                    && both != policy.lease_times_of(subnet, &[other]).of(None)
            });
            if let Some(other) = clash {
                let message = format!(
                    "dnsmasq takes the lease times of a client of two classes from `{}` alone",
                    other.name.value
                );
                lacks(
                    class.name.span,
                    message,
                    "set all lease times in the class with the higher `priority`",
                );
            }
        }
    }
}

fn class_lease(class: &Class, lease: u32, lacks: &mut impl FnMut(Span, String, &str)) {
    if let Some(max) = class.max_lease_time.as_ref().filter(|max| max.value != lease) {
        let message =
            format!("dnsmasq gives the class `{}` no longer lease than {lease} seconds", class.name.value);
        lacks(max.span, message, "set `default_lease_time` of the class to the same time");
    }
    if let Some(min) = class.min_lease_time.as_ref().filter(|min| min.value != SHORTEST) {
        let message = format!("dnsmasq gives {SHORTEST} seconds to a client that asks for less");
        lacks(min.span, message, "remove `min_lease_time`, or set it to 2m");
    }
    if let Some(default) = class.default_lease_time.as_ref().filter(|_| lease < SHORTEST) {
        let message = format!("dnsmasq gives no lease that is shorter than {SHORTEST} seconds");
        lacks(default.span, message, "set `default_lease_time` to 2m or more");
    }
}

fn lease_times(site: &Site<'_>, dhcp: &Dhcp, lacks: &mut impl FnMut(Span, String, &str)) {
    let policy = Policy::new(site);
    for subnet in &site.subnets {
        let times: LeaseTimes = policy.lease_times(subnet);
        let lease = times.of(None);
        let max = subnet.max_lease_time.as_ref().or(dhcp.max_lease_time.as_ref());
        if let Some(max) = max.filter(|max| max.value != lease) {
            // The two times may be of different scopes: that of the site suits most subnets, and not this one.
            let is_mixed = subnet.default_lease_time.is_some() && subnet.max_lease_time.is_none();
            let (whom, help) = if is_mixed {
                (
                    format!("clients of the subnet `{}`", subnet.name.value),
                    "set `max_lease_time` of that subnet to the same time, or remove this one",
                )
            } else {
                ("clients".to_owned(), "set both to the same time, or remove `max_lease_time`")
            };
            let message = format!(
                "dnsmasq gives {whom} no lease longer than {lease} seconds, which is `default_lease_time`"
            );
            lacks(max.span, message, help);
        }
        let min = subnet.min_lease_time.as_ref().or(dhcp.min_lease_time.as_ref());
        if let Some(min) = min.filter(|min| min.value != SHORTEST) {
            let message = format!("dnsmasq gives {SHORTEST} seconds to a client that asks for less");
            lacks(min.span, message, "remove `min_lease_time`, or set it to 2m");
        }
        let default = subnet.default_lease_time.as_ref().or(dhcp.default_lease_time.as_ref());
        if let Some(default) = default.filter(|_| lease < SHORTEST) {
            let message = format!("dnsmasq gives no lease that is shorter than {SHORTEST} seconds");
            lacks(default.span, message, "set `default_lease_time` to 2m or more");
        }
    }
}

/// A proxyDHCP server sends boot files and nothing else. The routers of a subnet and the addresses of hosts describe the
/// network.
fn proxy(site: &Site<'_>, dhcp: &Dhcp, lacks: &mut impl FnMut(Span, String, &str)) {
    let policy = Policy::new(site);
    for scope in &policy.subnets {
        // Addresses of services that differ between subnets travel in iPXE's options.
        let mut own = scope.ipxe.iter().filter(|setting| setting.span.is_none());
        if let Some(setting) = own.find(|setting| ADDRESSES.contains(&setting.name.as_ref())) {
            let name = &setting.name;
            let message = format!("a proxy cannot send `{name}`, which differs between the subnets");
            lacks(scope.subnet.name.span, message, "give the server one address that all subnets reach");
        }
    }
    let loaders = site.subnets.iter().map(|subnet| &subnet.loaders);
    let loaders = loaders.chain(site.profiles.iter().filter_map(|profile| profile.loaders.as_ref()));
    for (kind, loader) in loaders.flatten().filter(|(kind, _)| kind.info().asks == Asks::Uboot) {
        let message = format!("a proxy gives no file to `{}` clients", kind.name());
        lacks(loader.span, message, "U-Boot would take its offer for one of an address; write `none`");
    }
    let mut without = |span: Option<Span>, key: &str| {
        if let Some(span) = span.filter(|span| *span != Span::default()) {
            let message = format!("`{key}` has no effect: a proxy sends boot files only");
            lacks(span, message, "set it on the DHCP server that gives addresses, or remove it");
        }
    };
    without(dhcp.section.filter(|_| dhcp.authoritative), "authoritative");
    without(Some(dhcp.unknown_clients.span).filter(|_| !dhcp.unknown_clients.value), "unknown_clients");
    let mut times = |times: [&Option<Spanned<u32>>; 3]| {
        for (time, key) in times.into_iter().zip(["default_lease_time", "max_lease_time", "min_lease_time"]) {
            without(time.as_ref().map(|time| time.span), key);
        }
    };
    times([&dhcp.default_lease_time, &dhcp.max_lease_time, &dhcp.min_lease_time]);
    for subnet in &site.subnets {
        times([&subnet.default_lease_time, &subnet.max_lease_time, &subnet.min_lease_time]);
    }
    for subnet in &site.subnets {
        subnet.ranges.iter().for_each(|range| without(Some(range.span), "ranges"));
        without(
            Some(subnet.unknown_clients.span).filter(|_| !subnet.unknown_clients.value),
            "unknown_clients",
        );
    }
    let profiles: Vec<_> = (0..).map_while(|at| policy.profile(at)).collect();
    let subnets = policy.subnets.iter().flat_map(|scope| scope.options.iter().chain(&scope.ipxe));
    let subnets = subnets.filter(|setting| !["routers", "root-path"].contains(&&*setting.name));
    let settings = subnets.chain(profiles.iter().flat_map(|scope| scope.options.iter().chain(&scope.ipxe)));
    for setting in settings {
        without(setting.span, &setting.name);
    }
    for root in site.hosts.iter().filter_map(|host| host.root_path.as_ref()) {
        without(Some(root.span), "root_path");
    }
    for root in site.subnets.iter().filter_map(Subnet::root_path) {
        without(Some(root.text.span), "root_path");
    }
}

/// The options for addresses of services.
const ADDRESSES: [&str; 4] = ["http-root", "tftp-server", "nfs-server", "smb-server"];
