//! Settings of a pool that is for one class: keys of the class, or text under a condition.
//!
//! dhcpd applies them to clients that have a dynamic address of the pool (`execute_statements_in_scope` in
//! common/execute.c, with the pool of the lease). A class of the site is for all its clients, also for hosts with a fixed
//! address. So the text asks for the lease: `static` tells fixed addresses, and DHCPINFORM comes without a lease. If every
//! host with a fixed address has values of its own for all that the pool says, they are the same for these hosts, and the
//! class has keys.

use foldhash::HashMap;

use super::class_settings::is_key;
use super::scopes::{Kind, Permit, Scope, Scopes};
use super::statements::Statement;
use super::verbatim::text_of;

/// How many pools of a subnet are compared with each other.
const MOST: usize = 64;

/// A pool whose settings can be text of its class.
#[derive(Debug)]
pub struct PoolSettings {
    /// The class.
    pub class: String,
    /// The classes of the other pools of its subnet.
    pub others: Vec<String>,
    /// The text.
    pub text: String,
    /// The scope of its subnet.
    pub subnet: usize,
    /// Whether keys of the class say the same.
    pub in_words: bool,
}

/// The pools whose settings can be text of their classes, by their scopes. No class is for two pools, and each pool of
/// their subnets is for one class.
pub fn pool_settings(scopes: &Scopes<'_, '_>) -> Vec<(usize, PoolSettings)> {
    let is_pool = |scope: &Scope<'_, '_>| scope.kind == Kind::Pool;
    let class_of = |scope: &Scope<'_, '_>| match scope.permits.as_slice() {
        [(Permit::Class(class), _)] => Some(class.clone()),
        _ => None,
    };
    let mut uses: HashMap<&str, usize> = HashMap::default();
    for (permit, _) in scopes.all.iter().flat_map(|scope| &scope.permits) {
        if let Permit::Class(class) | Permit::Not(class) = permit {
            *uses.entry(class).or_default() += 1;
        }
    }
    // The pools of each subnet.
    let mut by_subnet: HashMap<usize, Vec<usize>> = HashMap::default();
    for (at, scope) in scopes.all.iter().enumerate().filter(|(_, scope)| is_pool(scope)) {
        by_subnet.entry(scope.parent.unwrap_or(0)).or_default().push(at);
    }
    let hosts = scopes.all.iter().enumerate().filter(|(_, scope)| matches!(scope.kind, Kind::Host(_)));
    let fixed: Vec<usize> = hosts.filter(|(_, host)| host.fixed.is_some()).map(|(at, _)| at).collect();
    let mut found = Vec::new();
    for (at, pool) in scopes.all.iter().enumerate().filter(|(_, scope)| is_pool(scope)) {
        let has_settings = !pool.settings.is_empty() || !pool.raw.is_empty();
        let (Some(class), Some(subnet)) = (class_of(pool), pool.parent) else { continue };
        let Some(home) = scopes.all.get(subnet) else { continue };
        let Some(cidr) = home.cidr() else { continue };
        let shared = scopes
            .around(subnet)
            .any(|outer| scopes.members.get(&outer).is_some_and(|nets| *nets > 1) && outer != 0);
        if !has_settings
            || !pool.boot.is_empty()
            || pool.whole.is_some()
            || shared
            || !home.ranges.is_empty()
            || uses.get(class.as_str()) != Some(&1)
        {
            continue;
        }
        let pools = by_subnet.get(&subnet).map(Vec::as_slice).unwrap_or_default();
        if pools.len() > MOST {
            continue;
        }
        let others = pools.iter().filter(|other| **other != at).filter_map(|other| scopes.all.get(*other));
        let Some(others) = others.map(class_of).collect::<Option<Vec<String>>>() else { continue };
        // The whole octets of the network.
        let octets = usize::from(cidr.prefix() / 8);
        let network: Vec<String> =
            cidr.network().octets().iter().take(octets).map(|octet| format!("{octet:02x}")).collect();
        if network.is_empty() {
            continue;
        }
        let inner: String = inner_statements(pool)
            .map(|inner| text_of(inner).lines().map(|line| format!("\t{line}\n")).collect::<String>())
            .collect();
        let lease = format!("substring(leased-address, 0, {octets}) = {}", network.join(":"));
        let text = format!("if not static and {lease} {{\n{inner}}}\n");
        let in_words = pool.raw.is_empty()
            && pool.settings.iter().all(|setting| is_key(&setting.key))
            && fixed.iter().all(|host| has_all(scopes, *host, pool));
        found.push((at, PoolSettings { class, others, text, subnet, in_words }));
    }
    found
}

/// The statements of a pool that say more than its addresses and clients.
pub fn inner_statements<'s, 't>(pool: &'s Scope<'_, 't>) -> impl Iterator<Item = &'s Statement<'t>> {
    let block = pool.head.and_then(|head| head.block.as_deref()).unwrap_or_default();
    let of_pool = ["allow", "deny", "range", "failover"];
    block.iter().filter(move |inner| !of_pool.iter().any(|word| inner.begins(&[word])))
}

/// Whether a host has a value of its own, or of a group around it, for all that a pool says.
fn has_all(scopes: &Scopes<'_, '_>, host: usize, pool: &Scope<'_, '_>) -> bool {
    let around: Vec<&Scope<'_, '_>> = std::iter::once(host)
        .chain(scopes.around(host))
        .filter_map(|at| scopes.all.get(at))
        .filter(|scope| matches!(scope.kind, Kind::Host(_) | Kind::Group(_)))
        .collect();
    pool.settings.iter().all(|setting| around.iter().any(|scope| scope.settings.get(&setting.key).is_some()))
}
