//! The command line: one file per subcommand, no logic of its own.

mod apply;
mod candidates;
mod check;
mod colour;
mod comparing;
mod completions;
mod console;
mod defaults;
mod diff;
mod dnsmasq_files;
mod documented_defaults;
mod explain;
mod history;
mod hosts;
mod import;
mod init;
mod inventory;
mod machine_output;
mod man;
mod own_templates;
mod probe;
mod prove;
mod recover;
mod render;
mod rollback;
mod schema;
mod server_files;
mod show;
mod site_page;
mod streams;
mod templates;
mod trace;
mod trial;
mod verbosity;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::builder::PossibleValuesParser;
use clap::{Parser, Subcommand};
use serde::Serialize;
use serde_json::Value;

use self::colour::ColourWhen;
use self::verbosity::Verbosity;
use crate::limits::PATTERN_HOSTS;
use crate::model::Site;
use crate::plan::{Plan, Planned};
use crate::render::Renderer;
use crate::report::catalogue::{ARGUMENT, NOT_UTF8};
use crate::report::{self, Finding, Format, Report};
use crate::resolve::{self, TracedHost};
use crate::schema::{Texts, listed, nearest};
use crate::source::{Access, Sources, read_site};
use crate::tree::Content as _;
use crate::{checks, process, progress, rules};

/// The version, and in packages the commit that it was built from.
const VERSION: &str = match option_env!("IPXEGEN_VERSION") {
    Some(version) => version,
    None => env!("CARGO_PKG_VERSION"),
};

/// One site.yaml in, every configuration file of a netboot server out.
#[derive(Parser)]
#[command(name = "ipxegen", version = VERSION, about, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 success; 1 the site has errors, or warnings under --strict; 2 failure."
)]
struct Cli {
    /// Print in colour: `auto` does so on a terminal, and reads NO_COLOR, CLICOLOR and CLICOLOR_FORCE
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        global = true,
        hide_possible_values = true
    )]
    color: ColourWhen,
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
    Trace(trace::Args),
    Probe(probe::Args),
    Hosts(hosts::Args),
    Import(import::Args),
    Init(init::Args),
    Explain(explain::Args),
    Schema(schema::Args),
    Inventory(inventory::Args),
    Templates(templates::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    /// Whether the command only prints. The exit code of the others says what happened to the files.
    fn only_prints(&self) -> bool {
        match self {
            Self::Render(args) => args.only_prints(),
            Self::Import(args) => args.only_prints(),
            Self::Apply(_) | Self::Rollback(_) | Self::Recover(_) | Self::Init(_) | Self::Man(_) => false,
            Self::Check(_)
            | Self::Diff(_)
            | Self::History(_)
            | Self::Show(_)
            | Self::Hosts(_)
            | Self::Trace(_)
            | Self::Probe(_)
            | Self::Explain(_)
            | Self::Schema(_)
            | Self::Inventory(_)
            | Self::Templates(_)
            | Self::Completions(_) => true,
        }
    }
}

/// The arguments that name the site.
#[derive(clap::Args)]
struct SiteArg {
    /// The site: a YAML file, or a folder of YAML files; `-` reads standard input
    #[arg(value_name = "SITE", default_value = "site.yaml", env = "IPXEGEN_SITE", hide_env_values = true)]
    site: PathBuf,
    /// Merge this file over the site (repeatable): maps merge, lists and scalars replace, null deletes
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,
    #[command(flatten)]
    access: AccessArg,
    /// Limit the number of hosts that name patterns expand to
    #[arg(long, value_name = "N", default_value_t = PATTERN_HOSTS)]
    max_hosts: u64,
}

/// The files and variables that the site may read in addition to its own.
#[derive(Clone, clap::Args)]
struct AccessArg {
    /// Also allow the site to read files below this folder (repeatable); by default only files below the folders of
    /// SITE and FILE are allowed
    #[arg(long, value_name = "DIR")]
    allow_path: Vec<PathBuf>,
    /// Also allow the site to read this environment variable (repeatable); by default only those whose names begin with
    /// IPXEGEN_ are allowed
    #[arg(long, value_name = "NAME")]
    allow_env: Vec<String>,
}

impl AccessArg {
    /// Empty sources, whose texts may name these files and variables.
    fn sources(&self) -> Result<Sources> {
        Ok(Sources::with_access(Access::new(&self.allow_path, &self.allow_env)?))
    }

    /// The same for a command that shows no secret and need not read any.
    fn sources_without_secrets(&self) -> Result<Sources> {
        let access = Access::new(&self.allow_path, &self.allow_env)?.without_secrets();
        Ok(Sources::with_access(access))
    }
}

/// The time limit of each program that ipxegen starts.
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

/// How a run ended that did not fail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Successfully.
    Well,
    /// With findings that prevent the work.
    Findings,
}

impl Ending {
    /// The end of a run with these findings.
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
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if completions::answer(&arguments) {
        return ExitCode::SUCCESS;
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help and version to standard output and exits with 0.
            let code = u8::try_from(error.exit_code()).unwrap_or(2);
            let lost = error.print().err().filter(|error| error.kind() != io::ErrorKind::BrokenPipe);
            return if lost.is_some() { ExitCode::from(2) } else { ExitCode::from(code) };
        }
    };
    cli.color.set();
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
        Command::Hosts(args) => hosts::run(&args),
        Command::Trace(args) => trace::run(&args),
        Command::Probe(args) => probe::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Inventory(args) => inventory::run(&args),
        Command::Templates(args) => templates::run(&args),
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

/// The output formats of commands for people and for programs.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TextOrJson {
    Text,
    Json,
}

/// Reads, resolves and checks a site. Adds every finding to the report.
fn load<'s>(args: &SiteArg, sources: &'s Sources, report: &mut Report) -> Result<Option<Site<'s>>> {
    load_traced(args, sources, None, report)
}

/// Reads a site, and keeps the layers of the settings of one host.
fn load_traced<'s>(
    args: &SiteArg,
    sources: &'s Sources,
    traced: Option<TracedHost<'_>>,
    report: &mut Report,
) -> Result<Option<Site<'s>>> {
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
    // A text that is not YAML, or not a site, cannot be resolved.
    if report.stops() {
        return Ok(None);
    }
    let name = match path.file_name() {
        Some(name) if path != Path::new("-") => name.to_string_lossy().into_owned(),
        _ => "standard input".to_owned(),
    };
    let site = resolve::resolve_traced(written, &name, sources, traced, report);
    rules::run(&site, report);
    Ok(Some(site))
}

/// Prints the findings on standard error; returns whether they prevent the work.
fn show_findings(report: &Report, sources: &Sources, strict: bool) -> Result<Ending> {
    print_findings(report, sources, strict, colour::of_errors(), &mut console::stderr())
}

/// Prints the findings; returns whether they prevent the work.
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

/// The findings for programs, as `check --format json` prints them.
fn findings_json(report: &Report, sources: &Sources) -> Result<Value> {
    let mut text = Vec::new();
    report::print(report, sources, Format::Json, false, &[], &mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

/// Prints a value for programs.
fn print_json(value: &impl Serialize) -> Result<()> {
    let mut out = console::document();
    serde_json::to_writer_pretty(&mut out, value)?;
    writeln!(out)?;
    Ok(out.flush()?)
}

/// The rule with the most similar name, unless more than a third of the letters differ.
fn nearest_rule<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let distance = |known: &&&str| report::distance(name, known);
    let near = *known.iter().min_by_key(distance)?;
    (distance(&&near) <= name.chars().count() / 3).then_some(near)
}

/// The server with this name, or the only server if no name is given. Reports a name that does not exist.
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

/// The server whose root folder `--root` names, by index. Reports a name that does not exist, and a missing one.
fn server_of_root(name: Option<&str>, site: &Site<'_>, report: &mut Report) -> Option<usize> {
    let named = named_server(name, site, report);
    if named.is_none() && name.is_none() && site.servers.len() > 1 {
        let names: Vec<&str> = site.servers.iter().map(|server| server.name.as_str()).collect();
        let message = "--root: the site has several servers".to_owned();
        wrong_argument(report, message, format!("add --server and one of {}", listed(&names)));
    }
    site.servers.iter().position(|server| Some(&server.name) == named.as_ref())
}

/// The content of a planned file.
fn content(renderer: &Renderer, planned: &Planned<'_>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    renderer.file(planned.output, &planned.file).write_to(&mut bytes)?;
    Ok(bytes)
}

/// The content of the file that is rendered for a path of a server; `None` if none is.
fn rendered(plan: &Plan<'_>, renderer: &Renderer, server: &str, path: &str) -> Result<Option<Vec<u8>>> {
    let is_it = |planned: &&Planned<'_>| planned.entry.server == server && planned.entry.path == path;
    plan.files.iter().find(is_it).map(|planned| content(renderer, planned)).transpose()
}

/// Reports a wrong argument of the command line, which has no place in the site.
fn wrong_argument(report: &mut Report, message: String, help: String) {
    report.push(Finding::nowhere(&ARGUMENT, message).help(help));
}
