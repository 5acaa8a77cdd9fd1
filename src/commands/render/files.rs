//! The rendered files of one site: one printed, all written, or those listed that would change.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;

use anyhow::{Result, bail};

use super::super::comparing::{left_to_do, word};
use super::super::{Ending, TextOrJson};
use super::{Args, RenderOutput};
use crate::plan::Plan;
use crate::progress;
use crate::render::Renderer;
use crate::report::{masked, visible};
use crate::tree::{self, Change, Content as _, File, Home, ManualStep, Outcome, Selection, TreeEntry};

/// Prints one file, of one of these servers if some are named.
pub(super) fn print_one(
    path: &str,
    servers: &[String],
    plan: &Plan<'_>,
    renderer: &Renderer,
    out: &mut dyn Write,
) -> Result<()> {
    let wanted = path.trim_start_matches('/');
    let fits = |server: &str, path: &str| {
        let path = path.trim_start_matches('/');
        path == wanted || wanted.strip_prefix(server).and_then(|rest| rest.strip_prefix('/')) == Some(path)
    };
    let is_named = |server: &String| servers.is_empty() || servers.contains(server);
    let here: Vec<_> = plan.files.iter().filter(|planned| is_named(&planned.entry.server)).collect();
    let found: Vec<_> =
        (here.iter().copied()).filter(|planned| fits(&planned.entry.server, &planned.entry.path)).collect();
    let name =
        |planned: &&crate::plan::Planned<'_>| format!("{}{}", planned.entry.server, planned.entry.path);
    match found.as_slice() {
        [one] => {
            let file = renderer.file(one.output, &one.file);
            // Nothing is printed of a file that cannot be rendered as a whole.
            let mut bytes = Vec::new();
            file.write_to(&mut bytes)?;
            match &one.entry.secret {
                Some(marks) if io::stdout().is_terminal() => {
                    if marks.is_empty() {
                        bail!("this file holds a secret, which is not shown on a terminal");
                    }
                    out.write_all(masked(&String::from_utf8_lossy(&bytes), marks).as_bytes())?;
                }
                _ => out.write_all(&bytes)?,
            }
            out.flush()?;
            Ok(())
        }
        [] => {
            let all: Vec<_> = here
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

pub(super) fn write(
    args: &Args,
    dir: &Path,
    plan: &Plan<'_>,
    renderer: &Renderer,
    out: &mut dyn Write,
    err: &mut dyn Write,
    output: &mut RenderOutput,
) -> Result<Ending> {
    let (files, needs) = (&plan.files, &plan.needs);
    let selection = Selection { servers: args.server.clone(), outputs: args.only.clone() };
    let contents = files
        .iter()
        .map(|planned| File {
            entry: TreeEntry {
                templates: renderer.own_templates(planned.output, &planned.file),
                ..planned.entry.clone()
            },
            content: Box::new(renderer.file(planned.output, &planned.file)),
        })
        .collect();
    if args.check {
        return check(args, dir, contents, needs, &selection, out, output);
    }
    let shown: Vec<ManualStep> =
        needs.iter().filter(|need| selection.covers(&need.server, &need.output)).cloned().collect();
    let watched = progress::show();
    let outcome = tree::write(dir, contents, needs.clone(), &selection, tree::Options { force: args.force })?;
    drop(watched);
    match outcome {
        Outcome::Done(touched) => {
            match args.format {
                TextOrJson::Text if args.verbosity.quiet => {}
                TextOrJson::Text => summary(&touched, &shown, out)?,
                TextOrJson::Json => {
                    for file in &touched {
                        output.add(&file.server, &file.path, file.change, None);
                    }
                    output.needs = shown;
                }
            }
            Ok(Ending::Well)
        }
        Outcome::Refused(refusals) => {
            for refusal in &refusals {
                writeln!(
                    err,
                    "{}: {}",
                    visible(&dir.join(&refusal.place).display().to_string()),
                    refusal.reason
                )?;
            }
            bail!("nothing was written; --force overwrites these files")
        }
    }
}

/// Lists the files that a run would change.
fn check(
    args: &Args,
    dir: &Path,
    files: Vec<File<'_>>,
    needs: &[ManualStep],
    selection: &Selection,
    out: &mut dyn Write,
    output: &mut RenderOutput,
) -> Result<Ending> {
    let watched = progress::show();
    let survey = tree::survey(&Home::out(dir), files, needs, selection)?;
    drop(watched);
    let ending = if survey.is_clean() { Ending::Well } else { Ending::Findings };
    if args.format == TextOrJson::Json {
        for file in &survey.files {
            output.add(&file.entry.server, &file.entry.path, file.change, file.reason.as_ref());
        }
        output.needs =
            needs.iter().filter(|need| selection.covers(&need.server, &need.output)).cloned().collect();
        return Ok(ending);
    }
    if args.verbosity.quiet {
        return Ok(ending);
    }
    for file in survey.files.iter().filter(|file| file.change != Change::Unchanged) {
        let place = file.place.display().to_string();
        let note = file.reason.as_ref().map(|reason| format!("  ({reason})")).unwrap_or_default();
        writeln!(out, "{} {}{note}", word(file.change), visible(&place))?;
    }
    if survey.manifest {
        let change = if survey.old.is_some() { Change::Changed } else { Change::Created };
        writeln!(out, "{} manifest.json", word(change))?;
    }
    out.flush()?;
    Ok(ending)
}

/// Prints one line for each file, then the steps that are left to do by hand.
fn summary(touched: &[tree::TouchedFile], needs: &[ManualStep], out: &mut dyn Write) -> Result<()> {
    for file in touched {
        writeln!(out, "{} {}{}", word(file.change), file.server, visible(&file.path))?;
    }
    left_to_do(needs, out)?;
    out.flush()?;
    Ok(())
}
