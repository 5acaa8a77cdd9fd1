//! `ipxegen render`: the trees.

mod files;
mod sites;

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};

use super::comparing::file_change;
use super::own_templates::{TemplatesArg, try_own_templates, try_replaced_templates};
use super::{
    AccessArg, Ending, SiteArg, TextOrJson, Verbosity, colour, console, findings_json, load, print_findings,
    print_json, wrong_argument,
};
use crate::limits::PATTERN_HOSTS;
use crate::outputs::{OUTPUTS, output, site_view};
use crate::parallel;
use crate::plan::plan;
use crate::render::{TemplateFault, Templates};
use crate::report::Report;
use crate::schema::{listed, nearest};
use crate::source::Sources;
use crate::tree::{Change, ManualStep, Reason};
use files::{print_one, write};
use sites::{Job, jobs, several};

/// Render every file of every server
///
/// Writes nothing if the site has errors. Removes files of an earlier run that are no longer needed. Refuses to
/// replace a file that was changed by hand or that ipxegen did not write.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The site: a YAML file, or a folder of YAML files; `-` reads standard input. Several sites are rendered in one
    /// run, each into its own folder
    #[arg(value_name = "SITE", default_value = "site.yaml", env = "IPXEGEN_SITE", hide_env_values = true)]
    sites: Vec<PathBuf>,
    /// Merge this file over the site (repeatable): maps merge, lists and scalars replace, null deletes
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,
    #[command(flatten)]
    access: AccessArg,
    /// Limit the number of hosts that name patterns expand to
    #[arg(long, value_name = "N", default_value_t = PATTERN_HOSTS)]
    max_hosts: u64,
    /// The output folder, with one tree for each server; `{name}` in it stands for the site's file name without its
    /// extension
    #[arg(
        short,
        long,
        value_name = "DIR",
        default_value = "out",
        env = "IPXEGEN_OUT",
        hide_env_values = true
    )]
    output: PathBuf,
    /// Render only this server's files (repeatable)
    #[arg(long, value_name = "SERVER")]
    server: Vec<String>,
    /// Render only this output's files, such as dhcpd or ipxe (repeatable)
    #[arg(long, value_name = "OUTPUT")]
    only: Vec<String>,
    /// Print the file with this path and write nothing; add the server if several servers have the file
    #[arg(long, value_name = "[SERVER/]PATH")]
    stdout: Option<String>,
    #[command(flatten)]
    templates: TemplatesArg,
    /// Treat warnings as errors
    #[arg(long)]
    strict: bool,
    /// Overwrite files that were changed by hand or that ipxegen did not write
    #[arg(long)]
    force: bool,
    /// Write nothing and list the files that would change; the exit code is 1 if there are any
    #[arg(long, conflicts_with_all = ["stdout", "force"])]
    check: bool,
    /// The output format; `json` is a list with an object for each site
    #[arg(long, value_enum, default_value_t = TextOrJson::Text, conflicts_with = "stdout")]
    format: TextOrJson,
    #[command(flatten)]
    verbosity: Verbosity,
}

impl Args {
    /// Whether the command writes to standard output only.
    pub(super) fn only_prints(&self) -> bool {
        self.check || self.stdout.is_some()
    }
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let jobs = jobs(args)?;
    match jobs.as_slice() {
        [job] => {
            let mut output = RenderOutput::new(job);
            let ending = {
                let mut err = console::stderr();
                one(args, job, colour::of_errors(), &mut console::stdout(), &mut err, &mut output)
            };
            if args.format == TextOrJson::Json {
                print_json(&[output])?;
            }
            ending
        }
        _ => several(args, &jobs),
    }
}

/// The result of one site for programs.
#[derive(serde::Serialize)]
struct RenderOutput {
    site: String,
    output: String,
    /// As `check --format json` prints them.
    findings: Value,
    files: Vec<Value>,
    needs: Vec<ManualStep>,
}

impl RenderOutput {
    fn new(job: &Job) -> Self {
        Self {
            site: job.site.display().to_string(),
            output: job.output.display().to_string(),
            findings: json!([]),
            files: Vec::new(),
            needs: Vec::new(),
        }
    }

    /// `reason` says why a file may not be replaced or removed.
    fn add(&mut self, server: &str, path: &str, change: Change, reason: Option<&Reason>) {
        self.files.push(json!({
            "server": server,
            "path": path,
            "change": file_change(change).word(),
            "reason": reason.map(ToString::to_string),
        }));
    }
}

/// Renders one site.
fn one(
    args: &Args,
    job: &Job,
    colour: bool,
    out: &mut dyn Write,
    err: &mut dyn Write,
    output: &mut RenderOutput,
) -> Result<Ending> {
    let end = |report: &Report, sources: &Sources, output: &mut RenderOutput, err: &mut dyn Write| match args
        .format
    {
        TextOrJson::Text => print_findings(report, sources, args.strict, colour, err),
        TextOrJson::Json => {
            output.findings = findings_json(report, sources)?;
            Ok(Ending::of(report, args.strict))
        }
    };
    let sources = args.access.sources()?;
    let mut report = Report::new();
    let arg = SiteArg {
        site: job.site.clone(),
        with: args.with.clone(),
        access: args.access.clone(),
        max_hosts: args.max_hosts,
    };
    // Parsing the built-in templates takes as long as reading a small site.
    let read = || {
        let mut report = Report::new();
        (args.templates.is_empty().then(|| Templates::read(&[], &mut report)), report)
    };
    let (loaded, read) = parallel::both(read, || load(&arg, &sources, &mut report));
    let Some(site) = loaded? else {
        return end(&report, &sources, output, err);
    };
    let names: Vec<&str> = site.servers.iter().map(|server| server.name.as_str()).collect();
    selected(args, &names, &mut report);
    if report.has_errors() {
        return end(&report, &sources, output, err);
    }
    args.verbosity.site(&sources, &site, err)?;
    let plan = plan(&site, &mut report);
    let (builtin, said) = read;
    report.take(said);
    let own = args.templates.read(&site, &sources, &mut report)?;
    let templates = match builtin.filter(|_| own.templates.is_empty()) {
        Some(builtin) => builtin,
        None => Templates::read(&own.templates, &mut report),
    };
    let renderer = templates.of(tera::Value::from_serializable(&site_view(&site)));
    if !report.has_errors() {
        try_replaced_templates(&plan, &renderer, &mut report);
    }
    if end(&report, &sources, output, err)? == Ending::Findings {
        return Ok(Ending::Findings);
    }
    let ending = match &args.stdout {
        Some(path) => {
            print_one(path, &args.server, &plan, &renderer, &mut console::document()).map(|()| Ending::Well)
        }
        None => write(args, &job.output, &plan, &renderer, out, err, output),
    };
    let ending = match ending {
        Err(error) if error.downcast_ref::<TemplateFault>().is_some() => {
            // Of all files, not of the first one only.
            let mut wrong = Report::new();
            try_own_templates(&plan, &renderer, &mut wrong);
            end(&wrong, &sources, output, err)
        }
        ending => ending,
    };
    if args.sites.len() == 1 {
        // The program ends now, so the memory of a million hosts need not be freed one by one.
        std::mem::forget(plan);
        std::mem::forget(site);
        std::mem::forget(sources);
    }
    ending
}

/// Reports servers and outputs of the command line that do not exist.
fn selected(args: &Args, servers: &[&str], report: &mut Report) {
    for name in args.server.iter().filter(|name| !servers.contains(&name.as_str()) && *name != "build") {
        let help = nearest(name, servers).map_or_else(
            || format!("the servers are {}", listed(servers)),
            |near| format!("did you mean `{near}`?"),
        );
        wrong_argument(report, format!("--server: the site has no server `{name}`"), help);
    }
    let outputs: Vec<&str> = OUTPUTS.iter().map(|output| output.name()).collect();
    for name in args.only.iter().filter(|name| output(name).is_none()) {
        let help = nearest(name, &outputs).map_or_else(
            || format!("the outputs are {}", listed(&outputs)),
            |near| format!("did you mean `{near}`?"),
        );
        wrong_argument(report, format!("--only: there is no output `{name}`"), help);
    }
}
