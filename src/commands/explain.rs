//! `ipxegen explain`: explains findings.

use std::io::Write;

use anyhow::Result;

use super::{Ending, console, nearest_rule};
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
    /// Explain all rules, as Markdown
    #[arg(long, conflicts_with = "rule")]
    markdown: bool,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let all = rules::explained();
    let mut out = console::stdout();
    if args.list {
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
        let name = name.trim_start_matches("error[").trim_start_matches("warning[").trim_end_matches(']');
        let Some(info) = all.iter().find(|info| info.kind.id == name) else {
            let known: Vec<&str> = all.iter().map(|info| info.kind.id).collect();
            match nearest_rule(name, &known) {
                Some(near) => anyhow::bail!("there is no rule `{name}`; did you mean `{near}`?"),
                None => anyhow::bail!("there is no rule `{name}`; `ipxegen explain --list` shows all"),
            }
        };
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
