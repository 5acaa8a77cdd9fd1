//! The clients that get an address of a pool. A pool of Kea 2.2 has one class, so several conditions are combined into a
//! class of their own.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::class_match::class_name;
use super::classes::ROAMING;
use crate::dhcp::{Overlaps, Policy, Pool, SubnetScope};
use crate::model::Clients;

/// The clients that get an address of a pool.
pub(super) enum Guard {
    /// Nobody.
    Nobody,
    /// Everybody.
    Open,
    /// The members of a class.
    Class(String),
}

/// The guards of pools for which several classes count, by their subnets and their places there, with their tests.
#[derive(Default)]
pub(super) struct Guards(BTreeMap<(usize, usize), (String, String)>);

impl Guards {
    pub(super) fn new(policy: &Policy<'_>, overlaps: &Overlaps, mark_elsewhere: bool) -> Self {
        let mut all = BTreeMap::new();
        for network in &policy.networks {
            let with_address: Vec<usize> = policy.classes_with_address(network).collect();
            for at in &network.subnets {
                let Some(scope) = policy.subnets.get(*at) else { continue };
                for (nth, pool) in scope.pools.iter().enumerate() {
                    let of_classes = of_classes(policy, overlaps, pool, &with_address);
                    let mut tests: Vec<String> = of_classes.into_iter().collect();
                    if tests.is_empty() {
                        continue;
                    }
                    if let Guard::Class(class) = known(scope, pool, mark_elsewhere) {
                        tests.push(format!("member('{class}')"));
                    }
                    let name = format!("{}.pool-{}", scope.subnet.name.value, nth + 1);
                    all.insert((*at, nth), (name, tests.join(" and ")));
                }
            }
        }
        Self(all)
    }

    /// The guard of a pool.
    pub(super) fn of(&self, at: usize, scope: &SubnetScope<'_>, nth: usize, mark_elsewhere: bool) -> Guard {
        let Some(pool) = scope.pools.get(nth) else { return Guard::Nobody };
        match (known(scope, pool, mark_elsewhere), self.0.get(&(at, nth))) {
            (Guard::Nobody, _) => Guard::Nobody,
            (_, Some((name, _))) => Guard::Class(name.clone()),
            (guard, None) => guard,
        }
    }

    /// The names of the classes.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(|(name, _)| name.as_str())
    }

    /// The classes.
    pub(super) fn classes(&self) -> impl Iterator<Item = Value> + '_ {
        self.0.values().map(|(name, test)| json!({ "name": name, "test": test }))
    }
}

/// The guard of a pool as far as it goes by what hosts are known.
fn known(scope: &SubnetScope<'_>, pool: &Pool, mark_elsewhere: bool) -> Guard {
    let class = match (pool.clients, scope.subnet.unknown_clients.value) {
        (Clients::All | Clients::Classes(_), true) => return Guard::Open,
        (Clients::Known, true) => "KNOWN",
        (Clients::Unknown, true) => "UNKNOWN",
        (Clients::Unknown, false) => return Guard::Nobody,
        (_, false) if mark_elsewhere => ROAMING,
        (_, false) => "KNOWN",
    };
    Guard::Class(class.to_owned())
}

/// The test of a pool as far as it goes by classes of the site. A client of a class with an address in this network
/// gets that alone.
fn of_classes(
    policy: &Policy<'_>,
    overlaps: &Overlaps,
    pool: &Pool,
    with_address: &[usize],
) -> Option<String> {
    let member = |at: &usize| {
        let class = policy.classes.get(*at)?;
        Some(format!("member('{}')", class_name(&class.class.name.value)))
    };
    let mut tests = Vec::new();
    let stronger: Vec<String> = match &pool.only {
        Some(only) => {
            tests.extend(member(only));
            let stronger = with_address.iter().take_while(|at| *at != only);
            stronger.filter(|at| overlaps.share(*only, **at)).filter_map(member).collect()
        }
        None => with_address.iter().filter_map(member).collect(),
    };
    if !stronger.is_empty() {
        tests.push(format!("not ({})", stronger.join(" or ")));
    }
    if let Some(set) = policy.class_set(pool.clients) {
        let names = set.classes.iter().filter_map(|at| policy.site.classes.get(*at));
        let members: Vec<String> =
            names.map(|class| format!("member('{}')", class_name(&class.name.value))).collect();
        let not = if set.not { "not " } else { "" };
        tests.push(format!("{not}({})", members.join(" or ")));
    }
    (!tests.is_empty()).then(|| tests.join(" and "))
}
