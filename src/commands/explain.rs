//! `ipxegen explain`: explains findings.

use std::io::Write;

use anyhow::{Result, bail};
use serde::Serialize;

use super::{Ending, TextOrJson, console, nearest_rule};
use crate::report::RuleInfo;
use crate::rules;

/// Explain a rule: its reason, examples and evidence
#[derive(clap::Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Args {
    /// The rule, such as `duplicate-mac` in `error[duplicate-mac]`
    #[arg(value_name = "RULE")]
    rule: Option<String>,
    /// List all rules, one per line
    #[arg(long, conflicts_with_all = ["rule", "markdown"])]
    list: bool,
    /// The output format; `json` has all rules, or the one that is named
    #[arg(long, value_enum, default_value_t = TextOrJson::Text, conflicts_with = "markdown")]
    format: TextOrJson,
    /// Explain all rules, as Markdown
    #[arg(long, conflicts_with = "rule")]
    markdown: bool,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let all = rules::explained();
    let mut out = console::stdout();
    if args.format == TextOrJson::Json {
        json(&all, args.rule.as_deref(), &mut out)?;
    } else if args.list {
        let width = all.iter().map(|info| info.kind.id.len()).max().unwrap_or_default();
        for info in &all {
            writeln!(
                out,
                "{:width$}  {:<7}  {}",
                info.kind.id,
                info.kind.severity.name(),
                info.kind.summary
            )?;
        }
    } else if args.markdown {
        markdown(&all, &mut out)?;
    } else if let Some(name) = &args.rule {
        let info = named(name, &all)?;
        writeln!(
            out,
            "{}[{}]: {}\n\n{}",
            info.kind.severity.name(),
            info.kind.id,
            info.kind.summary,
            info.doc
        )?;
    }
    out.flush()?;
    Ok(Ending::Well)
}

/// The rule with this name, or a failure that names a similar one.
fn named<'r>(name: &str, all: &'r [RuleInfo]) -> Result<&'r RuleInfo> {
    let name = name.trim_start_matches("error[").trim_start_matches("warning[").trim_end_matches(']');
    if let Some(info) = all.iter().find(|info| info.kind.id == name) {
        return Ok(info);
    }
    let known: Vec<&str> = all.iter().map(|info| info.kind.id).collect();
    match nearest_rule(name, &known) {
        Some(near) => bail!("there is no rule `{name}`; did you mean `{near}`?"),
        None => bail!("there is no rule `{name}`; `ipxegen explain --list` shows all"),
    }
}

/// A rule for programs.
#[derive(Serialize)]
struct Object<'r> {
    rule: &'r str,
    severity: &'r str,
    summary: &'r str,
    /// Whether `allow` of a site can accept it.
    acceptable: bool,
    /// Markdown.
    text: &'r str,
}

/// Prints an array of all rules, or the object of one.
fn json(all: &[RuleInfo], name: Option<&str>, out: &mut dyn Write) -> Result<()> {
    let allowable: Vec<_> = rules::allowable().collect();
    let object = |info: &'_ RuleInfo| {
        serde_json::to_value(Object {
            rule: info.kind.id,
            severity: info.kind.severity.name(),
            summary: info.kind.summary,
            acceptable: allowable.contains(&info.kind.id),
            text: &info.doc,
        })
    };
    let value = match name {
        Some(name) => object(named(name, all)?)?,
        None => all.iter().map(object).collect::<Result<_, _>>()?,
    };
    serde_json::to_writer_pretty(&mut *out, &value)?;
    Ok(writeln!(out)?)
}

/// docs/rules.md.
fn markdown(all: &[RuleInfo], out: &mut dyn Write) -> Result<()> {
    writeln!(out, "# Rules\n")?;
    writeln!(out, "<!-- Written by `ipxegen explain --markdown`. -->\n")?;
    writeln!(
        out,
        "Everything that `ipxegen check` can find. An *error* keeps `render` from writing anything, a \
         *warning* does so under `--strict`. To accept an intended finding, write `allow: {{ rule: \"reason\" }}` into the mapping in site.yaml that \
         has it; findings marked \"always\" cannot be accepted.\n"
    )?;
    let allowable: Vec<_> = rules::allowable().collect();
    writeln!(out, "| rule | | finds |\n|---|---|---|")?;
    for info in all {
        let always = if allowable.contains(&info.kind.id) { "" } else { ", always" };
        writeln!(
            out,
            "| [{0}](#{0}) | {1}{always} | {2} |",
            info.kind.id,
            info.kind.severity.name(),
            info.kind.summary
        )?;
    }
    for info in all {
        writeln!(out, "\n## {}\n\n{}", info.kind.id, info.doc)?;
    }
    Ok(())
}
