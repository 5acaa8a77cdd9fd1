//! Groups: those of the file, and those of what its hosts repeat.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};

use super::super::draft::{Mapping, Value};
use super::super::names::{Names, identifier};
use super::hosts::{Group, Host, Hosts, pairs};
use super::setting::Key;

/// A setting.
type Pair = (Key, Value);

/// The settings of each host that its groups do not have.
#[derive(Debug, Default)]
pub struct Grouped<'a, 't> {
    /// The groups, in the order in which the site has them.
    pub groups: Vec<Group<'a, 't>>,
    /// The settings that each host still has, by its index.
    pub rest: Vec<Vec<Pair>>,
}

/// The hosts of each group of the file, and those of none.
type Members = BTreeMap<Option<usize>, Vec<usize>>;

/// Forms the groups, and puts the hosts into them.
pub fn group<'a, 't>(hosts: &mut Hosts<'a, 't>) -> Grouped<'a, 't> {
    let mut rest: Vec<Vec<Pair>> = hosts.all.iter().map(placeholders).collect();
    resolve_placeholders(&mut rest, hosts);
    let mut members = Members::new();
    for (at, host) in hosts.all.iter().enumerate() {
        members.entry(host.scope).or_default().push(at);
    }
    // A setting that all hosts of a group of the file repeat is the group's.
    for (scope, members) in members.iter().filter(|(_, members)| members.len() > 1) {
        if let Some(group) = scope.and_then(|at| hosts.groups.get_mut(&at)) {
            lift(group, members, &mut rest);
        }
    }
    let mut names = Names::default();
    let (mut groups, by_scope) = of_the_file(hosts, &members, &mut rest, &mut names);
    for host in &mut hosts.all {
        host.groups.extend(host.scope.and_then(|at| by_scope.get(&at)).cloned());
    }
    for members in members.values() {
        for (repeated, hosts_of) in repeated(members, &rest) {
            let name = names.take(&name_of(&repeated, &hosts_of, &hosts.all));
            for at in &hosts_of {
                if let Some(left) = rest.get_mut(*at) {
                    left.retain(|pair| !repeated.contains(pair));
                }
                if let Some(host) = hosts.all.get_mut(*at) {
                    host.groups.push(name.clone());
                }
            }
            let raw = Vec::new();
            groups.push(Group { name, head: None, outside: None, parent: None, settings: repeated, raw });
        }
    }
    for left in &mut rest {
        left.sort_by_key(|(key, _)| super::emission::rank(key));
    }
    Grouped { groups, rest }
}

/// The groups of the file that say something, with their names, and the name of each by its scope.
fn of_the_file<'a, 't>(
    hosts: &mut Hosts<'a, 't>,
    members: &Members,
    rest: &mut [Vec<Pair>],
    names: &mut Names,
) -> (Vec<Group<'a, 't>>, HashMap<usize, String>) {
    let mut groups: Vec<Group<'a, 't>> = Vec::new();
    let mut by_scope: HashMap<usize, String> = HashMap::default();
    let parents: HashSet<usize> = hosts.groups.values().filter_map(|group| group.outside).collect();
    // An outer group comes before those in it.
    for (at, mut group) in std::mem::take(&mut hosts.groups) {
        let parent = group.outside.and_then(|outside| by_scope.get(&outside)).cloned();
        let inside = members.get(&Some(at)).map_or(&[][..], Vec::as_slice);
        if let ([only], false) = (inside, parents.contains(&at)) {
            // A group of one host is the host.
            if let Some(rest) = rest.get_mut(*only) {
                inherit(&mut group, rest);
            }
        }
        if group.settings.is_empty() && group.raw.is_empty() {
            // It says nothing, so its hosts are in the group around it.
            if let Some(parent) = parent {
                by_scope.insert(at, parent);
            }
            continue;
        }
        if group.name.is_empty() {
            group.name = name_of(&group.settings, inside, &hosts.all);
        }
        group.name = names.take(&group.name);
        by_scope.insert(at, group.name.clone());
        group.parent = parent;
        groups.push(group);
    }
    (groups, by_scope)
}

/// Moves what a group says to its only host.
fn inherit(group: &mut Group<'_, '_>, rest: &mut Vec<Pair>) {
    for pair in std::mem::take(&mut group.settings) {
        if !rest.iter().any(|(key, _)| *key == pair.0) {
            rest.push(pair);
        }
    }
    let text: String = std::mem::take(&mut group.raw).into_iter().map(|verbatim| verbatim.text).collect();
    if text.is_empty() {
        return;
    }
    // The host's own statements come last.
    let raw = Key::within("raw", "dhcpd");
    match rest.iter_mut().find(|(key, _)| *key == raw) {
        Some((_, Value::Lines(own))) => own.insert_str(0, &text),
        _ => rest.push((raw, Value::Lines(text))),
    }
}

/// The settings of a host; a root-path with its name in it as if it were written with `{host}`.
fn placeholders(host: &Host<'_, '_>) -> Vec<Pair> {
    let mut pairs = pairs(host);
    for (key, value) in &mut pairs {
        if key.is("root_path") && host.name.len() > 1 {
            *value = with_placeholder(value, &host.name);
        }
    }
    pairs
}

fn with_placeholder(value: &Value, name: &str) -> Value {
    match value {
        Value::Text(text) => Value::Text(replaced(text, name)),
        Value::Map(map) => {
            let mut new = Mapping::default();
            for entry in map.entries() {
                new.set(&entry.key, with_placeholder(&entry.value, name));
            }
            Value::Map(new)
        }
        other => other.clone(),
    }
}

/// A text with `{host}` in place of a name that is a word of its own.
fn replaced(text: &str, name: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(name) {
        let (before, found) = rest.split_at(at);
        let after = found.get(name.len()..).unwrap_or_default();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let alone = !out.ends_with(is_word) || !before.is_empty();
        let whole = alone && !before.ends_with(is_word) && !after.starts_with(is_word);
        out.push_str(before);
        out.push_str(if whole { "{host}" } else { name });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Writes a root-path without `{host}` where no other host has the same with it.
fn resolve_placeholders(rest: &mut [Vec<Pair>], hosts: &Hosts<'_, '_>) {
    let mut count: HashMap<Value, usize> = HashMap::default();
    for (_, value) in rest.iter().flatten().filter(|(key, _)| key.is("root_path")) {
        *count.entry(value.clone()).or_default() += 1;
    }
    for (pairs, host) in rest.iter_mut().zip(&hosts.all) {
        for pair in pairs.iter_mut().filter(|(key, _)| key.is("root_path")) {
            if count.get(&pair.1) == Some(&1)
                && let Some(setting) = host.settings.get(&pair.0)
            {
                pair.1 = setting.value.clone();
            }
        }
    }
}

/// Moves what all hosts of a group set to the group.
fn lift(group: &mut Group<'_, '_>, members: &[usize], rest: &mut [Vec<Pair>]) {
    let count = count(members, rest);
    let Some(first) = members.first().and_then(|at| rest.get(*at)) else { return };
    let common: Vec<Pair> =
        first.iter().filter(|pair| count.get(*pair) == Some(&members.len())).cloned().collect();
    for pair in &common {
        group.settings.retain(|(key, _)| *key != pair.0);
        group.settings.push(pair.clone());
    }
    for at in members {
        if let Some(left) = rest.get_mut(*at) {
            left.retain(|pair| !common.contains(pair));
        }
    }
}

fn count<'r>(members: &[usize], rest: &'r [Vec<Pair>]) -> HashMap<&'r Pair, usize> {
    let mut count: HashMap<&Pair, usize> = HashMap::default();
    for pair in members.iter().filter_map(|at| rest.get(*at)).flatten() {
        *count.entry(pair).or_default() += 1;
    }
    count
}

/// Settings that at least two hosts repeat, with these hosts. A host is in one such group at most.
fn repeated(members: &[usize], rest: &[Vec<Pair>]) -> Vec<(Vec<Pair>, Vec<usize>)> {
    let count = count(members, rest);
    let mut by_settings: HashMap<Vec<Pair>, usize> = HashMap::default();
    let mut groups: Vec<(Vec<Pair>, Vec<usize>)> = Vec::new();
    for at in members {
        let Some(pairs) = rest.get(*at) else { continue };
        let mut shared: Vec<Pair> =
            (pairs.iter()).filter(|pair| count.get(*pair).is_some_and(|count| *count > 1)).cloned().collect();
        if shared.is_empty() {
            continue;
        }
        shared.sort_by(|(key, _), (other, _)| {
            let place = |key: &Key| (super::emission::rank(key), key.section);
            place(key).cmp(&place(other)).then_with(|| key.name.cmp(&other.name))
        });
        let index = match by_settings.get(&shared) {
            Some(index) => *index,
            None => {
                by_settings.insert(shared.clone(), groups.len());
                groups.len()
            }
        };
        if index == groups.len() {
            groups.push((shared, Vec::new()));
        }
        if let Some((_, hosts)) = groups.get_mut(index) {
            hosts.push(*at);
        }
    }
    groups.retain(|(_, hosts)| hosts.len() > 1);
    groups
}

/// A name for a group: what its hosts' names begin with, or what it sets.
fn name_of(settings: &[Pair], members: &[usize], hosts: &[Host<'_, '_>]) -> String {
    let value = |name: &str| settings.iter().find(|(key, _)| key.is(name)).map(|(_, value)| value);
    if let Some(Value::Text(boot)) = value("boot")
        && let Some(name) = identifier(boot)
    {
        return name;
    }
    let names = || members.iter().filter_map(|at| hosts.get(*at)).map(|host| host.name.as_str());
    let mut prefix = names().next().unwrap_or_default();
    for name in names() {
        let same = prefix.bytes().zip(name.bytes()).take_while(|(one, other)| one == other).count();
        prefix = prefix.get(..same).unwrap_or_default();
    }
    let prefix = prefix.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-');
    if prefix.len() > 1
        && let Some(name) = identifier(prefix)
    {
        return name;
    }
    if value("root_path").is_some() {
        return "diskless".into();
    }
    match settings.first() {
        Some((key, _)) if !key.is("host_name") => identifier(&key.name).unwrap_or_else(|| "group".into()),
        _ => "hosts".into(),
    }
}

/// The value of `group` of a host.
pub fn value_of(groups: &[String]) -> Option<Value> {
    let values: Vec<Value> = groups.iter().map(|name| Value::from(name.as_str())).collect();
    (!values.is_empty()).then(|| Value::one_or_list(values))
}
