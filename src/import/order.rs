//! The order of the keys of a draft. Readers add keys as the files come; people look for the server first, and for
//! text in `raw` last.

use super::draft::{Draft, Mapping, Value};

/// The keys of the top level whose keys are names, which keep the order of the files.
const NAMES: [&str; 9] =
    ["servers", "shared_networks", "subnets", "classes", "groups", "hosts", "boot_entries", "vars", "relays"];

/// Arranges the keys of every mapping below the top level.
pub(super) fn arrange(draft: &mut Draft) {
    for entry in draft.site.entries_mut() {
        let names = NAMES.contains(&&*entry.key);
        arrange_value(&mut entry.value, names);
    }
}

fn arrange_value(value: &mut Value, names: bool) {
    match value {
        Value::Map(map) => arrange_map(map, names),
        Value::List(items) => items.iter_mut().for_each(|item| arrange_value(item, false)),
        Value::Text(_) | Value::Bare(_) | Value::Lines(_) => {}
    }
}

fn arrange_map(map: &mut Mapping, names: bool) {
    for entry in map.entries_mut() {
        // The shares of `smb` are names, too.
        let below = !names && entry.key == "shares";
        arrange_value(&mut entry.value, below);
    }
    if !names {
        map.sort_by_key(place);
    }
}

/// The place of a key.
fn place(key: &str) -> u8 {
    match key {
        "server" | "servers" => 0,
        "allow" => 2,
        "raw" => 3,
        _ => 1,
    }
}
