//! `ipxegen schema`: the JSON Schema of site.yaml.

use std::io::Write;

use anyhow::Result;

use super::{Ending, console, defaults};
use crate::{boot, rules, schema};

/// Print the JSON Schema of site.yaml, for editors
///
/// Write it to site.schema.json and begin site.yaml with `# yaml-language-server: $schema=site.schema.json`. Editors with
/// the YAML language server then complete and check keys.
#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_: &Args) -> Result<Ending> {
    let mut rules: Vec<_> = rules::allowable().collect();
    rules.sort_unstable();
    let mut schema = schema::json_schema(&rules, boot::json_schema);
    defaults::add(&mut schema);
    let mut out = console::document();
    serde_json::to_writer_pretty(&mut out, &schema)?;
    writeln!(out)?;
    out.flush()?;
    Ok(Ending::Well)
}
