//! Kea's JSON with a value a line, so that a difference shows what it is about, and lines can be led back to the site.

use std::fmt::Display;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::dialects::comment;

/// The comment that begins the file.
pub(in super::super) fn header(site: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "// Made by ipxegen for the site {}: edit the site, not this file.", comment(site))
}

/// The values of an object, each on a line that ends in a comma.
pub(in super::super) fn members(
    out: &mut dyn Write,
    indent: &str,
    object: &Map<String, Value>,
) -> io::Result<()> {
    for (name, value) in object {
        writeln!(out, "{indent}{}: {value},", json!(name))?;
    }
    Ok(())
}

/// The beginning of the line on which a subnet begins, which tells it from the others.
pub(in super::super) const SUBNET: &str = "{ \"subnet\":";

/// The beginning of a subnet, and all of it but its reservations.
pub(in super::super) fn subnet_head(
    out: &mut dyn Write,
    network: &str,
    object: &Map<String, Value>,
) -> io::Result<()> {
    writeln!(out, "    {SUBNET} {},", json!(network))?;
    members(out, "      ", object)
}

/// A list with each of its values on a line of its own, without an end of line behind it.
pub(in super::super) fn list(
    out: &mut dyn Write,
    indent: &str,
    name: &str,
    values: impl Iterator<Item = impl Display>,
) -> io::Result<()> {
    write!(out, "{indent}{}: [", json!(name))?;
    for (at, value) in values.enumerate() {
        write!(out, "{}\n{indent}  {value}", if at == 0 { "" } else { "," })?;
    }
    write!(out, "\n{indent}]")
}

/// The comma between the values of a list.
pub(in super::super) const fn comma(at: usize, of: usize) -> &'static str {
    if at + 1 < of { "," } else { "" }
}

/// Adds the hooks of a server, and the threads that they need.
pub(in super::super) fn set_hooks(head: &mut Map<String, Value>, hooks: Vec<Value>) {
    if !hooks.is_empty() {
        head.insert("multi-threading".to_owned(), json!({ "enable-multi-threading": true }));
        head.insert("hooks-libraries".to_owned(), hooks.into());
    }
}
