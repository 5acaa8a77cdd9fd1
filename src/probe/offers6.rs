//! Compares an answer by DHCPv6 with the answer of the site.

use std::net::Ipv6Addr;

use super::outcome::{Check, State};
use crate::dhcp::{Address6, Answer6};
use crate::model::{DhcpDaemon, Site, Subnet};
use crate::trace::domain_names;
use crate::wire::{Advertisement, Heard6};

/// The options of name servers, of domains, of the URL of the boot file and of the vendor class.
const DNS: u16 = 23;
const DOMAINS: u16 = 24;
const URL: u16 = 59;
const VENDOR_CLASS: u16 = 16;

/// Compares the answers of all servers with that of the site.
///
/// The site has no address of a server on the wire of the clients: a server answers from its link-local one. So a stranger is
/// recognized by what it offers, or by the number of servers.
pub(super) fn compare_all6(
    site: &Site<'_>,
    subnet: &Subnet,
    answer: &Answer6<'_>,
    stateless: bool,
    heard: &[Heard6],
    seconds: u64,
) -> Vec<Check> {
    let compare = |heard: Option<&Advertisement>| compare6(site, subnet, answer, stateless, heard, seconds);
    let right = || Check::new(State::Right, "as the site says");
    if heard.is_empty() {
        let found = compare(None);
        return if found.is_empty() { vec![right()] } else { found };
    }
    let own = site.dhcp.as_ref().map_or(1, |dhcp| dhcp.servers.len().max(1));
    let mut too_many = heard.len() > own;
    let (mut checks, mut strangers) = (Vec::new(), Vec::new());
    for heard in heard {
        let found = compare(Some(&heard.advertisement));
        if too_many && !found.is_empty() {
            strangers.push(heard);
            continue;
        }
        checks.push(Check::new(State::Note, summary(heard)));
        if found.is_empty() {
            checks.push(right());
        }
        checks.extend(found);
    }
    let help = "clients choose one of the servers: find the machine by its address, or let the switches drop its answers \
                (DHCPv6 guard)";
    // Strangers explain the number.
    too_many &= strangers.len() < heard.len() - own;
    for heard in strangers {
        let text = format!("another DHCPv6 server answers: {}", summary(heard));
        checks.push(Check::new(State::Wrong, text).help(help));
    }
    if too_many {
        let from: Vec<String> = heard.iter().map(|heard| heard.from.to_string()).collect();
        let servers = if own == 1 { "one DHCPv6 server".to_owned() } else { format!("{own} DHCPv6 servers") };
        let text =
            format!("{} DHCPv6 servers answer, and the site has {servers}: {}", from.len(), from.join(", "));
        checks.push(Check::new(State::Wrong, text).help(help));
    }
    checks.extend(differences(heard).filter(|_| heard.len() <= own));
    checks
}

/// The check of servers that belong together and offer different things. Each has addresses of its own.
fn differences(heard: &[Heard6]) -> impl Iterator<Item = Check> {
    let mut different = Vec::new();
    if let Some((first, others)) = heard.split_first() {
        for (code, what) in
            [(URL, "boot file"), (VENDOR_CLASS, "vendor class"), (DNS, "name servers"), (DOMAINS, "domains")]
        {
            let of_first = first.advertisement.option(code);
            if let Some(other) = others.iter().find(|other| other.advertisement.option(code) != of_first) {
                let text = format!("the servers {} and {} differ in the {what}", first.from, other.from);
                different.push(Check::new(State::Wrong, text));
            }
        }
    }
    different.into_iter()
}

/// An answer in one line.
fn summary(heard: &Heard6) -> String {
    let Heard6 { from, advertisement } = heard;
    let address = advertisement.address.map_or_else(|| "no address".to_owned(), |(ip, _)| ip.to_string());
    let file = advertisement.option(URL).filter(|url| !url.is_empty());
    let file = file.map_or_else(
        || "no boot file".to_owned(),
        |url| format!("the file {}", String::from_utf8_lossy(url)),
    );
    format!("{from} offers {address}, {file}")
}

/// Compares the answer to a client with that of the site. `stateless` clients ask for options only, and `seconds` is how
/// long an answer was waited for.
#[must_use]
pub fn compare6(
    site: &Site<'_>,
    subnet: &Subnet,
    answer: &Answer6<'_>,
    stateless: bool,
    heard: Option<&Advertisement>,
    seconds: u64,
) -> Vec<Check> {
    let place = subnet.v6.as_ref().map(|v6| v6.cidr.span);
    let wrong = |text: String| Check::new(State::Wrong, text).at(place);
    let has_address = !stateless && answer.address != Address6::Nothing;
    let Some(heard) = heard else {
        // A server may be silent to a client that it has no address for.
        let silent = (stateless || has_address).then(|| format!("no answer by IPv6 within {seconds} s"));
        return silent.map(wrong).into_iter().collect();
    };
    let mut checks = Vec::new();
    let offered = heard.address.map(|(ip, _)| ip);
    let is_right = match (&answer.address, offered) {
        _ if stateless => true,
        (Address6::Fixed(own), Some(ip)) => *own == ip,
        (Address6::Pool(ranges), Some(ip)) => ranges.iter().any(|range| range.contains(ip)),
        // A client must ignore such an answer (RFC 8415, 18.2.9).
        (Address6::Nothing, None) => return checks,
        _ => false,
    };
    if !is_right {
        let text = |ip: Option<Ipv6Addr>| ip.map_or_else(|| "none".to_owned(), |ip| ip.to_string());
        let wanted = match &answer.address {
            Address6::Fixed(own) => own.to_string(),
            Address6::Nothing => "none".to_owned(),
            Address6::Pool(ranges) => {
                let ranges: Vec<String> = ranges.iter().map(|range| format!("in {range}")).collect();
                ranges.join(" or ")
            }
        };
        checks.push(wrong(format!("the IPv6 address is {}, not {wanted}", text(offered))));
    }
    let mut compare = |what: &str, wanted: String, got: String| {
        if wanted != got {
            let or_none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
            checks.push(wrong(format!("{what} by IPv6: {}, not {}", or_none(got), or_none(wanted))));
        }
    };
    let bytes = |code: u16| heard.option(code).unwrap_or_default();
    let ips = |bytes: &[u8]| {
        let ips = bytes.chunks(16).filter_map(|ip| <[u8; 16]>::try_from(ip).ok());
        ips.map(|ip| Ipv6Addr::from(ip).to_string()).collect::<Vec<_>>().join(", ")
    };
    let dns: Vec<String> = answer.dns.iter().map(ToString::to_string).collect();
    compare("name servers", dns.join(", "), ips(bytes(DNS)));
    let domains: Vec<&str> = answer.domains.iter().copied().filter(|domain| !domain.is_empty()).collect();
    compare("domains", domains.join(", "), domain_names(bytes(DOMAINS)).unwrap_or_default().join(", "));
    // The rule `daemon-lacks` says that dnsmasq has no URL for UEFI's HTTP boot.
    let is_dnsmasq = site.dhcp.as_ref().is_some_and(|dhcp| dhcp.daemon == DhcpDaemon::Dnsmasq);
    if !(answer.is_http && is_dnsmasq) {
        let url = String::from_utf8_lossy(bytes(URL)).into_owned();
        compare("boot file", answer.url.unwrap_or_default().to_owned(), url);
        let class = |is_http: bool| if is_http { "HTTPClient" } else { "" }.to_owned();
        let got = bytes(VENDOR_CLASS).ends_with(b"HTTPClient");
        compare("vendor class", class(answer.is_http), class(got));
    }
    checks
}
