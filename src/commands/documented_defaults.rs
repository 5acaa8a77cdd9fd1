//! The defaults of keys in words, from the tables of docs/site.md. The schema has only those that depend on nothing in the
//! site.

use std::collections::BTreeMap;

const PAGE: &str = include_str!("../../docs/site.md");

/// The default of each key that has one, by its mapping and its name.
pub(super) fn defaults() -> BTreeMap<(&'static str, &'static str), String> {
    let mut defaults = BTreeMap::new();
    for section in PAGE.split("<!-- keys: ").skip(1) {
        let Some((mappings, table)) = section.split_once(" -->\n") else { continue };
        let mut rows = table
            .lines()
            .skip_while(|line| line.is_empty())
            .take_while(|line| line.starts_with('|'))
            .map(cells);
        let column = rows.next().and_then(|head| head.iter().position(|cell| *cell == "default"));
        let Some(column) = column else { continue };
        for row in rows {
            let default = row.get(column).copied().map(plain).unwrap_or_default();
            // The first cell lists keys that are alike.
            let keys = row.first().copied().unwrap_or_default().split('`').skip(1).step_by(2);
            for (mapping, key) in
                mappings.split(' ').flat_map(|mapping| keys.clone().map(move |key| (mapping, key)))
            {
                if !default.is_empty() && default != "see there" {
                    defaults.insert((mapping, key), default.clone());
                }
            }
        }
    }
    defaults
}

fn cells(row: &'static str) -> Vec<&'static str> {
    row.trim_matches('|').split('|').map(str::trim).collect()
}

/// A text of Markdown without links and code marks.
fn plain(cell: &str) -> String {
    let mut text = String::new();
    let mut rest = cell;
    while let Some((before, link)) = rest.split_once('[') {
        text.push_str(before);
        match link.split_once("](").and_then(|(shown, target)| Some((shown, target.split_once(')')?.1))) {
            Some((shown, behind)) => {
                text.push_str(shown);
                rest = behind;
            }
            None => {
                text.push('[');
                rest = link;
            }
        }
    }
    text.push_str(rest);
    text.replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::{defaults, plain};

    #[test]
    fn every_default_is_that_of_a_key() {
        let mappings = crate::schema::mappings(crate::boot::json_schema);
        let defaults = defaults();
        assert!(defaults.len() > 150, "{}", defaults.len());
        for (mapping, key) in defaults.keys() {
            let together =
                ["Top", "BigMaps", "Include", "Setting", "HostKey", "GroupKey", "MatchKey", "ClassBody"];
            let keys = mappings.get(mapping).unwrap_or_else(|| panic!("{mapping} is no mapping"));
            let known = keys.iter().any(|info| info.name == *key);
            assert!(known || together.contains(mapping), "{mapping}: {key}");
        }
        assert_eq!(defaults.get(&("Tftp", "root")).map(String::as_str), Some("/srv/tftp"));
    }

    #[test]
    fn links_and_code_are_plain() {
        assert_eq!(plain("`a`, or [the site's](#site) `[b]`"), "a, or the site's [b]");
    }
}
