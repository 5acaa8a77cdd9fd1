//! `ipxegen check`: all findings; writes nothing.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use anyhow::Result;

use super::own_templates::{TemplatesArg, try_own_templates};
use super::{
    Ending, SiteArg, SkippedCheckers, TimeLimit, Verbosity, colour, console, load, nearest_rule,
    server_of_root, wrong_argument,
};
use crate::model::Site;
use crate::plan::{Plan, plan};
use crate::render::Renderer;
use crate::report::{self, Format, Report};
use crate::source::Sources;
use crate::{checks, files, rules};

/// Check the site, and on request the files of a server
///
/// Prints all findings of one run on standard output. `ipxegen explain RULE` explains a rule.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    site: SiteArg,
    /// The format of the findings
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Treat warnings as errors
    #[arg(long)]
    strict: bool,
    /// Ignore the findings of this rule (repeatable); `allow` in the site does so for one place and gives a reason
    #[arg(long, value_name = "RULE")]
    allow: Vec<String>,
    /// Also run the daemons' own checkers on the rendered files: dhcpd -t, testparm, nginx -t, sh -n …
    #[arg(long)]
    daemons: bool,
    #[command(flatten)]
    templates: TemplatesArg,
    #[command(flatten)]
    left_out: SkippedCheckers,
    #[command(flatten)]
    limit: TimeLimit,
    /// Also check that the files which the site names exist below this folder: the server's root, or a copy of it
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// The server whose root DIR is; required if the site has several servers
    #[arg(long, value_name = "SERVER", requires = "root")]
    server: Option<String>,
    /// Also report files below the TFTP root that nothing in the site names
    #[arg(long, requires = "root")]
    unused: bool,
    #[command(flatten)]
    verbosity: Verbosity,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let sources = args.site.access.sources()?;
    let mut report = Report::new();
    let site = load(&args.site, &sources, &mut report)?;
    let mut wrong = Report::new();
    let allowed = allowed(args, &mut wrong);
    if let Some(site) = &site {
        args.verbosity.site(&sources, site, &mut console::stderr())?;
        let plan = plan(site, &mut report);
        let renderer = args.templates.renderer(site, &sources, &mut report)?;
        if !report.has_errors() {
            try_own_templates(&plan, &renderer, &mut report);
        }
        if let Some(root) = &args.root
            && let Some(server) = server_of_root(args.server.as_deref(), site, &mut wrong)
        {
            let ours = plan.files.iter().filter(|planned| {
                Some(&planned.entry.server) == site.servers.get(server).map(|server| &server.name)
            });
            let ours: Vec<_> = ours.map(|planned| planned.entry.path.clone()).collect();
            let look = files::FileSearch { root, server, unused: args.unused, ours: &ours };
            let found = files::check(site, &look)?;
            for path in &found.known_features {
                report.retract(rules::needs_unproven(path));
            }
            rules::accept(site, found.findings, &mut report);
        }
        if args.daemons {
            daemons(args, site, &plan, &renderer, &sources, &mut report)?;
        }
    }
    report.leave_out(&allowed);
    report.take(wrong);
    let terminal = io::stdout().is_terminal();
    // Formats for programs contain no secrets, and a mask could break their syntax.
    let mut out: Box<dyn Write> = match args.format {
        Format::Json | Format::Sarif | Format::Gitlab => console::document(),
        Format::Human | Format::Short | Format::Github => Box::new(console::stdout()),
    };
    report::print(&report, &sources, args.format, colour::of_output(), &rules::explained(), &mut *out)?;
    let says_ok = terminal && report.is_empty() && !args.verbosity.quiet;
    if let (Some(site), true, Format::Human) = (&site, says_ok, args.format) {
        writeln!(out, "{}", ok(site))?;
    }
    out.flush()?;
    Ok(Ending::of(&report, args.strict))
}

/// `ok: 60 hosts, 4 subnets, 0 findings`
fn ok(site: &Site<'_>) -> String {
    let count = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    format!("ok: {}, {}, 0 findings", count(site.hosts.len(), "host"), count(site.subnets.len(), "subnet"))
}

/// The rules of `--allow`. Reports those that do not exist.
fn allowed<'a>(args: &'a Args, report: &mut Report) -> Vec<&'a str> {
    let known: Vec<&str> = rules::allowable().collect();
    let mut allowed = Vec::new();
    for name in &args.allow {
        if known.contains(&name.as_str()) {
            allowed.push(name.as_str());
            continue;
        }
        let exists = rules::explained().iter().any(|info| info.kind.id == name);
        let help = match nearest_rule(name, &known) {
            _ if exists => "a site with this error cannot be rendered".to_owned(),
            Some(near) => format!("did you mean `{near}`?"),
            None => "`ipxegen explain --list` shows all".to_owned(),
        };
        let what = if exists { "cannot be allowed" } else { "is no rule" };
        wrong_argument(report, format!("--allow: `{name}` {what}"), help);
    }
    allowed
}

/// Reports the messages of the daemons' own checkers. Names the checkers that could not run on standard error.
fn daemons(
    args: &Args,
    site: &Site<'_>,
    plan: &Plan<'_>,
    renderer: &Renderer,
    sources: &Sources,
    report: &mut Report,
) -> Result<()> {
    let mut err = console::stderr();
    if report.has_errors() {
        if !args.verbosity.quiet {
            writeln!(
                err,
                "note: the daemons' checkers were not run: nothing is rendered while there are errors"
            )?;
        }
        return Ok(());
    }
    let options = checks::Options { limit: args.limit.get(), unchecked: &args.left_out.unchecked };
    let mut checked = checks::run(plan, renderer, sources, options)?;
    rules::accept(site, std::mem::take(&mut checked.findings), report);
    args.verbosity.checkers(&checked, &mut err)
}
