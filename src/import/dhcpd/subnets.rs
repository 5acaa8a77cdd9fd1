//! The subnets: what dhcpd tells the clients of each, from all scopes around it.

use std::net::Ipv4Addr;

use foldhash::{HashMap, HashSet};

use super::super::copies::{Copies, too_many, weight, weight_of_text};
use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Mapping, Value};
use super::super::names::{Names, comment_lines, identifier, title};
use super::emission::put_all;
use super::pools::pools;
use super::scopes::{Kind, RangeOf, Scope, Scopes, settle};
use super::setting::{CLIENT_UPDATES, DECLARED_NAMES, Key, SUBNET_MASK, Setting, Settings};
use super::statements::Statement;
use super::verbatim::{Verbatim, set_raw};
use crate::model::Cidr;

/// A subnet of the site.
#[derive(Debug)]
pub struct Subnet<'a, 't> {
    /// Its name in the site.
    pub name: String,
    /// Its network.
    pub cidr: Cidr,
    /// Its block; the first if there are several.
    pub head: &'a Statement<'t>,
    /// The scopes that declare it, and those around them but for the file.
    pub scopes: Vec<usize>,
    /// The shared network that it is in, if there are others in it.
    pub shared: Option<String>,
    /// The settings of its clients that have keys, without those of the file's outermost scope.
    pub settings: Settings<'a, 't>,
    /// Whether it has the mark that ipxegen writes for `netboot: none`.
    pub netboot_none: bool,
    /// Statements that no key expresses.
    pub raw: Vec<Verbatim>,
    /// The keys that say which files its clients boot.
    pub boot: Mapping,
    /// Its ranges, with the clients that they are for.
    pub ranges: Vec<(RangeOf<'a, 't>, Option<Value>)>,
}

/// The mark of a subnet in which nothing boots, whatever its hosts say.
const NETBOOT_NONE: &[&str] = &["option", "ipxegen", ".", "netboot-none"];

/// The keys that a subnet does not have.
fn is_foreign(key: &Key) -> bool {
    ["authoritative", "host_name", "client_id", "log_facility", "autoboot"].iter().any(|name| key.is(name))
}

/// The subnets of a file, in its order. `fixed` are the fixed addresses of its hosts, `classes` those of the site.
pub fn subnets<'a, 't>(
    scopes: &Scopes<'a, 't>,
    fixed: &[Ipv4Addr],
    classes: &HashMap<String, Vec<String>>,
    copies: &mut Copies,
    coverage: &mut Coverage,
) -> Vec<Subnet<'a, 't>> {
    let mut around = Around { known: HashSet::default(), crowded: crowded(scopes, copies, coverage) };
    let mut subnets: Vec<Subnet<'a, 't>> = Vec::new();
    let mut by_net: HashMap<Cidr, usize> = HashMap::default();
    for (at, scope) in scopes.all.iter().enumerate() {
        let (Some(cidr), Some(head)) = (scope.cidr(), scope.head) else { continue };
        let index = *by_net.entry(cidr).or_insert(subnets.len());
        if index == subnets.len() {
            subnets.push(Subnet {
                name: String::new(),
                cidr,
                head,
                scopes: Vec::new(),
                shared: None,
                settings: Settings::default(),
                netboot_none: head.block.iter().flatten().any(|inner| inner.begins(NETBOOT_NONE)),
                raw: Vec::new(),
                boot: Mapping::default(),
                ranges: Vec::new(),
            });
        } else {
            let text = format!(
                "dhcpd.conf declares {cidr} again, and dhcpd uses one of the two; the import joins them"
            );
            coverage.remark(head.origin.clone(), text);
        }
        if let Some(subnet) = subnets.get_mut(index) {
            subnet.declare(scopes, at, index, &mut around, coverage);
        }
    }
    let mut sorted: Vec<Ipv4Addr> = fixed.to_vec();
    sorted.sort_unstable();
    pools(scopes, &sorted, &by_net, &mut subnets, classes, coverage);
    name_all(scopes, &mut subnets);
    share(scopes, &mut subnets, coverage);
    subnets
}

/// The scopes around subnets.
struct Around {
    /// Those that each subnet has, by its index and theirs.
    known: HashSet<(usize, usize)>,
    /// Those that say too much for all the subnets in them.
    crowded: HashSet<usize>,
}

/// The scopes around so many subnets that what they say is not written for each of them.
fn crowded(scopes: &Scopes<'_, '_>, copies: &mut Copies, coverage: &mut Coverage) -> HashSet<usize> {
    let mut crowded = HashSet::default();
    for (at, scope) in scopes.all.iter().enumerate().skip(1) {
        let Some(subnets) = scopes.members.get(&at).copied() else { continue };
        if !matches!(scope.kind, Kind::Shared(_) | Kind::Group(_)) || subnets < 2 {
            continue;
        }
        let settings = scope.settings.iter().map(|setting| weight(&setting.value) + 1);
        let texts = scope.raw.iter().map(|statement| weight_of_text(statement.text));
        if !copies.take(settings.chain(texts).sum(), subnets) {
            crowded.insert(at);
            let lost = Outcome::Lost(too_many(subnets, "subnets"));
            for statement in
                scope.settings.iter().map(|setting| setting.from).chain(scope.raw.iter().copied())
            {
                settle(statement, &lost, coverage);
            }
        }
    }
    crowded
}

impl<'a, 't> Subnet<'a, 't> {
    /// Adds a scope that declares it, with those around it.
    fn declare(
        &mut self,
        scopes: &Scopes<'a, 't>,
        at: usize,
        index: usize,
        around: &mut Around,
        coverage: &mut Coverage,
    ) {
        let mut chain: Vec<usize> = scopes.around(at).filter(|scope| *scope != 0).collect();
        chain.reverse();
        chain.push(at);
        for scope in chain {
            let Some(found) = scopes.all.get(scope) else { continue };
            if !around.known.insert((index, scope)) {
                continue;
            }
            self.scopes.push(scope);
            if !around.crowded.contains(&scope) {
                self.add(found, coverage);
            }
            if matches!(found.kind, Kind::Subnet(_)) {
                self.ranges.extend(found.ranges.iter().map(|range| (*range, None)));
            }
        }
    }

    /// Adds what a scope says.
    pub fn add(&mut self, scope: &Scope<'a, 't>, coverage: &mut Coverage) {
        self.raw.extend(scope.raw.iter().map(|statement| Verbatim::of(statement)));
        for setting in scope.settings.iter() {
            self.set(setting.clone(), coverage);
        }
    }

    /// Adds a setting.
    fn set(&mut self, setting: Setting<'a, 't>, coverage: &mut Coverage) {
        let from = setting.from;
        if setting.key == SUBNET_MASK || setting.key.is("broadcast") {
            let ours = if setting.key == SUBNET_MASK { self.cidr.netmask() } else { self.cidr.broadcast() };
            if setting.value == Value::from(ours.to_string()) {
                // `cidr` says so.
                coverage.set(from.number, Outcome::Words);
                return;
            }
            if setting.key == SUBNET_MASK {
                coverage.set(from.number, Outcome::Raw("it is not the mask of the subnet".into()));
                self.raw.push(Verbatim::of(from));
                return;
            }
        }
        if setting.key == DECLARED_NAMES || setting.key == CLIENT_UPDATES || setting.key.is("authoritative") {
            // Judged for the whole site.
            self.settings.set(setting);
        } else if is_foreign(&setting.key) {
            coverage.set(from.number, Outcome::Raw("a subnet has no key for it".into()));
            self.raw.push(Verbatim::of(from));
        } else {
            self.settings.set(setting);
        }
    }
}

/// Names all subnets: by their comment, their shared network, as the only one, by their domain, or by their network.
fn name_all(scopes: &Scopes<'_, '_>, subnets: &mut [Subnet<'_, '_>]) {
    let mut names = Names::default();
    let only = subnets.len() == 1;
    let mut domains: HashMap<String, usize> = HashMap::default();
    let domain_of = |subnet: &Subnet<'_, '_>| match subnet.settings.get(&Key::plain("domain")) {
        Some(Setting { value: Value::Text(domain), .. }) if domain.split('.').count() > 2 => {
            identifier(domain.split('.').next()?)
        }
        _ => None,
    };
    for subnet in subnets.iter() {
        if let Some(domain) = domain_of(subnet) {
            *domains.entry(domain).or_default() += 1;
        }
    }
    for subnet in subnets.iter_mut() {
        let net = || {
            let octets = subnet.cidr.network().octets();
            let shown = usize::from(subnet.cidr.prefix().div_ceil(8)).clamp(1, 4);
            let octets: Vec<String> = octets.iter().take(shown).map(ToString::to_string).collect();
            format!("net-{}", octets.join("-"))
        };
        let shared = || {
            let (_, name, members) = shared_of(scopes, subnet)?;
            (members == 1).then(|| identifier(name))?
        };
        let name = subnet
            .head
            .comment
            .and_then(title)
            .or_else(shared)
            .or_else(|| only.then(|| "lan".to_owned()))
            .or_else(|| domain_of(subnet).filter(|domain| domains.get(domain) == Some(&1)))
            .unwrap_or_else(net);
        subnet.name = names.take(&name);
    }
}

/// The shared network around a subnet: its scope, its name, and how many subnets it has.
fn shared_of<'s>(scopes: &'s Scopes<'_, '_>, subnet: &Subnet<'_, '_>) -> Option<(usize, &'s str, usize)> {
    subnet.scopes.iter().find_map(|at| match &scopes.all.get(*at)?.kind {
        Kind::Shared(name) => Some((*at, name.as_str(), *scopes.members.get(at)?)),
        _ => None,
    })
}

/// The comment of ipxegen's own, which writes a shared network only where the site names one.
const OWN_SHARED: &str = "# One wire with several subnets.";

/// Sets the shared networks that have several subnets.
fn share(scopes: &Scopes<'_, '_>, subnets: &mut [Subnet<'_, '_>], coverage: &mut Coverage) {
    let mut names = Names::default();
    let mut known: HashMap<usize, String> = HashMap::default();
    for subnet in subnets {
        let Some((at, name, members)) = shared_of(scopes, subnet) else { continue };
        let head = scopes.all.get(at).and_then(|scope| scope.head);
        let ours = head.is_some_and(|head| head.comment == Some(OWN_SHARED));
        if members > 1 || ours {
            let name = known.entry(at).or_insert_with(|| match identifier(name) {
                // No name of a site is longer.
                _ if ours && name.len() <= 64 => names.take(name),
                Some(name) => names.take(&name),
                None => names.take("shared"),
            });
            subnet.shared = Some(name.clone());
        } else if let Some(head) = head {
            // A shared network of one subnet is the subnet.
            coverage.set(head.number, Outcome::Default);
        }
    }
}

/// Moves settings that every subnet repeats to the site, and drops those that the site has, too.
pub fn hoist<'a, 't>(subnets: &mut [Subnet<'a, 't>], global: &mut Settings<'a, 't>, coverage: &mut Coverage) {
    let several = subnets.len() > 1;
    let keys: Vec<Key> = subnets.first().map_or_else(Vec::new, |first| {
        first.settings.iter().map(|setting| setting.key.clone()).filter(is_shared).collect()
    });
    for key in keys {
        let values: Vec<Option<&Value>> =
            subnets.iter().map(|subnet| subnet.settings.get(&key).map(|setting| &setting.value)).collect();
        let all = values
            .first()
            .copied()
            .flatten()
            .filter(|first| values.iter().all(|value| *value == Some(*first)));
        let Some(value) = all else { continue };
        if several
            && global.get(&key).is_none_or(|setting| setting.value != *value)
            && let Some(setting) = subnets.first().and_then(|subnet| subnet.settings.get(&key)).cloned()
            && let Some(old) = global.set(setting)
        {
            // Every subnet overrides it.
            coverage.set(old.number, Outcome::Default);
        }
    }
    for subnet in subnets {
        subnet.settings.retain(|setting| {
            !is_inherited(&setting.key)
                || global.get(&setting.key).is_none_or(|outer| outer.value != setting.value)
        });
    }
}

/// Whether a key of the site is written into every subnet, so that it makes no difference where it is set.
fn is_shared(key: &Key) -> bool {
    let plain = ["dns", "ntp", "domain", "domain_search", "unknown_clients", "netboot", "vendor_options"];
    key.section == "options" || key.section == "ipxe" || plain.iter().any(|name| key.is(name))
}

/// Whether a subnet inherits a key from the site.
fn is_inherited(key: &Key) -> bool {
    let plain = [
        "routers",
        "root_path",
        "default_lease_time",
        "max_lease_time",
        "min_lease_time",
        "ping_check",
        "boot",
    ];
    is_shared(key) || plain.iter().any(|name| key.is(name))
}

/// Writes the subnets.
pub fn write(subnets: &[Subnet<'_, '_>], site: &mut Mapping) {
    for subnet in subnets {
        let mut map = Mapping::default();
        map.set("cidr", subnet.cidr.to_string()).from(&subnet.head.origin);
        if let Some(shared) = &subnet.shared {
            map.set("shared_network", shared.as_str());
        }
        if !subnet.ranges.is_empty() {
            let ranges = subnet.ranges.iter().map(|(range, clients)| range_value(range, clients.as_ref()));
            let entry = map.set("ranges", Value::one_or_list(ranges.collect()));
            for (range, _) in &subnet.ranges {
                entry.from(&range.from.origin);
            }
        }
        let judged = |setting: &&Setting<'_, '_>| {
            !setting.key.name.starts_with('(') && !setting.key.is("authoritative")
        };
        put_all(&mut map, subnet.settings.iter().filter(judged), true);
        for entry in subnet.boot.entries() {
            map.set(&entry.key, entry.value.clone());
        }
        set_raw(&mut map, "dhcpd", subnet.raw.clone());
        if let Some(note) = note_lines(subnet.head.remark).first() {
            map.set("note", *note);
        }
        let entry = site.map("subnets").set(&subnet.name, map);
        for line in notes(subnet) {
            entry.note(line);
        }
    }
}

/// The comment of a subnet, if it is not its name and not a statement.
fn notes<'t>(subnet: &Subnet<'_, 't>) -> Vec<&'t str> {
    note_lines(subnet.head.comment.filter(|comment| title(comment).is_none()))
}

/// The lines of a comment that are for people.
pub fn note_lines(comment: Option<&str>) -> Vec<&str> {
    let lines = comment.into_iter().flat_map(comment_lines);
    lines.filter(|line| !line.ends_with([';', '{', '}'])).collect()
}

fn range_value(range: &RangeOf<'_, '_>, clients: Option<&Value>) -> Value {
    let text =
        if range.low == range.high { range.low.to_string() } else { format!("{}-{}", range.low, range.high) };
    if clients.is_none() && !range.bootp {
        return text.into();
    }
    let mut map = Mapping::default();
    map.set("range", text);
    if let Some(clients) = clients {
        map.set("clients", clients.clone());
    }
    if range.bootp {
        map.set("dynamic_bootp", Value::Bare("true".into()));
    }
    map.into()
}
