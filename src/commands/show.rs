//! `ipxegen show`: the resolved site.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::own_templates::TemplatesArg;
use super::{Ending, SiteArg, console, load, show_findings};
use crate::model::Site;
use crate::outputs::{host_view, site_view};
use crate::report::{Masker, Report};
use crate::source::TemplateFolder;

/// Print the site with every default, inherited value and reference resolved
///
/// Templates see the same values, except `templates`: your own ones, by name, and their files.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    site: SiteArg,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
    #[command(flatten)]
    templates: TemplatesArg,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Yaml,
    Json,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let sources = args.site.access.sources()?;
    let mut report = Report::new();
    let site = load(&args.site, &sources, &mut report)?;
    let ending = show_findings(&report, &sources, false)?;
    let (Some(site), Ending::Well) = (site, ending) else { return Ok(ending) };
    let templates = args.templates.over(site.templates.clone(), &sources)?;
    let masker = console::masker(&sources);
    let whole = Whole { site: &site, templates: &templates, masker: &masker };
    let mut out = console::document();
    match args.format {
        Format::Yaml => serde_yaml::to_writer(&mut out, &whole)?,
        Format::Json => {
            serde_json::to_writer_pretty(&mut out, &whole)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(Ending::Well)
}

/// The site with its hosts, which are serialized one by one.
struct Whole<'s> {
    site: &'s Site<'s>,
    /// The user's templates, which see the rest.
    templates: &'s TemplateFolder,
    masker: &'s Masker,
}

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let view = site_view(self.site);
        let mut map = to.serialize_map(None)?;
        for (name, value) in view.as_object().into_iter().flatten() {
            map.serialize_entry(name, &self.masker.value(value.clone()))?;
        }
        let templates = &self.templates.templates;
        if !templates.is_empty() {
            let files = templates.iter().map(|template| (&template.name, &template.path));
            map.serialize_entry("templates", &files.collect::<BTreeMap<_, _>>())?;
        }
        map.serialize_entry("hosts", &HostsOfSite(self))?;
        map.end()
    }
}

struct HostsOfSite<'s>(&'s Whole<'s>);

impl Serialize for HostsOfSite<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.site.hosts.len()))?;
        for host in &self.0.site.hosts {
            map.serialize_entry(host.name, &self.0.masker.value(host_view(self.0.site, host)))?;
        }
        map.end()
    }
}
