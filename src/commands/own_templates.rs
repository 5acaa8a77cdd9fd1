//! The user's templates: those of the site, and those of `--templates`.

use std::path::PathBuf;

use anyhow::Result;

use crate::model::Site;
use crate::outputs::{Body, site_view};
use crate::plan::Plan;
use crate::render::Renderer;
use crate::report::catalogue::IGNORED_TEMPLATE;
use crate::report::{Finding, Report};
use crate::source::{IgnoredFile, Sources, TemplateFolder, read_templates};

#[derive(clap::Args)]
pub(super) struct TemplatesArg {
    /// Templates that replace the built-in ones of the same name, and those of the site's `templates` (repeatable; a
    /// later folder wins)
    #[arg(long, value_name = "DIR")]
    templates: Vec<PathBuf>,
}

impl TemplatesArg {
    /// Whether there are none but those of the site.
    pub(super) fn is_empty(&self) -> bool {
        self.templates.is_empty()
    }

    /// The folders of the site, overridden by those of the command line.
    pub(super) fn read(
        &self,
        site: &Site<'_>,
        sources: &Sources,
        report: &mut Report,
    ) -> Result<TemplateFolder> {
        let all = self.over(site.templates.clone(), sources)?;
        for IgnoredFile { path, is_linked_folder } in &all.ignored {
            let (what, help) = if *is_linked_folder {
                ("it is a link to a folder", "name that folder in `templates`, or link its files one by one")
            } else {
                (
                    "its name does not end in .tera",
                    "give it the name of the template that it replaces, as `ipxegen templates` lists it",
                )
            };
            let message = format!("{path} is no template: {what}");
            report.push(Finding::nowhere(&IGNORED_TEMPLATE, message).help(help));
        }
        Ok(all)
    }

    /// The folders of the command line, which override the others.
    pub(super) fn over(&self, mut all: TemplateFolder, sources: &Sources) -> Result<TemplateFolder> {
        for dir in &self.templates {
            all.lay_over(read_templates(sources, dir)?);
        }
        Ok(all)
    }

    /// The renderer of the site.
    pub(super) fn renderer(
        &self,
        site: &Site<'_>,
        sources: &Sources,
        report: &mut Report,
    ) -> Result<Renderer> {
        let templates = self.read(site, sources, report)?;
        Ok(Renderer::new(&templates.templates, tera::Value::from_serializable(&site_view(site)), report))
    }
}

/// Renders all files with a template of the user's and drops the result: only rendering shows what a template prints.
pub(super) fn try_own_templates(plan: &Plan<'_>, renderer: &Renderer, report: &mut Report) {
    for planned in &plan.files {
        report.extend(renderer.refuses(planned.output, &planned.file));
    }
}

/// Like [`try_own_templates`], for the files whose templates replace ours. Files of the site's own templates are not
/// rendered twice, for they may go through all hosts; they are refused when they are written.
pub(super) fn try_replaced_templates(plan: &Plan<'_>, renderer: &Renderer, report: &mut Report) {
    for planned in plan.files.iter().filter(|planned| !matches!(planned.file.body, Body::OwnTemplate { .. }))
    {
        report.extend(renderer.refuses(planned.output, &planned.file));
    }
}
