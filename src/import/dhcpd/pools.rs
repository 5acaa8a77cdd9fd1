//! The pools: the addresses of subnets and shared networks, with the clients that they are for.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use foldhash::HashMap;

use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Mapping, Value};
use super::failover::{NO_PAIR, with_rendered_peer};
use super::pool_conditions;
use super::pool_order::{Permits, has_settings, share_clients};
use super::pool_settings::inner_statements;
use super::scopes::{Kind, Permit, RangeOf, Scope, Scopes, settle};
use super::statements::Statement;
use super::subnets::Subnet;
use super::verbatim::Verbatim;
use crate::model::Cidr;

/// Adds the pools of subnets and shared networks.
pub fn pools<'a, 't>(
    scopes: &Scopes<'a, 't>,
    fixed: &[Ipv4Addr],
    by_net: &HashMap<Cidr, usize>,
    subnets: &mut [Subnet<'a, 't>],
    classes: &HashMap<String, Vec<String>>,
    coverage: &mut Coverage,
) {
    let by_network: BTreeMap<Ipv4Addr, usize> =
        subnets.iter().enumerate().map(|(at, subnet)| (subnet.cidr.network(), at)).collect();
    // How many pools each scope has.
    let mut count: HashMap<usize, usize> = HashMap::default();
    for scope in scopes.all.iter().filter(|scope| scope.kind == Kind::Pool) {
        *count.entry(scope.parent.unwrap_or(0)).or_default() += 1;
    }
    // The permits of the pools in raw so far, by the scope around them.
    let mut raw: HashMap<usize, Vec<&Permits<'a, 't>>> = HashMap::default();
    for (at, scope) in scopes.all.iter().enumerate() {
        let around = scope.parent.and_then(|at| scopes.all.get(at));
        match (&scope.kind, around) {
            (Kind::Shared(_), _) => {
                for range in &scope.ranges {
                    place(subnets, &by_network, *range, None, coverage);
                }
            }
            (Kind::Pool, Some(around)) => {
                let alone = count.get(&scope.parent.unwrap_or(0)) == Some(&1) && around.ranges.is_empty();
                let home = around.cidr().and_then(|cidr| by_net.get(&cidr)).copied();
                let raw = raw.entry(scope.parent.unwrap_or(0)).or_default();
                // The order of pools for classes is decided with the classes.
                let behind = raw.iter().any(|before| share_clients(before, &scope.permits, |_, _| true));
                let place = Place { home, alone, behind };
                if pool(subnets, &by_network, (at, scope), place, fixed, classes, coverage) {
                    raw.push(&scope.permits);
                }
            }
            _ => {}
        }
    }
}

/// The place of a pool.
struct Place {
    /// Its subnet, if it is in one.
    home: Option<usize>,
    /// Whether that has no other addresses.
    alone: bool,
    /// Whether a pool in raw comes before it that some of its clients may use as well: dhcpd takes the first, and text of
    /// `raw` comes last in the site.
    behind: bool,
}

/// Adds one pool; whether it is in raw.
fn pool<'a, 't>(
    subnets: &mut [Subnet<'a, 't>],
    by_network: &BTreeMap<Ipv4Addr, usize>,
    (at, pool): (usize, &Scope<'a, 't>),
    Place { home, alone, behind }: Place,
    fixed: &[Ipv4Addr],
    classes: &HashMap<String, Vec<String>>,
    coverage: &mut Coverage,
) -> bool {
    let Some(head) = pool.head else { return false };
    let clients = clients_of(&pool.permits, classes);
    let subnet = home.and_then(|at| subnets.get_mut(at));
    let differs = |subnet: &Subnet<'_, '_>| {
        pool.settings
            .iter()
            .any(|own| subnet.settings.get(&own.key).is_none_or(|outer| outer.value != own.value))
    };
    // Hosts with a fixed address get nothing of a pool.
    let has_fixed = |cidr: Cidr| {
        let from = fixed.partition_point(|ip| *ip < cidr.network());
        fixed.get(from).is_some_and(|ip| cidr.contains(*ip))
    };
    let says_more = |subnet: &Subnet<'_, '_>| {
        !pool.in_class && (!pool.raw.is_empty() || !pool.boot.is_empty() || differs(subnet))
    };
    let has_own = |subnet: &Subnet<'_, '_>| says_more(subnet) && (!alone || has_fixed(subnet.cidr));
    let fault = match (&pool.whole, &clients, &subnet) {
        (Some(why), ..) => Some(why.clone()),
        (_, Err(_), _) if has_settings(pool) => Some("no key has settings for a pool".into()),
        (_, Err(why), _) => Some(why.clone()),
        _ if behind => Some("it comes behind a pool in raw for the same clients".into()),
        (_, _, Some(subnet)) if has_own(subnet) && !pool.by_lease => {
            Some("no key has settings for a pool".into())
        }
        (_, _, None) if !pool.settings.is_empty() || !pool.raw.is_empty() || !pool.boot.is_empty() => {
            Some("no key has settings for a pool".into())
        }
        _ => None,
    };
    let is_raw = fault.is_some();
    match (fault, subnet, clients) {
        (Some(why), Some(subnet), _) => {
            settle(head, &Outcome::Raw(why), coverage);
            subnet.raw.push(pool_text(head, pool));
        }
        (Some(why), None, _) => {
            // A pool may also be declared in the subnet of its addresses.
            let low = pool.ranges.first().map(|range| range.low);
            let at = low.and_then(|low| by_network.range(..=low).next_back());
            match at.and_then(|(_, at)| subnets.get_mut(*at)) {
                Some(subnet) => {
                    settle(head, &Outcome::Raw(why), coverage);
                    subnet.raw.push(pool_text(head, pool));
                }
                None => settle(head, &Outcome::Lost(why), coverage),
            }
        }
        (None, Some(subnet), Ok(clients)) => {
            if has_own(subnet)
                && let Some(text) = pool_conditions::text(pool)
            {
                for inner in inner_statements(pool) {
                    let why = "no key has settings for a pool; `raw` of its subnet asks for an address of it";
                    settle(inner, &Outcome::Raw(why.into()), coverage);
                }
                subnet.raw.push(Verbatim::with(head, text));
            } else if !pool.in_class {
                subnet.add(pool, coverage);
                subnet.scopes.push(at);
            }
            subnet.ranges.extend(pool.ranges.iter().map(|range| (*range, clients.clone())));
            // dhcpd gives BOOTP clients addresses of a pool unless it denies them (asked on the wire, 4.4.3).
            let gives_bootp = !pool.denies_bootp && pool.failover.is_none();
            if gives_bootp && !pool.ranges.iter().all(|range| range.bootp) {
                let text = "BOOTP clients no longer get addresses of this pool: `dynamic_bootp` of its range gives them";
                coverage.remark(head.origin.clone(), text);
            }
        }
        (None, None, Ok(clients)) => {
            for range in &pool.ranges {
                place(subnets, by_network, *range, clients.clone(), coverage);
            }
        }
        (None, _, Err(_)) => {}
    }
    is_raw
}

/// A pool for `raw`.
fn pool_text(head: &Statement<'_>, pool: &Scope<'_, '_>) -> Verbatim {
    let mut text = Verbatim::of(head);
    if let Some(peer) = pool.failover.filter(|_| pool.whole.as_deref() != Some(NO_PAIR)) {
        text.text = with_rendered_peer(&text.text, peer);
    }
    text
}

/// Gives a range of a shared network to its subnet.
fn place<'a, 't>(
    subnets: &mut [Subnet<'a, 't>],
    by_network: &BTreeMap<Ipv4Addr, usize>,
    range: RangeOf<'a, 't>,
    clients: Option<Value>,
    coverage: &mut Coverage,
) {
    let at = by_network.range(..=range.low).next_back().map_or(0, |(_, at)| *at);
    match subnets.get_mut(at).filter(|subnet| subnet.cidr.contains(range.low)) {
        Some(subnet) => subnet.ranges.push((range, clients)),
        None => coverage.set(range.from.number, Outcome::Lost("it is in no subnet of the file".into())),
    }
}

/// The value of `clients` for the permits of a pool.
fn clients_of(
    permits: &[(Permit, &Statement<'_>)],
    classes: &HashMap<String, Vec<String>>,
) -> Result<Option<Value>, String> {
    let (mut allowed, mut denied, mut plain, mut in_raw) = (Vec::new(), Vec::new(), None, None);
    for (permit, _) in permits {
        match permit {
            // `allow unknown-clients` and `deny known-clients` say the same.
            Permit::Clients(word) if plain.is_none_or(|plain| plain == *word) => plain = Some(*word),
            Permit::All if plain.is_none() => plain = Some("all"),
            Permit::Class(class) | Permit::Not(class) if classes.contains_key(class) => {
                let names = classes.get(class).into_iter().flatten();
                let list = if matches!(permit, Permit::Class(_)) { &mut allowed } else { &mut denied };
                list.extend(names.map(|name| Value::from(name.as_str())));
            }
            Permit::Class(class) | Permit::Not(class) => {
                let list = if matches!(permit, Permit::Class(_)) { &mut allowed } else { &mut denied };
                list.push(Value::from(class.as_str()));
                in_raw.get_or_insert(class);
            }
            Permit::Clients(_) | Permit::All => return Err("no key expresses whom its pool is for".into()),
        }
    }
    match (plain, allowed.is_empty(), denied.is_empty()) {
        (None, false, true) | (None, true, false) if in_raw.is_some() => {
            Err(format!("the class `{}` is in raw", in_raw.map_or("", String::as_str)))
        }
        (None | Some("all"), true, true) => Ok(None),
        (Some(word), true, true) => Ok(Some(word.into())),
        (None, false, true) => Ok(Some(Value::one_or_list(allowed))),
        (None, true, false) => {
            let mut not = Mapping::default();
            not.set("not", Value::one_or_list(denied));
            Ok(Some(not.into()))
        }
        _ => Err("no key expresses whom its pool is for".into()),
    }
}
