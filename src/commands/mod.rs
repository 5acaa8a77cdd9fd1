//! The command line: one file per subcommand, no logic of its own.

mod apply;
mod check;
mod comparing;
mod completions;
mod console;
mod diff;
mod explain;
mod history;
mod init;
mod inventory;
mod man;
mod recover;
mod render;
mod rollback;
mod schema;
mod show;
mod streams;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};

use crate::limits::PATTERN_HOSTS;
use crate::model::Site;
use crate::plan::Plan;
use crate::render::Renderer;
use crate::report::catalogue::{ARGUMENT, NOT_UTF8};
use crate::report::{self, Finding, Format, Report};
use crate::schema::{Texts, listed, nearest};
use crate::source::{Access, Sources, read_site};
use crate::{checks, process, progress, resolve, rules};

/// One site.yaml in, every configuration file of a netboot server out.
#[derive(Parser)]
#[command(name = "ipxegen", version, about, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 all is well; 1 an error among the findings, or a warning under --strict; 2 the work could not be done."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Render(render::Args),
    #[command(visible_alias = "validate")]
    Check(check::Args),
    Diff(diff::Args),
    Apply(apply::Args),
    Rollback(rollback::Args),
    History(history::Args),
    Recover(recover::Args),
    Show(show::Args),
    Init(init::Args),
    Explain(explain::Args),
    Schema(schema::Args),
    Inventory(inventory::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    /// Whether its output is all that it does. The others change files, and their exit code says what came of
    /// that.
    fn only_prints(&self) -> bool {
        match self {
            Self::Render(args) => args.only_prints(),
            Self::Apply(_) | Self::Rollback(_) | Self::Recover(_) | Self::Init(_) | Self::Man(_) => false,
            Self::Check(_)
            | Self::Diff(_)
            | Self::History(_)
            | Self::Show(_)
            | Self::Explain(_)
            | Self::Schema(_)
            | Self::Inventory(_)
            | Self::Completions(_) => true,
        }
    }
}

/// The site that a command reads.
#[derive(clap::Args)]
struct SiteArg {
    /// The description of the site, or a folder of YAML files; `-` reads standard input
    #[arg(value_name = "SITE", default_value = "site.yaml")]
    site: PathBuf,
    /// A fragment laid over the site: maps merge, lists and scalars replace, null deletes (repeatable)
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,
    #[command(flatten)]
    access: AccessArg,
    /// How many hosts name patterns may make in all
    #[arg(long, value_name = "N", default_value_t = PATTERN_HOSTS)]
    max_hosts: u64,
}

/// The further files and variables that the site may read.
#[derive(Clone, clap::Args)]
struct AccessArg {
    /// Let the site also read files below this folder; without it, only those below the folders of SITE and FILE
    /// (repeatable)
    #[arg(long, value_name = "DIR")]
    allow_path: Vec<PathBuf>,
    /// Let the site also read this environment variable; without it, only those that begin with IPXEGEN_
    /// (repeatable)
    #[arg(long, value_name = "NAME")]
    allow_env: Vec<String>,
}

impl AccessArg {
    /// Sources without a text yet, which may name these files and variables.
    fn sources(&self) -> Result<Sources> {
        Ok(Sources::with_access(Access::new(&self.allow_path, &self.allow_env)?))
    }
}

/// How long each program that ipxegen starts may take.
#[derive(clap::Args)]
struct TimeLimit {
    /// Kill a checker, `service` or `systemctl` that takes longer than this
    #[arg(long, value_name = "SECONDS", default_value_t = process::TIMEOUT)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    timeout: u32,
}

impl TimeLimit {
    fn get(&self) -> Duration {
        Duration::from_secs(u64::from(self.timeout))
    }
}

/// The checkers that are not run.
#[derive(clap::Args)]
struct SkippedCheckers {
    /// Do not run this daemon's checker (repeatable)
    #[arg(long, value_name = "DAEMON", value_parser = PossibleValuesParser::new(checks::daemons()))]
    unchecked: Vec<String>,
}

/// How a run ended, when nothing failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// All is well.
    Well,
    /// Findings stand in the way.
    Findings,
}

impl Ending {
    /// How a run with these findings ends.
    fn of(report: &Report, strict: bool) -> Self {
        let stop = report.has_errors() || (strict && report.counts().1 > 0);
        if stop { Self::Findings } else { Self::Well }
    }
}

/// Runs the program with its arguments, its name first.
#[must_use]
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    // A checker gets none of the files that the caller has open. Those that ipxegen opens are closed on exec anyway.
    close_fds::set_fds_cloexec(3, &[]);
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // clap's own: help and version go to standard output and are no failure.
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            let lost = error.print().err().filter(|error| error.kind() != io::ErrorKind::BrokenPipe);
            return if lost.is_some() { ExitCode::from(2) } else { ExitCode::from(code) };
        }
    };
    let only_prints = cli.command.only_prints();
    let result = match cli.command {
        Command::Render(args) => render::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Apply(args) => apply::run(&args),
        Command::Rollback(args) => rollback::run(&args),
        Command::History(args) => history::run(&args),
        Command::Recover(args) => recover::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Inventory(args) => inventory::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    let code = match result {
        Ok(Ending::Well) => 0,
        Ok(Ending::Findings) => 1,
        Err(error) => {
            console::failure(&error);
            2
        }
    };
    let Some(error) = streams::lost() else { return ExitCode::from(code) };
    console::say(&format!("not everything could be written to standard output: {error}"));
    ExitCode::from(if code == 0 && only_prints { 2 } else { code })
}

/// Reads, resolves and checks a site. Every finding is in the report.
fn load<'s>(args: &SiteArg, sources: &'s Sources, report: &mut Report) -> Result<Option<Site<'s>>> {
    let _watched = progress::show();
    let path = args.site.as_path();
    let site = read_site(sources, path)?;
    if site.is_empty() {
        bail!("{} holds no YAML file", path.display());
    }
    let mut read: Vec<_> = site.into_iter().map(|text| (text, true)).collect();
    for path in &args.with {
        if path.is_dir() {
            bail!("--with: {} is a folder, not a file", path.display());
        }
        read.extend(read_site(sources, path)?.into_iter().map(|text| (text, false)));
    }
    let mut texts = Texts::default();
    for (text, files) in read {
        if let Some(span) = text.not_utf8 {
            let finding = Finding::new(&NOT_UTF8, span, "the text is not UTF-8 from here on");
            report.push(
                finding.help("save the file in UTF-8; `iconv -f latin1 -t utf-8` turns an old one over"),
            );
        }
        if files { texts.files.push(text.file) } else { texts.with.push(text.file) }
    }
    if report.has_errors() {
        return Ok(None);
    }
    let written = crate::schema::read_up_to(sources, &texts, args.max_hosts, report);
    // What is no YAML, or no site at all, leaves nothing to resolve.
    if report.stops() {
        return Ok(None);
    }
    let name = match path.file_name() {
        Some(name) if path != Path::new("-") => name.to_string_lossy().into_owned(),
        _ => "standard input".to_owned(),
    };
    let site = resolve::resolve(written, &name, sources, report);
    rules::run(&site, report);
    Ok(Some(site))
}

/// Renders the files of the user's own templates into nothing: only that shows what their templates print.
fn try_own_templates(plan: &Plan<'_>, renderer: &Renderer, report: &mut Report) {
    for planned in &plan.files {
        report.extend(renderer.refuses(planned.output, &planned.file));
    }
}

/// Prints the findings and says whether they stand in the way.
fn show_findings(report: &Report, sources: &Sources, strict: bool) -> Result<Ending> {
    let colour = comparing::colour(io::stderr().is_terminal());
    print_findings(report, sources, strict, colour, &mut console::stderr())
}

/// Prints the findings somewhere and says whether they stand in the way.
fn print_findings(
    report: &Report,
    sources: &Sources,
    strict: bool,
    colour: bool,
    to: &mut dyn Write,
) -> Result<Ending> {
    report::print(report, sources, Format::Human, colour, &[], to)?;
    let ending = Ending::of(report, strict);
    if ending == Ending::Findings && !report.has_errors() {
        writeln!(to, "nothing was written: --strict treats warnings as errors")?;
    }
    Ok(ending)
}

/// The rule that was probably meant: at most a third of its letters differ.
fn nearest_rule<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let distance = |known: &&&str| report::distance(name, known);
    let near = *known.iter().min_by_key(distance)?;
    (distance(&&near) <= name.chars().count() / 3).then_some(near)
}

/// The server that is meant: the one named, which must exist, or the only one there is.
fn named_server(name: Option<&str>, site: &Site<'_>, report: &mut Report) -> Option<String> {
    let names: Vec<&str> = site.servers.iter().map(|server| server.name.as_str()).collect();
    match (name, names.as_slice()) {
        (Some(name), names) if !names.contains(&name) => {
            let help = nearest(name, names).map_or_else(
                || format!("the servers are {}", listed(names)),
                |near| format!("did you mean `{near}`?"),
            );
            wrong_argument(report, format!("--server: the site has no server `{name}`"), help);
            None
        }
        (Some(name), _) => Some(name.to_owned()),
        (None, [only]) => Some((*only).to_owned()),
        (None, _) => None,
    }
}

/// A failure that is the user's to mend and has no place.
fn wrong_argument(report: &mut Report, message: String, help: String) {
    report.push(Finding::nowhere(&ARGUMENT, message).help(help));
}
