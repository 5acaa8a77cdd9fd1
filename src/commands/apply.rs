//! `ipxegen apply`: replaces all files of this machine, or none.

use std::io::{self, BufRead as _, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};

use super::comparing::{comparison, left_to_do, print, secrets_in, word};
use super::dnsmasq_files::{OtherSettings, OurSettings, other_settings};
use super::machine_output::{MachineOutcome, MachineOutput};
use super::own_templates::{TemplatesArg, try_own_templates};
use super::{
    Ending, SiteArg, SkippedCheckers, TextOrJson, TimeLimit, Verbosity, colour, console, findings_json, load,
    named_server, show_findings, trial, wrong_argument,
};
use crate::apply::{Applied, ApplyOptions, LockedMachine, Origin, Proposal, Reload, Services};
use crate::checks;
use crate::diff::{Comparison, print_lines, unified};
use crate::model::Site;
use crate::plan::plan;
use crate::progress;
use crate::report::{self, Masker, Report, masked, visible};
use crate::signals;
use crate::source::Sources;
use crate::tree::{Change, File, Reason, Surveyed};

/// With at least so many hosts, removing many of them at once is probably a mistake.
const MANY: usize = 10;

/// Put this machine's files in place, all of them or none
///
/// Renders the site, runs the daemons' own checkers, shows what would change and asks. Keeps the old files, so that
/// `ipxegen rollback` can restore them. If a signal interrupts the run, it restores the old files before it ends. After
/// `kill -9` or a power cut, `ipxegen recover` does so, and so does the next command that reads the machine's files.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 the files are in place, or were already; 1 nothing was changed, because of a \
                        finding, a file that was changed by hand or that ipxegen did not write, another server's \
                        files, or the answer no; 2 failure: the last message says whether nothing was changed, the \
                        old files are back, the new files are in place, or old and new files are mixed."
)]
pub(super) struct Args {
    #[command(flatten)]
    site: SiteArg,
    /// The site's server that this machine is; required if the site has several servers
    #[arg(long, value_name = "SERVER")]
    server: Option<String>,
    /// Replace another server's files; SERVER is the new server
    #[arg(long, value_name = "SERVER")]
    r#become: Option<String>,
    #[command(flatten)]
    to: MachineArgs,
    /// Why the files change; `ipxegen history` shows it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    #[command(flatten)]
    templates: TemplatesArg,
    /// Start the DHCP server with the new files in a network of its own first, and ask it as each kind of client; change
    /// nothing unless it answers as the site says (needs root)
    #[arg(long)]
    probe: bool,
    /// Treat warnings as errors
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    left_out: SkippedCheckers,
}

/// The arguments that `apply` and `rollback` share.
#[derive(clap::Args)]
pub(super) struct MachineArgs {
    /// The machine's root folder
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    /// Reload the daemons whose files changed; restore the old files if a daemon does not stay up
    #[arg(long)]
    reload: bool,
    /// Watch a reloaded daemon for this long
    #[arg(long, value_name = "SECONDS", default_value_t = 3, requires = "reload")]
    watch: u32,
    #[command(flatten)]
    limit: TimeLimit,
    /// Overwrite files that were changed by hand, and allow the removal of many hosts at once and settings in other files
    /// that dnsmasq reads, for DHCP or against the site's
    #[arg(long)]
    force: bool,
    /// Overwrite files that ipxegen did not write; a copy is kept as a generation
    #[arg(long)]
    adopt: bool,
    /// The output format; `json` does not ask, so it needs --yes
    #[arg(long, value_enum, default_value_t = TextOrJson::Text, requires_if("json", "yes"))]
    pub(super) format: TextOrJson,
    #[command(flatten)]
    verbosity: Verbosity,
}

impl MachineArgs {
    /// Opens the machine, and prints which repairs were needed first.
    pub(super) fn open(&self) -> Result<LockedMachine> {
        if self.reload && self.root != Path::new("/") {
            bail!("--reload works for this machine only, not with --root {}", self.root.display());
        }
        let machine = LockedMachine::open(&self.root)?;
        if let Some(repaired) = &machine.repaired {
            writeln!(console::stderr(), "ipxegen: {repaired}")?;
        }
        Ok(machine)
    }

    /// Whether the result is printed as text.
    fn prints(&self) -> bool {
        self.format == TextOrJson::Text && !self.verbosity.quiet
    }

    /// How to reload the daemons, if they are; `listens` is the unit of the DHCP server that must listen afterwards.
    fn reload(&self, listens: Option<String>) -> Option<Reload> {
        let watch = Duration::from_secs(u64::from(self.watch));
        self.reload.then(|| Reload { services: Services::here(), watch, limit: self.limit.get(), listens })
    }
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let mut output = MachineOutput::new();
    let ending = apply(args, &mut output);
    output.end(args.to.format, ending)
}

/// Prints the findings; returns whether they prevent the work.
fn findings(args: &Args, report: &Report, sources: &Sources, output: &mut MachineOutput) -> Result<Ending> {
    if args.to.format == TextOrJson::Text {
        return show_findings(report, sources, args.strict);
    }
    output.findings = findings_json(report, sources)?;
    Ok(Ending::of(report, args.strict))
}

fn apply(args: &Args, output: &mut MachineOutput) -> Result<Ending> {
    if args.probe {
        trial::require_root()?;
    }
    let sources = args.site.access.sources()?;
    let mut report = Report::new();
    let Some(site) = load(&args.site, &sources, &mut report)? else {
        return findings(args, &report, &sources, output);
    };
    args.to.verbosity.site(&sources, &site, &mut console::stderr())?;
    let server = applied_server(args, &site, &mut report);
    let mut plan = plan(&site, &mut report);
    let renderer = args.templates.renderer(&site, &sources, &mut report)?;
    if !report.has_errors() {
        try_own_templates(&plan, &renderer, &mut report);
    }
    if report.has_errors() {
        return findings(args, &report, &sources, output);
    }
    let Some(server) = server else { return findings(args, &report, &sources, output) };
    plan.files.retain(|planned| planned.entry.server == server);
    plan.needs.retain(|need| need.server == server);
    let options = checks::Options { limit: args.to.limit.get(), unchecked: &args.left_out.unchecked };
    let mut checked = checks::run(&plan, &renderer, &sources, options)?;
    for finding in std::mem::take(&mut checked.findings) {
        report.push(finding);
    }
    if findings(args, &report, &sources, output)? == Ending::Findings {
        return Ok(Ending::Findings);
    }
    args.to.verbosity.checkers(&checked, &mut console::stderr())?;
    if args.probe && !trial::passes(&site, &plan, &renderer, &sources, &server, args.to.limit.get())? {
        return Ok(Ending::Findings);
    }
    let listens = if args.probe { trial::dhcp_unit(&plan) } else { None };
    let files = plan.files.iter().map(|planned| File {
        entry: planned.entry.clone(),
        content: Box::new(renderer.file(planned.output, &planned.file)),
    });
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let machine = args.to.open()?;
    let watched = progress::show();
    let origin = Origin {
        site: site.source.clone(),
        server: server.clone(),
        with: args.site.with.iter().map(|path| path.display().to_string()).collect(),
        by: caller(),
        reason: args.reason.clone(),
    };
    let proposal = machine.propose(files.collect(), plan.needs.clone(), &origin, time);
    drop(watched);
    let proposal = match proposal {
        Ok(proposal) => proposal,
        Err(error) => {
            // The first error matters more than one of cleaning up.
            let _ = machine.leave();
            return Err(error.context("nothing was changed"));
        }
    };
    if is_other_server(&machine, &proposal, args.r#become.as_deref(), output)? {
        machine.leave()?;
        return Ok(Ending::Findings);
    }
    carry_out(machine, &proposal, &args.to, listens, output)
}

/// The server whose files are applied. Reports a server that is not clear, or that `--become` contradicts.
fn applied_server(args: &Args, site: &Site<'_>, report: &mut Report) -> Option<String> {
    let server = named_server(args.server.as_deref(), site, report);
    if server.is_none() && args.server.is_none() {
        let message = "--server: the site has several servers".to_owned();
        wrong_argument(report, message, "name the server that this machine is".to_owned());
    }
    if let (Some(name), Some(server)) = (&args.r#become, &server)
        && name != server
    {
        let message = format!("--become: the files are those of the server `{server}`, not of `{name}`");
        wrong_argument(report, message, format!("--become {server} means the server that is applied"));
    }
    server
}

/// The user who called sudo or doas, otherwise the account that runs ipxegen.
fn caller() -> String {
    let user = rustix::process::getuid();
    let called = ["SUDO_USER", "DOAS_USER"].into_iter().filter(|_| user.is_root());
    if let Some(name) = called.filter_map(|name| std::env::var(name).ok()).find(|name| !name.is_empty()) {
        return name;
    }
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let id = user.as_raw().to_string();
    let name = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        fields.next().filter(|_| fields.nth(1) == Some(&id))
    });
    name.map_or_else(|| format!("user {id}"), str::to_owned)
}

/// Whether the machine's files are another server's, and `--become` does not name the new one. Reports it.
pub(super) fn is_other_server(
    machine: &LockedMachine,
    proposal: &Proposal,
    to_become: Option<&str>,
    output: &mut MachineOutput,
) -> Result<bool> {
    let (Some(other), Some(server)) = (proposal.other_server(), proposal.server()) else { return Ok(false) };
    if to_become == Some(server) {
        return Ok(false);
    }
    let (other, server) = (visible(other), visible(server));
    let root = machine.home().dir().display();
    let text = format!("the files below {root} are those of the server {other}, not of {server}");
    writeln!(console::stderr(), "ipxegen: {text}; nothing was changed; --become {server} replaces them all")?;
    output.refused.push(text);
    Ok(true)
}

/// Shows a proposal, asks, and carries it out. `listens` is the unit of the DHCP server that must listen afterwards.
pub(super) fn carry_out(
    machine: LockedMachine,
    proposal: &Proposal,
    to: &MachineArgs,
    listens: Option<String>,
    output: &mut MachineOutput,
) -> Result<Ending> {
    let reload = to.reload(listens);
    match decide(&machine, proposal, to, reload.as_ref(), output) {
        Ok(None) => {}
        ended => {
            // No file was exchanged, so the staged files are removed. The first error matters more than one of that.
            let left = machine.leave();
            let ended = ended?;
            left?;
            return Ok(ended.unwrap_or(Ending::Well));
        }
    }
    let order = ApplyOptions { force: to.force, adopt: to.adopt };
    // From here on a signal is noticed between steps. Until now, Ctrl-C ends the program at once.
    let held = signals::hold()?;
    let applied = machine.carry_out(proposal, order, reload.as_ref(), held.came())?;
    output.applied(&applied, proposal.needs());
    if to.prints() { print_result(&applied, proposal) } else { Ok(Ending::Well) }
}

/// Shows a proposal and asks. `None` means yes.
fn decide(
    machine: &LockedMachine,
    proposal: &Proposal,
    to: &MachineArgs,
    reload: Option<&Reload>,
    output: &mut MachineOutput,
) -> Result<Option<Ending>> {
    if proposal.is_idle() {
        output.outcome = MachineOutcome::Unchanged;
        let mut lines = vec!["nothing to change".to_owned()];
        let pending = machine.pending()?;
        if let Some(reload) = reload.filter(|_| !pending.is_empty()) {
            output.reloaded = machine.reload(reload)?;
            lines.extend(output.reloaded.iter().map(|line| visible(line).into_owned()));
        }
        if to.prints() {
            writeln!(console::stdout(), "{}", lines.join("\n"))?;
        }
        return Ok(Some(Ending::Well));
    }
    let shown = comparison(machine.home(), &proposal.survey, |file| proposal.new_bytes(file))?;
    let same = proposal.survey.files.iter().filter(|file| file.change == Change::Unchanged);
    to.verbosity.unchanged(same.map(|file| file.entry.path.as_str()), &mut console::stderr())?;
    output.compared(&shown);
    // Nobody is asked about a change that was not shown.
    let shows = to.format == TextOrJson::Text && !(to.verbosity.quiet && to.yes);
    if shows {
        print(&shown)?;
    }
    if let Some(switch) = proposal.switch().words().filter(|_| shows) {
        let how = if to.reload { "then" } else { "then, with --reload" };
        writeln!(console::stdout(), "{how}: {switch}")?;
    }
    if !allowed(machine, proposal, &shown, to, output)? {
        return Ok(Some(Ending::Findings));
    }
    if !to.yes {
        if !io::stdin().is_terminal() {
            bail!("there is no terminal to ask on, and nothing was changed; --yes does it without asking");
        }
        if !ask(machine.home().dir())? {
            writeln!(console::stderr(), "ipxegen: nothing was changed")?;
            output.refused.push("the answer was no".to_owned());
            return Ok(Some(Ending::Findings));
        }
    }
    Ok(None)
}

/// Whether no safety limit stops the proposal. Reports the one that does.
fn allowed(
    machine: &LockedMachine,
    proposal: &Proposal,
    shown: &Comparison,
    to: &MachineArgs,
    output: &mut MachineOutput,
) -> Result<bool> {
    let mut err = console::stderr();
    let mut help: Vec<&str> = Vec::new();
    for file in proposal.survey.files.iter().filter(|file| file.change != Change::Unchanged) {
        let Some(reason) = &file.reason else { continue };
        let (pass, word) = match reason {
            Reason::Foreign => {
                (to.adopt, "--adopt overwrites files that ipxegen did not write, and keeps a copy")
            }
            _ => (to.force, "--force overwrites files that were changed by hand, and keeps a copy"),
        };
        if pass {
            continue;
        }
        let path = machine.home().dir().join(&file.place);
        let line = format!("{}: {reason}", path.display());
        writeln!(err, "{}", visible(&line))?;
        output.refused.push(line);
        if *reason == Reason::Edited {
            print_edit(machine, file, &mut err)?;
        }
        if !help.contains(&word) {
            help.push(word);
        }
    }
    for line in beside_dnsmasq(machine, proposal)? {
        if !to.force {
            writeln!(err, "{}", visible(&line))?;
            output.refused.push(line);
            let word = "remove these settings or move the files away; --force allows settings in other files that dnsmasq reads";
            if !help.contains(&word) {
                help.push(word);
            }
        }
    }
    let words = &shown.words;
    // More than 30 %.
    if words.hosts >= MANY && words.gone * 10 > words.hosts * 3 && !to.force {
        let line = format!("{} of {} hosts would be removed", words.gone, words.hosts);
        writeln!(err, "{line}")?;
        output.refused.push(line);
        help.push("--force allows the removal of many hosts at once");
    }
    if !help.is_empty() {
        writeln!(err, "ipxegen: nothing was changed; {}", help.join("; "))?;
    }
    Ok(help.is_empty())
}

/// A line for the settings of each other file that dnsmasq would read in addition to the site's file, as far as they are for
/// DHCP or conflict with the site's.
fn beside_dnsmasq(machine: &LockedMachine, proposal: &Proposal) -> Result<Vec<String>> {
    let files = &proposal.survey.files;
    let comes = |output: &str| {
        let output = output.to_owned();
        let is_it = move |file: &&Surveyed| file.change != Change::Removed && file.entry.output == output;
        files.iter().filter(is_it)
    };
    let mut texts = Vec::new();
    for file in comes("dnsmasq") {
        texts.extend(proposal.new_bytes(file)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()));
    }
    if texts.is_empty() {
        return Ok(Vec::new());
    }
    let has_tftp = comes("tftpd_hpa").next().is_some();
    let ours = OurSettings::new(texts.iter().map(String::as_str), has_tftp);
    let of_the_site = files.iter().map(|file| file.entry.path.as_str()).collect();
    let others = other_settings(machine.home().dir(), &of_the_site, &ours)?;
    let line = |other: OtherSettings| {
        let path = machine.home().dir().join(other.path.trim_start_matches('/'));
        format!("{}: dnsmasq reads this file too, {}", path.display(), other.text)
    };
    Ok(others.into_iter().map(line).collect())
}

/// Prints the edit by hand, not the change that apply would make. Prints nothing of a file that is secret.
fn print_edit(machine: &LockedMachine, file: &Surveyed, err: &mut dyn Write) -> Result<()> {
    let marks = match &file.entry.secret {
        Some(marks) if marks.is_empty() => return Ok(()),
        Some(marks) => marks.as_slice(),
        None if file.entry.mode & 0o004 == 0 => return Ok(()),
        None => &[],
    };
    if let (Some(ours), Ok(Some((_, now)))) = (machine.last_bytes(file), machine.home().read(&file.place)) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let lines = unified(&file.entry.path, Some(&text(&ours)), Some(&text(&now)));
        let terminal = io::stderr().is_terminal();
        let mut secrets = secrets_in(&file.entry.output, &ours);
        secrets.extend(secrets_in(&file.entry.output, &now));
        let lines = Masker::new(secrets).owned(masked(&lines, marks).into_owned());
        print_lines(&report::mask(&lines), terminal, colour::of_errors(), err)?;
    }
    Ok(())
}

fn ask(root: &Path) -> Result<bool> {
    let mut err = console::stderr();
    write!(err, "\nput this in place below {}? [y/N] ", root.display())?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn print_result(applied: &Applied, proposal: &Proposal) -> Result<Ending> {
    let mut out = console::stdout();
    let changed = applied.touched.iter().filter(|file| file.change != Change::Unchanged);
    writeln!(out, "\ngeneration {} is in place:", applied.generation)?;
    for file in changed {
        writeln!(out, "{} {}", word(file.change), visible(&file.path))?;
    }
    for line in &applied.reloaded {
        writeln!(out, "{}", visible(line))?;
    }
    if !applied.pending.is_empty() {
        writeln!(out, "to be reloaded: {} (--reload does it)", applied.pending.join(", "))?;
    }
    if let Some(switch) = &applied.switch {
        writeln!(out, "to be done: {switch} (--reload does it)")?;
    }
    if let Some(found) = applied.found {
        writeln!(out, "the files that were there before are kept as generation {found}")?;
    }
    left_to_do(proposal.needs(), &mut out)?;
    Ok(Ending::Well)
}
