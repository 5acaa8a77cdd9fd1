//! Settings of a pool that is for one class: text of the class, under a condition.
//!
//! dhcpd applies them to clients that have a dynamic address of the pool (`execute_statements_in_scope` in
//! common/execute.c, with the pool of the lease). A class of the site is for all its clients, also for hosts with a fixed
//! address. So the text asks for the lease: `static` tells fixed addresses, and DHCPINFORM comes without a lease.

use super::scopes::{Kind, Permit, Scope, Scopes};
use super::verbatim::text_of;

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
}

/// The pools whose settings can be text of their classes, by their scopes. No class is for two pools, and each pool of
/// their subnets is for one class.
pub fn pool_settings(scopes: &Scopes<'_, '_>) -> Vec<(usize, PoolSettings)> {
    let is_pool = |scope: &Scope<'_, '_>| scope.kind == Kind::Pool;
    let class_of = |scope: &Scope<'_, '_>| match scope.permits.as_slice() {
        [(Permit::Class(class), _)] => Some(class.clone()),
        _ => None,
    };
    let uses = |name: &str| {
        let permits = scopes.all.iter().flat_map(|scope| &scope.permits);
        let is =
            |permit: &Permit| matches!(permit, Permit::Class(class) | Permit::Not(class) if class == name);
        permits.filter(|(permit, _)| is(permit)).count()
    };
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
            || uses(&class) != 1
        {
            continue;
        }
        let others = scopes
            .all
            .iter()
            .enumerate()
            .filter(|(other, scope)| is_pool(scope) && scope.parent == Some(subnet) && *other != at);
        let Some(others) = others.map(|(_, scope)| class_of(scope)).collect::<Option<Vec<String>>>() else {
            continue;
        };
        // The whole octets of the network.
        let octets = usize::from(cidr.prefix() / 8);
        let network: Vec<String> =
            cidr.network().octets().iter().take(octets).map(|octet| format!("{octet:02x}")).collect();
        if network.is_empty() {
            continue;
        }
        let inner: String = pool
            .head
            .and_then(|head| head.block.as_deref())
            .unwrap_or_default()
            .iter()
            .filter(|inner| !["allow", "deny", "range", "failover"].iter().any(|word| inner.begins(&[word])))
            .map(|inner| text_of(inner).lines().map(|line| format!("\t{line}\n")).collect::<String>())
            .collect();
        let lease = format!("substring(leased-address, 0, {octets}) = {}", network.join(":"));
        let text = format!("if not static and {lease} {{\n{inner}}}\n");
        found.push((at, PoolSettings { class, others, text, subnet }));
    }
    found
}
