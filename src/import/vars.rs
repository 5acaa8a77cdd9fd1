//! Variables that subnets, groups, hosts or classes set, and no imported menu declares.

use super::draft::{Draft, Mapping, Value};

/// Declares each variable that a scope sets, so that the site is whole.
pub fn declare(draft: &mut Draft) {
    let mut names: Vec<String> = Vec::new();
    for section in ["subnets", "classes", "groups", "hosts"] {
        let scopes = draft.site.submap(section).map(Mapping::entries).unwrap_or_default();
        for scope in scopes {
            if let Value::Map(scope) = &scope.value
                && let Some(vars) = scope.submap("vars")
            {
                names.extend(vars.entries().iter().map(|entry| entry.key.to_string()));
            }
        }
    }
    names.sort();
    names.dedup();
    for name in names {
        let vars = draft.site.map("vars");
        if vars.get(&name).is_none() {
            let text = "no imported menu has the value for all other clients";
            vars.set(&name, "").note(text);
        }
    }
}
