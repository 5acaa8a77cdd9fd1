//! The hosts, and the groups that they are in.

mod addresses;
mod names;
mod outer_groups;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::rc::Rc;

use foldhash::HashMap;

use super::super::coverage::{Coverage, Outcome};
use super::super::draft::Value;
use super::super::names::Names;
use super::scopes::{Kind, Scope, Scopes, settle};
use super::setting::{DECLARED_NAMES, Key, Settings};
use super::statements::Statement;
use super::subnets::{Subnet, note_lines};
use super::verbatim::{Verbatim, text_of};
use crate::model::Mac;
pub use addresses::{ByAddress, fixed_addresses};
use names::short_name;

/// A host of the site.
#[derive(Debug)]
pub struct Host<'a, 't> {
    /// Its name in the site.
    pub name: String,
    /// Its block.
    pub head: &'a Statement<'t>,
    /// The addresses of its cards.
    pub macs: Vec<Mac>,
    /// Its address.
    pub ip: Option<Ipv4Addr>,
    /// Further cards with addresses of their own.
    pub nics: Vec<(Vec<Mac>, Option<Ipv4Addr>)>,
    /// The group of the file that it is in: the index of its scope.
    pub scope: Option<usize>,
    /// That group and those around it, innermost first.
    pub around: Vec<usize>,
    /// The index of its subnet, if its address tells.
    pub subnet: Option<usize>,
    /// Its own settings.
    pub settings: Settings<'a, 't>,
    /// Keys that no statement sets: `host_name`.
    pub own: Vec<(Key, Value)>,
    /// Statements that no key expresses. Hosts that boot alike share theirs.
    pub raw: Vec<Rc<str>>,
    /// Declarations that no key expresses: `fixed-address` with several addresses.
    pub declarations: Vec<Rc<str>>,
    /// The scope of its block.
    pub at: usize,
    /// The statements that decide about boot files.
    pub boot: Vec<&'a Statement<'t>>,
    /// Findings that its file causes, and why they are accepted.
    pub allow: Vec<(&'static str, String)>,
    /// Names of the site's groups, weakest first.
    pub groups: Vec<Rc<str>>,
}

/// A group of the file whose settings its hosts get.
#[derive(Debug)]
pub struct Group<'a, 't> {
    /// Its name in the site.
    pub name: String,
    /// Its block; none if the import makes it of what hosts repeat.
    pub head: Option<&'a Statement<'t>>,
    /// The scope of the group around it.
    pub outside: Option<usize>,
    /// The name of the site's group whose settings it inherits.
    pub parent: Option<String>,
    /// Its settings.
    pub settings: Vec<(Key, Value)>,
    /// Statements that no key expresses.
    pub raw: Vec<Verbatim>,
}

/// The hosts of a file, its groups, and the hosts that are only text.
#[derive(Debug, Default)]
pub struct Hosts<'a, 't> {
    /// The hosts.
    pub all: Vec<Host<'a, 't>>,
    /// The groups, by the index of their scope.
    pub groups: BTreeMap<usize, Group<'a, 't>>,
    /// Hosts that no key expresses, as text with the groups around them.
    pub raw: Vec<(String, &'a Statement<'t>)>,
}

/// The keys that a host or group does not have.
fn is_foreign(key: &Key) -> bool {
    [
        "authoritative",
        "broadcast",
        "client_id",
        "log_facility",
        "default_lease_time",
        "max_lease_time",
        "min_lease_time",
        "ping_check",
        "unknown_clients",
        "(subnet-mask)",
        "(client-updates)",
    ]
    .iter()
    .any(|name| key.is(name))
}

/// Reads the hosts of a file.
pub fn hosts<'a, 't>(
    scopes: &mut Scopes<'a, 't>,
    subnets: &[Subnet<'a, 't>],
    global: &Settings<'a, 't>,
    coverage: &mut Coverage,
) -> Hosts<'a, 't> {
    // What a host says is its own alone.
    let of_hosts = scopes.all.iter_mut().filter(|scope| matches!(scope.kind, Kind::Host(_)));
    let mut settings: Vec<Settings<'a, 't>> =
        of_hosts.map(|scope| std::mem::take(&mut scope.settings)).collect();
    let mut settings = settings.drain(..);
    let scopes: &Scopes<'a, 't> = scopes;
    let mut hosts = Hosts::default();
    let mut reader = Reader {
        scopes,
        subnets,
        by_address: ByAddress::new(subnets),
        names_declared: global.get(&DECLARED_NAMES).is_some_and(|flag| flag.value == Value::flag(true)),
        names: Names::default(),
        by_mac: HashMap::default(),
        by_ip: HashMap::default(),
        by_declared: HashMap::default(),
        raw: Vec::new(),
        raw_of_group: HashMap::default(),
    };
    for (at, scope) in scopes.all.iter().enumerate() {
        if let (Kind::Host(declared), Some(head)) = (&scope.kind, scope.head) {
            let own = settings.next().unwrap_or_default();
            reader.host((at, scope), declared, head, own, &mut hosts, coverage);
        }
    }
    for (text, at, head) in std::mem::take(&mut reader.raw) {
        hosts.raw.push((reader.with_groups(text, at), head));
    }
    hosts
}

struct Reader<'s, 'a, 't> {
    scopes: &'s Scopes<'a, 't>,
    subnets: &'s [Subnet<'a, 't>],
    by_address: ByAddress,
    /// Whether the file's own scope has `use-host-decl-names`.
    names_declared: bool,
    names: Names,
    by_mac: HashMap<Mac, usize>,
    by_ip: HashMap<Ipv4Addr, usize>,
    by_declared: HashMap<&'s str, usize>,
    /// Hosts that no key expresses: their text, and the scope and the block of the first. Those of a group are one text.
    raw: Vec<(String, usize, &'a Statement<'t>)>,
    /// Their index by the group.
    raw_of_group: HashMap<usize, usize>,
}

impl<'s, 'a, 't> Reader<'s, 'a, 't> {
    fn host(
        &mut self,
        (at, scope): (usize, &Scope<'a, 't>),
        declared: &'s str,
        head: &'a Statement<'t>,
        mut settings: Settings<'a, 't>,
        hosts: &mut Hosts<'a, 't>,
        coverage: &mut Coverage,
    ) {
        let macs: Vec<Mac> = scope.macs.iter().map(|(mac, _)| *mac).collect();
        let again = macs.iter().any(|mac| self.by_mac.contains_key(mac));
        let why = match &scope.whole {
            Some(why) => Some(why.clone()),
            None if macs.is_empty() => Some("a host is recognized by its MAC address only".to_owned()),
            None if again => Some("another host has its MAC address".to_owned()),
            None => None,
        };
        if let Some(why) = why {
            settle(head, &Outcome::Raw(why), coverage);
            self.raw(at, head);
            return;
        }
        let ip = scope.fixed.as_ref().and_then(|(ips, _)| match ips.as_slice() {
            [only] => Some(*only),
            _ => None,
        });
        let home = ip.and_then(|ip| self.by_address.find(self.subnets, ip));
        let around = self.groups_around(at, home, head, coverage);
        let texts = |declarations: bool| -> Vec<Rc<str>> {
            let is_declaration = |statement: &Statement<'_>| statement.begins(&["fixed-address"]);
            let found = scope.raw.iter().filter(|statement| is_declaration(statement) == declarations);
            found.map(|statement| text_of(statement).into()).collect()
        };
        let mut host = Host {
            name: String::new(),
            head,
            macs,
            ip,
            nics: Vec::new(),
            scope: around.first().copied(),
            around: around.clone(),
            subnet: ip.and_then(|ip| self.by_address.index(self.subnets, ip)),
            settings: Settings::default(),
            own: Vec::new(),
            raw: texts(false),
            declarations: texts(true),
            at,
            boot: scope.boot.clone(),
            allow: Vec::new(),
            groups: Vec::new(),
        };
        let names_declared = settings.remove(&DECLARED_NAMES).map(|setting| setting.value);
        settings.retain(|setting| {
            let is_foreign = is_foreign(&setting.key);
            if is_foreign {
                let why = "a host has no key for it".to_owned();
                coverage.set(setting.from.number, Outcome::Raw(why));
                host.raw.push(text_of(setting.from).into());
            }
            !is_foreign
        });
        host.settings = settings;
        for group in &around {
            self.group(*group, &around, hosts, coverage);
        }
        self.name(names_declared, &mut host, declared, home, &around);
        self.keep(host, declared, hosts, coverage);
    }

    /// Adds a host, or its cards to the host that is the same machine.
    fn keep(
        &mut self,
        mut host: Host<'a, 't>,
        declared: &'s str,
        hosts: &mut Hosts<'a, 't>,
        coverage: &mut Coverage,
    ) {
        let by_ip = host.ip.and_then(|ip| self.by_ip.get(&ip)).copied();
        // As ipxegen names the cards of a host.
        let base =
            declared.rsplit_once('.').filter(|(_, card)| card.bytes().all(|byte| byte.is_ascii_digit()));
        let by_name = base.and_then(|(base, _)| self.by_declared.get(base)).copied();
        // In a subnet with `netboot: none`, ipxegen writes only a part of what a host says.
        let lid = |host: &Host<'_, '_>| {
            by_name.is_some()
                && host.subnet.and_then(|at| self.subnets.get(at)).is_some_and(|home| home.netboot_none)
        };
        let host_lid = lid(&host);
        let same = |first: &Host<'_, '_>| {
            let has = |one: &Settings<'_, '_>, other: &Settings<'_, '_>| {
                let value = |key: &Key| one.get(key).map(|setting| &setting.value);
                other.iter().all(|setting| value(&setting.key) == Some(&setting.value))
            };
            let texts = |boot: &[&Statement<'_>]| boot.iter().map(|at| at.text).collect::<String>();
            let boots_alike = texts(&first.boot) == texts(&host.boot);
            first.scope == host.scope
                && (first.ip == host.ip || by_name.is_some())
                && (has(&first.settings, &host.settings) || lid(first))
                && (has(&host.settings, &first.settings) || host_lid)
                && first.raw == host.raw
                && first.declarations == host.declarations
                && (boots_alike || host_lid || lid(first))
        };
        let twin = by_ip.or(by_name).filter(|at| hosts.all.get(*at).is_some_and(same));
        if let Some(first) = twin.and_then(|at| hosts.all.get_mut(at)) {
            if lid(first) && !host_lid {
                first.settings = host.settings.clone();
                first.boot.clone_from(&host.boot);
                (first.at, first.subnet) = (host.at, host.subnet);
            }
            let host_macs = std::mem::take(&mut host.macs);
            if by_name.is_none() && first.own != host.own {
                let text = format!(
                    "the host `{declared}` is a card of `{}`, which has the same address",
                    first.name
                );
                coverage.remark(host.head.origin.clone(), text);
            }
            for mac in &host_macs {
                self.by_mac.insert(*mac, twin.unwrap_or_default());
            }
            if let Some((macs, _)) = first.nics.last_mut().filter(|(_, ip)| *ip == host.ip) {
                macs.extend(host_macs);
            } else if first.ip == host.ip {
                first.macs.extend(host_macs);
            } else {
                first.nics.push((host_macs, host.ip));
                if let Some(ip) = host.ip {
                    self.by_ip.entry(ip).or_insert(twin.unwrap_or_default());
                }
            }
            return;
        }
        let key = short_name(declared, &self.names);
        host.name = self.names.take(&key);
        if !host.name.bytes().eq(declared.bytes().map(|byte| byte.to_ascii_lowercase())) {
            host.rename(declared);
        }
        let number = hosts.all.len();
        if let Some(ip) = host.ip {
            if let Some(first) = by_ip.and_then(|at| hosts.all.get(at)) {
                let why = format!("{} gives it to `{}`, too", first.head.origin, first.name);
                host.allow.push(("duplicate-ip", why));
            }
            self.by_ip.entry(ip).or_insert(number);
            if self.by_address.find(self.subnets, ip).is_none() {
                let text = format!("{ip} is in no subnet, so dhcpd ignores the host");
                coverage.remark(host.head.origin.clone(), text.clone());
                host.allow.push(("address-outside-subnets", "dhcpd.conf has it so".into()));
            }
        }
        for mac in &host.macs {
            self.by_mac.insert(*mac, number);
        }
        self.by_declared.insert(declared, number);
        hosts.all.push(host);
    }
}

impl Host<'_, '_> {
    /// The comment behind its block, or behind its MAC or IP address.
    pub fn note(&self) -> Option<&str> {
        let inner = self.head.block.iter().flatten();
        let inner = inner.filter(|inner| inner.remark.is_some());
        let inner = inner.filter(|inner| inner.begins(&["hardware"]) || inner.begins(&["fixed-address"]));
        let mut remarks = std::iter::once(self.head).chain(inner).map(|statement| statement.remark);
        remarks.find_map(|remark| note_lines(remark).into_iter().next())
    }
}

/// Passes on the settings of a host.
pub fn pairs(host: &Host<'_, '_>, mut take: impl FnMut(&Key, &Value)) {
    let is_name = |value: &Value| matches!(value, Value::Text(text) if *text == host.name);
    let own_name = |key: &Key, value: &Value| key.is("host_name") && is_name(value);
    for setting in host.settings.iter().filter(|setting| !own_name(&setting.key, &setting.value)) {
        take(&setting.key, &setting.value);
    }
    // A host that is called `none` may have `none` for no name.
    for (key, value) in host.own.iter().filter(|(key, value)| !own_name(key, value) || host.name == "none") {
        take(key, value);
    }
    if !host.raw.is_empty() {
        take(&Key::within("raw", "dhcpd"), &Value::Lines(host.raw.concat()));
    }
}
