//! Many hosts as a table in a file of its own.

use std::borrow::Cow;
use std::fmt::Write as _;

use foldhash::HashMap;

use super::draft::{Draft, Entry, Mapping, Origins, Value};
use super::origin::Origin;
use crate::model::WriteTo as _;

/// A site with more hosts has them in a table.
const MOST: usize = 50;

/// How many columns a table may have besides the names. Hosts that need others, because few hosts have their keys, stay in
/// site.yaml: each row has a cell for every column.
const WIDEST: usize = 32;

/// The name of the table, beside site.yaml.
const FILE: &str = "hosts.csv";

/// Moves hosts to a table if there are many. Hosts with text in `raw`, and others that no row can hold, stay.
pub fn move_hosts(draft: &mut Draft) {
    let Some(Value::Map(hosts)) = draft.site.get("hosts") else { return };
    // The cells of each host are found twice: all of them would take more memory than the hosts.
    let mut columns = Columns::default();
    let mut row = Row::new();
    // The hosts that a row can hold, if it has a column for each of their keys.
    let fitting: Vec<Option<&Mapping>> = hosts.entries().iter().map(fitting).collect();
    for host in fitting.iter().flatten() {
        columns.row(host, &mut row);
        columns.count(&row);
    }
    let places = columns.places();
    let place = |column: usize| places.get(column).copied().flatten();
    let mut text = String::from("name");
    for (name, _) in columns.names.iter().zip(0..).filter(|(_, at)| place(*at).is_some()) {
        text.push(',');
        text.push_str(name);
    }
    text.push_str(",x-origin\n");
    let mut rest = Mapping::default();
    let mut moved = 0;
    for (entry, host) in hosts.entries().iter().zip(fitting) {
        if let Some(host) = host {
            columns.row(host, &mut row);
        }
        if host.is_none() || row.iter().any(|(column, _)| place(*column).is_none()) {
            rest.set(&entry.key, entry.value.clone()).comments_before(entry);
            continue;
        }
        moved += 1;
        row.sort_by_key(|(column, _)| place(*column));
        quote_into(&mut text, &entry.key);
        let mut next = 0;
        for (at, cell) in row.iter().filter_map(|(column, cell)| Some((place(*column)?, cell))) {
            text.extend(std::iter::repeat_n(',', (at + 1).saturating_sub(next)));
            next = at + 1;
            quote_into(&mut text, cell);
        }
        text.extend(std::iter::repeat_n(',', (columns.width() + 1).saturating_sub(next)));
        if let Some(origin) = entry.origins().and_then(Origins::first) {
            origin_into(&mut text, origin);
        }
        text.push('\n');
    }
    if moved <= MOST {
        return;
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

/// The cells of a host with their columns.
type Row<'d> = Vec<(usize, Cow<'d, str>)>;

/// The columns that hosts need.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    by_name: HashMap<String, usize>,
    /// How many rows have a cell in each.
    uses: Vec<usize>,
    /// The columns of the cells of the host before, as far as they are those of this one.
    before: Vec<usize>,
    /// The name of a column while it is put together.
    prefix: String,
}

impl Columns {
    /// Finds the cells of a host.
    fn row<'d>(&mut self, host: &'d Mapping, row: &mut Row<'d>) {
        row.clear();
        let mut prefix = std::mem::take(&mut self.prefix);
        self.cells(host, &mut prefix, row);
        self.prefix = prefix;
    }

    /// Counts the cells of a row.
    fn count(&mut self, row: &Row<'_>) {
        for (column, _) in row {
            if let Some(uses) = self.uses.get_mut(*column) {
                *uses += 1;
            }
        }
    }

    fn cells<'d>(&mut self, map: &'d Mapping, prefix: &mut String, row: &mut Row<'d>) {
        let before = prefix.len();
        for entry in map.entries() {
            prefix.push_str(&entry.key);
            match &entry.value {
                Value::Text(text) | Value::Bare(text) => {
                    row.push((self.column(prefix, row.len()), Cow::Borrowed(text)));
                }
                Value::List(values) => {
                    let words = values.iter().filter_map(|value| match value {
                        Value::Text(text) => Some(text.as_str()),
                        _ => None,
                    });
                    let words: Vec<&str> = words.collect();
                    row.push((self.column(prefix, row.len()), Cow::Owned(words.join(" "))));
                }
                Value::Map(inner) => {
                    prefix.push('.');
                    self.cells(inner, prefix, row);
                }
                Value::Lines(_) => {}
            }
            prefix.truncate(before);
        }
    }

    /// The column of a cell. Most hosts have the cells of the host before them.
    fn column(&mut self, name: &str, cell: usize) -> usize {
        if let Some(column) = self.before.get(cell)
            && self.names.get(*column).is_some_and(|known| known == name)
        {
            return *column;
        }
        let column = match self.by_name.get(name) {
            Some(column) => *column,
            None => {
                self.by_name.insert(name.to_owned(), self.names.len());
                self.names.push(name.to_owned());
                self.uses.push(0);
                self.names.len() - 1
            }
        };
        self.before.truncate(cell);
        self.before.push(column);
        column
    }

    /// How many columns the table has besides the names.
    fn width(&self) -> usize {
        self.names.len().min(WIDEST)
    }

    /// The place of each column in the table: it has those that most hosts need.
    fn places(&self) -> Vec<Option<usize>> {
        let mut most: Vec<usize> = (0..self.names.len()).collect();
        most.sort_by_key(|column| std::cmp::Reverse(self.uses.get(*column)));
        most.truncate(WIDEST);
        most.sort_unstable();
        let mut places = vec![None; self.names.len()];
        for (column, place) in most.into_iter().zip(0..) {
            if let Some(known) = places.get_mut(column) {
                *known = Some(place);
            }
        }
        places
    }
}

/// The settings of a host, if a row can hold them.
fn fitting(entry: &Entry) -> Option<&Mapping> {
    let Value::Map(host) = &entry.value else { return None };
    (entry.notes().is_empty() && fits(host)).then_some(host)
}

/// Whether a row can hold a mapping.
fn fits(map: &Mapping) -> bool {
    map.entries().iter().all(|entry| {
        // A dot in a key would be another level.
        let has_column = !entry.key.contains('.') && !matches!(&*entry.key, "raw" | "allow");
        has_column
            && match &entry.value {
                Value::Text(text) | Value::Bare(text) => is_cell(text),
                // An empty cell is not set.
                Value::List(values) => {
                    let word = |value: &Value| matches!(value, Value::Text(text) if is_cell(text) && !text.contains(' '));
                    !values.is_empty() && values.iter().all(word)
                }
                Value::Map(inner) => fits(inner),
                Value::Lines(_) => false,
            }
    })
}

/// Whether a cell can hold a text.
fn is_cell(text: &str) -> bool {
    // Most texts are ASCII without blanks.
    let is_word = text.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
    !text.is_empty() && (is_word || text.trim() == text && !text.contains(char::is_control))
}

/// Appends the place that a host comes from.
fn origin_into(text: &mut String, origin: &Origin) {
    if origin.file.contains([',', '"']) {
        quote_into(text, &origin.to_string());
    } else {
        let _ = origin.write_to(text);
    }
}

/// Appends a cell as CSV (RFC 4180).
fn quote_into(text: &mut String, cell: &str) {
    if cell.contains([',', '"']) {
        let _ = write!(text, "\"{}\"", cell.replace('"', "\"\""));
    } else {
        text.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::super::draft::{Draft, Value};
    use super::{MOST, WIDEST, move_hosts};

    /// A thousand hosts with a key of their own each are no table of a million cells.
    #[test]
    fn rare_keys_make_no_columns() {
        let mut draft = Draft::default();
        for at in 0..1000_u16 {
            let host = draft.site.map("hosts").map(&format!("h{at}"));
            host.set("mac", format!("52:54:00:00:{:02x}:{:02x}", at >> 8, at & 255));
            if usize::from(at) >= MOST + 10 {
                host.map("options").set(&format!("o{at}"), Value::number(at));
            }
        }
        move_hosts(&mut draft);
        let [(_, table)] = draft.files.as_slice() else { panic!("{:?}", draft.files) };
        let heading = table.lines().next().unwrap();
        assert_eq!(heading.split(',').count(), 2 + WIDEST, "{heading}");
        assert!(heading.starts_with("name,mac,options.o"), "{heading}");
        assert_eq!(table.lines().count(), 1 + MOST + 10 + WIDEST - 1);
        assert_eq!(draft.site.submap("hosts").unwrap().entries().len(), 1000 - MOST - 10 - WIDEST + 1);
    }
}
