//! The address of the server, for the daemons whose files do not name their own machine: Kea's and dnsmasq's seldom do.

use std::net::Ipv4Addr;

use foldhash::HashSet;

use super::Imported;
use super::draft::{Mapping, Value};
use super::networks::Networks;
use super::origin::Origin;
use super::source_file::{FileKind, SourceFile};
use crate::model::{Cidr, ipv4};

/// An address that may be the server's, and why.
pub type Candidate = (Ipv4Addr, String);

/// Addresses that the files name, the likeliest first.
#[derive(Debug, Default)]
pub struct Named {
    /// Those that serve boot files. A router may.
    pub boot: Vec<Candidate>,
    /// Those of name servers.
    pub dns: Vec<Candidate>,
    /// Those of hosts, which are other machines.
    pub hosts: Vec<Ipv4Addr>,
    /// Those of routers.
    pub routers: Vec<Ipv4Addr>,
}

/// The addresses in the URLs of menus: a daemon whose files name no boot server is the boot server itself.
pub fn in_menus(files: &[SourceFile]) -> Vec<Candidate> {
    let mut all = Vec::new();
    let mut seen = HashSet::default();
    for file in files.iter().filter(|file| file.kind == FileKind::IpxeMenu) {
        for (at, line) in file.text.lines().enumerate() {
            for rest in line.split("://").skip(1) {
                let host = rest.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
                if let Ok(ip) = ipv4(host)
                    && seen.insert(ip)
                {
                    let line = u32::try_from(at + 1).unwrap_or(u32::MAX);
                    let origin = Origin { file: file.path.as_str().into(), line };
                    all.push((ip, format!("a URL in {origin} names it")));
                }
            }
        }
    }
    all
}

/// Gives the server an address and an interface, unless the files say them; returns the address.
pub fn choose(named: &Named, file: &Origin, imported: &mut Imported) -> Option<Ipv4Addr> {
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
            let mut hosts = addresses(&imported.draft.site, "hosts", "ip");
            hosts.extend(&named.hosts);
            let mut taken = addresses(&imported.draft.site, "subnets", "routers");
            taken.extend(hosts.iter().chain(&named.routers));
            let boot = named.boot.iter().find(|(ip, _)| is_inside(*ip) && !hosts.contains(ip));
            let dns = || named.dns.iter().find(|(ip, _)| is_inside(*ip) && !taken.contains(ip));
            let (ip, why) = boot.or_else(dns).cloned().or_else(|| free(&subnets, &taken))?;
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

/// The addresses that a key has in the entries of a section, or, if the section is `subnets`, in `dhcp`.
fn addresses(site: &Mapping, section: &str, key: &str) -> HashSet<Ipv4Addr> {
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
    for entry in site.submap(section).map(Mapping::entries).unwrap_or_default() {
        if let Value::Map(map) = &entry.value {
            add(map.get(key));
        }
    }
    if section == "subnets" {
        add(site.submap("dhcp").and_then(|dhcp| dhcp.get(key)));
    }
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
