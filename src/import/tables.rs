//! Many hosts as a table in a file of its own.

use std::fmt::Write as _;

use super::draft::{Draft, Entry, Mapping, Value};

/// A site with more hosts has them in a table.
const MOST: usize = 50;

/// The name of the table, beside site.yaml.
const FILE: &str = "hosts.csv";

/// Moves hosts to a table if there are many. Hosts with text in `raw`, and others that no row can hold, stay.
pub fn move_hosts(draft: &mut Draft) {
    let Some(Value::Map(hosts)) = draft.site.get("hosts") else { return };
    let rows: Vec<(Vec<(String, String)>, &Entry)> =
        hosts.entries().iter().filter_map(|entry| Some((row(entry)?, entry))).collect();
    if rows.len() <= MOST {
        return;
    }
    let mut columns: Vec<String> = vec!["name".into()];
    for (column, _) in rows.iter().flat_map(|(row, _)| row) {
        if !columns.contains(column) {
            columns.push(column.clone());
        }
    }
    let mut text = String::new();
    let _ = writeln!(text, "{},x-origin", columns.join(","));
    for (row, entry) in &rows {
        for (index, column) in columns.iter().enumerate() {
            let cell = match row.iter().find(|(name, _)| name == column) {
                _ if index == 0 => entry.key.as_str(),
                Some((_, cell)) => cell.as_str(),
                None => "",
            };
            if index > 0 {
                text.push(',');
            }
            text.push_str(&quoted(cell));
        }
        let origin = entry.origins.first().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(text, ",{}", quoted(&origin));
    }
    let mut rest = Mapping::default();
    for entry in hosts.entries().iter().filter(|entry| row(entry).is_none()) {
        let new = rest.set(&entry.key, entry.value.clone());
        new.origins.clone_from(&entry.origins);
        new.notes.clone_from(&entry.notes);
    }
    if rest.is_empty() {
        draft.site.remove("hosts");
    } else {
        draft.site.set("hosts", rest);
    }
    let mut table = Mapping::default();
    table.set("csv", FILE);
    draft.site.set("include", Value::List(vec![table.into()]));
    draft.files.push((FILE.to_owned(), text));
}

/// The columns of a host; none if a row cannot hold it.
fn row(entry: &Entry) -> Option<Vec<(String, String)>> {
    let Value::Map(host) = &entry.value else { return None };
    if !entry.notes.is_empty() {
        return None;
    }
    let mut columns = Vec::new();
    cells(host, "", &mut columns)?;
    Some(columns)
}

fn cells(map: &Mapping, prefix: &str, columns: &mut Vec<(String, String)>) -> Option<()> {
    for entry in map.entries() {
        let name = format!("{prefix}{}", entry.key);
        // A dot in a key would be another level.
        if entry.key.contains('.') || matches!(entry.key.as_str(), "raw" | "allow") {
            return None;
        }
        match &entry.value {
            Value::Text(text) | Value::Bare(text) => columns.push((name, cell(text)?)),
            Value::List(values) => {
                let words: Option<Vec<String>> = (values.iter())
                    .map(|value| match value {
                        Value::Text(text) if !text.contains(' ') => cell(text),
                        _ => None,
                    })
                    .collect();
                // An empty cell is not set.
                let words = words.filter(|words| !words.is_empty())?;
                columns.push((name, words.join(" ")));
            }
            Value::Map(inner) => cells(inner, &format!("{name}."), columns)?,
            Value::Lines(_) => return None,
        }
    }
    Some(())
}

/// A text that a cell can hold.
fn cell(text: &str) -> Option<String> {
    let plain = !text.is_empty() && text.trim() == text && !text.contains(char::is_control);
    plain.then(|| text.to_owned())
}

/// A cell as CSV (RFC 4180).
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}
