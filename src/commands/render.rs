//! `ipxegen render`: the trees.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::comparing::{file_change, left_to_do, word};
use super::own_templates::{TemplatesArg, try_own_templates, try_replaced_templates};
use super::{
    AccessArg, Ending, SiteArg, TextOrJson, Verbosity, colour, console, findings_json, load, print_findings,
    print_json, wrong_argument,
};
use crate::limits::PATTERN_HOSTS;
use crate::outputs::{OUTPUTS, output, site_view};
use crate::plan::{Plan, plan};
use crate::render::{Renderer, TemplateFault, Templates};
use crate::report::{Report, masked, visible};
use crate::schema::{listed, nearest};
use crate::source::Sources;
use crate::tree::{
    self, Change, Content as _, File, Home, ManualStep, Outcome, Reason, Selection, TreeEntry,
};
use crate::{parallel, progress};

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

/// A site and its output folder.
struct Job {
    site: PathBuf,
    output: PathBuf,
}

/// The sites to render. Two sites never share a folder, because each would remove the other's files.
fn jobs(args: &Args) -> Result<Vec<Job>> {
    let mut jobs: Vec<Job> = Vec::new();
    let pattern = args.output.to_str().filter(|pattern| pattern.contains("{name}"));
    if args.sites.len() > 1 {
        if pattern.is_none() {
            bail!("several sites need a folder each: -o 'out/{{name}}' makes one of every site's name");
        }
        if args.stdout.is_some() {
            bail!("--stdout prints a file of one site, here are {}", args.sites.len());
        }
    }
    for site in &args.sites {
        let output = match pattern {
            Some(pattern) => {
                // The folder `.` has a name as well.
                let whole = if site.is_dir() { site.canonicalize()? } else { site.clone() };
                let name = if site.is_dir() { whole.file_name() } else { whole.file_stem() };
                // `...yaml` would lead out of the folder.
                let name =
                    name.and_then(|name| name.to_str()).filter(|name| !matches!(*name, "-" | "." | ".."));
                let name = name.with_context(|| {
                    format!("{} has no name that could stand for {{name}}", site.display())
                })?;
                PathBuf::from(pattern.replace("{name}", name))
            }
            None => args.output.clone(),
        };
        if let Some(other) = jobs.iter().find(|job| job.output == output) {
            bail!(
                "{} and {} would both be rendered into {}; nothing was written",
                other.site.display(),
                site.display(),
                output.display()
            );
        }
        jobs.push(Job { site: site.clone(), output });
    }
    Ok(jobs)
}

/// The output and the end of one of several runs.
struct SiteOutcome {
    out: Vec<u8>,
    err: Vec<u8>,
    output: RenderOutput,
    ending: Result<Ending>,
}

/// Renders several sites in parallel and prints their output in order. A site with errors is not written; the others
/// are.
fn several(args: &Args, jobs: &[Job]) -> Result<Ending> {
    let colour = colour::of_errors();
    let watched = progress::show();
    let told = parallel::all(jobs, |job| {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut output = RenderOutput::new(job);
        let ending = one(args, job, colour, &mut out, &mut err, &mut output);
        progress::done(progress::Work::Site, 1);
        SiteOutcome { out, err, output, ending }
    });
    drop(watched);
    let (mut out, mut err) = (console::stdout(), console::stderr());
    let (mut findings, mut failed) = (0, 0);
    let mut outputs = Vec::new();
    for (job, told) in jobs.iter().zip(told) {
        if !told.out.is_empty() {
            writeln!(
                out,
                "{} into {}:",
                visible(&job.site.display().to_string()),
                visible(&job.output.display().to_string())
            )?;
            out.write_all(&told.out)?;
            writeln!(out)?;
            out.flush()?;
        }
        if !told.err.is_empty() {
            writeln!(err, "{}:", visible(&job.site.display().to_string()))?;
            err.write_all(&told.err)?;
            writeln!(err)?;
        }
        outputs.push(told.output);
        match told.ending {
            Ok(Ending::Well) => {}
            Ok(Ending::Findings) => findings += 1,
            Err(error) => {
                failed += 1;
                let text = format!("{}: {error:#}", job.site.display());
                writeln!(err, "ipxegen: {}", visible(&text))?;
            }
        }
        err.flush()?;
    }
    if args.format == TextOrJson::Json {
        print_json(&outputs)?;
    }
    if failed > 0 {
        bail!("{failed} of {} sites could not be rendered", jobs.len());
    }
    if findings == 0 {
        return Ok(Ending::Well);
    }
    let what =
        if args.check { "would change, or have findings" } else { "have findings, and were not rendered" };
    writeln!(err, "{findings} of {} sites {what}", jobs.len())?;
    Ok(Ending::Findings)
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
        Some(path) => print_one(path, &plan, &renderer, &mut console::document()).map(|()| Ending::Well),
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

/// Prints one file.
fn print_one(path: &str, plan: &Plan<'_>, renderer: &Renderer, out: &mut dyn Write) -> Result<()> {
    let wanted = path.trim_start_matches('/');
    let fits = |server: &str, path: &str| {
        let path = path.trim_start_matches('/');
        path == wanted || wanted.strip_prefix(server).and_then(|rest| rest.strip_prefix('/')) == Some(path)
    };
    let found: Vec<_> =
        plan.files.iter().filter(|planned| fits(&planned.entry.server, &planned.entry.path)).collect();
    let name =
        |planned: &&crate::plan::Planned<'_>| format!("{}{}", planned.entry.server, planned.entry.path);
    match found.as_slice() {
        [one] => {
            let file = renderer.file(one.output, &one.file);
            // Nothing is printed of a file that cannot be rendered as a whole.
            let mut bytes = Vec::new();
            file.write_to(&mut bytes)?;
            match &one.entry.secret {
                Some(marks) if io::stdout().is_terminal() => {
                    if marks.is_empty() {
                        bail!("this file holds a secret, which is not shown on a terminal");
                    }
                    out.write_all(masked(&String::from_utf8_lossy(&bytes), marks).as_bytes())?;
                }
                _ => out.write_all(&bytes)?,
            }
            out.flush()?;
            Ok(())
        }
        [] => {
            let all: Vec<_> = plan
                .files
                .iter()
                .map(|planned| format!("{}{}", planned.entry.server, planned.entry.path))
                .collect();
            bail!("--stdout: no file `{path}` is rendered; there are {}", all.join(", "))
        }
        several => bail!(
            "--stdout: several servers have that file; name one of {}",
            several.iter().map(name).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn write(
    args: &Args,
    dir: &Path,
    plan: &Plan<'_>,
    renderer: &Renderer,
    out: &mut dyn Write,
    err: &mut dyn Write,
    output: &mut RenderOutput,
) -> Result<Ending> {
    let (files, needs) = (&plan.files, &plan.needs);
    let selection = Selection { servers: args.server.clone(), outputs: args.only.clone() };
    let contents = files
        .iter()
        .map(|planned| File {
            entry: TreeEntry {
                templates: renderer.own_templates(planned.output, &planned.file),
                ..planned.entry.clone()
            },
            content: Box::new(renderer.file(planned.output, &planned.file)),
        })
        .collect();
    if args.check {
        return check(args, dir, contents, needs, &selection, out, output);
    }
    let shown: Vec<ManualStep> =
        needs.iter().filter(|need| selection.covers(&need.server, &need.output)).cloned().collect();
    let watched = progress::show();
    let outcome = tree::write(dir, contents, needs.clone(), &selection, tree::Options { force: args.force })?;
    drop(watched);
    match outcome {
        Outcome::Done(touched) => {
            match args.format {
                TextOrJson::Text if args.verbosity.quiet => {}
                TextOrJson::Text => summary(&touched, &shown, out)?,
                TextOrJson::Json => {
                    for file in &touched {
                        output.add(&file.server, &file.path, file.change, None);
                    }
                    output.needs = shown;
                }
            }
            Ok(Ending::Well)
        }
        Outcome::Refused(refusals) => {
            for refusal in &refusals {
                writeln!(
                    err,
                    "{}: {}",
                    visible(&dir.join(&refusal.place).display().to_string()),
                    refusal.reason
                )?;
            }
            bail!("nothing was written; --force overwrites these files")
        }
    }
}

/// Lists the files that a run would change.
fn check(
    args: &Args,
    dir: &Path,
    files: Vec<File<'_>>,
    needs: &[ManualStep],
    selection: &Selection,
    out: &mut dyn Write,
    output: &mut RenderOutput,
) -> Result<Ending> {
    let watched = progress::show();
    let survey = tree::survey(&Home::out(dir), files, needs, selection)?;
    drop(watched);
    let ending = if survey.is_clean() { Ending::Well } else { Ending::Findings };
    if args.format == TextOrJson::Json {
        for file in &survey.files {
            output.add(&file.entry.server, &file.entry.path, file.change, file.reason.as_ref());
        }
        output.needs =
            needs.iter().filter(|need| selection.covers(&need.server, &need.output)).cloned().collect();
        return Ok(ending);
    }
    if args.verbosity.quiet {
        return Ok(ending);
    }
    for file in survey.files.iter().filter(|file| file.change != Change::Unchanged) {
        let place = file.place.display().to_string();
        let note = file.reason.as_ref().map(|reason| format!("  ({reason})")).unwrap_or_default();
        writeln!(out, "{} {}{note}", word(file.change), visible(&place))?;
    }
    if survey.manifest {
        let change = if survey.old.is_some() { Change::Changed } else { Change::Created };
        writeln!(out, "{} manifest.json", word(change))?;
    }
    out.flush()?;
    Ok(ending)
}

/// Prints one line for each file, then the steps that are left to do by hand.
fn summary(touched: &[tree::TouchedFile], needs: &[ManualStep], out: &mut dyn Write) -> Result<()> {
    for file in touched {
        writeln!(out, "{} {}{}", word(file.change), file.server, visible(&file.path))?;
    }
    left_to_do(needs, out)?;
    out.flush()?;
    Ok(())
}
