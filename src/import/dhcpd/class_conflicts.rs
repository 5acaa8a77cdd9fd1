//! Classes that may have clients in common.

use super::super::draft::{Mapping, Value};

/// How many classes are compared with each other.
pub const MOST_COMPARED: usize = 200;

/// Whether one client may be in two classes that set one key.
pub fn may_conflict(one: &Mapping, other: &Mapping) -> bool {
    let is_set = |key: &str| !matches!(key, "match" | "subnets" | "raw") && other.get(key).is_some();
    let shares = one.entries().iter().any(|entry| is_set(&entry.key));
    match (one.get("match"), other.get("match")) {
        (Some(Value::Map(one)), Some(Value::Map(other))) => shares && !are_disjoint(one, other),
        _ => shares,
    }
}

/// Whether no client meets both of two values of `match`.
pub fn are_disjoint(one: &Mapping, other: &Mapping) -> bool {
    let texts = |map: &Mapping, key: &str| -> Vec<String> {
        let values = match map.get(key) {
            Some(Value::List(values)) => values.clone(),
            Some(value) => vec![value.clone()],
            None => Vec::new(),
        };
        values
            .into_iter()
            .map(|value| match value {
                Value::Text(text) => text,
                _ => "*".into(),
            })
            .collect()
    };
    let apart = |one: &String, other: &String| match (one.strip_suffix('*'), other.strip_suffix('*')) {
        (Some(one), Some(other)) => !one.starts_with(other) && !other.starts_with(one),
        (Some(one), None) => !other.starts_with(one),
        (None, Some(other)) => !one.starts_with(other),
        (None, None) => one != other,
    };
    ["vendor_class", "client", "mac"].iter().any(|key| {
        let (one, other) = (texts(one, key), texts(other, key));
        let all = one.iter().all(|one| other.iter().all(|other| apart(one, other)));
        !one.is_empty() && !other.is_empty() && all
    })
}
