//! `ipxegen templates`: the built-in templates, and how the user's differ from them.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::own_templates::TemplatesArg;
use super::{AccessArg, Ending, SiteArg, console, load};
use crate::dialects::references;
use crate::diff::unified;
use crate::limits::PATTERN_HOSTS;
use crate::outputs::OUTPUTS;
use crate::render::{is_outdated, original_of, version_line, without_version};
use crate::report::Report;
use crate::schema::nearest;
use crate::source::{ORIGINALS, Template, TemplateFolder};

/// List, print, copy or compare the built-in templates
#[derive(clap::Args)]
pub(super) struct Args {
    /// Print this template
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Copy the template into this folder of templates, and keep the original there for --diff
    #[arg(long, value_name = "DIR", requires = "name")]
    copy: Option<PathBuf>,
    /// Show how your templates differ from the built-in ones of the same name, and what has changed in those since they
    /// were copied
    #[arg(long, conflicts_with = "name")]
    diff: bool,
    /// The site whose `templates` are shown
    #[arg(
        long,
        value_name = "SITE",
        default_value = "site.yaml",
        env = "IPXEGEN_SITE",
        hide_env_values = true
    )]
    site: PathBuf,
    #[command(flatten)]
    templates: TemplatesArg,
    #[command(flatten)]
    access: AccessArg,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let mut out = console::stdout();
    if let Some(name) = &args.name {
        let (name, text) = named(name)?;
        let text = format!("{}\n{text}", version_line(name, text));
        match &args.copy {
            Some(folder) => writeln!(out, "{} written", copy(folder, name, &text)?.display())?,
            None => out.write_all(text.as_bytes())?,
        }
    } else {
        let own = own(args)?;
        if args.diff {
            for template in &own.templates {
                if let Some((_, builtin)) = builtin().find(|(known, _)| *known == template.name) {
                    out.write_all(compared(template, builtin).as_bytes())?;
                }
            }
        } else {
            list(&own, &mut out)?;
        }
    }
    out.flush()?;
    Ok(Ending::Well)
}

/// The built-in template of this name.
fn named(name: &str) -> Result<(&'static str, &'static str)> {
    let name = name.strip_suffix(".tera").unwrap_or(name);
    if let Some(found) = builtin().find(|(known, _)| *known == name) {
        return Ok(found);
    }
    let known: Vec<&str> = builtin().map(|(known, _)| known).collect();
    match nearest(name, &known) {
        Some(near) => bail!("there is no template `{name}`; did you mean `{near}`?"),
        None => bail!("there is no template `{name}`; `ipxegen templates` lists them"),
    }
}

/// Writes a built-in template into a folder twice: to be changed, and as the original. Both, or none.
fn copy(folder: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let file = format!("{name}.tera");
    let (own, original) = (folder.join(&file), folder.join(ORIGINALS).join(&file));
    if fs::symlink_metadata(&own).is_ok() {
        bail!("cannot write {}: an existing template is not replaced", own.display());
    }
    for path in [&own, &original] {
        refuse_links(folder, path)?;
    }
    create(&own, text).with_context(|| format!("cannot write {}", own.display()))?;
    let kept = match fs::remove_file(&original) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => create(&original, text),
    };
    // Without its original it would be in the way of the next attempt.
    let kept = kept.inspect_err(|_| drop(fs::remove_file(&own)));
    kept.with_context(|| format!("cannot write {}", original.display()))?;
    Ok(own)
}

/// Refuses a path that leaves a folder by a link: a file outside of it would be replaced, and templates behind a
/// link are not read.
fn refuse_links(folder: &Path, path: &Path) -> Result<()> {
    let inside = path.ancestors().skip(1).take_while(|parent| *parent != folder);
    for parent in inside {
        if fs::symlink_metadata(parent).is_ok_and(|about| about.is_symlink()) {
            bail!("cannot write {}: {} is a link", path.display(), parent.display());
        }
    }
    Ok(())
}

fn create(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

/// How a template of the user's differs from the built-in one, and how that has changed since it was copied.
fn compared(template: &Template, builtin: &str) -> String {
    let Template { name, path, text, .. } = template;
    let own = without_version(text).replace("\r\n", "\n");
    let own = own.as_str();
    if !is_outdated(name, builtin, text) {
        let (theirs, mine) =
            blocks_of(name, builtin, own).unwrap_or_else(|| (builtin.to_owned(), own.to_owned()));
        return unified(&format!("/{name}.tera"), Some(&theirs), Some(&mine));
    }
    match original_of(text, template.original.as_deref()) {
        Some(original) => format!(
            "# The built-in {name} has changed since {path} was made from it:\n{}# {path} has changed in it:\n{}",
            unified(&format!("/{name}.tera"), Some(original), Some(builtin)),
            unified(&format!("/{name}.tera"), Some(original), Some(own)),
        ),
        None => format!(
            "# The built-in {name} has changed since {path} was made from it.\n# How it was is not kept in \
             {ORIGINALS}/{name}.tera: these are the differences from the one of today.\n{}",
            unified(&format!("/{name}.tera"), Some(builtin), Some(own)),
        ),
    }
}

/// The blocks that a template overrides, in the built-in one and in its own text, if it extends that.
fn blocks_of(name: &str, builtin: &str, own: &str) -> Option<(String, String)> {
    let mine = references(own);
    if mine.extends.as_ref()?.name.strip_prefix("builtin/")? != name {
        return None;
    }
    let theirs = references(builtin);
    let mut texts = (String::new(), String::new());
    let block = |name: &str, body: &str| format!("{{% block {name} %}}{body}{{% endblock %}}\n");
    for own in &mine.blocks {
        let name = own.name.name;
        if let Some(builtin) = theirs.blocks.iter().find(|block| block.name.name == name) {
            texts.0.push_str(&block(name, builtin.body));
            texts.1.push_str(&block(name, own.body));
        }
    }
    Some(texts)
}

/// Lists the built-in templates and those of the user.
fn list(own: &TemplateFolder, out: &mut dyn Write) -> Result<()> {
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
    Ok(())
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
