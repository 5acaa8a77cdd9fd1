//! The place in the site that each line of `kea-dhcp4.conf` and `kea-dhcp6.conf` comes from.
//!
//! Each value has a line. Reservations and classes are whole objects on a line, of which Kea names the column.

use serde_json::json;

use super::super::source_map::{self, Block, BlockSource};
use super::{class_match, document};
use crate::model::{Dhcp, Host, Raw, Server, Site, Spanned, Subnet};
use crate::source::Span;

/// The way back from a file of a server, by the output's name.
pub(in super::super) fn source_map<'s>(
    site: &'s Site<'_>,
    dhcp: &'s Dhcp,
    machine: &'s Server,
    output: &'static str,
) -> impl Fn(&Block<'_>) -> Option<BlockSource> + 's {
    move |block| {
        if block.head.is_empty() || block.head.starts_with("\"Dhcp") {
            return Some(whole(site, dhcp, machine, output));
        }
        let name = block.head.strip_prefix("\"subnet\": \"")?.split('"').next()?;
        let is_it = |subnet: &&Subnet| {
            let v6 = || subnet.v6.as_ref().is_some_and(|v6| v6.cidr.value.to_string() == name);
            let cidr = subnet.cidr.value;
            format!("{}/{}", cidr.network(), cidr.prefix()) == name || v6()
        };
        let inside = site.subnets.iter().find(is_it)?;
        Some(subnet(site, inside, output))
    }
}

/// The lines of the keys that `raw` has. ipxegen's own values are valid, so a mistake is in those.
fn raw_keys<'r>(source: BlockSource, raw: impl Iterator<Item = &'r Raw>, output: &str) -> BlockSource {
    raw.filter(|raw| raw.output == output).fold(source, |source, raw| {
        let object = raw.object().unwrap_or_default();
        raw.keys.iter().fold(source, |source, key| {
            // Its classes are lines of the list of all classes.
            let values = object.get(&key.value).and_then(serde_json::Value::as_array);
            let classes = values.into_iter().flatten().filter(|_| key.value == "client-classes");
            let source = classes.fold(source, |source, class| source.line(class.to_string(), key.span));
            source.line(format!("{}:", json!(key.value)), key.span)
        })
    })
}

fn whole(site: &Site<'_>, dhcp: &Dhcp, machine: &Server, output: &str) -> BlockSource {
    let source = BlockSource::new(dhcp.span);
    let mut source = raw_keys(source, dhcp.raw.iter().chain(&site.raw), output)
        .line("\"interfaces-config\":", source_map::list(&machine.interfaces))
        .line("\"valid-lifetime\":", source_map::place(&dhcp.default_lease_time))
        .line("\"hooks-libraries\":", dhcp.failover.as_ref().map(|failover| failover.span))
        .line("\"hooks-libraries\":", source_map::place(&dhcp.ping_check));
    for of_site in &site.classes {
        let name = &of_site.name;
        source = source.line(format!("{}\"", class_line(&class_match::class_name(&name.value))), name.span);
        for subnet in &site.subnets {
            let begin = class_line(&format!("{}.class-{}", subnet.name.value, name.value));
            source = source.line(format!("{begin}\""), name.span).line(format!("{begin}."), name.span);
        }
    }
    for subnet in &site.subnets {
        let name = &subnet.name;
        for (kind, loader) in &subnet.loaders {
            source = source.line(class(name, kind.name()), loader.span);
        }
        source = source.line(class(name, ""), name.span);
    }
    for shared in site.subnets.iter().filter_map(|subnet| subnet.shared_network.as_ref()) {
        source = source.line(format!("{{ \"name\": {}", json!(shared.value)), shared.span);
    }
    reservations(site, source, site.hosts.iter(), output)
}

/// The beginning of the line of a class, but for the end of its name.
fn class_line(name: &str) -> String {
    let name = json!(name).to_string();
    format!("{{\"name\":{}", name.trim_end_matches('"'))
}

/// The beginning of the line of a subnet's class.
fn class(subnet: &Spanned<String>, kind: &str) -> String {
    let name = json!(format!("{}.{kind}", subnet.value)).to_string();
    let name = if kind.is_empty() { name.trim_end_matches('"') } else { &name };
    format!("{{\"name\":{name}")
}

fn subnet(site: &Site<'_>, subnet: &Subnet, output: &str) -> BlockSource {
    let dhcp = site.dhcp.as_ref();
    let time = |own: &Option<Spanned<u32>>, all: fn(&Dhcp) -> &Option<Spanned<u32>>| {
        source_map::place(own).or_else(|| source_map::place(all(dhcp?)))
    };
    let source = BlockSource::new(subnet.name.span);
    let source = raw_keys(source, subnet.handout.raw.iter(), output);
    let cidr = match (&subnet.v6, output) {
        (Some(v6), "kea6") => v6.cidr.span,
        _ => subnet.cidr.span,
    };
    let ranges = match (&subnet.v6, output) {
        (Some(v6), "kea6") => source_map::list(&v6.ranges),
        _ => source_map::list(&subnet.ranges),
    };
    let source = source
        .line(document::SUBNET, cidr)
        .line("\"valid-lifetime\":", time(&subnet.default_lease_time, |dhcp| &dhcp.default_lease_time))
        .line("\"max-valid-lifetime\":", time(&subnet.max_lease_time, |dhcp| &dhcp.max_lease_time))
        .line("\"min-valid-lifetime\":", time(&subnet.min_lease_time, |dhcp| &dhcp.min_lease_time))
        .line("\"next-server\":", source_map::place(&subnet.next_server))
        .line("\"pools\":", ranges);
    reservations(site, source, site.hosts.iter(), output)
}

/// The lines of hosts: the keys of their `raw`, their addresses, or they themselves.
fn reservations<'h, 's: 'h>(
    site: &Site<'_>,
    mut source: BlockSource,
    hosts: impl Iterator<Item = &'h Host<'s>>,
    output: &str,
) -> BlockSource {
    for host in hosts {
        let raw = site.profile(host).map_or(&[][..], |profile| &profile.handout.raw);
        let keys: Vec<(&str, Span)> = raw
            .iter()
            .filter(|raw| raw.output == output)
            .flat_map(|raw| raw.keys.iter().map(|key| (key.value.as_str(), key.span)))
            .collect();
        for card in host.cards() {
            for mac in card.macs {
                let begin = format!("{{\"hw-address\":\"{}\"", mac.value);
                for (key, span) in &keys {
                    source = source.part(begin.clone(), *key, *span);
                }
                if let Some(ip) = card.ip {
                    source = source.part(begin.clone(), "ip-address", ip.span);
                }
                if let Some(ip) = &host.ip6 {
                    source = source.part(begin.clone(), "ip-addresses", ip.span);
                }
                source = source.line(begin, mac.span);
            }
        }
    }
    source
}
