//! The difference in the site's words.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;

use super::Changed;
use super::subjects::{Subject, Subjects};

/// So many names are listed before there is `…`.
const NAMED: usize = 5;

/// The difference in the site's words, and what it comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// A line a change: `host i38: root-path LUN 0 → 1`.
    pub lines: Vec<String>,
    /// So many hosts there were.
    pub hosts: usize,
    /// So many of them would be gone; one that gets another name would not.
    pub gone: usize,
}

/// The difference between old and new of these files.
#[must_use]
pub fn words(files: &[Changed<'_>]) -> Words {
    let mut words = Words::default();
    for file in files {
        let Some(read) = file.read else { continue };
        let old = file.old.map(read).unwrap_or_default();
        let new = file.new.map(read).unwrap_or_default();
        compare(&old, &new, &mut words);
    }
    words
}

fn compare(old: &Subjects<'_>, new: &Subjects<'_>, words: &mut Words) {
    words.hosts += old.keys().filter(|(kind, _)| *kind == "host").count();
    let renamed = renamed(old, new);
    let is_new: BTreeSet<&str> = renamed.values().copied().collect();
    // Of things that change alike one line is written.
    let mut groups: Vec<(&str, String, Vec<String>)> = Vec::new();
    let mut group = |kind, what: String, name: String| match groups
        .iter_mut()
        .rev()
        .take(64)
        .find(|(k, w, _)| *k == kind && *w == what)
    {
        Some((_, _, names)) => names.push(name),
        None => groups.push((kind, what, vec![name])),
    };
    for ((kind, name), thing) in old {
        let at = (*kind, name.clone());
        match (new.get(&at), renamed.get(name.as_ref()).filter(|_| *kind == "host")) {
            (Some(now), _) => {
                let changes = changes(thing, now);
                if !changes.is_empty() {
                    group(kind, format!(": {}", changes.join("; ")), name.to_string());
                }
            }
            (None, Some(to)) => {
                let now = new.get(&("host", Cow::Borrowed(*to)));
                let mut all = vec![format!(" renamed to {to}")];
                all.extend(now.map(|now| changes(thing, now)).unwrap_or_default());
                group(kind, all.join("; "), name.to_string());
            }
            (None, None) => {
                if *kind == "host" {
                    words.gone += 1;
                }
                let from = thing.of.as_ref().map(|of| format!(" from {of}")).unwrap_or_default();
                group(kind, format!(" removed{from}"), name.to_string());
            }
        }
    }
    for ((kind, name), thing) in new {
        let known = *kind == "host" && is_new.contains(name.as_ref());
        if known || old.contains_key(&(*kind, name.clone())) {
            continue;
        }
        let to = thing.of.as_ref().map(|of| format!(" to {of}")).unwrap_or_default();
        group(kind, format!(" added{to}"), name.to_string());
    }
    for (kind, what, names) in groups {
        words.lines.push(line(kind, &what, &names));
    }
}

/// `host a: …`, `3 hosts added to lan: a, b, c`, `menu: …`.
fn line(kind: &str, what: &str, names: &[String]) -> String {
    match names {
        [name] if name.is_empty() => format!("{kind}{what}"),
        [name] => format!("{kind} {name}{what}"),
        names => {
            let mut shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
            if names.len() > NAMED {
                shown.push_str(" …");
            }
            let many = if kind == "boot entry" { "boot entries".to_owned() } else { format!("{kind}s") };
            match what.strip_prefix(": ") {
                Some(what) => format!("{} {many} ({shown}): {what}", names.len()),
                None => format!("{} {many}{what}: {shown}", names.len()),
            }
        }
    }
}

/// Hosts that are gone by their name and there by their MAC address.
fn renamed<'n>(old: &'n Subjects<'_>, new: &'n Subjects<'_>) -> BTreeMap<&'n str, &'n str> {
    let hosts = |all: &'n Subjects<'_>, other: &'n Subjects<'_>| {
        let mut found: FxHashMap<&'n str, &'n str> = FxHashMap::default();
        for ((kind, name), thing) in all {
            if *kind == "host"
                && !other.contains_key(&("host", name.clone()))
                && let Some(mac) = thing.facts.iter().find(|(key, _)| key == "mac")
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

/// What is said otherwise of a thing.
fn changes(old: &Subject<'_>, new: &Subject<'_>) -> Vec<String> {
    let mut changes = Vec::new();
    let (before, after) = (facts(old), facts(new));
    let mut names: Vec<&str> = before.iter().map(|(name, _)| *name).collect();
    names.extend(
        after.iter().map(|(name, _)| *name).filter(|name| !before.iter().any(|(old, _)| old == name)),
    );
    for name in names {
        let value = |side: &[(&str, Vec<&str>)]| {
            side.iter().find(|(key, _)| *key == name).map(|(_, values)| values.join(", "))
        };
        let (one, other) = (value(&before), value(&after));
        if one == other {
            continue;
        }
        match (one, other) {
            (Some(_), Some(_)) if name == "commands" => changes.push("its commands change".to_owned()),
            // Entries that came or went are said already.
            (Some(one), Some(other)) if name == "order" && sorted(&one) != sorted(&other) => {}
            (Some(one), Some(other)) if name == "root-path" => root_path(&one, &other, &mut changes),
            (Some(one), Some(other)) => changes.push(format!("{name} {} → {}", quoted(&one), quoted(&other))),
            (None, Some(other)) if name != "commands" => {
                changes.push(format!("{name} {} added", quoted(&other)));
            }
            (Some(one), None) if name != "commands" => {
                changes.push(format!("{name} {} removed", quoted(&one)));
            }
            _ => {}
        }
    }
    changes
}

fn sorted(list: &str) -> Vec<&str> {
    let mut names: Vec<&str> = list.split(", ").collect();
    names.sort_unstable();
    names
}

/// Facts of one name together, in the order of their first.
fn facts<'f>(thing: &'f Subject<'_>) -> Vec<(&'f str, Vec<&'f str>)> {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for (name, value) in &thing.facts {
        match all.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => all.push((name, vec![value])),
        }
    }
    all
}

/// Values that are empty can be seen.
fn quoted(value: &str) -> Cow<'_, str> {
    if value.is_empty() { "\"\"".into() } else { value.into() }
}

/// Of two root-paths the parts that differ: `iscsi:SERVER:PROTOCOL:PORT:LUN:TARGET`.
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
        changes.push(format!("root-path {} → {}", quoted(old), quoted(new)));
        return;
    };
    for ((name, one), other) in PARTS.iter().zip(&one).zip(&other) {
        if one != other {
            let shown = |value: &str| match (*name, value) {
                ("LUN", "") => "0".to_owned(),
                ("port", "") => "3260".to_owned(),
                _ => quoted(value).into_owned(),
            };
            if shown(one) != shown(other) {
                changes.push(format!("root-path {name} {} → {}", shown(one), shown(other)));
            }
        }
    }
}
