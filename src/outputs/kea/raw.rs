//! `raw` for Kea: objects that are merged into those of the file. Maps are merged key by key, lists are appended, and a
//! single value replaces another.

use serde_json::{Map, Value};

use super::super::{RawScope, verbatim};
use crate::model::{Dhcp, Raw, Site};

/// The objects for an output as one, the later ones laid over the earlier ones.
pub(in super::super) fn object<'s>(
    raw: impl IntoIterator<Item = &'s Raw>,
    output: &str,
) -> Map<String, Value> {
    let mut all = Map::new();
    for raw in raw.into_iter().filter(|raw| raw.output == output) {
        merge(&mut all, raw.object().unwrap_or_default());
    }
    all
}

/// Lays an object over another one.
pub(in super::super) fn merge(into: &mut Map<String, Value>, from: Map<String, Value>) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(known)), Value::Object(value)) => merge(known, value),
            (Some(Value::Array(known)), Value::Array(value)) => known.extend(value),
            (Some(known), value) => *known = value,
            (None, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// Takes a list out of an object, as the values that are appended to a list of the file. Kea refuses a single value at
/// its place.
pub(in super::super) fn take_list(from: &mut Map<String, Value>, key: &str) -> Vec<Value> {
    match from.shift_remove(key) {
        None => Vec::new(),
        Some(Value::Array(values)) => values,
        Some(value) => vec![value],
    }
}

/// Whether an object for an output has a secret, in any scope.
pub(in super::super) fn has_secret(site: &Site<'_>, dhcp: Option<&Dhcp>, output: &str) -> bool {
    let scopes = site.handouts();
    let mut all = scopes.map(|handout| &handout.raw).chain(dhcp.map(|dhcp| &dhcp.raw)).chain([&site.raw]);
    all.any(|raw| verbatim::has_raw_secret(raw, output))
}

/// The keys that ipxegen writes itself in a scope, and the words of the site.
pub(in super::super) const fn own_keys(scope: RawScope) -> &'static [(&'static str, &'static str)] {
    match scope {
        RawScope::Clients => OWN_KEYS_OF_CLIENTS,
        _ => OWN_KEYS_OF_SITE,
    }
}

/// The keys of the whole server.
const OWN_KEYS_OF_SITE: &[(&str, &str)] = &[
    ("interfaces-config.interfaces", "use `interfaces` of the server"),
    ("control-socket", "ipxegen reloads Kea through this socket; remove it"),
    ("control-sockets", "ipxegen reloads Kea through a socket of its own; remove it"),
    ("authoritative", "use `authoritative` of `dhcp`"),
    ("match-client-id", "use `client_id` of `dhcp`"),
    ("valid-lifetime", "use `default_lease_time` of `dhcp`"),
    ("min-valid-lifetime", "use `min_lease_time` of `dhcp`"),
    ("max-valid-lifetime", "use `max_lease_time` of `dhcp`"),
    ("next-server", "use `next_server` of a subnet"),
    ("boot-file-name", "use `loaders` and `ipxe.script`"),
    ("subnet4", "use `subnets`"),
    ("subnet6", "use `subnets` with `cidr6`"),
    ("shared-networks", "use `shared_network` of the subnets"),
    ("reservations", "use `hosts`"),
    ("reservation-mode", "ipxegen sets where Kea looks for `hosts`; remove it"),
    ("reservations-global", "ipxegen sets where Kea looks for `hosts`; remove it"),
    ("reservations-in-subnet", "ipxegen sets where Kea looks for `hosts`; remove it"),
    ("ip-reservations-unique", "ipxegen sets it where a host has several MAC addresses; remove it"),
];

/// The keys of subnets, and of the reservations of groups and hosts.
const OWN_KEYS_OF_CLIENTS: &[(&str, &str)] = &[
    ("id", "ipxegen derives it from `cidr`, so that leases keep their subnet; remove it"),
    ("subnet", "use `cidr`"),
    ("pools", "use `ranges`"),
    ("valid-lifetime", "use `default_lease_time` of the subnet"),
    ("min-valid-lifetime", "use `min_lease_time` of the subnet"),
    ("max-valid-lifetime", "use `max_lease_time` of the subnet"),
    ("next-server", "use `next_server` of the subnet"),
    ("boot-file-name", "use `loaders` and `ipxe.script`"),
    ("reservations", "use `hosts`"),
    ("reservation-mode", "ipxegen sets where Kea looks for `hosts`; remove it"),
    ("reservations-global", "ipxegen sets where Kea looks for `hosts`; remove it"),
    ("reservations-in-subnet", "ipxegen sets where Kea looks for `hosts`; remove it"),
    ("hw-address", "use `mac`"),
    ("duid", "a host is known by its `mac`; remove it"),
    ("client-id", "a host is known by its `mac`; remove it"),
    ("circuit-id", "a host is known by its `mac`; remove it"),
    ("flex-id", "a host is known by its `mac`; remove it"),
    ("ip-address", "use `ip`"),
    ("ip-addresses", "use `ip6`"),
    ("hostname", "use `host_name`"),
];

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{merge, take_list};

    #[test]
    fn maps_merge_lists_grow_and_single_values_replace() {
        let Value::Object(mut into) = json!({ "a": { "b": 1, "c": [1] }, "d": "x", "e": [1] }) else {
            panic!()
        };
        let Value::Object(from) = json!({ "a": { "c": [2], "f": null }, "d": 2, "e": 3, "g": {} }) else {
            panic!()
        };
        merge(&mut into, from);
        assert_eq!(json!(into), json!({ "a": { "b": 1, "c": [1, 2], "f": null }, "d": 2, "e": 3, "g": {} }));
        assert_eq!(take_list(&mut into, "e"), [json!(3)]);
        assert_eq!(take_list(&mut into, "e"), [json!(null); 0]);
    }
}
