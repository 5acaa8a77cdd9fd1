//! Compares offers with what the site says.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::outcome::{Check, State};
use crate::dhcp::{Address, Answer, Value};
use crate::model::{DhcpDaemon, Site};
use crate::report;
use crate::source::Span;
use crate::trace::{domain_names, ipxe_option_text, option_text};
use crate::wire::{Heard, Offer};

/// Options that the protocol itself sets, and that no site says. dnsmasq repeats the network of a relay's request in 118.
const PROTOCOL: [u8; 10] = [50, 51, 53, 54, 55, 57, 58, 59, 82, 118];

/// The option that holds those of iPXE.
const IPXE: u8 = 175;

/// The option that may hold the boot file.
const FILE: u8 = 67;

/// The options that hold domain names.
const NAMES: [u8; 2] = [88, 119];

/// Compares the offers to one request with the answers that the site has for it. `seconds` is how long they were waited
/// for.
#[must_use]
pub fn compare(site: &Site<'_>, answers: &[Answer<'_>], heard: &[Heard], seconds: u64) -> Vec<Check> {
    let mut checks = Vec::new();
    let is_own = |server: Ipv4Addr| own_servers(site).any(|own| own == server);
    let (own, foreign): (Vec<&Heard>, Vec<&Heard>) = heard.iter().partition(|heard| is_own(heard.server()));
    let proxied = site.dhcp.as_ref().is_none_or(|dhcp| dhcp.proxy);
    for heard in &own {
        checks.push(Check::new(State::Note, summary(heard)));
        let before = checks.len();
        if heard.offer.address.is_unspecified() && proxied {
            checks.extend(boot_file(site, answers, &heard.offer));
        } else {
            checks.extend(compare_one(site, answers, heard));
        }
        if checks.len() == before {
            checks.push(Check::new(State::Right, "as the site says"));
        }
    }
    for heard in &foreign {
        if !proxied {
            let text = format!("another DHCP server answers: {}", summary(heard));
            checks.push(Check::new(State::Wrong, text).help(
                "clients take the first offer: find the machine by its address, or let the switches drop it (DHCP snooping)",
            ));
        } else {
            checks.push(Check::new(State::Note, summary(heard)));
            // Beside a proxy the other server has nothing to say about booting.
            if site.dhcp.is_none() {
                checks.extend(compare_one(site, answers, heard));
            }
        }
    }
    let leasing: Vec<String> = foreign
        .iter()
        .filter(|heard| proxied && !heard.offer.address.is_unspecified())
        .map(|heard| heard.server().to_string())
        .collect();
    if leasing.len() > 1 {
        let text = format!("{} DHCP servers offer addresses: {}", leasing.len(), leasing.join(", "));
        checks.push(Check::new(State::Wrong, text).help("one of them is not meant to be there"));
    }
    if site.dhcp.as_ref().is_some_and(|dhcp| dhcp.proxy) && own.is_empty() && wants_file(answers) {
        checks.push(Check::new(State::Wrong, "the proxy of the site does not answer"));
    }
    if proxied && heard.is_empty() || !proxied && own.is_empty() {
        checks.push(silence(site, answers, seconds));
    }
    checks
}

/// Compares the answer of a proxy on port 4011, where firmware asks again after the offer.
pub(super) fn compare_proxy(
    site: &Site<'_>,
    answers: &[Answer<'_>],
    proxy: Ipv4Addr,
    heard: Option<&Heard>,
) -> Vec<Check> {
    let Some(heard) = heard else {
        let text = format!("{proxy} offers a file and does not answer on UDP port 4011");
        return vec![
            Check::new(State::Wrong, text).help("look at the firewalls: UEFI asks there a second time"),
        ];
    };
    let mut checks = boot_file(site, answers, &heard.offer);
    if checks.is_empty() {
        let file = file_text(&heard.offer).unwrap_or_default();
        checks.push(Check::new(State::Right, format!("the file {file} of {}", heard.offer.next_server)));
    }
    checks
}

/// The check that no server of the site answers.
fn silence(site: &Site<'_>, answers: &[Answer<'_>], seconds: u64) -> Check {
    if answers.is_empty() && site.dhcp.is_some() {
        return Check::new(State::Right, "no offer, as the site says");
    }
    let of = if site.dhcp.is_some() { " from a server of the site" } else { "" };
    Check::new(State::Wrong, format!("no offer{of} within {seconds} s"))
        .at(site.dhcp.as_ref().map(|dhcp| dhcp.span))
        .help(
            "look whether the DHCP server runs and listens on this network, and at the VLAN, the relay and the firewalls \
             on the way; DHCP snooping and port security may drop a request whose MAC address is not the card's; a server \
             does not hear requests of its own machine",
        )
}

fn own_servers(site: &Site<'_>) -> impl Iterator<Item = Ipv4Addr> {
    let servers = site.dhcp.iter().flat_map(|dhcp| &dhcp.servers);
    servers.filter_map(|at| site.servers.get(*at)).flat_map(|server| &server.ips).map(|ip| ip.value)
}

fn wants_file(answers: &[Answer<'_>]) -> bool {
    answers.iter().any(|answer| answer.file.get().is_some())
}

/// An offer in one line.
fn summary(heard: &Heard) -> String {
    let offer = &heard.offer;
    let server = heard.server();
    let by = if heard.from == server { String::new() } else { format!(" (by way of {})", heard.from) };
    let address = match offer.address.is_unspecified() {
        true => "no address".to_owned(),
        false => offer.address.to_string(),
    };
    let file = match (file_text(offer), offer.next_server.is_unspecified()) {
        (None, _) => ", no boot file".to_owned(),
        (Some(file), true) => format!(", the file {file}"),
        (Some(file), false) => format!(", the file {file} of {}", offer.next_server),
    };
    format!("{server}{by} offers {address}{file}")
}

/// The boot file: the field of the message, or option 67, which firmware reads, too. dnsmasq sends only the option to a
/// client that asks for it.
fn file_text(offer: &Offer) -> Option<String> {
    let file = match offer.file.as_slice() {
        [] => offer.option(FILE)?,
        file => file,
    };
    let file = file.split(|byte| *byte == 0).next().unwrap_or_default();
    (!file.is_empty()).then(|| String::from_utf8_lossy(file).into_owned())
}

fn compare_one(site: &Site<'_>, answers: &[Answer<'_>], heard: &Heard) -> Vec<Check> {
    let offer = &heard.offer;
    let Some(first) = answers.first() else {
        // Text of the user's for the daemon's file may give one.
        let state = if site.dhcp.is_some() && !has_raw(site) { State::Wrong } else { State::Note };
        return vec![Check::new(state, "the site has no address for this client")];
    };
    let mut checks = Vec::new();
    let of_address = answers.iter().find(|answer| answer.address.contains(offer.address));
    let is_known = |answer: &Answer<'_>| answer.address != Address::Pool(Vec::new());
    if of_address.is_none() && is_known(first) {
        // The ranges of another server are its own.
        let state = if site.dhcp.is_some() { State::Wrong } else { State::Note };
        let wanted: Vec<String> = answers.iter().map(|answer| address_text(&answer.address)).collect();
        let text = format!("the address is {}, not {}", offer.address, wanted.join(" or "));
        let span = site.subnets.get(first.subnet).map(|subnet| subnet.name.span);
        checks.push(Check::new(state, text).at(span));
    }
    let answer = of_address.unwrap_or(first);
    checks.extend(boot_file(site, answers, offer));
    if site.dhcp.is_some() {
        let got = offer.option(51).and_then(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?)));
        let text = |time: Option<u32>| time.map(|time| format!("{time} s"));
        let wanted = text(answer.lease_time.get().copied());
        let state = if sets_lease_time(site) { State::Note } else { State::Wrong };
        checks.extend(differs("lease-time", wanted, text(got), span(&answer.lease_time), state));
    }
    checks.extend(options(site, answer, offer));
    checks
}

/// Whether text of the user's own for the daemon's file sets lease times. Such text is a part of the site, too.
fn sets_lease_time(site: &Site<'_>) -> bool {
    let words = ["lease-time", "valid-lifetime", "dhcp-range", "dhcp-host"];
    let texts = site.handouts().flat_map(|scope| &scope.raw).chain(&site.raw);
    let mut texts = texts.chain(site.dhcp.iter().flat_map(|dhcp| &dhcp.raw));
    texts.any(|raw| words.iter().any(|word| raw.text.value.contains(word)))
}

/// Compares what a client needs to load the first file.
fn boot_file(site: &Site<'_>, answers: &[Answer<'_>], offer: &Offer) -> Vec<Check> {
    let of_address = answers.iter().find(|answer| answer.address.contains(offer.address));
    let Some(answer) = of_address.or(answers.first()) else { return Vec::new() };
    let mut checks = Vec::new();
    let wanted = answer.file.get().map(|file| (*file).to_owned());
    checks.extend(differs("file", wanted, file_text(offer), span(&answer.file), State::Wrong));
    let dnsmasq = site.dhcp.as_ref().is_some_and(|dhcp| dhcp.daemon == DhcpDaemon::Dnsmasq);
    let wanted = answer.next_server.get().map(ToString::to_string);
    // dnsmasq says that it is the boot server itself where a boot file needs none.
    if !(dnsmasq && wanted.is_none()) {
        let got = (!offer.next_server.is_unspecified()).then(|| offer.next_server.to_string());
        checks.extend(differs("next-server", wanted, got, span(&answer.next_server), State::Wrong));
    }
    checks
}

fn options(site: &Site<'_>, answer: &Answer<'_>, offer: &Offer) -> Vec<Check> {
    let mut codes: Vec<u8> = answer.options.iter().map(|(code, _)| *code).collect();
    codes.extend(offer.options.iter().map(|(code, _)| *code));
    codes.sort_unstable();
    codes.dedup();
    // Text of the user's for the daemon's file may add options, and another server has its own.
    let of_more = if site.dhcp.is_none() || has_raw(site) { State::Note } else { State::Wrong };
    let mut checks = Vec::new();
    for code in codes.into_iter().filter(|code| !PROTOCOL.contains(code)) {
        let said = answer.options.iter().find(|(known, _)| *known == code).map(|(_, value)| value);
        let wanted = said.and_then(|said| said.get()).map(Vec::as_slice);
        let got = offer.option(code).filter(|_| !(code == FILE && said.is_none() && offer.file.is_empty()));
        let state = if wanted.is_some() { State::Wrong } else { of_more };
        let place = said.and_then(span);
        if code == IPXE {
            checks.extend(ipxe_options(site, answer, wanted, got, state));
            continue;
        }
        if is_same(code, wanted, got) {
            continue;
        }
        let text = |bytes: &[u8]| option_text(site, code, bytes).1;
        let name = option_text(site, code, &[]).0;
        checks.extend(differs(&name, wanted.map(text), got.map(text), place, state));
    }
    checks
}

/// Whether there is text of the user's own for a DHCP server's file.
fn has_raw(site: &Site<'_>) -> bool {
    site.dhcp.iter().any(|dhcp| !dhcp.raw.is_empty())
        || site.handouts().any(|handout| !handout.raw.is_empty())
        || !site.raw.is_empty()
}

/// Whether two values of an option mean the same.
fn is_same(code: u8, wanted: Option<&[u8]>, got: Option<&[u8]>) -> bool {
    match (wanted, got) {
        (Some(wanted), Some(got)) if NAMES.contains(&code) => {
            wanted == got || domain_names(wanted).is_some_and(|names| Some(names) == domain_names(got))
        }
        // dnsmasq ends the name of a TFTP server with a NUL.
        (Some(wanted), Some(got)) if code == 66 => got == wanted || got.strip_suffix(b"\0") == Some(wanted),
        _ => wanted == got,
    }
}

/// Compares the options of iPXE one by one; their order does not matter.
fn ipxe_options(
    site: &Site<'_>,
    answer: &Answer<'_>,
    wanted: Option<&[u8]>,
    got: Option<&[u8]>,
    state: State,
) -> Vec<Check> {
    let (wanted, got) = (parts(wanted.unwrap_or_default()), parts(got.unwrap_or_default()));
    let mut codes: Vec<u8> = wanted.keys().chain(got.keys()).copied().collect();
    codes.sort_unstable();
    codes.dedup();
    let mut checks = Vec::new();
    for code in codes.into_iter().filter(|code| wanted.get(code) != got.get(code)) {
        let said = answer.ipxe.iter().find(|(known, _)| *known == code).map(|(_, value)| value);
        let text = |bytes: &&[u8]| ipxe_option_text(site, code, bytes).1;
        let name = format!("ipxe.{}", ipxe_option_text(site, code, &[]).0);
        let (wanted, got) = (wanted.get(&code).map(text), got.get(&code).map(text));
        checks.extend(match wanted == got {
            // Two passwords.
            true => Some(Check::new(state, format!("{name} is another one")).at(said.and_then(span))),
            false => differs(&name, wanted, got, said.and_then(span), state),
        });
    }
    checks
}

fn parts(mut bytes: &[u8]) -> BTreeMap<u8, &[u8]> {
    let mut parts = BTreeMap::new();
    while let [code, length, rest @ ..] = bytes {
        let Some((value, rest)) = rest.split_at_checked(usize::from(*length)) else { break };
        parts.insert(*code, value);
        bytes = rest;
    }
    parts
}

/// The check of a value that is not the wanted one.
fn differs(
    name: &str,
    wanted: Option<String>,
    got: Option<String>,
    span: Option<Span>,
    state: State,
) -> Option<Check> {
    if wanted == got {
        return None;
    }
    let text = match (wanted, got) {
        (None, got) => format!("{name} is {}, and the site says nothing of it", got.unwrap_or_default()),
        (Some(wanted), None) => format!("{name} is missing: {wanted}"),
        // The value in place of a secret may be an older one.
        (Some(wanted), Some(_)) if report::mask(&wanted) != wanted => format!("{name} is another one"),
        (Some(wanted), Some(got)) => format!("{name} is {got}, not {wanted}"),
    };
    Some(Check::new(state, text).at(span))
}

/// The place of the layer that decides a value.
fn span<T>(value: &Value<T>) -> Option<Span> {
    value.said.first().and_then(|said| said.span)
}

fn address_text(address: &Address) -> String {
    match address {
        Address::Fixed(ip) => ip.to_string(),
        Address::Pool(ranges) => {
            let ranges = ranges.iter().map(|range| match range.low == range.high {
                true => range.low.to_string(),
                false => format!("in {}-{}", range.low, range.high),
            });
            ranges.collect::<Vec<_>>().join(", ")
        }
    }
}
