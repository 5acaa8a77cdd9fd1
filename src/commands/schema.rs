//! `ipxegen schema`: what an editor needs to complete and check site.yaml.

use std::io::Write;

use anyhow::Result;

use super::{Ending, console};
use crate::{boot, rules, schema};

/// Print the JSON Schema of site.yaml, for editors
///
/// With a first line `# yaml-language-server: $schema=site.schema.json` in site.yaml, editors that
/// know the YAML language server complete and check while typing.
#[derive(clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_: &Args) -> Result<Ending> {
    let mut rules: Vec<_> = rules::allowable().collect();
    rules.sort_unstable();
    let schema = schema::json_schema(&rules, boot::json_schema);
    let mut out = console::document();
    serde_json::to_writer_pretty(&mut out, &schema)?;
    writeln!(out)?;
    out.flush()?;
    Ok(Ending::Well)
}
