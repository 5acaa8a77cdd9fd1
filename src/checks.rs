//! Runs the daemons' own checkers on the rendered files, and leads their messages back to the site.
//!
//! The trees are staged in a private folder. An `include` of a file that the tree has is redirected to the staged
//! file, because the checker would read the machine's own. A checker that is not installed is named, which is not a
//! finding. A checker that is installed and cannot do its work is an error, so that no file is applied unchecked
//! unless the user asks for it with `--unchecked`.

mod account;
mod places;
mod sandbox;
mod stage;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use foldhash::HashMap;

use self::account::CheckerAccount;
use self::places::Rendered;
use self::sandbox::Sandbox;
pub use self::sandbox::{mount_points, sockets};
use self::stage::StagingFolder;
use crate::outputs::{Checker, CheckerOutput, HarnessPaths, Line, Message, OUTPUTS};
use crate::plan::{Plan, Planned};
use crate::process::{self, Ended, Keep, Output};
use crate::render::Renderer;
use crate::report::catalogue::{DAEMON, DAEMON_WARNING, UNCHECKED};
use crate::report::{Finding, Label, masked};
use crate::signals;
use crate::source::Sources;
use crate::tree::Content;

/// The daemons that have a checker: the words of `--unchecked`.
pub fn daemons() -> impl Iterator<Item = &'static str> {
    let daemons: BTreeSet<_> =
        OUTPUTS.iter().flat_map(|output| output.checkers()).map(|it| it.daemon).collect();
    daemons.into_iter()
}

/// Removes the folders that a killed run left.
pub fn sweep() {
    stage::sweep(&std::env::temp_dir());
}

/// How checkers are run.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// How long each checker may take.
    pub limit: Duration,
    /// The daemons whose checkers are not run, by the words of [`daemons()`].
    pub unchecked: &'a [String],
}

/// The findings of a run.
#[derive(Default)]
pub struct Checked {
    /// The messages of the checkers.
    pub findings: Vec<Finding>,
    /// The checkers that ran, each with the server and how it ended.
    pub ran: Vec<String>,
    /// Sentences that name the files that were not checked, and why.
    pub not_run: Vec<String>,
}

/// Renders every tree into a private folder and runs the checkers that are installed.
///
/// A signal that asks the program to end takes effect after the folder is removed.
///
/// # Errors
/// If the folder cannot be written, or a template cannot be rendered.
pub fn run<'p>(
    plan: &'p Plan<'p>,
    renderer: &Renderer,
    sources: &'p Sources,
    options: Options<'_>,
) -> Result<Checked> {
    let held = signals::hold()?;
    let checked = run_stoppable(plan, renderer, sources, options, held.came());
    held.obey();
    checked
}

fn run_stoppable<'p>(
    plan: &'p Plan<'p>,
    renderer: &Renderer,
    sources: &'p Sources,
    options: Options<'_>,
    stop: &AtomicBool,
) -> Result<Checked> {
    let (folder, sandbox) = (StagingFolder::make()?, Sandbox::new()?);
    let seen = sandbox.seen(&folder).join("files");
    let stage = Stage { folder, sandbox, seen, plan, sources, options, stop };
    for planned in &plan.files {
        stage.write(planned, renderer)?;
    }
    let mut checked = Checked::default();
    let mut known = Known::default();
    let mut run: Vec<(&str, &[String])> = Vec::new();
    for planned in &plan.files {
        // A file and the files that it includes have the same command, which runs once.
        let command = (planned.entry.server.as_str(), planned.entry.check.as_deref().unwrap_or_default());
        if !run.contains(&command) {
            run.push(command);
            stage.check(planned, &mut known, &mut checked)?;
        }
    }
    Ok(checked)
}

/// The checker of a file, if it has one.
fn checker_of(planned: &Planned<'_>) -> Option<&'static Checker> {
    let command = planned.entry.check.as_ref()?.first()?;
    planned.output.checkers().iter().find(|checker| checker.command == command)
}

/// The files that messages are about, by their staged paths.
type Known<'p> = HashMap<PathBuf, Rendered<'p>>;

/// The folder with the trees, one per server.
struct Stage<'p, 'o> {
    folder: StagingFolder,
    sandbox: Sandbox,
    /// The folder of the trees, as a checker sees it.
    seen: PathBuf,
    plan: &'p Plan<'p>,
    sources: &'p Sources,
    options: Options<'o>,
    stop: &'o AtomicBool,
}

impl<'p> Stage<'p, '_> {
    /// The path of a staged file.
    fn path(&self, server: &str, path: &str) -> PathBuf {
        self.folder.files().join(server).join(path.trim_start_matches('/'))
    }

    /// The path of a staged file, as a checker sees it.
    fn seen(&self, server: &str, path: &str) -> PathBuf {
        self.seen.join(server).join(path.trim_start_matches('/'))
    }

    fn write(&self, planned: &Planned<'_>, renderer: &Renderer) -> Result<()> {
        let path = self.path(&planned.entry.server, &planned.entry.path);
        let mut text = Stoppable { bytes: Vec::new(), stop: self.stop };
        renderer.file(planned.output, &planned.file).write_to(&mut text)?;
        let text = self.with_staged_includes(text.bytes, &planned.entry.server);
        let text = match checker_of(planned) {
            Some(checker) => (checker.staged)(text),
            None => text,
        };
        let mut file = BufWriter::new(StagingFolder::create(&path)?);
        let written = file.write_all(&text).and_then(|()| file.flush());
        written.with_context(|| format!("cannot write {}", path.display()))
    }

    /// Redirects includes of the server's own tree to the staged files. Lines keep their numbers.
    fn with_staged_includes(&self, text: Vec<u8>, server: &str) -> Vec<u8> {
        if !text.windows(8).any(|part| part == b"include ") {
            return text;
        }
        let Ok(text) = String::from_utf8(text) else { return Vec::new() };
        let mut redirected = String::with_capacity(text.len() + 256);
        for line in text.split_inclusive('\n') {
            let rest = line.trim_start().strip_prefix("include \"");
            let path = rest.and_then(|rest| rest.split('"').next());
            let ours = path.filter(|path| self.planned(server, path).is_some());
            match ours {
                Some(path) => {
                    let staged = self.seen(server, path).display().to_string();
                    redirected.push_str(&line.replacen(path, &staged, 1));
                }
                None => redirected.push_str(line),
            }
        }
        redirected.into_bytes()
    }

    fn planned(&self, server: &str, path: &str) -> Option<&'p Planned<'p>> {
        self.plan.files.iter().find(|planned| planned.entry.server == server && planned.entry.path == path)
    }

    fn check(&self, planned: &'p Planned<'p>, known: &mut Known<'p>, checked: &mut Checked) -> Result<()> {
        let entry = &planned.entry;
        let Some((command, arguments)) = entry.check.as_ref().and_then(|words| words.split_first()) else {
            return Ok(());
        };
        let name = format!("{}{}", entry.server, entry.path);
        let checker = checker_of(planned)
            .with_context(|| format!("{} has no checker {command}", planned.output.name()))?;
        if self.options.unchecked.iter().any(|daemon| daemon == checker.daemon) {
            checked.not_run.push(format!("{name} was not checked: --unchecked {}", checker.daemon));
            return Ok(());
        }
        let Some(program) = self.sandbox.find(checker.program) else {
            checked.not_run.push(format!("{command} is not installed: {name} was not checked"));
            return Ok(());
        };
        let output = match self.ask(checker, &program, planned, arguments)? {
            Ok(output) => output,
            Err(why) => {
                checked
                    .findings
                    .push(not_checked(&format!("{command} {why}: {name} was not checked"), checker));
                return Ok(());
            }
        };
        let command_line = entry.check.as_ref().map(|words| words.join(" ")).unwrap_or_default();
        let verdict = if output.status.success() { "accepts" } else { "refuses" };
        checked.ran.push(format!("{command_line}: {verdict} the files of {}", entry.server));
        self.report(&output, planned, checker, &name, known, checked)
    }

    /// Makes findings of the output of a checker.
    fn report(
        &self,
        output: &Output,
        planned: &'p Planned<'p>,
        checker: &'static Checker,
        name: &str,
        known: &mut Known<'p>,
        checked: &mut Checked,
    ) -> Result<()> {
        let (entry, command) = (&planned.entry, checker.command);
        let failed = !output.status.success();
        let started_with = match checker.harness {
            Some(_) => self.harness(checker),
            None => self.seen(&entry.server, &entry.path),
        };
        let started_with = started_with.display().to_string();
        if failed && output.text.lines().any(|line| (checker.cannot_read)(line, &started_with)) {
            let why = "may not read the staged file (a security profile such as AppArmor may keep it out)";
            checked.findings.push(not_checked(&format!("{command} {why}: {name} was not checked"), checker));
            return Ok(());
        }
        let mut messages =
            (checker.messages)(&CheckerOutput { text: &output.text, failed, folder: &self.seen });
        if failed && messages.is_empty() {
            let words = output.line();
            let code = output.status.code().map_or("a signal".to_owned(), |code| format!("exit code {code}"));
            messages.push(Message::unknown(if words.is_empty() { code } else { words }));
        }
        for mut message in messages {
            let about = self.file_of(&mut message).unwrap_or(planned);
            let mut finding = self.finding(&message, about, command, failed, known)?;
            if self.sandbox.confines() && message.text.contains("ermission denied") {
                finding = finding.help(format!(
                    "the checker runs as {}; let that account read the file, or skip this check with \
                     --unchecked {}",
                    CheckerAccount::of(checker).name,
                    checker.daemon
                ));
            }
            checked.findings.push(finding);
        }
        Ok(())
    }

    /// The staged file that a message names. Of any other file, no line is shown: text of the site may make a checker
    /// name a file that the reader of the finding must not see.
    fn file_of(&self, message: &mut Message) -> Option<&'p Planned<'p>> {
        let named = |planned: &&Planned<'_>| {
            message.file.as_ref() == Some(&self.seen(&planned.entry.server, &planned.entry.path))
        };
        if let Some(about) = self.plan.files.iter().find(named) {
            return Some(about);
        }
        if let Some(file) = message.file.take() {
            message.line = Line::Unknown;
            if !file.starts_with(&self.seen) {
                message.text = format!("{} in {}", message.text, file.display());
            }
        }
        None
    }

    /// The path of the configuration around a file, as the checker sees it.
    fn harness(&self, checker: &Checker) -> PathBuf {
        self.seen.join(harness_name(checker))
    }

    /// Runs a checker. The inner error says why it could not do its work.
    fn ask(
        &self,
        checker: &'static Checker,
        program: &Path,
        planned: &Planned<'_>,
        arguments: &[String],
    ) -> Result<std::result::Result<Output, String>> {
        let entry = &planned.entry;
        let file = self.seen(&entry.server, &entry.path);
        let work = self.sandbox.seen(&self.folder).join("work");
        let own = checker.arguments.iter().map(|word| (*word).to_owned());
        let arguments: Vec<String> = match checker.harness {
            Some(make) => {
                let configuration = self.harness(checker);
                let harness = make(&HarnessPaths { file: &file, configuration: &configuration, work: &work });
                StagingFolder::write(&self.folder.files().join(harness_name(checker)), &harness.text)?;
                harness.arguments
            }
            None => own.chain(arguments.iter().cloned()).collect(),
        };
        let account = CheckerAccount::of(checker);
        let (limit, stop) = (self.options.limit, self.stop);
        if self.sandbox.confines() {
            self.folder.give_to(&account)?;
            if let Some(why) = self.sandbox.refusal(checker, &account, &self.folder, stop) {
                return Ok(Err(format!("cannot be confined here, and does not run as root without ({why})")));
            }
        }
        let mut command = self.sandbox.command(program, checker, &account, &self.folder);
        for word in &arguments {
            match self.planned(&entry.server, word) {
                Some(_) => command.arg(self.seen(&entry.server, word)),
                None => command.arg(word),
            };
        }
        let ended = match process::run(&mut command, Keep::Errors, limit, stop) {
            Ok(ended) => ended,
            Err(error) => return Ok(Err(format!("does not start ({error})"))),
        };
        Ok(match (ended.failure(), ended) {
            (Some(why), _) => Err(why),
            (None, Ended::Done(output)) => Ok(output),
            (None, _) => Err("did not end".to_owned()),
        })
    }

    /// Makes a finding of a message, at the place in the site that the line comes from.
    fn finding(
        &self,
        message: &Message,
        planned: &'p Planned<'p>,
        program: &str,
        failed: bool,
        known: &mut Known<'p>,
    ) -> Result<Finding> {
        let entry = &planned.entry;
        let file = self.path(&entry.server, &entry.path);
        let shown = format!("{}{}", entry.server, entry.path);
        let kind = if failed { &DAEMON } else { &DAEMON_WARNING };
        let secret = entry.secret.as_deref();
        let hidden = secret.is_some_and(<[String]>::is_empty);
        let staged = format!("{}/", self.seen.display());
        if !known.contains_key(&file) {
            let text =
                fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            // Show includes as they were rendered, not as they were redirected.
            let text = text.replace(&format!("{staged}{}/", entry.server), "/");
            let text = if hidden { "" } else { &text };
            known.insert(file.clone(), Rendered::new(Some(planned), &shown, text, self.sources)?);
        }
        let rendered = known.get(&file).context("a file that was read is known")?;
        // A checker may repeat a line that holds a secret.
        let words = if hidden {
            format!("{program} refuses {shown}; what it says of a secret is not shown")
        } else {
            let words = message.text.replace(&staged, "");
            format!("{program} says of {shown}: {}", masked(&words, secret.unwrap_or_default()))
        };
        let line = rendered.line(&message.line);
        let in_site = rendered.place(line, message.line.column());
        let in_file = line.map(|line| rendered.span(line));
        let mut finding = Finding::nowhere(kind, words);
        finding.primary = in_site.or(in_file).map(|span| Label { span, text: String::new() });
        if in_site.is_some() {
            finding = match in_file {
                Some(span) => finding.here("this is where it comes from").and(span, "in the rendered file"),
                None => finding.here("the file is made for this"),
            };
        }
        if let Some(system) = planned.file.system {
            finding = finding.help(format!(
                "the file is for {program} of {system}, as `os` says; this machine may have another version"
            ));
        }
        Ok(finding)
    }
}

/// The name of the configuration around a file, in the folder of the trees.
fn harness_name(checker: &Checker) -> String {
    format!(".{}.conf", checker.command)
}

/// Reports a file that was not checked although its checker is installed.
fn not_checked(words: &str, checker: &Checker) -> Finding {
    let help = format!("--unchecked {} goes on without this check", checker.daemon);
    Finding::nowhere(&UNCHECKED, words.to_owned()).help(help)
}

/// Takes a text until a signal asks us to end.
struct Stoppable<'s> {
    bytes: Vec<u8>,
    stop: &'s AtomicBool,
}

impl Write for Stoppable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("a signal asked ipxegen to end"));
        }
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
