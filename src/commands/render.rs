//! `ipxegen render`: the trees.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Result, bail};

use super::comparing::word;
use super::{Ending, SiteArg, load, show_findings, wrong_argument};
use crate::outputs::{OUTPUTS, output, site_view};
use crate::plan::{Plan, plan};
use crate::render::Renderer;
use crate::report::{Report, masked, visible};
use crate::schema::{listed, nearest};
use crate::source::{Sources, read_templates};
use crate::tree::{self, Change, Content, File, Home, Need, Outcome, Selection};

/// Render every file of every server
///
/// Nothing is written when there is an error. A file of an earlier run that is no longer needed is
/// removed; a file that was changed by hand, or that somebody else put there, stops the run.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    site: SiteArg,
    /// The folder that takes the trees
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    output: PathBuf,
    /// Only this server's files (repeatable)
    #[arg(long, value_name = "NAME")]
    server: Vec<String>,
    /// Only this output's files, such as dhcpd or ipxe (repeatable)
    #[arg(long, value_name = "OUTPUT")]
    only: Vec<String>,
    /// Print one file instead of writing any: its path, with the server in front where several have it
    #[arg(long, value_name = "[SERVER/]PATH")]
    stdout: Option<String>,
    /// Templates that replace the built-in ones of the same name
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
    /// Treat warnings as errors
    #[arg(long)]
    strict: bool,
    /// Overwrite files that were changed by hand or are somebody else's
    #[arg(long)]
    force: bool,
    /// Write nothing, and list the files that would change; the exit code is 1 if there are any
    #[arg(long, conflicts_with_all = ["stdout", "force"])]
    check: bool,
    /// Print findings only
    #[arg(short, long)]
    quiet: bool,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let sources = Sources::new();
    let mut report = Report::new();
    let templates = args.templates.as_deref().map(read_templates).transpose()?.unwrap_or_default();
    let Some(site) = load(&args.site, &sources, &mut report)? else {
        return show_findings(&report, &sources, args.strict);
    };
    let names: Vec<&str> = site.servers.iter().map(|server| server.name.as_str()).collect();
    selected(args, &names, &mut report);
    if report.has_errors() {
        return show_findings(&report, &sources, args.strict);
    }
    let plan = plan(&site, &mut report);
    let renderer = Renderer::new(&templates, tera::Value::from_serializable(&site_view(&site)), &mut report);
    if show_findings(&report, &sources, args.strict)? == Ending::Findings {
        return Ok(Ending::Findings);
    }
    if let Some(path) = &args.stdout {
        print_one(path, &plan, &renderer)?;
        return Ok(Ending::Well);
    }
    write(args, plan, &renderer)
}

/// The servers and outputs that were asked for must exist.
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
fn print_one(path: &str, plan: &Plan<'_>, renderer: &Renderer) -> Result<()> {
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
            let mut out = io::BufWriter::new(io::stdout().lock());
            match &one.entry.secret {
                Some(marks) if io::stdout().is_terminal() => {
                    let mut bytes = Vec::new();
                    file.write_to(&mut bytes)?;
                    if marks.is_empty() {
                        bail!("this file holds a secret, which is not shown on a terminal");
                    }
                    out.write_all(masked(&String::from_utf8_lossy(&bytes), marks).as_bytes())?;
                }
                _ => file.write_to(&mut out)?,
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

fn write(args: &Args, plan: Plan<'_>, renderer: &Renderer) -> Result<Ending> {
    let Plan { files, needs } = plan;
    let selection = Selection { servers: args.server.clone(), outputs: args.only.clone() };
    let contents = files
        .iter()
        .map(|planned| File {
            entry: planned.entry.clone(),
            content: Box::new(renderer.file(planned.output, &planned.file)),
        })
        .collect();
    if args.check {
        return check(args, contents, &needs, &selection);
    }
    let shown: Vec<Need> =
        needs.iter().filter(|need| selection.covers(&need.server, &need.output)).cloned().collect();
    match tree::write(&args.output, contents, needs, &selection, tree::Options { force: args.force })? {
        Outcome::Done(touched) => {
            if !args.quiet {
                summary(&touched, &shown, &mut io::BufWriter::new(io::stdout().lock()))?;
            }
            Ok(Ending::Well)
        }
        Outcome::Refused(refusals) => {
            let mut err = io::stderr().lock();
            for refusal in &refusals {
                writeln!(
                    err,
                    "{}: {}",
                    visible(&args.output.join(&refusal.place).display().to_string()),
                    refusal.reason
                )?;
            }
            bail!("nothing was written; --force overwrites these files")
        }
    }
}

/// Lists what a run would change.
fn check(args: &Args, files: Vec<File<'_>>, needs: &[Need], selection: &Selection) -> Result<Ending> {
    let survey = tree::survey(&Home::out(&args.output), files, needs, selection)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    for file in survey.files.iter().filter(|file| file.change != Change::Unchanged) {
        let place = file.place.display().to_string();
        let note = file.reason.as_ref().map(|reason| format!("  ({reason})")).unwrap_or_default();
        writeln!(out, "{:<9} {}{note}", word(file.change), visible(&place))?;
    }
    if survey.manifest {
        writeln!(out, "{:<9} manifest.json", if survey.old.is_some() { "changed" } else { "created" })?;
    }
    out.flush()?;
    Ok(if survey.is_clean() { Ending::Well } else { Ending::Findings })
}

/// One line a file, then what is left to do by hand.
fn summary(touched: &[tree::Touched], needs: &[Need], out: &mut dyn Write) -> Result<()> {
    for file in touched {
        writeln!(out, "{:<9} {}{}", word(file.change), file.server, visible(&file.path))?;
    }
    let mut server = "";
    for need in needs {
        if need.server != server {
            server = &need.server;
            writeln!(out, "\nleft to do on {server}:")?;
        }
        writeln!(out, "  {:<8} {}  ({})", need.kind, visible(&need.what), visible(&need.why))?;
    }
    out.flush()?;
    Ok(())
}
