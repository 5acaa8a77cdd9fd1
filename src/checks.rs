//! What the daemons' own checkers say of the rendered files.
//!
//! The trees are staged in a folder of their own; paths of the tree that a checker would take from
//! the machine itself (dhcpd's `include`) are turned to the stage. A checker that is not installed,
//! or may not read the stage, could not run: that is no finding.

mod wrapped;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::plan::{Plan, Planned};
use crate::render::Renderer;
use crate::report::{Finding, Severity, masked};
use crate::source::{Sources, Span};
use crate::tree::Content;

/// Finds the place in the site of what a rendered file calls `host NAME`, `subnet ADDRESS` or `share NAME`.
pub type Places<'p> = dyn Fn(&str, &str) -> Option<Span> + 'p;

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
pub fn run(plan: &Plan<'_>, renderer: &Renderer, sources: &Sources, places: &Places<'_>) -> Result<Checked> {
    let dir = tempfile::Builder::new().prefix("ipxegen-check-").tempdir();
    let stage = Stage { dir: dir.context("cannot make a folder to check in")?, plan };
    // dhcpd drops its rights, where it is told to, before it reads.
    fs::set_permissions(stage.dir.path(), Permissions::from_mode(0o755))?;
    for planned in &plan.files {
        stage.write(planned, renderer)?;
    }
    let mut checked = Checked::default();
    let mut run: Vec<(&str, &[String])> = Vec::new();
    for planned in &plan.files {
        // A file that another includes is checked with it: by one command for both.
        let command = (planned.entry.server.as_str(), planned.entry.check.as_deref().unwrap_or_default());
        if !run.contains(&command) {
            run.push(command);
            stage.check(planned, sources, places, &mut checked)?;
        }
    }
    Ok(checked)
}

/// The folder with the trees, one per server.
struct Stage<'p> {
    dir: TempDir,
    plan: &'p Plan<'p>,
}

impl Stage<'_> {
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

    fn planned(&self, server: &str, path: &str) -> Option<&Planned<'_>> {
        self.plan.files.iter().find(|planned| planned.entry.server == server && planned.entry.path == path)
    }

    fn check(
        &self,
        planned: &Planned<'_>,
        sources: &Sources,
        places: &Places<'_>,
        checked: &mut Checked,
    ) -> Result<()> {
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
        let mut messages = match program.as_str() {
            "dhcpd" => numbered(&said, " line ", self),
            "sh" => numbered(&said, ": ", self),
            "testparm" => testparm(&said, failed),
            "nginx" => placed(said.lines().find_map(wrapped::nginx_said)),
            "apache2ctl" => placed(wrapped::apache_said(&said)),
            _ => Vec::new(),
        };
        if failed && messages.is_empty() {
            // Words that nobody knows yet: all of them.
            let words: Vec<_> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            let code = output.status.code().map_or("a signal".to_owned(), |code| format!("exit code {code}"));
            let words = if words.is_empty() { code } else { words.join("; ") };
            messages.push(Message { file: None, line: None, word: None, text: words });
        }
        for message in messages {
            let at = message.file.as_ref().unwrap_or(&file);
            checked.findings.push(self.finding(&message, at, program, failed, sources, places)?);
        }
        Ok(())
    }

    /// The words behind which a line of a staged file holds a secret.
    fn secret(&self, file: &Path) -> Option<&[String]> {
        let of = |planned: &&Planned<'_>| self.path(&planned.entry.server, &planned.entry.path) == file;
        self.plan.files.iter().find(of)?.entry.secret.as_deref()
    }

    /// A message as a finding: at the place in the site where it is known, and at the line.
    fn finding(
        &self,
        message: &Message,
        file: &Path,
        program: &str,
        failed: bool,
        sources: &Sources,
        places: &Places<'_>,
    ) -> Result<Finding> {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let text = masked(&text, self.secret(file).unwrap_or_default());
        let shown = file.strip_prefix(self.dir.path()).unwrap_or(file).display().to_string();
        let words = message.text.replace(&format!("{}/", self.dir.path().display()), "");
        // A checker may repeat the line, and so does the report.
        let secret = self.secret(file);
        if secret.is_some_and(<[String]>::is_empty) {
            let words = format!("{program} refuses {shown}; what it says of a secret is not shown");
            return Ok(Finding::nowhere("daemon", Severity::Error, words));
        }
        let words = masked(&words, secret.unwrap_or_default());
        let (rule, severity) = match failed {
            true => ("daemon", Severity::Error),
            false => ("daemon-warning", Severity::Warning),
        };
        let words = format!("{program} says of {shown}: {words}");
        let line = message.line.or_else(|| line_with(&text, message.word.as_deref()?));
        let Some(line) = line.filter(|line| *line <= text.lines().count()) else {
            return Ok(Finding::nowhere(rule, severity, words));
        };
        let place = scope(&text, line).and_then(|(kind, name)| places(kind, name));
        let (start, end) = extent(&text, line);
        let rendered = sources.add(shown, text.as_ref())?.span(start, end);
        let mut finding = match severity {
            Severity::Error => Finding::error(rule, place.unwrap_or(rendered), words),
            Severity::Warning => Finding::warning(rule, place.unwrap_or(rendered), words),
        };
        if place.is_some() {
            finding = finding.here("this is where it comes from").and(rendered, "in the rendered file");
        }
        Ok(finding)
    }
}

/// What a checker said.
#[derive(Debug, PartialEq, Eq)]
struct Message {
    /// The staged file, when it was named.
    file: Option<PathBuf>,
    /// The line, from 1.
    line: Option<usize>,
    /// A word of the line, where there is no number.
    word: Option<String>,
    text: String,
}

/// A message that names its line.
fn placed(said: Option<(PathBuf, usize, String)>) -> Vec<Message> {
    let message = |(file, line, text)| Message { file: Some(file), line: Some(line), word: None, text };
    said.into_iter().map(message).collect()
}

/// Messages of the form `PATH<between>LINE: TEXT`.
fn numbered(said: &str, between: &str, stage: &Stage<'_>) -> Vec<Message> {
    let of = |line: &str| {
        let rest = line.strip_prefix(stage.dir.path().to_str()?)?;
        let (path, rest) = rest.split_once(between)?;
        let (number, text) = rest.split_once(": ")?;
        let file = stage.dir.path().join(path.trim_start_matches('/'));
        let line = number.parse().ok()?;
        Some(Message { file: Some(file), line: Some(line), word: None, text: text.trim().to_owned() })
    };
    let mut messages: Vec<Message> = Vec::new();
    for message in said.lines().filter_map(of) {
        // dhcpd stumbles on over the rest of a line; the first word on it is the one that helps.
        if !messages.iter().any(|known| known.file == message.file && known.line == message.line) {
            messages.push(message);
        }
    }
    messages
}

/// What testparm says of a file in which nothing is wrong, by its beginning.
const IDLE: &[&str] = &[
    "Load smb config files from",
    "Loaded services file OK",
    "Weak crypto is allowed",
    "Server role:",
    "Press enter",
    "rlimit_max:",
    "Processing section",
    // Says again what the line before has said.
    "Ignoring unknown parameter",
    // Says that the line before was an error.
    "Error loading services",
];

fn testparm(said: &str, failed: bool) -> Vec<Message> {
    let lines = said.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !IDLE.iter().any(|idle| line.starts_with(idle)));
    let of = |line: &str| {
        // `Unknown parameter encountered: "x"`, `set_variable_helper(x): value is not boolean!`
        let quoted = line.split('"').nth(1);
        let value = || Some(line.strip_prefix("set_variable_helper(")?.split_once(')')?.0);
        let word = quoted.or_else(value).map(str::to_owned);
        Message { file: None, line: None, word, text: line.trim_end_matches('.').to_owned() }
    };
    let mut messages: Vec<_> = lines.map(of).collect();
    if failed && messages.len() > 1 {
        // It stops at the error, so that one is the last; the others are warnings about the same file.
        messages.drain(..messages.len() - 1);
    }
    messages
}

/// The first line that has a word as its key or its value.
fn line_with(text: &str, word: &str) -> Option<usize> {
    let has = |line: &str| {
        line.split_once('=').is_some_and(|(key, value)| {
            key.trim().eq_ignore_ascii_case(word) || value.trim().eq_ignore_ascii_case(word)
        })
    };
    text.lines().position(has).map(|at| at + 1)
}

/// The bytes of a line, its indent left out.
fn extent(text: &str, line: usize) -> (usize, usize) {
    let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
    let whole = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let indent = whole.len() - whole.trim_start().len();
    (start + indent, start + whole.len())
}

/// The named scope that a line is in: a host or subnet of dhcpd.conf, a share of smb.conf.
fn scope(text: &str, line: usize) -> Option<(&'static str, &str)> {
    let lines: Vec<&str> = text.lines().take(line).collect();
    let mut depth = 0_i64;
    for (at, text) in lines.iter().enumerate().rev() {
        let text = text.trim();
        if let Some(name) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return Some(("share", name));
        }
        let code = text.split('#').next().unwrap_or_default();
        let open = i64::try_from(code.matches('{').count()).unwrap_or_default();
        let close = i64::try_from(code.matches('}').count()).unwrap_or_default();
        // A block that closes on the line itself is still around it.
        depth += if at + 1 == lines.len() { open } else { open - close };
        let mut words = code.split_whitespace();
        let header = match (words.next(), words.next()) {
            (Some("host"), Some(name)) => Some(("host", name)),
            (Some("subnet"), Some(name)) => Some(("subnet", name)),
            _ => None,
        };
        if depth > 0 {
            if header.is_some() {
                return header;
            }
            depth = 0;
        }
    }
    None
}

/// Where a program is. Debian keeps daemons out of the PATH of those who are not root.
fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let more = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(more).map(|dir| dir.join(program)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::{extent, line_with, scope, testparm};

    #[test]
    fn a_line_knows_its_scope() {
        let text = "a;\nsubnet 10.0.0.0 netmask 255.0.0.0 {\n\tpool {\n\t\tx\n\t}\n\ty\n}\nhost a {\n\tz;\n}\nlast\n";
        let found: Vec<_> = (1..=11).map(|line| scope(text, line).map_or("-", |(_, name)| name)).collect();
        let net = "10.0.0.0";
        assert_eq!(found, ["-", net, net, net, net, net, net, "a", "a", "a", "-"]);
        assert_eq!(scope("[global]\nx = y\n[iso]\n\tpath = /\n", 4), Some(("share", "iso")));
        assert_eq!(extent("a\n\tbc\nd", 2), (3, 5));
    }

    #[test]
    fn testparm_is_read_by_its_words() {
        let said = "Load smb config files from x\nUnknown parameter encountered: \"foo\"\n\
                    Ignoring unknown parameter \"foo\"\nLoaded services file OK.\n";
        let found = testparm(said, false);
        assert_eq!(found.len(), 1);
        assert_eq!(line_with("[global]\n  Foo = bar\n", found[0].word.as_deref().unwrap()), Some(2));
        let said = "Unknown parameter encountered: \"foo\"\nset_variable_helper(maybe): value is not boolean!\nError loading services.\n";
        let found = testparm(said, true);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].word.as_deref(), Some("maybe"));
    }
}
