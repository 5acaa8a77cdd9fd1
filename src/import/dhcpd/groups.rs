//! Groups: those of the file, and those of what its hosts repeat.

use std::collections::BTreeMap;
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::super::draft::{Mapping, Value};
use super::super::names::{Names, identifier};
use super::emission::rank;
use super::hosts::{Group, Host, Hosts, pairs};
use super::setting::Key;

/// A setting.
type Pair = (Key, Value);

/// The settings of hosts, each once and under a number: most hosts repeat those of others, and are compared by them.
#[derive(Debug, Default)]
struct Pairs {
    /// The key and the value of each number.
    all: Vec<(usize, Rc<Value>)>,
    /// The keys, each with its place in a scope.
    keys: Vec<(Key, usize)>,
    by_key: HashMap<Key, usize>,
    /// The numbers of the values of each key.
    numbers: Vec<HashMap<Rc<Value>, usize>>,
}

impl Pairs {
    /// The number of a setting.
    fn number(&mut self, key: &Key, value: &Value) -> usize {
        let at = match self.by_key.get(key) {
            Some(at) => *at,
            None => {
                self.by_key.insert(key.clone(), self.keys.len());
                self.keys.push((key.clone(), rank(key)));
                self.numbers.push(HashMap::default());
                self.keys.len() - 1
            }
        };
        let Some(numbers) = self.numbers.get_mut(at) else { return 0 };
        if let Some(number) = numbers.get(value) {
            return *number;
        }
        let value = Rc::new(value.clone());
        numbers.insert(Rc::clone(&value), self.all.len());
        self.all.push((at, value));
        self.all.len() - 1
    }

    /// The setting of a number.
    fn get(&self, number: usize) -> Option<(&Key, &Value)> {
        let (key, value) = self.all.get(number)?;
        Some((&self.keys.get(*key)?.0, &**value))
    }

    fn key(&self, number: usize) -> Option<&Key> {
        self.get(number).map(|(key, _)| key)
    }

    /// The place of a setting in a scope.
    fn rank(&self, number: usize) -> usize {
        let key = self.all.get(number).and_then(|(key, _)| self.keys.get(*key));
        key.map_or(usize::MAX, |(_, rank)| *rank)
    }

    /// Whether a setting is of a plain key.
    fn is(&self, number: usize, name: &str) -> bool {
        self.key(number).is_some_and(|key| key.is(name))
    }

    /// Settings as they are written into a group.
    fn of(&self, numbers: &[usize]) -> Vec<Pair> {
        let all = numbers.iter().filter_map(|number| self.get(*number));
        all.map(|(key, value)| (key.clone(), value.clone())).collect()
    }
}

/// The settings of a host, by their numbers.
type Rest = Vec<usize>;

/// The settings of each host that its groups do not have.
#[derive(Debug, Default)]
pub struct Grouped<'a, 't> {
    /// The groups, in the order in which the site has them.
    pub groups: Vec<Group<'a, 't>>,
    pairs: Pairs,
    /// The settings that each host still has, by its index.
    rest: Vec<Rest>,
}

impl Grouped<'_, '_> {
    /// The settings that each host still has, in the order of the hosts.
    pub fn rest(&self) -> impl Iterator<Item = impl Iterator<Item = (&Key, &Value)>> {
        self.rest.iter().map(|rest| rest.iter().filter_map(|number| self.pairs.get(*number)))
    }
}

/// The hosts of each group of the file, and those of none.
type Members = BTreeMap<Option<usize>, Vec<usize>>;

/// Forms the groups, and puts the hosts into them.
pub fn group<'a, 't>(hosts: &mut Hosts<'a, 't>) -> Grouped<'a, 't> {
    let mut pairs = Pairs::default();
    let mut rest: Vec<Rest> = hosts.all.iter().map(|host| placeholders(host, &mut pairs)).collect();
    resolve_placeholders(&mut rest, hosts, &mut pairs);
    let mut members = Members::new();
    for (at, host) in hosts.all.iter().enumerate() {
        members.entry(host.scope).or_default().push(at);
    }
    // A setting that all hosts of a group of the file repeat is the group's.
    for (scope, members) in members.iter().filter(|(_, members)| members.len() > 1) {
        if let Some(group) = scope.and_then(|at| hosts.groups.get_mut(&at)) {
            lift(group, members, &mut rest, &pairs);
        }
    }
    let mut names = Names::default();
    let (mut groups, by_scope) = of_the_file(hosts, &members, &mut rest, &mut pairs, &mut names);
    let by_scope: HashMap<usize, Rc<str>> =
        by_scope.into_iter().map(|(at, name)| (at, name.into())).collect();
    for host in &mut hosts.all {
        host.groups.extend(host.scope.and_then(|at| by_scope.get(&at)).cloned());
    }
    for members in members.values() {
        for (repeated, hosts_of) in repeated(members, &rest, &pairs) {
            let settings = pairs.of(&repeated);
            let name = names.take(&name_of(&settings, &hosts_of, &hosts.all));
            let shared: Rc<str> = name.as_str().into();
            let repeated: HashSet<usize> = repeated.into_iter().collect();
            for at in &hosts_of {
                if let Some(left) = rest.get_mut(*at) {
                    left.retain(|number| !repeated.contains(number));
                }
                if let Some(host) = hosts.all.get_mut(*at) {
                    host.groups.push(Rc::clone(&shared));
                }
            }
            let raw = Vec::new();
            groups.push(Group { name, head: None, outside: None, parent: None, settings, raw });
        }
    }
    for left in &mut rest {
        left.sort_by_key(|number| pairs.rank(*number));
    }
    Grouped { groups, pairs, rest }
}

/// The groups of the file that say something, with their names, and the name of each by its scope.
fn of_the_file<'a, 't>(
    hosts: &mut Hosts<'a, 't>,
    members: &Members,
    rest: &mut [Rest],
    pairs: &mut Pairs,
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
                inherit(&mut group, rest, pairs);
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
fn inherit(group: &mut Group<'_, '_>, rest: &mut Rest, pairs: &mut Pairs) {
    let own: HashSet<Key> = rest.iter().filter_map(|number| pairs.key(*number)).cloned().collect();
    for (key, value) in std::mem::take(&mut group.settings) {
        if !own.contains(&key) {
            rest.push(pairs.number(&key, &value));
        }
    }
    let mut text: String = std::mem::take(&mut group.raw).into_iter().map(|verbatim| verbatim.text).collect();
    if text.is_empty() {
        return;
    }
    // The host's own statements come last.
    let raw = Key::within("raw", "dhcpd");
    let known = rest.iter_mut().find(|number| pairs.key(**number) == Some(&raw));
    if let Some((_, Value::Lines(own))) = known.as_ref().and_then(|number| pairs.get(**number)) {
        text.push_str(own);
    }
    let number = pairs.number(&raw, &Value::Lines(text));
    match known {
        Some(known) => *known = number,
        None => rest.push(number),
    }
}

/// The settings of a host; a root-path with its name in it as if it were written with `{host}`.
fn placeholders(host: &Host<'_, '_>, pairs: &mut Pairs) -> Rest {
    let mut rest = Rest::new();
    self::pairs(host, |key, value| {
        rest.push(if key.is("root_path") && host.name.len() > 1 {
            pairs.number(key, &with_placeholder(value, &host.name))
        } else {
            pairs.number(key, value)
        });
    });
    rest
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
fn resolve_placeholders(rest: &mut [Rest], hosts: &Hosts<'_, '_>, pairs: &mut Pairs) {
    let mut count: HashMap<usize, usize> = HashMap::default();
    for number in rest.iter().flatten().filter(|number| pairs.is(**number, "root_path")) {
        *count.entry(*number).or_default() += 1;
    }
    for (rest, host) in rest.iter_mut().zip(&hosts.all) {
        for number in rest {
            if count.get(number) == Some(&1)
                && let Some(setting) = host.settings.get(&Key::plain("root_path"))
            {
                *number = pairs.number(&setting.key, &setting.value);
            }
        }
    }
}

/// Moves what all hosts of a group set to the group.
fn lift(group: &mut Group<'_, '_>, members: &[usize], rest: &mut [Rest], pairs: &Pairs) {
    let count = count(members, rest);
    let Some(first) = members.first().and_then(|at| rest.get(*at)) else { return };
    let common: Rest =
        first.iter().filter(|number| count.get(*number) == Some(&members.len())).copied().collect();
    let keys: HashSet<&Key> = common.iter().filter_map(|number| pairs.key(*number)).collect();
    group.settings.retain(|(key, _)| !keys.contains(key));
    group.settings.extend(pairs.of(&common));
    let common: HashSet<usize> = common.into_iter().collect();
    for at in members {
        if let Some(left) = rest.get_mut(*at) {
            left.retain(|number| !common.contains(number));
        }
    }
}

/// How many hosts have each setting.
fn count(members: &[usize], rest: &[Rest]) -> HashMap<usize, usize> {
    let mut count: HashMap<usize, usize> = HashMap::default();
    for number in members.iter().filter_map(|at| rest.get(*at)).flatten() {
        *count.entry(*number).or_default() += 1;
    }
    count
}

/// Settings that at least two hosts repeat, with these hosts. A host is in one such group at most.
fn repeated(members: &[usize], rest: &[Rest], pairs: &Pairs) -> Vec<(Rest, Vec<usize>)> {
    let count = count(members, rest);
    let mut by_settings: HashMap<Rest, usize> = HashMap::default();
    let mut groups: Vec<(Rest, Vec<usize>)> = Vec::new();
    for at in members {
        let Some(numbers) = rest.get(*at) else { continue };
        let is_shared = |number: &&usize| count.get(*number).is_some_and(|count| *count > 1);
        let mut shared: Rest = numbers.iter().filter(is_shared).copied().collect();
        if shared.is_empty() {
            continue;
        }
        shared.sort_by(|one, other| {
            let place =
                |number: usize| (pairs.rank(number), pairs.key(number).map(|key| (key.section, &key.name)));
            place(*one).cmp(&place(*other))
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
pub fn value_of(groups: &[Rc<str>]) -> Option<Value> {
    match groups {
        [] => None,
        [only] => Some((&**only).into()),
        groups => Some(Value::List(groups.iter().map(|name| (&**name).into()).collect())),
    }
}
