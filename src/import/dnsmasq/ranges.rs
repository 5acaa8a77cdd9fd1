//! Ranges, from which the subnets follow.

use std::net::Ipv4Addr;

use foldhash::HashSet;

use super::super::clients::subnet_name;
use super::super::coverage::Outcome;
use super::super::draft::{Mapping, Value};
use super::super::names::identifier;
use super::Reader;
use super::lines::Setting;

/// A network with a range.
pub(super) struct Subnet<'s> {
    pub(super) name: String,
    pub(super) network: u32,
    pub(super) mask: u32,
    /// The tags that its ranges give.
    pub(super) tags: HashSet<&'s str>,
}

impl<'s> Reader<'_, 's> {
    pub(super) fn range(&mut self, index: usize, only: bool) -> Option<Outcome> {
        let setting: &'s Setting<'s> = self.settings.get(index)?;
        let mut clients = None;
        let mut rest = Vec::new();
        let mut tags = Vec::new();
        for field in &setting.fields {
            match &**field {
                "tag:known" => clients = Some("known"),
                "tag:!known" => clients = Some("unknown"),
                _ if field.starts_with("tag:") => return self.raw(index, "a range by tags"),
                field if field.starts_with("set:") || field.starts_with("net:") => {
                    tags.extend(field.split_once(':').map(|(_, tag)| tag));
                }
                // The tag as dnsmasq 2.40 took it.
                field if rest.is_empty() && !field.contains(['.', ':']) => tags.push(field),
                field => rest.push(field),
            }
        }
        let Some(first) = rest.first().and_then(|first| first.parse::<Ipv4Addr>().ok()) else {
            return self.raw(index, "only ranges of IPv4 are imported");
        };
        let last = rest.get(1).and_then(|last| last.parse::<Ipv4Addr>().ok());
        let mut more = rest.get(2..).unwrap_or_default().iter();
        let mut mask = Ipv4Addr::new(255, 255, 255, 0);
        let mut time = None;
        for field in more.by_ref() {
            match field.parse::<Ipv4Addr>() {
                Ok(address)
                    if address.is_broadcast()
                        || u32::from(address).leading_ones() + u32::from(address).trailing_zeros() == 32 =>
                {
                    mask = address;
                }
                // The broadcast address.
                Ok(_) => {}
                Err(_) => time = lease(field),
            }
        }
        let mask = u32::from(mask);
        let network = u32::from(first) & mask;
        let cidr = format!("{}/{}", Ipv4Addr::from(network), mask.leading_ones());
        let at = *self.by_network.entry(network).or_insert(self.subnets.len());
        if at == self.subnets.len() {
            // A tag is a name that the administrator chose; ipxegen's own begin with `net-`.
            let named = |tag: &&str| identifier(tag.strip_prefix("net-").unwrap_or(tag));
            let is_free = |name: &String| !self.names.contains(name);
            let by_tag = tags.first().and_then(named).filter(is_free);
            let name = by_tag.unwrap_or_else(|| subnet_name(&cidr, only));
            self.names.insert(name.clone());
            self.subnets.push(Subnet { name, network, mask, tags: HashSet::default() });
        }
        let subnet = self.subnets.get_mut(at)?;
        for tag in tags {
            if subnet.tags.insert(tag) {
                self.by_tag.entry(tag).or_default().push(at);
            }
        }
        let name = subnet.name.clone();
        let proxy = rest.get(1) == Some(&"proxy");
        if proxy {
            self.imported.draft.site.map("dhcp").set("proxy", Value::flag(true)).from(&setting.origin);
        }
        let subnet = self.imported.draft.site.map("subnets").map(&name);
        subnet.set("cidr", cidr);
        if let Some(last) = last {
            let range = format!("{first}-{last}");
            let value = match clients {
                None => Value::Text(range),
                Some(clients) => {
                    let mut item = Mapping::default();
                    item.set("range", range);
                    item.set("clients", clients);
                    item.into()
                }
            };
            subnet.push("ranges", value).from(&setting.origin);
        }
        if let Some(time) = time {
            subnet.set("default_lease_time", time).from(&setting.origin);
        }
        Some(Outcome::Words)
    }
}

impl Reader<'_, '_> {
    /// The lease time of ranges that name none (`DEFLEASE` in src/config.h).
    pub(super) fn implied_lease_times(&mut self) {
        let site = &mut self.imported.draft.site;
        if site.submap("dhcp").is_some_and(|dhcp| dhcp.get("proxy").is_some()) {
            return;
        }
        for subnet in &self.subnets {
            let subnet = site.map("subnets").map(&subnet.name);
            match subnet.text("default_lease_time").map(str::to_owned) {
                None => {
                    subnet.set("default_lease_time", "1h").note("dnsmasq's own, which no line changes");
                }
                // The site's longest lease is a day unless it says otherwise.
                Some(time) if seconds(&time) > 86_400 => {
                    subnet.set("max_lease_time", time);
                }
                Some(_) => {}
            }
        }
    }
}

/// The seconds of a lease time.
pub(super) fn seconds(time: &str) -> u64 {
    let digits = time.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match time.chars().last() {
        Some('w') => 604_800,
        Some('d') => 86_400,
        Some('h') => 3600,
        Some('m') => 60,
        _ => 1,
    };
    digits.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(unit)
}

/// A lease time as a duration of the site.
pub(super) fn lease(text: &str) -> Option<String> {
    if text == "infinite" {
        return Some(format!("{}s", u32::MAX));
    }
    let digits = text.trim_end_matches(['s', 'm', 'h', 'd', 'w']);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) || text.len() > digits.len() + 1
    {
        return None;
    }
    Some(if digits.len() == text.len() { format!("{text}s") } else { text.to_owned() })
}
