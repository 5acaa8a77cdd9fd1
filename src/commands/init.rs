//! `ipxegen init`: writes a site to start from.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use super::{Ending, console};

/// The starter site.
const STARTER: &str = include_str!("../../examples/starter.yaml");

/// Write a commented site.yaml to start from
#[derive(clap::Args)]
pub(super) struct Args {
    /// The file to write; an existing file is not replaced
    #[arg(value_name = "SITE", default_value = "site.yaml")]
    site: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let path = args.site.display();
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&args.site)
        .with_context(|| format!("cannot write {path}; an existing file is not replaced"))?;
    file.write_all(STARTER.as_bytes()).with_context(|| format!("cannot write {path}"))?;
    let mut out = console::stdout();
    writeln!(out, "{path} written: change it, then run `ipxegen render {path}`")?;
    let schema = args.site.with_file_name("site.schema.json");
    writeln!(out, "`ipxegen schema >{}` lets an editor complete and explain its keys", schema.display())?;
    Ok(Ending::Well)
}
