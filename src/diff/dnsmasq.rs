//! The configuration of dnsmasq: its hosts and subnets, by what the files of all DHCP servers have.

use std::net::Ipv4Addr;

use foldhash::HashMap;

use super::dhcp_subjects::{DhcpSubjects, option_name, range};
use super::subjects::{FactsOf, Subjects, statements};

/// A subnet: its tag, its network, and its network and mask as numbers.
struct Network<'t> {
    cidr: String,
    tag: &'t str,
    first: u32,
    mask: u32,
}

/// Reads a file.
#[must_use]
pub fn read(text: &str) -> Subjects<'_> {
    let mut subjects = DhcpSubjects::new(FactsOf::All);
    let lines = || statements(text).filter_map(|line| line.split_once('='));
    let networks: Vec<Network<'_>> = lines().filter_map(|(key, value)| network(key, value)).collect();
    let by_tag: HashMap<&str, &Network<'_>> = networks.iter().map(|network| (network.tag, network)).collect();
    let by_place: HashMap<(u32, u32), &Network<'_>> =
        networks.iter().map(|network| ((network.mask, network.first), network)).collect();
    let mut masks: Vec<u32> = networks.iter().map(|network| network.mask).collect();
    masks.sort_unstable();
    masks.dedup();
    for network in &networks {
        let name = network.tag.strip_prefix("net-").unwrap_or(network.tag);
        subjects.subnet(&network.cidr).shown = Some(name.to_owned().into());
    }
    for (key, value) in lines() {
        let fields: Vec<&str> = value.split(',').map(str::trim).collect();
        match key {
            "dhcp-range" => {
                let tag = fields.iter().find_map(|field| field.strip_prefix("set:"));
                let ips: Vec<&&str> = fields.iter().filter(|field| is_ip(field)).take(2).collect();
                if let (Some(network), [low, high], false) =
                    (tag.and_then(|tag| by_tag.get(tag)), ips.as_slice(), fields.contains(&"static"))
                {
                    let fact = ("range".into(), range(low, high).into());
                    subjects.subnet(&network.cidr).facts.push(fact);
                }
            }
            "dhcp-option" | "dhcp-option-force" => option(&fields, &by_tag, &mut subjects),
            "dhcp-host" => {
                let number = |ip: &str| ip.parse::<Ipv4Addr>().map(u32::from).ok();
                let ip = fields.iter().find_map(|field| number(field));
                // The longest mask is the narrowest subnet.
                let of =
                    ip.and_then(|ip| masks.iter().rev().find_map(|mask| by_place.get(&(*mask, ip & mask))));
                host(&fields, of.map(|network| network.cidr.as_str()), &mut subjects);
            }
            _ => {}
        }
    }
    subjects.all
}

fn is_ip(field: &str) -> bool {
    field.parse::<Ipv4Addr>().is_ok()
}

/// `set:TAG,NETWORK,static,NETMASK,…`
fn network<'t>(key: &str, value: &'t str) -> Option<Network<'t>> {
    let mut fields = value.split(',').filter(|field| !field.starts_with("tag:"));
    let tag = fields.next().filter(|_| key == "dhcp-range")?.strip_prefix("set:")?;
    let first = u32::from(fields.next()?.parse::<Ipv4Addr>().ok()?);
    let mask = fields.next().filter(|kind| *kind == "static").and(fields.next())?;
    let mask = u32::from(mask.parse::<Ipv4Addr>().ok()?);
    // Only a mask is one: a file has at most 33 of them, and each host's address is looked up by each.
    let is_mask = mask.leading_ones() + mask.trailing_zeros() >= 32;
    let cidr = format!("{}/{}", Ipv4Addr::from(first), mask.count_ones());
    is_mask.then_some(Network { cidr, tag, first, mask })
}

/// `tag:TAG,tag:!…,CODE,VALUE,…`
fn option(fields: &[&str], by_tag: &HashMap<&str, &Network<'_>>, subjects: &mut DhcpSubjects<'_>) {
    let [first, rest @ ..] = fields else { return };
    let Some(network) = first.strip_prefix("tag:").and_then(|tag| by_tag.get(tag)) else { return };
    let mut rest = rest.iter().copied().skip_while(|field| field.starts_with("tag:!"));
    let Some(name) = rest.next().and_then(|code| option_name(code.parse().ok()?)) else { return };
    let value = rest.map(|value| value.trim_matches('"')).collect::<Vec<_>>().join(", ");
    subjects.subnet(&network.cidr).facts.push((name.into(), value.into()));
}

/// `MAC,…,set:TAG,…,ADDRESS,NAME`; of DHCPv6 with a tag in front.
fn host(fields: &[&str], of: Option<&str>, subjects: &mut DhcpSubjects<'_>) {
    if fields.iter().any(|field| field.starts_with("tag:")) {
        return;
    }
    let is_mac = |field: &&&str| field.len() == 17 && field.split(':').count() == 6;
    let macs: Vec<&str> = fields.iter().filter(is_mac).copied().collect();
    let address = fields.iter().copied().find(|field| is_ip(field));
    let is_name = |field: &&str| !field.contains(':') && !is_ip(field) && *field != "ignore";
    let name = fields.last().copied().filter(is_name);
    subjects.host(name, &macs, address, of);
}
