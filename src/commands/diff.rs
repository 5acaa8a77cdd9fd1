//! `ipxegen diff`: the changes that `render` or `apply` would make.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use super::comparing::{comparison, generations, print};
use super::own_templates::{TemplatesArg, try_own_templates};
use super::{
    Ending, SiteArg, TextOrJson, Verbosity, console, content, findings_json, load, named_server, print_json,
    show_findings,
};
use crate::apply::{recover_mixture, stored};
use crate::diff::Comparison;
use crate::model::Site;
use crate::plan::plan;
use crate::progress;
use crate::report::Report;
use crate::source::Sources;
use crate::tree::{self, Change, File, Home, Selection};

/// Show what would change: in the site's words, then line by line
///
/// Compares the files themselves, edits by hand included. Writes nothing, except that it first finishes or undoes an
/// interrupted apply. Lists a file that not everybody may read, but does not show its lines.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 no differences; 1 differences, or findings that prevent the comparison; 2 failure."
)]
pub(super) struct Args {
    #[command(flatten)]
    site: SiteArg,
    /// Compare with this folder: the output folder of `render`, or with --server a machine's root folder, such as /
    #[arg(long, value_name = "DIR", default_value = "out")]
    against: PathBuf,
    /// Compare only this server's files; required if DIR is a machine's root folder
    #[arg(long, value_name = "SERVER")]
    server: Option<String>,
    /// Compare two generations of this machine's files instead; `ipxegen history` lists their numbers
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"])]
    #[arg(conflicts_with_all = ["site", "with", "against", "server", "templates", "strict"])]
    generations: Option<Vec<u64>>,
    /// With --generations: the machine's root folder
    #[arg(long, value_name = "DIR", default_value = "/", requires = "generations")]
    root: PathBuf,
    /// The output format
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
    #[command(flatten)]
    templates: TemplatesArg,
    /// Treat warnings as errors
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    verbosity: Verbosity,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    if let Some([old, new]) = args.generations.as_deref() {
        repair(&args.root)?;
        let [old, new] = [old, new].map(|number| stored(&args.root, *number));
        return show(args, &generations(&old?, &new?)?, json!([]));
    }
    let sources = args.site.access.sources()?;
    let mut report = Report::new();
    let Some(site) = load(&args.site, &sources, &mut report)? else {
        return end(args, &report, &sources);
    };
    args.verbosity.site(&sources, &site, &mut console::stderr())?;
    let server = named_server(args.server.as_deref(), &site, &mut report);
    let plan = plan(&site, &mut report);
    let renderer = args.templates.renderer(&site, &sources, &mut report)?;
    if !report.has_errors() {
        try_own_templates(&plan, &renderer, &mut report);
    }
    if Ending::of(&report, args.strict) == Ending::Findings {
        return end(args, &report, &sources);
    }
    let findings = match args.format {
        TextOrJson::Json => findings_json(&report, &sources)?,
        TextOrJson::Text => show_findings(&report, &sources, args.strict).map(|_| Value::Null)?,
    };
    let (home, selection) = other_side(args, &site, server)?;
    let files =
        plan.files.iter().filter(|planned| selection.covers(&planned.entry.server, &planned.entry.output));
    let files: Vec<File<'_>> = files
        .map(|planned| File {
            entry: planned.entry.clone(),
            content: Box::new(renderer.file(planned.output, &planned.file)),
        })
        .collect();
    if home.is_root() {
        repair(&args.against)?;
    }
    // A machine has the files of one server, even if that server had another name when they were applied.
    let selection = if home.is_root() { Selection::default() } else { selection };
    let watched = progress::show();
    let survey = tree::survey(&home, files, &plan.needs, &selection)?;
    let comparison = comparison(&home, &survey, |file| {
        let same = |planned: &&crate::plan::Planned<'_>| planned.entry == file.entry;
        let Some(planned) = plan.files.iter().find(same) else { return Ok(None) };
        content(&renderer, planned).map(Some)
    })?;
    drop(watched);
    let same = survey.files.iter().filter(|file| file.change == Change::Unchanged);
    args.verbosity.unchanged(same.map(|file| file.entry.path.as_str()), &mut console::stderr())?;
    show(args, &comparison, findings)
}

/// Prints the findings that prevent the comparison.
fn end(args: &Args, report: &Report, sources: &Sources) -> Result<Ending> {
    if args.format == TextOrJson::Text {
        return show_findings(report, sources, args.strict);
    }
    print_json(&json!({ "findings": findings_json(report, sources)? }))?;
    Ok(Ending::of(report, args.strict))
}

/// Finishes or undoes an interrupted apply on a machine.
fn repair(root: &Path) -> Result<()> {
    if let Some(repaired) = recover_mixture(root)? {
        writeln!(console::stderr(), "ipxegen: {repaired}")?;
    }
    Ok(())
}

/// The folder of `--against`, as an output folder or as a machine, and the servers whose files are compared.
fn other_side(args: &Args, site: &Site<'_>, server: Option<String>) -> Result<(Home, Selection)> {
    let names: Vec<&str> = site.servers.iter().map(|server| server.name.as_str()).collect();
    if !args.against.is_dir() {
        bail!("--against: there is no folder {}", args.against.display());
    }
    let is_tree = args.against.join("manifest.json").is_file()
        || names.iter().any(|name| args.against.join(name).is_dir());
    match (server, is_tree) {
        (_, true) => {
            let servers = args.server.iter().cloned().collect();
            Ok((Home::out(&args.against), Selection { servers, outputs: Vec::new() }))
        }
        (Some(name), false) => Ok((
            Home::root(&args.against, crate::apply::STATE)?,
            Selection { servers: vec![name], outputs: Vec::new() },
        )),
        (None, false) => bail!(
            "--against: {} was not rendered into; if it is a machine's root folder, name the machine with --server",
            args.against.display()
        ),
    }
}

/// Prints the differences, and says whether there are any.
fn show(args: &Args, comparison: &Comparison, findings: Value) -> Result<Ending> {
    match args.format {
        TextOrJson::Text if args.verbosity.quiet => {}
        TextOrJson::Text => print(comparison)?,
        TextOrJson::Json => {
            let mut document = comparison.json();
            document["findings"] = findings;
            print_json(&document)?;
        }
    }
    Ok(if comparison.is_empty() { Ending::Well } else { Ending::Findings })
}
