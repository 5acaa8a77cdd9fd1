//! Settings into mappings of the draft, in the order in which people write them.

use super::super::draft::{Mapping, Value};
use super::setting::{Key, Setting};

/// The order of keys below one scope.
const ORDER: &[&str] = &[
    "mac",
    "ip",
    "group",
    "cidr",
    "shared_network",
    "ranges",
    "authoritative",
    "host_name",
    "routers",
    "dns",
    "domain",
    "domain_search",
    "ntp",
    "broadcast",
    "default_lease_time",
    "max_lease_time",
    "min_lease_time",
    "unknown_clients",
    "client_id",
    "ping_check",
    "log_facility",
    "netboot",
    "next_server",
    "script",
    "root_path",
    "boot",
    "autoboot",
    "loaders",
    "ipxe",
    "options",
    "vendor_options",
    "vars",
];

/// The place of a key in its scope.
pub fn rank(key: &Key) -> usize {
    let name = if key.section.is_empty() { &*key.name } else { key.section };
    ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len())
}

/// Adds settings to the site or a subnet, each with the place that it comes from if `places`.
pub fn put_all<'s, 'a: 's, 't: 'a>(
    scope: &mut Mapping,
    settings: impl IntoIterator<Item = &'s Setting<'a, 't>>,
    places: bool,
) {
    let mut settings: Vec<_> = settings.into_iter().collect();
    settings.sort_by_cached_key(|setting| rank(&setting.key));
    for setting in settings {
        let is_text = matches!(setting.key.section, "options" | "ipxe" | "vars");
        let value = if is_text || setting.key.is("vendor_options") {
            without_escapes(setting.value.clone())
        } else {
            setting.value.clone()
        };
        put(scope, &setting.key, value, places.then_some(setting));
    }
}

/// A value of the site, a subnet or a class, where braces are no placeholders and need no escapes.
pub fn without_escapes(value: Value) -> Value {
    match value {
        Value::Text(text) if !text.contains(['{', '}']) => Value::Text(text),
        Value::Text(text) => Value::Text(text.replace("{{", "{").replace("}}", "}")),
        Value::List(values) => Value::List(values.into_iter().map(without_escapes).collect()),
        Value::Map(map) => {
            let mut new = Mapping::default();
            for entry in map.entries() {
                new.set(&entry.key, without_escapes(entry.value.clone()));
            }
            Value::Map(new)
        }
        other => other,
    }
}

/// Adds a setting to a scope.
fn put(scope: &mut Mapping, key: &Key, value: Value, from: Option<&Setting<'_, '_>>) {
    let target = if key.section.is_empty() { scope } else { scope.map(key.section) };
    let entry = target.set(&key.name, value);
    if let Some(setting) = from {
        entry.from(&setting.from.origin);
    }
}
