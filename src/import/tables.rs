//! Hosts in a table of their own, if there are many of them.

use super::draft::{Draft, Mapping, Value};

/// The most hosts that stay in site.yaml.
const MOST: usize = 50;

/// The columns of the table.
const COLUMNS: [&str; 5] = ["name", "mac", "ip", "group", "host_name"];

/// Moves hosts that have nothing but simple keys into `hosts.csv`, if there are more than fifty of them. Comments stay
/// with the others: a table has none.
pub fn into_tables(draft: &mut Draft) {
    let Some(hosts) = draft.site.submap("hosts") else { return };
    let simple: Vec<(String, String)> = hosts
        .entries()
        .iter()
        .filter_map(|host| Some((host.key.clone(), row(&host.key, &host.value)?)))
        .collect();
    if simple.len() <= MOST {
        return;
    }
    let mut text = format!("{}\n", COLUMNS.join(","));
    let mut left = Mapping::default();
    let mut rows = simple.into_iter().peekable();
    for host in hosts.entries() {
        match rows.next_if(|(name, _)| *name == host.key) {
            Some((_, row)) => {
                text.push_str(&row);
                text.push('\n');
            }
            None => {
                let entry = left.set(&host.key, host.value.clone());
                entry.origins.clone_from(&host.origins);
                entry.notes.clone_from(&host.notes);
            }
        }
    }
    if left.is_empty() {
        draft.site.remove("hosts");
    } else {
        draft.site.set("hosts", left);
    }
    let mut table = Mapping::default();
    table.set("csv", "hosts.csv");
    draft.site.push("include", table);
    draft.files.push(("hosts.csv".to_owned(), text));
}

/// The row of a host; none if a cell cannot hold one of its keys.
fn row(name: &str, host: &Value) -> Option<String> {
    let Value::Map(host) = host else { return None };
    let mut cells: Vec<String> = vec![name.to_owned()];
    for column in COLUMNS.iter().skip(1) {
        cells.push(match host.get(column) {
            None => String::new(),
            Some(Value::Text(text)) => text.clone(),
            Some(Value::List(items)) => {
                let texts: Option<Vec<&str>> = items
                    .iter()
                    .map(|item| if let Value::Text(text) = item { Some(text.as_str()) } else { None })
                    .collect();
                texts?.join(" ")
            }
            Some(_) => return None,
        });
    }
    let all =
        host.entries().iter().all(|entry| COLUMNS.contains(&entry.key.as_str()) && entry.notes.is_empty());
    let plain = cells.iter().all(|cell| !cell.contains(['"', ',', '\n', '\r']));
    (all && plain).then(|| cells.join(","))
}
