//! What the daemons' own checkers say of the rendered files.
//!
//! The trees are staged in a folder of their own; paths of the tree that a checker would take from
//! the machine itself (dhcpd's `include`) are turned to the stage. A checker that is not installed,
//! or may not read the stage, could not run: that is no finding.

mod places;
mod said;
mod wrapped;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use rustc_hash::FxHashMap;
use tempfile::TempDir;

use self::places::Rendered;
use self::said::Message;
use crate::plan::{Plan, Planned};
use crate::render::Renderer;
use crate::report::{Finding, Label, Severity, masked};
use crate::source::Sources;
use crate::tree::Content;

/// What came of it.
#[derive(Default)]
pub struct Checked {
    /// What the checkers found.
    pub findings: Vec<Finding>,
    /// What could not be checked, and why, in words.
    pub not_run: Vec<String>,
}

/// Renders every tree into a stage and runs the checkers that are installed.
///
/// # Errors
/// When the stage cannot be written, or a template refuses.
pub fn run<'p>(plan: &'p Plan<'p>, renderer: &Renderer, sources: &'p Sources) -> Result<Checked> {
    let dir = tempfile::Builder::new().prefix("ipxegen-check-").tempdir();
    let stage = Stage { dir: dir.context("cannot make a folder to check in")?, plan, sources };
    // dhcpd drops its rights, where it is told to, before it reads.
    fs::set_permissions(stage.dir.path(), Permissions::from_mode(0o755))?;
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
struct Stage<'p> {
    dir: TempDir,
    plan: &'p Plan<'p>,
    sources: &'p Sources,
}

impl<'p> Stage<'p> {
    fn path(&self, server: &str, path: &str) -> PathBuf {
        self.dir.path().join(server).join(path.trim_start_matches('/'))
    }

    fn write(&self, planned: &Planned<'_>, renderer: &Renderer) -> Result<()> {
        let mut text = Vec::new();
        renderer.file(planned.output, &planned.file).write_to(&mut text)?;
        let path = self.path(&planned.entry.server, &planned.entry.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(&path, self.turned(text, &planned.entry.server))
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Turns includes of the server's own tree to the stage. Lines keep their numbers.
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
                    let staged = self.path(server, path).display().to_string();
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
        let Some((program, arguments)) = entry.check.as_ref().and_then(|words| words.split_first()) else {
            return Ok(());
        };
        let name = format!("{}{}", entry.server, entry.path);
        // Debian's script for httpd would read the machine's own configuration.
        let runs = if program == "apache2ctl" { "apache2" } else { program };
        let Some(found) = installed(runs) else {
            checked.not_run.push(format!("{program} is not installed: {name} was not checked"));
            return Ok(());
        };
        let mut command = Command::new(found);
        // Messages are read, so they must be in the words that are known here.
        command.env("LC_ALL", "C").stdin(Stdio::null());
        let file = self.path(&entry.server, &entry.path);
        let arguments = match program.as_str() {
            "nginx" => wrapped::nginx(&file, self.dir.path())?,
            "apache2ctl" => wrapped::apache(&file, self.dir.path())?,
            // It tells then which section it is in.
            "testparm" => [&["-d".to_owned(), "2".to_owned()], arguments].concat(),
            _ => arguments.to_vec(),
        };
        for word in &arguments {
            match self.planned(&entry.server, word) {
                Some(_) => command.arg(self.path(&entry.server, word)),
                None => command.arg(word),
            };
        }
        let output = match command.output() {
            Ok(output) => output,
            Err(error) => {
                checked.not_run.push(format!("{program} does not start ({error}): {name} was not checked"));
                return Ok(());
            }
        };
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let failed = !output.status.success();
        if failed && said.contains("Permission denied") {
            let why = "a security profile such as AppArmor may keep it out";
            checked.not_run.push(format!(
                "{program} may not read {} ({why}): {name} was not checked",
                self.dir.path().display()
            ));
            return Ok(());
        }
        let mut messages = said::messages(program, &said, failed, self.dir.path());
        if failed && messages.is_empty() {
            let words: Vec<_> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let code = output.status.code().map_or("a signal".to_owned(), |code| format!("exit code {code}"));
            messages.push(Message::unknown(if words.is_empty() { code } else { words.join("; ") }));
        }
        for message in messages {
            let at = message.file.as_ref().unwrap_or(&file);
            checked.findings.push(self.finding(&message, at, program, failed, known)?);
        }
        Ok(())
    }

    /// A message as a finding: at the place in the site where it is known, and at the line.
    fn finding(
        &self,
        message: &Message,
        file: &Path,
        program: &str,
        failed: bool,
        known: &mut Known<'p>,
    ) -> Result<Finding> {
        let shown = file.strip_prefix(self.dir.path()).unwrap_or(file).display().to_string();
        let (rule, severity) = match failed {
            true => ("daemon", Severity::Error),
            false => ("daemon-warning", Severity::Warning),
        };
        let of = |planned: &&Planned<'_>| self.path(&planned.entry.server, &planned.entry.path) == file;
        // There may be none: a web server reads the configuration around our file as well.
        let planned = self.plan.files.iter().find(of);
        let secret = planned.and_then(|planned| planned.entry.secret.as_deref());
        let hidden = secret.is_some_and(<[String]>::is_empty);
        if !known.contains_key(file) {
            let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            // Includes as they were rendered, not turned to the stage.
            let server = planned.map_or("", |planned| &planned.entry.server);
            let text = text.replace(&format!("{}/{server}/", self.dir.path().display()), "/");
            let text = if hidden { "" } else { &text };
            known.insert(file.to_owned(), Rendered::new(planned, &shown, text, self.sources)?);
        }
        let rendered = known.get(file).context("a file that was read is known")?;
        // A checker may repeat the line, and so does the report.
        let words = if hidden {
            format!("{program} refuses {shown}; what it says of a secret is not shown")
        } else {
            let words = message.text.replace(&format!("{}/", self.dir.path().display()), "");
            format!("{program} says of {shown}: {}", masked(&words, secret.unwrap_or_default()))
        };
        let line = rendered.line(&message.line);
        let in_site = rendered.place(line);
        let in_file = line.map(|line| rendered.span(line));
        let mut finding = Finding::nowhere(rule, severity, words);
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

/// Where a program is. Debian keeps daemons out of the PATH of those who are not root.
fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(more).map(|dir| dir.join(program)).find(|path| path.is_file())
}
