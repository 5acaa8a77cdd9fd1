//! What the daemons' own checkers say of the rendered files.
//!
//! The trees are staged in a private folder; paths of the tree that a checker would take from the machine
//! itself (dhcpd's `include`) are redirected to the staged files. A checker that is not installed is named and
//! is no finding. One that is installed and cannot do its work is an error: a file that nobody has checked is
//! not put in place, unless the user says so (`--unchecked`).

mod checker;
mod checker_output;
mod places;
mod sandbox;
mod stage;
mod web_server_harness;

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustc_hash::FxHashMap;

use self::checker::Checker;
pub use self::checker::daemons;
use self::checker_output::{Line, Message};
use self::places::Rendered;
use self::sandbox::Sandbox;
use self::stage::StagingFolder;
use crate::plan::{Plan, Planned};
use crate::process::{self, Ended, Keep, Output};
use crate::render::Renderer;
use crate::report::catalogue::{DAEMON, DAEMON_WARNING, UNCHECKED};
use crate::report::{Finding, Label, masked};
use crate::signals;
use crate::source::Sources;
use crate::tree::Content;

/// Removes the folders that a killed run left.
pub fn sweep() {
    stage::sweep(&std::env::temp_dir());
}

/// How checkers are run.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// How long each may take.
    pub limit: Duration,
    /// The daemons, by the words of [`daemons()`], whose checkers are not run.
    pub unchecked: &'a [String],
}

/// The findings of a run.
#[derive(Default)]
pub struct Checked {
    /// What the checkers found.
    pub findings: Vec<Finding>,
    /// The files that were not checked, and why, in words.
    pub not_run: Vec<String>,
}

/// Renders every tree into a private folder and runs the checkers that are installed.
///
/// A signal that asks the program to end is obeyed when the folder is gone.
///
/// # Errors
/// When the folder cannot be written, or a template refuses.
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
        // A file that another includes is checked with it: by one command for both.
        let command = (planned.entry.server.as_str(), planned.entry.check.as_deref().unwrap_or_default());
        if !run.contains(&command) {
            run.push(command);
            stage.check(planned, &mut known, &mut checked)?;
        }
    }
    Ok(checked)
}

/// The files that checkers spoke of, by their staged paths.
type Known<'p> = FxHashMap<PathBuf, Rendered<'p>>;

/// The folder with the trees, one per server.
struct Stage<'p, 'o> {
    folder: StagingFolder,
    sandbox: Sandbox,
    /// The folder of the trees, as checkers see it.
    seen: PathBuf,
    plan: &'p Plan<'p>,
    sources: &'p Sources,
    options: Options<'o>,
    stop: &'o AtomicBool,
}

impl<'p> Stage<'p, '_> {
    /// A staged file.
    fn path(&self, server: &str, path: &str) -> PathBuf {
        self.folder.files().join(server).join(path.trim_start_matches('/'))
    }

    /// The same, as checkers see it.
    fn seen(&self, server: &str, path: &str) -> PathBuf {
        self.seen.join(server).join(path.trim_start_matches('/'))
    }

    fn write(&self, planned: &Planned<'_>, renderer: &Renderer) -> Result<()> {
        let path = self.path(&planned.entry.server, &planned.entry.path);
        let mut text = Stoppable { bytes: Vec::new(), stop: self.stop };
        renderer.file(planned.output, &planned.file).write_to(&mut text)?;
        let text = self.turned(text.bytes, &planned.entry.server);
        let mut file = BufWriter::new(StagingFolder::create(&path)?);
        let written = file.write_all(&text).and_then(|()| file.flush());
        written.with_context(|| format!("cannot write {}", path.display()))
    }

    /// Redirects includes of the server's own tree to the staged files. Lines keep their numbers.
    fn turned(&self, text: Vec<u8>, server: &str) -> Vec<u8> {
        if !text.windows(8).any(|part| part == b"include ") {
            return text;
        }
        let Ok(text) = String::from_utf8(text) else { return Vec::new() };
        let mut turned = String::with_capacity(text.len() + 256);
        for line in text.split_inclusive('\n') {
            let rest = line.trim_start().strip_prefix("include \"");
            let path = rest.and_then(|rest| rest.split('"').next());
            let ours = path.filter(|path| self.planned(server, path).is_some());
            match ours {
                Some(path) => {
                    let staged = self.seen(server, path).display().to_string();
                    turned.push_str(&line.replacen(path, &staged, 1));
                }
                None => turned.push_str(line),
            }
        }
        turned.into_bytes()
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
        let checker = checker::checker(command).with_context(|| format!("{command} is no known checker"))?;
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
        let failed = !output.status.success();
        let staged = match command.as_str() {
            "nginx" | "apache2ctl" => self.around(command),
            _ => self.seen(&entry.server, &entry.path),
        };
        if failed && checker::cannot_read(command, &output.text, &staged.display().to_string()) {
            let why = "may not read the staged file (a security profile such as AppArmor may keep it out)";
            checked.findings.push(not_checked(&format!("{command} {why}: {name} was not checked"), checker));
            return Ok(());
        }
        let mut messages = checker_output::messages(command, &output.text, failed, &self.seen);
        if failed && messages.is_empty() {
            let words = output.line();
            let code = output.status.code().map_or("a signal".to_owned(), |code| format!("exit code {code}"));
            messages.push(Message::unknown(if words.is_empty() { code } else { words }));
        }
        for mut message in messages {
            let spoken_of = |planned: &&Planned<'_>| {
                message.file.as_ref() == Some(&self.seen(&planned.entry.server, &planned.entry.path))
            };
            let about = match self.plan.files.iter().find(spoken_of) {
                Some(about) => about,
                // Only what we staged is shown. Any other name may be the site's, and the file one that others
                // must not see.
                None => {
                    if let Some(file) = message.file.take() {
                        message.line = Line::Unknown;
                        if !file.starts_with(&self.seen) {
                            message.text = format!("{} in {}", message.text, file.display());
                        }
                    }
                    planned
                }
            };
            let mut finding = self.finding(&message, about, command, failed, known)?;
            if self.sandbox.confines() && message.text.contains("ermission denied") {
                finding = finding.help(format!(
                    "the checker runs as {}; let that account read the file, or skip this check with \
                     --unchecked {}",
                    checker.user().name,
                    checker.daemon
                ));
            }
            checked.findings.push(finding);
        }
        Ok(())
    }

    /// The place of the configuration around a web server's site file, as the checker sees it.
    fn around(&self, command: &str) -> PathBuf {
        self.seen.join(format!(".{command}.conf"))
    }

    /// Runs a checker; the inner error is why it could not do its work.
    fn ask(
        &self,
        checker: &'static Checker,
        program: &Path,
        planned: &Planned<'_>,
        arguments: &[String],
    ) -> Result<std::result::Result<Output, String>> {
        let entry = &planned.entry;
        let command = entry.check.as_ref().and_then(|words| words.first()).map_or("", String::as_str);
        let file = self.seen(&entry.server, &entry.path);
        let work = self.sandbox.seen(&self.folder).join("work");
        let around = match command {
            "nginx" => Some(web_server_harness::nginx(&file, &self.around(command), &work)),
            "apache2ctl" => Some(web_server_harness::apache(&file, &self.around(command), &work)),
            _ => None,
        };
        let arguments = match around {
            Some(around) => {
                StagingFolder::write(&self.folder.files().join(format!(".{command}.conf")), &around.text)?;
                around.arguments
            }
            // It names the section that it is in then.
            None if command == "testparm" => [&["-d".to_owned(), "2".to_owned()], arguments].concat(),
            None => arguments.to_vec(),
        };
        let user = checker.user();
        let (limit, stop) = (self.options.limit, self.stop);
        if self.sandbox.confines() {
            self.folder.give_to(&user)?;
            if let Some(why) = self.sandbox.refusal(checker, &user, &self.folder, stop) {
                return Ok(Err(format!("cannot be confined here, and does not run as root without ({why})")));
            }
        }
        let mut command = self.sandbox.command(program, checker, &user, &self.folder);
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

    /// A message as a finding: at the place in the site where it is known, and at the line.
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
            // Includes as they were rendered, not redirected to the staged files.
            let text = text.replace(&format!("{staged}{}/", entry.server), "/");
            let text = if hidden { "" } else { &text };
            known.insert(file.clone(), Rendered::new(Some(planned), &shown, text, self.sources)?);
        }
        let rendered = known.get(&file).context("a file that was read is known")?;
        // A checker may repeat the line, and so does the report.
        let words = if hidden {
            format!("{program} refuses {shown}; what it says of a secret is not shown")
        } else {
            let words = message.text.replace(&staged, "");
            format!("{program} says of {shown}: {}", masked(&words, secret.unwrap_or_default()))
        };
        let line = rendered.line(&message.line);
        let in_site = rendered.place(line);
        let in_file = line.map(|line| rendered.span(line));
        let mut finding = Finding::nowhere(kind, words);
        finding.primary = in_site.or(in_file).map(|span| Label { span, text: String::new() });
        if in_site.is_some() {
            finding = match in_file {
                Some(span) => finding.here("this is where it comes from").and(span, "in the rendered file"),
                None => finding.here("the file is made for this"),
            };
        }
        Ok(finding)
    }
}

/// A file that nobody has checked, although its checker is here.
fn not_checked(words: &str, checker: &Checker) -> Finding {
    let help = format!("--unchecked {} goes on without this check", checker.daemon);
    Finding::nowhere(&UNCHECKED, words.to_owned()).help(help)
}

/// Takes a text, until a signal asks us to end.
struct Stoppable<'s> {
    bytes: Vec<u8>,
    stop: &'s AtomicBool,
}

impl Write for Stoppable<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("told to end by a signal"));
        }
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
