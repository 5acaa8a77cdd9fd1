//! Boot entries that DHCP names, and that no imported menu has.

use super::draft::{Draft, Mapping, Value};
use crate::boot::BUILTIN_ENTRIES;

/// Adds an entry for each name of `boot` that has none, so that the site is whole.
pub fn fill_in(draft: &mut Draft) {
    let mut names: Vec<String> = Vec::new();
    for section in ["subnets", "classes", "groups", "hosts"] {
        let Some(Value::Map(all)) = draft.site.get(section) else { continue };
        for entry in all.entries() {
            if let Value::Map(scope) = &entry.value
                && let Some(Value::Text(name)) = scope.get("boot")
                && name != "none"
                && !BUILTIN_ENTRIES.contains(&name.as_str())
                && names.last() != Some(name)
            {
                names.push(name.clone());
            }
        }
    }
    names.sort();
    names.dedup();
    for name in names {
        let entries = draft.site.map("boot_entries");
        if entries.get(&name).is_some() {
            continue;
        }
        let mut entry = Mapping::default();
        entry.set("kind", "script");
        entry.set("label", name.as_str());
        entry.set(
            "lines",
            Value::List(vec![format!("echo {name} has no boot entry yet").into(), "prompt".into()]),
        );
        entries.set(&name, entry).note("no imported file has this boot entry: give it its kind and files");
    }
}
