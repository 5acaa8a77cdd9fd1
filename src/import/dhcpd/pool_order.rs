//! The order of pools. dhcpd offers an address of the first pool that a client may use (asked by `import --prove`), and text
//! of `raw` comes last in the rendered file. So a pool that comes behind one in `raw`, and that one of its clients may use as
//! well, goes to `raw` too.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};

use super::super::draft::{Mapping, Value};
use super::class_conflicts::are_disjoint;
use super::scopes::{Kind, Permit, Scope, Scopes};
use super::statements::Statement;

/// The permits of a pool, with their statements.
pub type Permits<'a, 't> = [(Permit, &'a Statement<'t>)];

/// How many pools, permits and values are compared with each other. Beyond that, pools count as sharing clients.
const MOST: usize = 64;

/// How often the pools are gone through. A pool of a class in one subnet may be the reason for one in another.
const PASSES: usize = 8;

/// Whether a client may use both of two pools; `are_apart` tells whether no client is in both of two classes.
pub fn share_clients(
    one: &Permits<'_, '_>,
    other: &Permits<'_, '_>,
    are_apart: impl Fn(&str, &str) -> bool,
) -> bool {
    if one.len() > MOST || other.len() > MOST {
        return true;
    }
    let allowed = |permits: &Permits<'_, '_>| {
        let allowed = permits.iter().map(|(permit, _)| permit.clone());
        let allowed: Vec<Permit> = allowed.filter(|permit| !matches!(permit, Permit::Not(_))).collect();
        if allowed.is_empty() { vec![Permit::All] } else { allowed }
    };
    let is_refused = |permit: &Permit, by: &Permits<'_, '_>| {
        let Permit::Class(class) = permit else { return false };
        by.iter().any(|(permit, _)| matches!(permit, Permit::Not(refused) if refused == class))
    };
    let are_apart = |one: &Permit, other: &Permit| match (one, other) {
        (Permit::Clients(one), Permit::Clients(other)) => one != other,
        (Permit::Class(one), Permit::Class(other)) => one != other && are_apart(one, other),
        _ => false,
    };
    let others = allowed(other);
    allowed(one).iter().any(|first| {
        !is_refused(first, other)
            && others.iter().any(|second| !is_refused(second, one) && !are_apart(first, second))
    })
}

/// The classes that text in `raw` will need, and why: those of pools that no key expresses, and those of pools that have to
/// stay behind them. `matches` are the values of `match` of classes by name, `in_raw` the classes that no key expresses.
pub fn classes_of_raw_pools(
    scopes: &Scopes<'_, '_>,
    matches: &HashMap<&str, Vec<Mapping>>,
    in_raw: &HashSet<&str>,
) -> HashMap<String, String> {
    let mut by_scope: BTreeMap<usize, Vec<&Scope<'_, '_>>> = BTreeMap::new();
    for pool in scopes.all.iter().filter(|scope| scope.kind == Kind::Pool) {
        by_scope.entry(pool.parent.unwrap_or(0)).or_default().push(pool);
    }
    let mut needed: HashMap<String, String> = HashMap::default();
    let need = |needed: &mut HashMap<String, String>, pool: &Scope<'_, '_>, why: &str| {
        for class in classes_of(pool) {
            needed.entry(class.to_owned()).or_insert_with(|| why.to_owned());
        }
    };
    for pool in by_scope.values().flatten().filter(|pool| !has_keys(pool)) {
        let why = if has_settings(pool) {
            "a pool of its clients has settings of its own, for which no key exists"
        } else {
            "a pool in raw is for its clients"
        };
        need(&mut needed, pool, why);
    }
    let are_apart = |one: &str, other: &str| match (matches.get(one), matches.get(other)) {
        (Some(one), Some(other)) if values(one).max(values(other)) <= MOST => {
            one.iter().all(|one| other.iter().all(|other| are_disjoint(one, other)))
        }
        _ => false,
    };
    let behind = "a pool of its clients comes after one in raw that they can use as well";
    for _ in 0..PASSES {
        let before = needed.len();
        for pools in by_scope.values() {
            let mut raw: Vec<&Scope<'_, '_>> = Vec::new();
            for pool in pools {
                let is_raw = !has_keys(pool)
                    || classes_of(pool).any(|class| needed.contains_key(class) || in_raw.contains(class))
                    || raw.len() > MOST
                    || raw.iter().any(|first| share_clients(&first.permits, &pool.permits, are_apart));
                if is_raw {
                    need(&mut needed, pool, behind);
                    raw.push(pool);
                }
            }
        }
        if needed.len() == before {
            return needed;
        }
    }
    for pool in by_scope.values().flatten() {
        need(&mut needed, pool, behind);
    }
    needed
}

/// The classes that the permits of a pool name.
fn classes_of<'p>(pool: &'p Scope<'_, '_>) -> impl Iterator<Item = &'p str> {
    pool.permits.iter().filter_map(|(permit, _)| match permit {
        Permit::Class(name) | Permit::Not(name) => Some(name.as_str()),
        Permit::Clients(_) | Permit::All => None,
    })
}

/// Whether keys express a pool: it has no settings of its own, and its permits are one, or only allow classes, or only deny
/// them.
fn has_keys(pool: &Scope<'_, '_>) -> bool {
    let all = |is: fn(&Permit) -> bool| pool.permits.iter().all(|(permit, _)| is(permit));
    let permits = pool.permits.len() < 2
        || all(|permit| matches!(permit, Permit::Class(_)))
        || all(|permit| matches!(permit, Permit::Not(_)));
    !has_settings(pool) && pool.whole.is_none() && permits
}

/// Whether a pool says more than its ranges and clients.
pub fn has_settings(pool: &Scope<'_, '_>) -> bool {
    let settings = !pool.settings.is_empty() || !pool.raw.is_empty();
    settings && !pool.in_class && !pool.by_lease || !pool.boot.is_empty()
}

/// How many values the keys of a `match` have.
fn values(matches: &[Mapping]) -> usize {
    let entries = matches.iter().flat_map(Mapping::entries);
    entries.map(|entry| if let Value::List(values) = &entry.value { values.len() } else { 1 }).sum()
}
