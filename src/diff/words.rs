//! The difference in the site's words.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use foldhash::{HashMap, HashSet};

use super::Changed;
use super::dhcp_subjects::{COMMON_ONLY, align, keep_common};
use super::subjects::{Subject, Subjects};

/// A line lists so many names or values; `…` stands for the others.
const LISTED: usize = 5;

/// So many groups of equal changes are searched for one more subject.
const OPEN_GROUPS: usize = 64;

/// Stands for a subject's own name in the text of a change, so that subjects which change alike share a line.
const OWN_NAME: &str = "\u{1}";

/// The difference in the site's words, and how many hosts it concerns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// A line for each change: `host i38: root-path LUN 0 → 1`.
    pub lines: Vec<String>,
    /// The number of hosts before.
    pub hosts: usize,
    /// How many of them are removed; one that gets another name is not.
    pub gone: usize,
    /// How many hosts are added.
    pub added: usize,
    /// How many hosts change.
    pub changed: usize,
}

impl Words {
    /// Adds the words of another server.
    pub fn extend(&mut self, other: Self) {
        self.lines.extend(other.lines);
        self.hosts += other.hosts;
        self.gone += other.gone;
        self.added += other.added;
        self.changed += other.changed;
    }
}

/// The difference between old and new of one server's files.
#[must_use]
pub fn words(files: &[Changed<'_>]) -> Words {
    let (mut old, mut new) = (Subjects::new(), Subjects::new());
    for file in files {
        let Some(read) = file.read else { continue };
        for (all, text) in [(&mut old, file.old), (&mut new, file.new)] {
            let mut subjects = text.map(read);
            if let Some(subjects) = subjects.as_mut().filter(|_| file.is_secret) {
                keep_common(subjects);
            }
            merge(all, subjects);
        }
    }
    let mut words = Words::default();
    if align(&mut old, &mut new) {
        words.lines.push(COMMON_ONLY.to_owned());
    }
    compare(&old, &new, &mut words);
    words
}

/// Adds the facts of another file. Statements that hold for all are in several files.
fn merge<'t>(all: &mut Subjects<'t>, more: Option<Subjects<'t>>) {
    let Some(more) = more else { return };
    if all.is_empty() {
        *all = more;
        return;
    }
    for (key, subject) in more {
        match all.entry(key) {
            Entry::Vacant(place) => _ = place.insert(subject),
            Entry::Occupied(known) => known.into_mut().facts.extend(subject.facts),
        }
    }
}

/// Subjects that change alike.
struct Group<'k> {
    kind: &'k str,
    what: String,
    names: Vec<String>,
}

#[derive(Default)]
struct ChangeGroups<'k>(Vec<Group<'k>>);

impl<'k> ChangeGroups<'k> {
    fn add(&mut self, kind: &'k str, what: String, name: &str) {
        let known = |group: &&mut Group<'_>| group.kind == kind && group.what == what;
        match self.0.iter_mut().rev().take(OPEN_GROUPS).find(known) {
            Some(group) => group.names.push(name.to_owned()),
            None => self.0.push(Group { kind, what, names: vec![name.to_owned()] }),
        }
    }
}

fn compare(old: &Subjects<'_>, new: &Subjects<'_>, words: &mut Words) {
    words.hosts += old.keys().filter(|(kind, _)| *kind == "host").count();
    let renamed = renamed(old, new);
    let is_new: BTreeSet<&str> = renamed.values().copied().collect();
    let mut groups = ChangeGroups::default();
    // By the name of the subnet, which only files of ipxegen contain.
    let subnet_of = |subject: &Subject<'_>| {
        let network = subject.of.clone()?;
        let key = ("subnet", Cow::Borrowed(network.as_ref()));
        let shown = [new, old].into_iter().find_map(|subjects| subjects.get(&key)?.shown.clone());
        Some(shown.map_or_else(|| network.to_string(), |shown| shown.to_string()))
    };
    for ((kind, name), subject) in old {
        let is_host = *kind == "host";
        let now = new.get(&(*kind, name.clone()));
        let new_name = renamed.get(name.as_ref()).filter(|_| is_host);
        let shown = now.and_then(|now| now.shown.as_ref()).or(subject.shown.as_ref()).unwrap_or(name);
        if let Some(now) = now {
            let own = if is_host { name.as_ref() } else { "" };
            let changes = changes(subject, now, [own, own]);
            // A subnet is found by its network, and has another name.
            let names = subject.shown.as_ref().zip(now.shown.as_ref());
            if let Some((from, to)) = names.filter(|(from, to)| from != to) {
                let mut all = vec![format!(" renamed to {to}")];
                all.extend(changes);
                groups.add(kind, all.join("; "), from);
            } else if !changes.is_empty() {
                words.changed += usize::from(is_host);
                groups.add(kind, format!(": {}", changes.join("; ")), shown);
            }
        } else if let Some(to) = new_name {
            let now = new.get(&("host", Cow::Borrowed(*to)));
            let mut all = vec![format!(" renamed to {to}")];
            all.extend(now.map(|now| changes(subject, now, ["", ""])).unwrap_or_default());
            words.changed += 1;
            groups.add(kind, all.join("; "), shown);
        } else {
            words.gone += usize::from(is_host);
            let from = subnet_of(subject).map(|subnet| format!(" from {subnet}")).unwrap_or_default();
            groups.add(kind, format!(" removed{from}"), shown);
        }
    }
    for ((kind, name), subject) in new {
        let is_host = *kind == "host";
        if (is_host && is_new.contains(name.as_ref())) || old.contains_key(&(*kind, name.clone())) {
            continue;
        }
        words.added += usize::from(is_host);
        let to = subnet_of(subject).map(|subnet| format!(" to {subnet}")).unwrap_or_default();
        groups.add(kind, format!(" added{to}"), subject.shown.as_ref().unwrap_or(name));
    }
    groups.0.sort_by_key(|group| rank(group.kind));
    words.lines.extend(groups.0.iter().map(line));
}

/// The place of a kind in the output: what people ask for first comes first, definitions last.
fn rank(kind: &str) -> usize {
    const FIRST: [&str; 7] = ["subnet", "host", "pool", "class", "dhcp", "boot entry", "menu"];
    match FIRST.iter().position(|first| *first == kind) {
        Some(place) => place,
        None => FIRST.len() + usize::from(kind.starts_with("option ")),
    }
}

/// `host a: …`, `3 hosts added to lan: a, b, c`, `menu: …`.
fn line(group: &Group<'_>) -> String {
    let kind = group.kind;
    match group.names.as_slice() {
        [name] if name.is_empty() => format!("{kind}{}", group.what),
        [name] => format!("{kind} {name}{}", group.what.replace(OWN_NAME, name)),
        names => {
            let shown = listed(names.iter().map(String::as_str));
            let many = match kind {
                "boot entry" => "boot entries".to_owned(),
                "class" => "classes".to_owned(),
                _ => format!("{kind}s"),
            };
            let what = group.what.replace(OWN_NAME, "{host}");
            match what.strip_prefix(": ") {
                Some(what) => format!("{} {many} ({shown}): {what}", names.len()),
                None => format!("{} {many}{what}: {shown}", names.len()),
            }
        }
    }
}

/// The first of them, and whether there are more.
fn listed<'a>(all: impl IntoIterator<Item = &'a str>) -> String {
    let mut all = all.into_iter();
    let mut shown = all.by_ref().take(LISTED).collect::<Vec<_>>().join(", ");
    if all.next().is_some() {
        shown.push_str(" …");
    }
    shown
}

/// Hosts that disappear by their name and appear by their MAC address.
fn renamed<'n>(old: &'n Subjects<'_>, new: &'n Subjects<'_>) -> BTreeMap<&'n str, &'n str> {
    let hosts = |all: &'n Subjects<'_>, other: &'n Subjects<'_>| {
        let mut found: HashMap<&'n str, &'n str> = HashMap::default();
        for ((kind, name), subject) in all {
            if *kind == "host"
                && !other.contains_key(&("host", name.clone()))
                && let Some(mac) = subject.facts.iter().find(|(key, _)| key == "mac")
            {
                found.insert(mac.1.as_ref(), name.as_ref());
            }
        }
        found
    };
    let gone = hosts(old, new);
    let come = hosts(new, old);
    gone.into_iter().filter_map(|(mac, name)| Some((name, *come.get(mac)?))).collect()
}

/// How a subject changes. `own` are its names before and after.
fn changes(old: &Subject<'_>, new: &Subject<'_>, own: [&str; 2]) -> Vec<String> {
    let mut changes = Vec::new();
    let (before, after) = (facts(old), facts(new));
    let known: HashSet<&str> = before.iter().map(|(name, _)| *name).collect();
    let later: HashMap<&str, &[&str]> =
        after.iter().map(|(name, values)| (*name, values.as_slice())).collect();
    for (name, old) in &before {
        change(name, old, later.get(name).copied().unwrap_or_default(), own, &mut changes);
    }
    for (name, new) in after.iter().filter(|(name, _)| !known.contains(name)) {
        change(name, &[], new, own, &mut changes);
    }
    changes
}

/// Describes how the values of one fact change.
fn change(name: &str, old: &[&str], new: &[&str], own: [&str; 2], changes: &mut Vec<String>) {
    if old == new {
        return;
    }
    let said = |values: &[&str], own: &str, what: &str| {
        // A statement that is one word, such as `authoritative`, has no value.
        if values == [""] {
            return format!("{name} {what}");
        }
        let values = values.iter().map(|value| quoted(value, own)).collect::<Vec<_>>();
        format!("{name} {} {what}", listed(values.iter().map(AsRef::as_ref)))
    };
    let added = |values: &[&str]| said(values, own[1], "added");
    let removed = |values: &[&str]| said(values, own[0], "removed");
    match (old, new) {
        _ if name == "commands" => {
            if !old.is_empty() && !new.is_empty() {
                changes.push("its commands change".to_owned());
            }
        }
        (&[one], &[other]) => match name {
            // Entries that are added or removed have lines of their own.
            "order" if sorted(one) != sorted(other) => {}
            "root-path" => root_path(one, other, changes),
            _ => changes.push(format!("{name} {} → {}", quoted(one, own[0]), quoted(other, own[1]))),
        },
        (old, []) => changes.push(removed(old)),
        ([], new) => changes.push(added(new)),
        (old, new) => {
            match (without(old, new).as_slice(), without(new, old).as_slice()) {
                // Which value comes first can make a difference.
                ([], []) => changes.push(format!("{name}: other order")),
                ([], more) => changes.push(added(more)),
                (less, []) => changes.push(removed(less)),
                (less, more) if less.len() <= LISTED && more.len() <= LISTED => {
                    let list = |values: &[&str], own| {
                        values
                            .iter()
                            .map(|value| quoted(value, own).into_owned())
                            .collect::<Vec<_>>()
                            .join(", ")
                    };
                    changes.push(format!("{name} {} → {}", list(less, own[0]), list(more, own[1])));
                }
                (less, more) => changes.extend([removed(less), added(more)]),
            }
        }
    }
}

fn sorted(list: &str) -> Vec<&str> {
    let mut names: Vec<&str> = list.split(", ").collect();
    names.sort_unstable();
    names
}

/// The values that are not among the others.
fn without<'v>(values: &[&'v str], others: &[&str]) -> Vec<&'v str> {
    let others: HashSet<&str> = others.iter().copied().collect();
    values.iter().copied().filter(|value| !others.contains(value)).collect()
}

/// The values of each fact, in the order of their first; equal ones once.
fn facts<'f>(subject: &'f Subject<'_>) -> Vec<(&'f str, Vec<&'f str>)> {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::default();
    let mut seen = HashSet::default();
    for (name, value) in &subject.facts {
        // Each command of a boot entry counts, others say the same again.
        if !seen.insert((name.as_ref(), value.as_ref())) && name != "commands" {
            continue;
        }
        let place = *places.entry(name).or_insert(all.len());
        match all.get_mut(place) {
            Some((_, values)) => values.push(value),
            None => all.push((name, vec![value])),
        }
    }
    all
}

/// A value as it is shown: an empty one can be seen, and the subject's own name is a placeholder.
fn quoted<'v>(value: &'v str, own: &str) -> Cow<'v, str> {
    match value {
        "" => "\"\"".into(),
        _ if value == own => OWN_NAME.into(),
        _ => value.into(),
    }
}

/// The parts of two root-paths that differ: `iscsi:SERVER:PROTOCOL:PORT:LUN:TARGET`.
fn root_path(old: &str, new: &str, changes: &mut Vec<String>) {
    const PARTS: [&str; 5] = ["server", "protocol", "port", "LUN", "target"];
    let parts = |text: &str| {
        // An IPv6 server has colons of its own: then the whole is shown.
        let parts: Vec<String> = text
            .strip_prefix("iscsi:")
            .filter(|rest| !rest.starts_with('['))?
            .splitn(5, ':')
            .map(str::to_owned)
            .collect();
        (parts.len() == PARTS.len()).then_some(parts)
    };
    let (Some(one), Some(other)) = (parts(old), parts(new)) else {
        changes.push(format!("root-path {} → {}", quoted(old, ""), quoted(new, "")));
        return;
    };
    for ((name, one), other) in PARTS.iter().zip(&one).zip(&other) {
        if one != other {
            let shown = |value: &str| match (*name, value) {
                ("LUN", "") => "0".to_owned(),
                ("port", "") => "3260".to_owned(),
                _ => quoted(value, "").into_owned(),
            };
            if shown(one) != shown(other) {
                changes.push(format!("root-path {name} {} → {}", shown(one), shown(other)));
            }
        }
    }
}
