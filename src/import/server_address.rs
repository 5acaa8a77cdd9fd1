//! The address of the server, for the daemons whose files do not name their own machine: Kea's and dnsmasq's seldom do.

use std::net::Ipv4Addr;

use foldhash::HashSet;

use super::Imported;
use super::draft::{Mapping, Value};
use super::networks::Networks;
use super::origin::Origin;
use crate::model::{Cidr, ipv4};

/// An address that may be the server's, and why.
pub type Candidate = (Ipv4Addr, String);

/// Gives the server an address and an interface, unless the files say them; returns the address. `candidates` are addresses
/// that the files name, the likeliest first; `others` are those of other machines.
pub fn choose(
    candidates: &[Candidate],
    others: &[Ipv4Addr],
    file: &Origin,
    imported: &mut Imported,
) -> Option<Ipv4Addr> {
    let name = imported.draft.server.clone();
    let written = imported.draft.site.map("servers").map(&name).text("ip").map(str::to_owned);
    let subnets = subnets(&imported.draft.site);
    let mut networks = Networks::default();
    subnets.iter().for_each(|(cidr, _)| networks.add(*cidr, ()));
    let is_inside =
        |ip: Ipv4Addr| networks.around(ip).any(|(cidr, ())| ip != cidr.network() && ip != cidr.broadcast());
    let chosen = match written {
        Some(text) => ipv4(text.split('/').next().unwrap_or_default()).ok()?,
        None => {
            let mut taken = taken(&imported.draft.site);
            taken.extend(others);
            let named = candidates.iter().find(|(ip, _)| is_inside(*ip) && !taken.contains(ip)).cloned();
            let (ip, why) = named.or_else(|| free(&subnets, &taken))?;
            let text = format!("{why}; correct it if this server has another address");
            imported.coverage.remark(file.clone(), format!("the server gets the address {ip}: {text}"));
            imported.draft.site.map("servers").map(&name).set("ip", ip.to_string()).note(text);
            ip
        }
    };
    let server = imported.draft.site.map("servers").map(&name);
    if let Some((cidr, _)) = subnets.iter().find(|(cidr, _)| cidr.contains(chosen))
        && let Some(entry) = server.entry("ip")
    {
        entry.value = format!("{chosen}/{}", cidr.prefix()).into();
    }
    if server.get("interfaces").is_none() {
        let text = "the files do not name the interface; write those that `ip link` shows";
        server.set("interfaces", Value::List(vec!["eth0".into()])).note(text);
        let text = "the server gets the interface eth0: no imported file names one";
        imported.coverage.remark(file.clone(), text);
    }
    Some(chosen)
}

type Ranges = Vec<(Ipv4Addr, Ipv4Addr)>;

/// The networks of the draft, with their ranges.
fn subnets(site: &Mapping) -> Vec<(Cidr, Ranges)> {
    let all = site.submap("subnets").map(Mapping::entries).unwrap_or_default();
    let read = |value: &Value| {
        let Value::Map(subnet) = value else { return None };
        let cidr = Cidr::parse(subnet.text("cidr")?).ok()?;
        let ranges = match subnet.get("ranges") {
            Some(Value::List(items)) => items.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let ranges = ranges.iter().filter_map(|range| {
            let text = match range {
                Value::Map(item) => item.text("range")?,
                Value::Text(text) => text,
                _ => return None,
            };
            let (low, high) = text.split_once('-')?;
            Some((ipv4(low).ok()?, ipv4(high).ok()?))
        });
        Some((cidr, ranges.collect()))
    };
    all.iter().filter_map(|entry| read(&entry.value)).collect()
}

/// The addresses of hosts and routers.
fn taken(site: &Mapping) -> HashSet<Ipv4Addr> {
    let mut all = HashSet::default();
    let mut add = |value: Option<&Value>| {
        let values = match value {
            Some(Value::List(values)) => values.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let texts =
            values.iter().filter_map(|value| if let Value::Text(text) = value { Some(text) } else { None });
        all.extend(texts.filter_map(|text| ipv4(text).ok()));
    };
    for (section, key) in [("hosts", "ip"), ("subnets", "routers")] {
        for entry in site.submap(section).map(Mapping::entries).unwrap_or_default() {
            if let Value::Map(map) = &entry.value {
                add(map.get(key));
            }
        }
    }
    add(site.submap("dhcp").and_then(|dhcp| dhcp.get("routers")));
    all
}

/// The lowest address of a subnet that nobody has.
fn free(subnets: &[(Cidr, Ranges)], taken: &HashSet<Ipv4Addr>) -> Option<Candidate> {
    subnets.iter().find_map(|(cidr, ranges)| {
        let (mut at, last) = (u32::from(cidr.network()).checked_add(1)?, u32::from(cidr.broadcast()));
        let mut ranges = ranges.clone();
        ranges.sort_unstable();
        let mut ranges = ranges.into_iter().filter(|(low, high)| low <= high).peekable();
        // Each step passes a range or an address that is taken.
        while at < last {
            let ip = Ipv4Addr::from(at);
            match ranges.next_if(|(low, _)| *low <= ip) {
                Some((_, high)) => at = at.max(u32::from(high).checked_add(1)?),
                None if taken.contains(&ip) => at = at.checked_add(1)?,
                None => return Some((ip, format!("no file says its address; this one is free in {cidr}"))),
            }
        }
        None
    })
}
