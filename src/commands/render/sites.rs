//! The sites of a run, each with its output folder; several are rendered in parallel.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};

use super::super::{Ending, TextOrJson, colour, console, print_json};
use super::{Args, RenderOutput, one};
use crate::report::visible;
use crate::{parallel, progress};

/// A site and its output folder.
pub(super) struct Job {
    pub(super) site: PathBuf,
    pub(super) output: PathBuf,
}

/// The sites to render. Two sites never share a folder, because each would remove the other's files.
pub(super) fn jobs(args: &Args) -> Result<Vec<Job>> {
    let mut jobs: Vec<Job> = Vec::new();
    let pattern = args.output.to_str().filter(|pattern| pattern.contains("{name}"));
    if args.sites.len() > 1 {
        if pattern.is_none() {
            bail!("several sites need a folder each: -o 'out/{{name}}' makes one of every site's name");
        }
        if args.stdout.is_some() {
            bail!("--stdout prints a file of one site, here are {}", args.sites.len());
        }
    }
    for site in &args.sites {
        let output = match pattern {
            Some(pattern) => {
                // The folder `.` has a name as well.
                let whole = if site.is_dir() { site.canonicalize()? } else { site.clone() };
                let name = if site.is_dir() { whole.file_name() } else { whole.file_stem() };
                // `...yaml` would lead out of the folder.
                let name =
                    name.and_then(|name| name.to_str()).filter(|name| !matches!(*name, "-" | "." | ".."));
                let name = name.with_context(|| {
                    format!("{} has no name that could stand for {{name}}", site.display())
                })?;
                PathBuf::from(pattern.replace("{name}", name))
            }
            None => args.output.clone(),
        };
        if let Some(other) = jobs.iter().find(|job| job.output == output) {
            bail!(
                "{} and {} would both be rendered into {}; nothing was written",
                other.site.display(),
                site.display(),
                output.display()
            );
        }
        jobs.push(Job { site: site.clone(), output });
    }
    Ok(jobs)
}

/// The output and the end of one of several runs.
struct SiteOutcome {
    out: Vec<u8>,
    err: Vec<u8>,
    output: RenderOutput,
    ending: Result<Ending>,
}

/// Renders several sites in parallel and prints their output in order. A site with errors is not written; the others
/// are.
pub(super) fn several(args: &Args, jobs: &[Job]) -> Result<Ending> {
    let colour = colour::of_errors();
    let watched = progress::show();
    let told = parallel::all(jobs, |job| {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut output = RenderOutput::new(job);
        let ending = one(args, job, colour, &mut out, &mut err, &mut output);
        progress::done(progress::Work::Site, 1);
        SiteOutcome { out, err, output, ending }
    });
    drop(watched);
    let (mut out, mut err) = (console::stdout(), console::stderr());
    let (mut findings, mut failed) = (0, 0);
    let mut outputs = Vec::new();
    for (job, told) in jobs.iter().zip(told) {
        if !told.out.is_empty() {
            writeln!(
                out,
                "{} into {}:",
                visible(&job.site.display().to_string()),
                visible(&job.output.display().to_string())
            )?;
            out.write_all(&told.out)?;
            writeln!(out)?;
            out.flush()?;
        }
        if !told.err.is_empty() {
            writeln!(err, "{}:", visible(&job.site.display().to_string()))?;
            err.write_all(&told.err)?;
            writeln!(err)?;
        }
        outputs.push(told.output);
        match told.ending {
            Ok(Ending::Well) => {}
            Ok(Ending::Findings) => findings += 1,
            Err(error) => {
                failed += 1;
                let text = format!("{}: {error:#}", job.site.display());
                writeln!(err, "ipxegen: {}", visible(&text))?;
            }
        }
        err.flush()?;
    }
    if args.format == TextOrJson::Json {
        print_json(&outputs)?;
    }
    if failed > 0 {
        bail!("{failed} of {} sites could not be rendered", jobs.len());
    }
    if findings == 0 {
        return Ok(Ending::Well);
    }
    let what =
        if args.check { "would change, or have findings" } else { "have findings, and were not rendered" };
    writeln!(err, "{findings} of {} sites {what}", jobs.len())?;
    Ok(Ending::Findings)
}
