//! Hosts of DHCPv6, which mostly are those of IPv4: both have the MAC address of the card.

use std::net::{Ipv4Addr, Ipv6Addr};

use foldhash::HashMap;

use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Mapping, Value};
use super::super::names::label;
use super::join::texts;
use super::{Host, Part, Text, append};
use crate::dialects::dhcpd::lexer::{PartKind, parts};
use crate::model::{Mac, ipv4};

/// The MAC address in a DUID: that of a DUID-LLT or DUID-LL of Ethernet (RFC 8415, 11.2 and 11.4). dhcpd and Kea find a
/// host with a MAC address by it.
pub fn mac_of_duid(duid: &[u8]) -> Option<Mac> {
    let mac = match duid {
        [0, 1, 0, 1, _, _, _, _, mac @ ..] => mac,
        [0, 3, 0, 1, mac @ ..] => mac,
        _ => return None,
    };
    Mac::from_octets(mac)
}

/// The hosts of a draft by the addresses of their cards.
pub struct HostsByMac {
    by_mac: HashMap<Mac, (String, Option<Ipv4Addr>)>,
}

impl HostsByMac {
    /// The hosts of a site.
    pub fn of(site: &Mapping) -> Self {
        let mut by_mac = HashMap::default();
        for entry in site.submap("hosts").map(Mapping::entries).unwrap_or_default() {
            let Value::Map(host) = &entry.value else { continue };
            let nics = match host.get("nics") {
                Some(Value::List(nics)) => nics.as_slice(),
                _ => &[],
            };
            let nics = nics.iter().filter_map(|nic| if let Value::Map(nic) = nic { Some(nic) } else { None });
            for card in std::iter::once(host).chain(nics) {
                let ip = card.text("ip").and_then(|ip| ipv4(ip).ok());
                for mac in texts(card.get("mac")).filter_map(|mac| Mac::parse(mac).ok()) {
                    by_mac.entry(mac).or_insert_with(|| (entry.key.to_string(), ip));
                }
            }
        }
        Self { by_mac }
    }

    /// The MAC address of a host, from its DUID if need be: then a host of the site must have it.
    fn mac(&self, host: &Host) -> Option<Mac> {
        let of_duid = || mac_of_duid(host.duid.as_ref()?).filter(|mac| self.by_mac.contains_key(mac));
        host.mac.or_else(of_duid)
    }

    /// The addresses of machines that have one of both kinds.
    pub fn pairs(&self, hosts: &[Host]) -> Vec<(Ipv4Addr, Ipv6Addr)> {
        let pair = |host: &Host| Some((self.by_mac.get(&self.mac(host)?)?.1?, host.ip?));
        hosts.iter().filter_map(pair).collect()
    }
}

/// Writes the hosts; returns those that get no boot file, with the statements that say so.
pub fn write(
    hosts: Vec<Host>,
    known: &mut HostsByMac,
    site: &mut Mapping,
    coverage: &mut Coverage,
) -> Vec<(String, Part)> {
    let mut silent = Vec::new();
    for host in hosts {
        let Some(mac) = known.mac(&host) else {
            unknown(&host, site, coverage);
            continue;
        };
        host.part.set(&Outcome::Words, coverage);
        let all = site.map("hosts");
        let name = match known.by_mac.get(&mac) {
            Some((name, _)) => name.clone(),
            None => {
                let name = new_name(host.name.as_deref(), mac, all);
                let mut map = Mapping::default();
                map.set("mac", mac.to_string());
                // By IPv4, nothing sends it a name.
                map.set("host_name", "none");
                let entry = all.set(&name, map).from(&host.part.origin);
                entry.note("only the file for IPv6 has it");
                known.by_mac.insert(mac, (name.clone(), None));
                name
            }
        };
        if host.duid.is_some() {
            let text = format!("the host `{name}` is recognized by the MAC address in its DUID");
            coverage.remark(host.part.origin.clone(), text);
        }
        let map = all.map(&name);
        if let Some(ip) = host.ip {
            let text = ip.to_string();
            match map.text("ip6") {
                None => {
                    map.set("ip6", text).from(&host.part.origin);
                }
                Some(other) if other == text => {}
                Some(other) => {
                    let why = format!("the host `{name}` has {other} already, and a host has one `ip6`");
                    host.part.set(&Outcome::Lost(why), coverage);
                }
            }
        }
        for part in &host.raw {
            part.to_raw(map, "no key expresses it", coverage);
        }
        silent.extend(host.boots_nothing.map(|part| (name, part)));
    }
    silent
}

/// A host without a MAC address that is known.
fn unknown(host: &Host, site: &mut Mapping, coverage: &mut Coverage) {
    let why = "a host is recognized by its MAC address only";
    // dhcpd refuses a second host of a name, and the rendered file may list that of the site.
    let is_taken = |name: &&str| {
        let hosts = site.submap("hosts");
        hosts.is_some_and(|hosts| hosts.get(name.split('.').next().unwrap_or(name)).is_some())
    };
    match (&host.part.text, host.name.as_deref().filter(is_taken)) {
        (Text::Statements(text), Some(name)) => {
            append(site.map("dhcp"), &renamed(text, &format!("{name}.duid")), &host.part.origin);
            host.part.set(&Outcome::Raw(why.to_owned()), coverage);
        }
        _ => host.part.to_raw(site.map("dhcp"), why, coverage),
    }
}

/// A declaration of a host with another name. The name may be part of `host`, or in a comment before it.
fn renamed(text: &str, name: &str) -> String {
    let old =
        parts(text).find(|part| part.kind == PartKind::BlockStart).and_then(|part| part.tokens().nth(1));
    match old.and_then(|old| Some((text.get(..old.start())?, text.get(old.end()..)?))) {
        Some((before, after)) => format!("{before}{name}{after}"),
        None => text.to_owned(),
    }
}

fn new_name(name: Option<&str>, mac: Mac, hosts: &Mapping) -> String {
    let digits: String = mac.to_string().chars().filter(char::is_ascii_hexdigit).collect();
    let free = |name: &String| hosts.get(name).is_none();
    let own = name.and_then(label).filter(free);
    own.unwrap_or_else(|| format!("host-{digits}"))
}

#[cfg(test)]
mod tests {
    use super::{mac_of_duid, renamed};

    #[test]
    fn a_host_is_renamed_and_nothing_else() {
        for (text, new) in [
            ("host o { uid \"o\"; }\n", "host o.duid { uid \"o\"; }\n"),
            ("# host o\nHOST \"host\" { }\n", "# host o\nHOST o.duid { }\n"),
            ("host\n# o\no { }", "host\n# o\no.duid { }"),
            ("host", "host"),
        ] {
            assert_eq!(renamed(text, "o.duid"), new);
        }
    }

    #[test]
    fn two_kinds_of_duid_have_a_mac_address() {
        let mac = |duid: &[u8]| mac_of_duid(duid).map(|mac| mac.to_string());
        assert_eq!(mac(b"\0\x03\0\x01RT\0\0\0\x01").as_deref(), Some("52:54:00:00:00:01"));
        assert_eq!(mac(b"\0\x01\0\x01timeRT\0\0\0\x02").as_deref(), Some("52:54:00:00:00:02"));
        // A vendor's, one by UUID, one of InfiniBand, and one that is cut off.
        for other in [
            &b"\0\x02\0\0\x01\x57abc"[..],
            b"\0\x04RT\0\0\0\x01",
            b"\0\x03\0\x20RT\0\0\0\x01",
            b"\0\x03\0\x01RT",
        ] {
            assert_eq!(mac(other), None);
        }
    }
}
