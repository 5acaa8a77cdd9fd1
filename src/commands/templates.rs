//! `ipxegen templates`: the built-in templates, and how the user's differ from them.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Result, bail};

use super::own_templates::TemplatesArg;
use super::{AccessArg, Ending, SiteArg, console, load};
use crate::dialects::references;
use crate::diff::unified;
use crate::limits::PATTERN_HOSTS;
use crate::outputs::OUTPUTS;
use crate::render::version_line;
use crate::report::Report;
use crate::schema::nearest;
use crate::source::TemplateFolder;

/// List, print or compare the built-in templates
#[derive(clap::Args)]
pub(super) struct Args {
    /// Print this template; save it as NAME.tera below a folder of templates
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Show how your templates differ from the built-in ones of the same name
    #[arg(long, conflicts_with = "name")]
    diff: bool,
    /// The site whose `templates` are shown
    #[arg(long, value_name = "SITE", default_value = "site.yaml")]
    site: PathBuf,
    #[command(flatten)]
    templates: TemplatesArg,
    #[command(flatten)]
    access: AccessArg,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let mut out = console::stdout();
    if let Some(name) = &args.name {
        let name = name.strip_suffix(".tera").unwrap_or(name);
        let Some((_, text)) = builtin().find(|(known, _)| *known == name) else {
            let known: Vec<&str> = builtin().map(|(known, _)| known).collect();
            match nearest(name, &known) {
                Some(near) => bail!("there is no template `{name}`; did you mean `{near}`?"),
                None => bail!("there is no template `{name}`; `ipxegen templates` lists them"),
            }
        };
        write!(out, "{}\n{text}", version_line(name, text))?;
        out.flush()?;
        return Ok(Ending::Well);
    }
    let own = own(args)?;
    if args.diff {
        for template in &own.templates {
            let builtin = builtin().find(|(known, _)| *known == template.name).map(|(_, text)| text);
            if let Some(builtin) = builtin {
                let text = template
                    .text
                    .strip_prefix("{# from the built-in ")
                    .and_then(|rest| rest.split_once('\n'));
                let text = text.map_or(template.text.as_str(), |(_, rest)| rest);
                out.write_all(
                    unified(&format!("/{}.tera", template.name), Some(builtin), Some(text)).as_bytes(),
                )?;
            }
        }
        out.flush()?;
        return Ok(Ending::Well);
    }
    let width = builtin().map(|(name, _)| name.len()).max().unwrap_or_default();
    for output in OUTPUTS {
        for (name, text) in output.templates() {
            let language = format!("{:?}", output.dialect_of(name)).to_lowercase();
            let blocks: Vec<&str> = references(text).blocks.iter().map(|block| block.name.name).collect();
            let mut line = format!("{name:width$}  {language:10}");
            if !blocks.is_empty() {
                line.push_str("  blocks: ");
                line.push_str(&blocks.join(", "));
            }
            if let Some(own) = own.templates.iter().find(|own| own.name == *name) {
                line.push_str("  replaced by ");
                line.push_str(&own.path);
            }
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    for own in own.templates.iter().filter(|own| builtin().all(|(name, _)| name != own.name)) {
        writeln!(out, "{:width$}  {}", own.name, own.path)?;
    }
    out.flush()?;
    Ok(Ending::Well)
}

/// The built-in templates and their texts.
fn builtin() -> impl Iterator<Item = (&'static str, &'static str)> {
    OUTPUTS.iter().flat_map(|output| output.templates()).copied()
}

/// The user's templates. What else is wrong with the site is for `check` to say.
fn own(args: &Args) -> Result<TemplateFolder> {
    let sources = args.access.sources()?;
    let mut report = Report::new();
    let arg = SiteArg {
        site: args.site.clone(),
        with: Vec::new(),
        access: args.access.clone(),
        max_hosts: PATTERN_HOSTS,
    };
    let site = if args.site.exists() { load(&arg, &sources, &mut report)? } else { None };
    let given = site.map(|site| site.templates).unwrap_or_default();
    args.templates.over(given, &sources)
}
