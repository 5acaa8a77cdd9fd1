//! The hosts and groups as the templates of the user's own files see them: as `show` prints them, with their names.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use foldhash::HashMap;
use tera::{Map, Value};

use super::HostValues;
use super::site::{host_part, shared_part};
use crate::model::{Host, Site};

/// The facts of each profile in each subnet, which many hosts share.
type SharedFacts = Mutex<HashMap<(u32, Option<u32>), Arc<Map>>>;

/// The hosts of a site.
pub(super) fn host_values<'s>(site: &'s Site<'_>) -> HostValues<'s> {
    let shared = SharedFacts::default();
    let of = move |range: Range<usize>| {
        let hosts = site.hosts.get(range).unwrap_or_default();
        hosts.iter().map(|host| (host.name.to_owned().into(), host_value(site, host, &shared))).collect()
    };
    HostValues { count: site.hosts.len(), of: Arc::new(of), groups: Arc::new(move || groups(site)) }
}

fn host_value(site: &Site<'_>, host: &Host<'_>, shared: &SharedFacts) -> Value {
    let own = host_part(site, host);
    let make = || {
        let facts = shared_part(site.profile(host), site.subnet_of(host));
        let facts = facts.into_iter().map(|(name, part)| (name.into(), Value::from_serializable(&part)));
        Arc::new(facts.collect::<Map>())
    };
    // Another thread that failed ends the run anyway.
    let shared = match shared.lock() {
        Ok(mut known) => Arc::clone(known.entry((host.profile, host.subnet)).or_insert_with(make)),
        Err(_) => make(),
    };
    let mut value = Map::with_capacity(1 + own.len() + shared.len());
    value.insert("name".into(), Value::from(host.name));
    value.extend(own.into_iter().map(|(name, part)| (name.into(), plain(part))));
    value.extend(shared.iter().map(|(name, part)| (name.clone(), part.clone())));
    Value::from(value)
}

/// A text without a detour, as nearly all are.
fn plain(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::String(text) => Value::from(text),
        value => Value::from_serializable(&value),
    }
}

/// The groups that hosts are in, by name, each with the names of its hosts.
pub(super) fn groups(site: &Site<'_>) -> Map {
    let mut by_name: Vec<(&str, Vec<Value>)> = Vec::new();
    // Of each profile which groups those are.
    let mut of_profile: Vec<Option<Vec<usize>>> = vec![None; site.profiles.len()];
    for host in &site.hosts {
        let at = host.profile as usize;
        let (Some(profile), Some(known)) = (site.profiles.get(at), of_profile.get_mut(at)) else { continue };
        let groups = known.get_or_insert_with(|| {
            let place = |name: &str| by_name.iter().position(|(known, _)| *known == name);
            let mut places = Vec::new();
            for group in &profile.groups {
                places.push(place(&group.value).unwrap_or(by_name.len() + places.len()));
            }
            places
        });
        for (group, name) in groups.iter().zip(&profile.groups) {
            while by_name.len() <= *group {
                by_name.push((&name.value, Vec::new()));
            }
            if let Some((_, hosts)) = by_name.get_mut(*group) {
                hosts.push(Value::from(host.name));
            }
        }
    }
    let value = |(name, hosts): (&str, Vec<Value>)| {
        let value: Map =
            [("name".into(), Value::from(name)), ("hosts".into(), Value::from(hosts))].into_iter().collect();
        (name.to_owned().into(), Value::from(value))
    };
    by_name.into_iter().map(value).collect()
}
