//! DHCPv6: ranges, options and hosts by IPv6. Boot files are evaluated for every kind of client, as those of IPv4.

use std::borrow::Cow;
use std::net::Ipv6Addr;
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::super::copies::{Copies, too_many, weight_of_text};
use super::super::coverage::Outcome;
use super::super::six::{Asker6, Host, Ipv6, Network, Part, Pool, Said, Sends, Text, askers};
use super::super::source_file::SourceFile;
use super::Reader;
use super::lines::{Setting, all};
use super::ranges::{lease, seconds};
use super::tags::{conditions, matches, sets};
use crate::model::{Cidr6, DhcpDaemon, Mac, Range6};

/// The tag that dnsmasq gives to every client of DHCPv6.
const DHCPV6: &str = "dhcpv6";

/// Why a line is left out that differs from what the site says.
const OWN: &str = "ipxegen writes the lines of DHCPv6 itself";

/// The words of a range about router advertisements. `ra-stateless` and `off-link` change what the range itself gives.
const ADVERTISED: [&str; 4] = ["slaac", "ra-only", "ra-names", "ra-advrouter"];

/// The lines about DHCPv6, by index.
pub(super) struct Lines6<'s> {
    settings: &'s [Setting<'s>],
    /// Whether dnsmasq answers DNS as well.
    answers_dns: bool,
    /// The number of the first setting in the account.
    first: usize,
    six: Ipv6,
    /// The networks by the tags that their ranges give.
    by_tag: HashMap<&'s str, Vec<usize>>,
    by_cidr: HashMap<Cidr6, usize>,
    /// The tags of each network.
    tags_of: Vec<HashSet<&'s str>>,
    /// The tags that do not depend on a range, of each client.
    tags: Vec<HashSet<&'s str>>,
    /// The lines that choose URLs: those of all networks, and those of one.
    urls: (Vec<usize>, HashMap<usize, Vec<usize>>),
    /// Lines that set something for all networks.
    everywhere: Vec<usize>,
}

/// Whether a setting is about DHCPv6 alone.
pub(super) fn is_of_ipv6(setting: &Setting<'_>) -> bool {
    match setting.name {
        "dhcp-range" => {
            setting.values().any(|field| field.contains("::") || field.parse::<Ipv6Addr>().is_ok())
        }
        "dhcp-option" | "dhcp-option-force" => {
            setting.values().next().is_some_and(|name| name.starts_with("option6:"))
        }
        "dhcp-match" => setting.fields.iter().any(|field| field.starts_with("option6:")),
        "dhcp-host" => {
            let is_six =
                |field: &Cow<'_, str>| field.starts_with('[') || field.strip_prefix("tag:") == Some(DHCPV6);
            let is_four = |field: &Cow<'_, str>| field.parse::<std::net::Ipv4Addr>().is_ok();
            setting.fields.iter().any(is_six) && !setting.fields.iter().any(is_four)
        }
        _ => false,
    }
}

/// Whether the files have a range of IPv6.
pub fn has_ipv6(files: &[SourceFile]) -> bool {
    all(files).iter().any(|setting| setting.name == "dhcp-range" && is_of_ipv6(setting))
}

impl<'s> Reader<'_, 's> {
    /// Reads the lines about DHCPv6, and gives them outcomes; `None` without any.
    pub(super) fn ipv6(&mut self) -> Option<Ipv6> {
        let settings = self.settings;
        if !settings.iter().any(|setting| setting.name == "dhcp-range" && is_of_ipv6(setting)) {
            return None;
        }
        let mut lines = Lines6 {
            settings,
            answers_dns: self.answers_dns,
            first: self.imported.coverage.statements.len(),
            six: Ipv6::new(DhcpDaemon::Dnsmasq),
            by_tag: HashMap::default(),
            by_cidr: HashMap::default(),
            tags_of: Vec::new(),
            tags: Vec::new(),
            urls: (Vec::new(), HashMap::default()),
            everywhere: Vec::new(),
        };
        // As by IPv4, unless it answers no DNS (`dhcp6_no_relay` in src/rfc3315.c of 2.90).
        let port = settings.iter().rev().find(|setting| setting.name == "port");
        lines.six.names_itself = port.and_then(|port| port.fields.first()).is_none_or(|port| port == "53");
        lines.tags = askers().iter().map(|asker| tags_of(settings, asker)).collect();
        // Options ask for the tags of ranges.
        for ranges in [true, false] {
            for (index, setting) in settings.iter().enumerate() {
                // A line in `raw` sets both addresses.
                let is_both = setting.name == "dhcp-host" && !ranges && !is_of_ipv6(setting);
                if is_both && self.host_fault(setting).is_none() {
                    lines.both(index);
                }
                if is_of_ipv6(setting) && (setting.name == "dhcp-range") == ranges {
                    let outcome = match setting.name {
                        "dhcp-range" => self.range6(index, &mut lines),
                        "dhcp-match" => Some(Outcome::Words),
                        "dhcp-host" => lines.host(index),
                        _ => lines.option(index, &mut self.copies),
                    };
                    let outcome = outcome.or_else(|| self.raw(index, "no key of the site says this"));
                    self.note(index, outcome);
                }
            }
        }
        if lines.six.networks.is_empty() {
            // Lines for all networks go with the ranges in `raw`.
            let everywhere = std::mem::take(&mut lines.everywhere);
            for index in everywhere.into_iter().chain(std::mem::take(&mut lines.urls.0)) {
                let outcome = self.raw(index, "the ranges of IPv6 are in raw");
                if let Some(old) = self.outcomes.get_mut(index) {
                    *old = outcome;
                }
            }
        }
        Some(lines.finish())
    }

    fn range6(&mut self, index: usize, lines: &mut Lines6<'s>) -> Option<Outcome> {
        let setting = self.settings.get(index)?;
        let mut words = setting.values();
        let low: Ipv6Addr = words.next()?.parse().ok()?;
        let (mut high, mut prefix, mut time, mut modes) = (None, 64_u8, None, Vec::new());
        let mut lifetime = "1h";
        for word in words {
            if let Ok(ip) = word.parse::<Ipv6Addr>() {
                high = Some(ip);
            } else if let Some(length) = word.parse::<u8>().ok().filter(|length| (16..=128).contains(length))
            {
                // A number above is a lease time.
                prefix = length;
            } else if word == "static" {
            } else if ADVERTISED.contains(&word) {
                modes.push(word);
            } else {
                time = Some(lease(word)?);
                lifetime = word;
            }
        }
        let cidr = Cidr6::around(low, prefix)?;
        let wanted: Vec<(&str, bool)> = conditions(setting).collect();
        let gets = |known: bool| {
            let of = askers().iter().zip(&lines.tags).find(|(asker, _)| asker.known == known);
            of.is_some_and(|(_, tags)| wanted.iter().all(|(tag, has)| tags.contains(tag) == *has))
        };
        let known_only = match (gets(true), gets(false)) {
            (true, true) => false,
            (true, false) => true,
            _ => return None,
        };
        let at = lines.by_cidr.get(&cidr).copied().unwrap_or_else(|| {
            let title = sets(setting).find_map(|tag| self.subnet_of(tag));
            lines.add(cidr, title, index);
            lines.six.networks.len() - 1
        });
        for tag in sets(setting) {
            if lines.tags_of.get_mut(at)?.insert(tag) {
                lines.by_tag.entry(tag).or_default().push(at);
            }
        }
        let part = lines.part(index);
        if let Some(time) = time {
            let value = u32::try_from(seconds(&time)).unwrap_or(u32::MAX);
            lines.six.lease_time.get_or_insert(Said { value, part: part.clone() });
        }
        // dnsmasq refuses a reversed one.
        let range = Range6 { low, high: high.filter(|high| low <= *high)? };
        let value = Pool { range, known_only };
        lines.six.networks.get_mut(at)?.ranges.push(Said { value, part });
        if modes.is_empty() {
            return Some(Outcome::Words);
        }
        // dnsmasq advertises a prefix as all of its ranges say together, for the shortest of their lease times
        // (`add_prefixes` in src/radv.c of 2.90), and a range of one address with a mode gives no leases.
        let line = format!("dhcp-range={},{},{prefix},{lifetime}", cidr.network(), modes.join(","));
        self.advertised.push((line, setting.origin.clone()));
        Some(Outcome::Raw("no key sets what routers advertise; the addresses are in words".into()))
    }

    /// The subnet whose ranges of IPv4 have a tag, or that which ipxegen would give them.
    fn subnet_of(&self, tag: &str) -> Option<String> {
        let own = tag.strip_prefix("net6-").map(|name| format!("net-{name}"));
        let tags = [Some(tag), own.as_deref()];
        let at = tags.into_iter().flatten().find_map(|tag| self.by_tag.get(tag)?.first());
        let subnet = at.and_then(|at| self.subnets.get(*at)).map(|subnet| subnet.name.clone());
        subnet.or_else(|| Some(tag.strip_prefix("net6-").unwrap_or(tag).to_owned()))
    }
}

/// The tags of a client that do not depend on its range. A `tag-if` sees what those before it give.
fn tags_of<'s>(settings: &'s [Setting<'s>], asker: &Asker6) -> HashSet<&'s str> {
    let mut tags: HashSet<&str> = HashSet::from_iter([DHCPV6]);
    if asker.known {
        tags.insert("known");
    }
    for setting in settings.iter().filter(|setting| holds(setting, asker)) {
        tags.extend(sets(setting));
    }
    for setting in settings.iter().filter(|setting| setting.name == "tag-if") {
        if conditions(setting).all(|(tag, wanted)| tags.contains(tag) == wanted) {
            tags.extend(sets(setting));
        }
    }
    tags
}

/// Whether a setting that matches something a client sends gives its tag.
fn holds(setting: &Setting<'_>, asker: &Asker6) -> bool {
    let mut fields = setting.fields.iter().map(|field| &**field).skip(1);
    let code = match setting.name {
        "dhcp-userclass" => 15,
        "dhcp-match" => match fields.next().and_then(|option| option.strip_prefix("option6:")) {
            Some("15" | "user-class") => 15,
            Some("16" | "vendor-class") => 16,
            Some("61") => 61,
            _ => return false,
        },
        _ => return false,
    };
    let values: Vec<&str> = fields.collect();
    asker.client.option6(code).is_some_and(|sent| matches(&sent, &values))
}

impl<'s> Lines6<'s> {
    fn part(&self, index: usize) -> Part {
        let origin = self.settings.get(index).map(|setting| setting.origin.clone());
        let origin = origin.unwrap_or_else(|| crate::import::Origin { file: "".into(), line: 1 });
        Part { numbers: vec![self.first + index], origin, text: Text::Nowhere(OWN) }
    }

    fn add(&mut self, cidr: Cidr6, title: Option<String>, index: usize) {
        let head = self.part(index);
        self.by_cidr.insert(cidr, self.six.networks.len());
        self.tags_of.push(HashSet::default());
        self.six.networks.push(Network { title, ..Network::new(cidr, head) });
    }

    /// The networks whose tag a setting asks for; `None` if it asks for none of a range.
    fn networks_of(&self, setting: &Setting<'_>) -> Option<&[usize]> {
        let wanted = conditions(setting).filter(|(_, wanted)| *wanted);
        let mut of_ranges = wanted.filter_map(|(tag, _)| self.by_tag.get(tag));
        of_ranges.next().map(Vec::as_slice)
    }

    fn option(&mut self, index: usize, copies: &mut Copies) -> Option<Outcome> {
        let setting = self.settings.get(index)?;
        let mut values = setting.values();
        let name = values.next()?.strip_prefix("option6:")?;
        let values: Vec<&str> = values.collect();
        let times = self.networks_of(setting).map_or(self.six.networks.len(), <[usize]>::len);
        if !copies.take(weight_of_text(setting.text), times) {
            return Some(Outcome::Lost(too_many(times, "subnets")));
        }
        let networks = self.networks_of(setting).map(<[usize]>::to_vec);
        let others = conditions(setting).filter(|(tag, _)| !self.by_tag.contains_key(tag)).count();
        if matches!(name, "59" | "bootfile-url") {
            match &networks {
                Some(networks) => {
                    for at in networks {
                        self.urls.1.entry(*at).or_default().push(index);
                    }
                }
                None => self.urls.0.push(index),
            }
            return Some(Outcome::Words);
        }
        let is_known = matches!(name, "23" | "dns-server" | "24" | "domain-search");
        // Ours are forced where dnsmasq would name itself.
        let is_forced =
            setting.name == "dhcp-option-force" && !(self.answers_dns && matches!(name, "23" | "dns-server"));
        if !is_known || others > 0 || is_forced {
            let why = "no key expresses it, and its tag is that of a range, which ipxegen writes itself";
            return networks.map(|_| Outcome::Lost(why.into()));
        }
        let Some(networks) = networks else {
            self.everywhere.push(index);
            return Some(Outcome::Words);
        };
        networks.into_iter().all(|at| self.set(at, index, &values, name)).then_some(Outcome::Words)
    }

    /// Sets an option of a network.
    fn set(&mut self, at: usize, index: usize, values: &[&str], name: &str) -> bool {
        let part = self.part(index);
        let Some(network) = self.six.networks.get_mut(at) else { return false };
        if matches!(name, "23" | "dns-server") {
            let ip = |text: &&str| text.trim_start_matches('[').trim_end_matches(']').parse().ok();
            let Some(value) = values.iter().map(ip).collect() else { return false };
            network.dns = Some(Said { value, part });
        } else {
            let value = values.iter().map(|text| (*text).to_owned()).collect();
            network.domains = Some(Said { value, part });
        }
        true
    }

    /// A host with an address of each kind, whose line is read as one of IPv4.
    fn both(&mut self, index: usize) {
        let Some(setting) = self.settings.get(index) else { return };
        let ip =
            setting.fields.iter().find_map(|field| field.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
        let mac = setting.fields.iter().find_map(|field| Mac::parse(field).ok());
        if let (Some(ip), Some(mac)) = (ip, mac) {
            let part = Part { numbers: Vec::new(), ..self.part(index) };
            self.six.hosts.push(Host { mac: Some(mac), ip: Some(ip), ..Host::new(None, part) });
        }
    }

    fn host(&mut self, index: usize) -> Option<Outcome> {
        let setting = self.settings.get(index)?;
        let mut host = Host::new(None, self.part(index));
        let mut macs = Vec::new();
        for field in &setting.fields {
            if field.strip_prefix("tag:") == Some(DHCPV6) {
            } else if let Some(ip) = field.strip_prefix('[').and_then(|field| field.strip_suffix(']')) {
                host.ip = Some(ip.parse().ok()?);
            } else if let Some(duid) = field.strip_prefix("id:") {
                let octets = duid.split(':').map(|octet| u8::from_str_radix(octet, 16).ok());
                host.duid = octets.collect();
            } else if field.contains(':') {
                macs.push(Mac::parse(field).ok()?);
            } else {
                host.name = Some(field.clone().into_owned());
            }
        }
        // Without a card, the DUID must have an address of one.
        if macs.is_empty() {
            host.mac = Some(super::super::six::mac_of_duid(host.duid.as_ref()?)?);
        }
        if macs.len() < 2 {
            host.mac = macs.first().copied().or(host.mac);
            self.six.hosts.push(host);
            return Some(Outcome::Words);
        }
        for mac in macs {
            let same = Host::new(host.name.clone(), host.part.clone());
            self.six.hosts.push(Host { mac: Some(mac), ip: host.ip, ..same });
        }
        Some(Outcome::Words)
    }

    /// The result.
    fn finish(mut self) -> Ipv6 {
        for index in std::mem::take(&mut self.everywhere) {
            let Some(setting) = self.settings.get(index) else { continue };
            let values: Vec<&str> = setting.values().collect();
            let [name, values @ ..] = values.as_slice() else { continue };
            let name = name.trim_start_matches("option6:");
            for at in 0..self.six.networks.len() {
                let has = self.six.networks.get(at).is_some_and(|network| match name {
                    "23" | "dns-server" => network.dns.is_some(),
                    _ => network.domains.is_some(),
                });
                if !has {
                    self.set(at, index, values, name);
                }
            }
        }
        let given: HashSet<&str> = self.settings.iter().flat_map(sets).collect();
        for at in 0..self.six.networks.len() {
            let own = self.urls.1.get(&at).into_iter().flatten();
            let mut lines: Vec<usize> = own.chain(&self.urls.0).copied().collect();
            lines.sort_unstable();
            let sends =
                askers().iter().zip(&self.tags).map(|(_, tags)| self.answer(at, &lines, tags, &given));
            let sends: Vec<Sends> = sends.collect();
            let boot: Vec<Part> = lines.iter().map(|index| self.part(*index)).collect();
            if let Some(network) = self.six.networks.get_mut(at) {
                (network.sends, network.boot) = (sends, boot);
            }
        }
        self.six
    }

    /// The URL of a client: that of the last line whose tags it has; one without tags counts if there is no other.
    fn answer(&self, network: usize, lines: &[usize], tags: &HashSet<&str>, given: &HashSet<&str>) -> Sends {
        let is_here = |tag: &str| self.tags_of.get(network).is_some_and(|tags| tags.contains(tag));
        let (mut tagged, mut plain) = (None, None);
        for setting in lines.iter().filter_map(|index| self.settings.get(*index)) {
            let mut is_tagged = false;
            let mut holds = true;
            for (tag, wanted) in conditions(setting) {
                is_tagged = true;
                if wanted && tag != "known" && tag != DHCPV6 && !given.contains(tag) {
                    return Sends::Depends(format!("it depends on the tag `{tag}`").into());
                }
                holds &= (tags.contains(tag) || is_here(tag)) == wanted;
            }
            if holds {
                let url: Option<Rc<str>> = setting.values().nth(1).map(Into::into);
                *(if is_tagged { &mut tagged } else { &mut plain }) = url;
            }
        }
        Sends::Url(tagged.or(plain), false)
    }
}
