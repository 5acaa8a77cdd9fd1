//! `ipxegen import`: a site.yaml from the files that a server has.

mod allow_scope;
mod faults;
pub(super) mod includes;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use elsa::FrozenVec;
use foldhash::HashMap;
use rustix::fs::OFlags;
use serde_json::json;

use super::server_files::{Found, find};
use super::{AccessArg, Ending, SiteArg, TextOrJson, TimeLimit, console, prove};
use crate::import::{
    Coverage, FileKind, Imported, Origin, Outcome, SERVER, SourceFile, import, move_hosts, move_secrets,
    secrets, text_of, with_columns,
};
use crate::limits::{PATTERN_HOSTS, TEXT_BYTES};
use crate::model::WriteTo as _;
use crate::report::{Masker, visible, without_accounts, without_passwords};
use crate::source::secrets_read;

/// Write a site.yaml from the files that a server has
///
/// Reads configuration files of daemons, and prints a site.yaml that says the same. A statement that no key expresses goes
/// into `raw`; standard error lists what was left out.
#[derive(clap::Args)]
#[command(mut_arg("allow_path", |arg| arg.requires("site")), mut_arg("allow_env", |arg| arg.requires("site")))]
pub(super) struct Args {
    /// The files; the name or the text tells the kind of each
    #[arg(value_name = "FILE", required_unless_present = "root")]
    files: Vec<PathBuf>,
    /// Read all files as this kind
    #[arg(long, value_enum, value_name = "KIND")]
    from: Option<FileKind>,
    /// Find the files, and those that they include, below this folder: a copy of a server's file system, or `/`
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Write the site to this file instead of standard output; an existing file is not replaced
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The name of the server that the files are from
    #[arg(long, value_name = "NAME", default_value = SERVER)]
    server: String,
    /// The columns of CSV tables: `name=hostname,mac=mac_address,ip=address`; `a|b` takes the first that there is
    #[arg(long, value_name = "KEY=COLUMN,…", value_delimiter = ',', value_parser = column)]
    columns: Vec<(String, Vec<String>)>,
    /// Carry over boot files that their clients cannot use, such as a loader for BIOS that a catch-all gives to ARM machines
    #[arg(long)]
    keep: bool,
    /// Also start dhcpd, Kea or dnsmasq with the files, and the DHCP server of the site, each in a network of its own; ask
    /// both as each kind of client, and print what would change for whom (needs root)
    #[arg(long)]
    prove: bool,
    /// With --prove: prove this site instead of the imported one, for example after changes or with Kea; the import then
    /// prints nothing else
    #[arg(long, value_name = "SITE", requires = "prove", conflicts_with_all = ["output", "keep", "format"])]
    site: Option<PathBuf>,
    /// Merge this file over the site of --site (repeatable), as the other commands do
    #[arg(long, value_name = "FILE", requires = "site")]
    with: Vec<PathBuf>,
    #[command(flatten)]
    access: AccessArg,
    #[command(flatten)]
    limit: TimeLimit,
    /// The account of all statements, on standard error
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

impl Args {
    /// Whether the site goes to standard output.
    pub(super) const fn only_prints(&self) -> bool {
        self.output.is_none() && self.site.is_none()
    }
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    if args.prove {
        prove::require_root()?;
    }
    let mut found = Found { files: Vec::new(), missing: Vec::new() };
    if let Some(root) = args.root.as_ref().filter(|_| args.files.is_empty()) {
        found = find(root)?;
    }
    for path in &args.files {
        let mut file = read(path, args.from)?;
        if file.kind == FileKind::Csv && !args.columns.is_empty() {
            file.text = with_columns(&file.text, &args.columns);
        }
        found.files.push(file);
    }
    includes::read(args.root.as_deref(), &mut found.files)?;
    if let Some(site) = &args.site {
        let (site, with, access) = (site.clone(), args.with.clone(), args.access.clone());
        let site = SiteArg { site, with, access, max_hosts: PATTERN_HOSTS };
        return prove::prove_other(&site, &found.files, &args.server, args.limit.get());
    }
    let mut imported = import(&found.files, &args.server, args.keep);
    faults::accept(&mut imported, found.files.first().map_or("", |file| file.path.as_str()))?;
    if args.output.is_some() {
        move_hosts(&mut imported.draft);
        move_secrets(&mut imported.draft);
    }
    let mut site = text_of(&imported.draft);
    // The check has read the secrets of other daemons' text.
    let mut secrets: Vec<_> = secrets(&imported.draft).into_iter().map(String::into_boxed_str).collect();
    secrets.extend(secrets_read());
    if args.output.is_none() && !secrets.is_empty() {
        // Standard output goes to screens and logs.
        site = Masker::new(secrets).owned(site);
        let origin =
            Origin { file: found.files.first().map_or("", |file| file.path.as_str()).into(), line: 1 };
        imported.coverage.remark(origin, "`raw` has secrets: only `-o` writes them");
    }
    match &args.output {
        None => {
            let mut out = console::document();
            out.write_all(site.as_bytes())?;
            out.flush()?;
        }
        Some(path) => {
            let folder = path.parent().unwrap_or(Path::new(""));
            let tables = imported.draft.files.iter().map(|(name, text)| (folder.join(name), text.as_str()));
            write_all(&tables.chain([(path.clone(), site.as_str())]).collect::<Vec<_>>())?;
        }
    }
    match args.format {
        TextOrJson::Text => account(&found, args, &imported)?,
        TextOrJson::Json => account_json(&found, &imported)?,
    }
    if args.prove && prove::prove(&imported, &found.files, args.limit.get())? == Ending::Findings {
        return Ok(Ending::Findings);
    }
    let whole = imported.coverage.count(|outcome| matches!(outcome, Outcome::Lost(_))) == 0;
    // The process ends here. Freeing hundreds of thousands of small texts first would take up to a tenth of its time.
    std::mem::forget(imported);
    Ok(if whole { Ending::Well } else { Ending::Findings })
}

/// A key of a host, and the headings that its column may have.
fn column(text: &str) -> Result<(String, Vec<String>), String> {
    const KEYS: [&str; 5] = ["name", "mac", "ip", "group", "note"];
    match text.split_once('=') {
        Some((key, headings)) if KEYS.contains(&key) => {
            Ok((key.to_owned(), headings.split('|').map(str::to_owned).collect()))
        }
        _ => Err(format!("KEY=COLUMN, and KEY is one of {}", KEYS.join(", "))),
    }
}

fn read(path: &Path, kind: Option<FileKind>) -> Result<SourceFile> {
    let text = text(path)?;
    let name = path.display().to_string();
    let kind = kind.or_else(|| FileKind::of_name(&name)).or_else(|| FileKind::of_text(&text));
    let Some(kind) = kind else {
        bail!("{name}: neither the name nor the text tells the kind of file; name it with --from");
    };
    Ok(SourceFile { path: name, kind, included: false, text })
}

/// The text of a file, of a limited size.
pub(super) fn text(path: &Path) -> Result<String> {
    let shown = path.display();
    // A file may include any path. Opening a FIFO waits for its other end, and opening a device may do something; some
    // files of /proc wait when they are read.
    let is_file = |data: &fs::Metadata| data.is_file();
    if !fs::metadata(path).with_context(|| format!("cannot read {shown}"))?.is_file() {
        bail!("{shown} is not a file");
    }
    let how = OFlags::NONBLOCK | OFlags::NOCTTY;
    let how = i32::try_from(how.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(how).open(path);
    let file = file.with_context(|| format!("cannot read {shown}"))?;
    if !file.metadata().as_ref().is_ok_and(is_file) {
        bail!("{shown} is not a file");
    }
    let mut bytes = Vec::new();
    file.take(TEXT_BYTES + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {shown}"))?;
    if bytes.len() as u64 > TEXT_BYTES {
        bail!("{shown} has more than {TEXT_BYTES} bytes");
    }
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

/// Writes files that must not exist: all of them, or none.
fn write_all(files: &[(PathBuf, &str)]) -> Result<()> {
    for (at, (path, text)) in files.iter().enumerate() {
        if let Err(error) = write_new(path, text) {
            for (written, _) in files.iter().take(at) {
                let _ = fs::remove_file(written);
            }
            return Err(error);
        }
    }
    Ok(())
}

/// Writes a file that must not exist. Only its owner may read it: it may hold the passwords of targets and keys, whose old
/// files only root could read.
fn write_new(path: &Path, text: &str) -> Result<()> {
    let shown = path.display();
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => anyhow!(
                "{shown} exists, and import replaces no file: move it away, or name another file or folder with -o"
            ),
            _ => anyhow!(error).context(format!("cannot write {shown}")),
        })?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written.with_context(|| format!("cannot write {shown}"))
}

/// So many bytes of lines are written at once.
const WRITTEN_AT_ONCE: usize = 64 * 1024;

/// How many places of alike lines are listed.
const PLACES_SHOWN: usize = 12;

/// Says for people what became of the statements.
fn account(found: &Found, args: &Args, imported: &Imported) -> Result<()> {
    let mut out = console::stderr();
    if args.root.is_some() && args.files.is_empty() {
        for file in &found.files {
            writeln!(out, "found {}", visible(&file.path))?;
        }
        writeln!(out, "found nothing at {}", found.missing.join(", "))?;
    }
    if args.output.is_none() {
        for (name, _) in &imported.draft.files {
            writeln!(out, "{name}: only `-o` writes this file")?;
        }
    }
    let coverage = &imported.coverage;
    let count = coverage.statements.len();
    write_lines(coverage, &mut out)?;
    writeln!(
        out,
        "{count} statement{}: {} in words, {} in raw, {} dropped because the daemon does the same without them, {} left out",
        if count == 1 { "" } else { "s" },
        coverage.count(|outcome| *outcome == Outcome::Words),
        coverage.count(|outcome| matches!(outcome, Outcome::Raw(_))),
        coverage.count(|outcome| *outcome == Outcome::Default),
        coverage.count(|outcome| matches!(outcome, Outcome::Lost(_))),
    )?;
    Ok(())
}

/// Lines that are alike: the place of the first, and those of the others.
struct Alike<'c> {
    line: &'c str,
    first: &'c Origin,
    /// The next ones, of which the list shows no more.
    places: Vec<&'c Origin>,
    more: usize,
}

/// The remarks, and the statements that no key expresses: what became of each, it, and why.
fn unexpressed(coverage: &Coverage) -> impl Iterator<Item = (&Origin, [&str; 3])> {
    let remarks = coverage.remarks.iter().map(|remark| (&remark.origin, ["", remark.text.as_str(), ""]));
    let statements = coverage.statements.iter().filter_map(|statement| {
        let (what, why) = match &statement.outcome {
            Outcome::Words | Outcome::Default | Outcome::Unread => return None,
            Outcome::Raw(why) => ("in raw", why),
            Outcome::Lost(why) => ("left out", why),
        };
        Some((&statement.origin, [what, coverage.text(statement), why]))
    });
    remarks.chain(statements)
}

/// The line for people.
fn shown([what, text, why]: [&str; 3]) -> String {
    let line = match what {
        "" => text.to_owned(),
        _ => [what, ": ", &without_passwords(text), ": ", why].concat(),
    };
    let line = without_accounts(line);
    match visible(&line) {
        Cow::Borrowed(same) if same.len() == line.len() => line,
        other => other.into_owned(),
    }
}

/// Writes the lines of the account. Alike ones are one line, which names the places of the others. There may be millions,
/// so that each is made once.
fn write_lines(coverage: &Coverage, out: &mut impl Write) -> Result<()> {
    let lines: FrozenVec<String> = FrozenVec::new();
    let mut all: Vec<Alike<'_>> = Vec::new();
    let mut by_parts: HashMap<[&str; 3], usize> = HashMap::default();
    // Different statements are alike without their passwords.
    let mut by_line: HashMap<&str, usize> = HashMap::default();
    for (origin, parts) in unexpressed(coverage) {
        let at = *by_parts.entry(parts).or_insert_with(|| {
            let line = lines.push_get(shown(parts));
            *by_line.entry(line).or_insert_with(|| {
                all.push(Alike { line, first: origin, places: Vec::new(), more: 0 });
                all.len() - 1
            })
        });
        let Some(alike) = all.get_mut(at).filter(|alike| !std::ptr::eq(alike.first, origin)) else {
            continue;
        };
        alike.more += 1;
        if alike.places.len() < PLACES_SHOWN {
            alike.places.push(origin);
        }
    }
    let mut text = String::new();
    for alike in all {
        alike.first.write_to(&mut text)?;
        text.push_str(": ");
        text.push_str(alike.line);
        if alike.more > 0 {
            write!(text, " ({} more like this: {})", alike.more, places(&alike.places, alike.more))?;
        }
        text.push('\n');
        if text.len() >= WRITTEN_AT_ONCE {
            out.write_all(text.as_bytes())?;
            text.clear();
        }
    }
    out.write_all(text.as_bytes())?;
    Ok(())
}

/// Places as a list, in which a line of the same file is a number alone.
fn places(origins: &[&Origin], all: usize) -> String {
    let mut text = String::new();
    let mut file = None;
    for origin in origins {
        text.push_str(if file.is_some() { ", " } else { "" });
        match file.replace(&origin.file) {
            Some(before) if *before == origin.file => text.push_str(&origin.line.to_string()),
            _ => text.push_str(&origin.to_string()),
        }
    }
    text.push_str(if all > origins.len() { ", …" } else { "" });
    text
}

/// The same for programs.
fn account_json(found: &Found, imported: &Imported) -> Result<()> {
    let coverage = &imported.coverage;
    let statements: Vec<_> = coverage
        .statements
        .iter()
        .map(|statement| {
            let (outcome, reason) = match &statement.outcome {
                Outcome::Words => ("words", None),
                Outcome::Raw(why) => ("raw", Some(why)),
                Outcome::Default => ("default", None),
                Outcome::Lost(why) => ("lost", Some(why)),
                Outcome::Unread => ("lost", None),
            };
            let origin = &statement.origin;
            let text = without_passwords(coverage.text(statement));
            let reason = reason.map(|reason| without_accounts(reason.clone()));
            json!({ "file": &*origin.file, "line": origin.line, "text": text, "outcome": outcome, "reason": reason })
        })
        .collect();
    let remarks: Vec<_> = coverage
        .remarks
        .iter()
        .map(|remark| {
            let text = without_accounts(remark.text.clone());
            json!({ "file": &*remark.origin.file, "line": remark.origin.line, "text": text })
        })
        .collect();
    let mut out = console::stderr();
    serde_json::to_writer_pretty(
        &mut out,
        &json!({
            "found": found.files.iter().map(|file| &file.path).collect::<Vec<_>>(),
            "missing": found.missing,
            "statements": statements,
            "remarks": remarks,
        }),
    )?;
    writeln!(out)?;
    Ok(())
}
