//! The JSON Schema of a whole site, and the list of all its mappings.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::shape::{KeyInfo, Shapes};
use super::site::{BIG_MAPS, INCLUDE_KEY, Top};

/// The identifier of the schema: the file that a release of this version publishes.
const ID: &str = concat!(
    "https://github.com/ipxegen/ipxegen/releases/download/v",
    env!("CARGO_PKG_VERSION"),
    "/site.schema.json"
);

/// The JSON Schema of a whole site. `rules` are the ids that `allow` can name; `entries` gives the schema of
/// `boot_entries`, whose keys the kinds of entry declare.
#[must_use]
pub fn json_schema(rules: &[&str], entries: fn(&mut Shapes) -> Value) -> Value {
    let mut shapes = Shapes::new(rules, entries);
    let properties = site(&mut shapes);
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    schema.insert("$id".to_owned(), ID.into());
    schema.insert("title".to_owned(), "site.yaml".into());
    if let Value::Object(site) = Shapes::mapping("A netboot site, for ipxegen.", properties) {
        schema.extend(site);
    }
    schema.insert("patternProperties".to_owned(), json!({ "^x-": true }));
    schema.insert("$defs".to_owned(), shapes.defs.into());
    schema.into()
}

/// All mappings that a site can contain, by the names of their types, each with its keys. `entries` is that of
/// [`json_schema`].
#[must_use]
pub fn mappings(entries: fn(&mut Shapes) -> Value) -> BTreeMap<&'static str, &'static [KeyInfo]> {
    let mut shapes = Shapes::new(&[], entries);
    site(&mut shapes);
    shapes.mappings
}

/// The JSON Schema of each key of the site.
fn site(shapes: &mut Shapes) -> Map<String, Value> {
    let mut properties = Top::properties(shapes);
    properties.extend(shapes.properties("BigMaps", BIG_MAPS));
    properties.extend(shapes.properties("Include", const { &[INCLUDE_KEY] }));
    properties
}
