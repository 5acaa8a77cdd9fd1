//! Renders planned files: one template engine per language, big files piece by piece.

use std::io::Write;

use anyhow::{Context as _, Result, anyhow};
use rustc_hash::FxHashMap;
use tera::{Context, Kwargs, State, Tera, Value};

use crate::dialects::{Dialect, check_references, limited, lone_tags, refusal};
use crate::outputs::{Block, Body, OUTPUTS, Output, Piece, PlannedFile, Sink};
use crate::parallel::in_order;
use crate::report::catalogue::{TEMPLATE, UNKNOWN_TEMPLATE};
use crate::report::{Finding, Report};
use crate::source::Template;
use crate::tree::Content;

/// Stands in a rendered file where its pieces belong. No text of the user's holds it: every filter
/// refuses or escapes control characters.
const PIECES: &str = "\u{2}pieces\u{2}";

/// The engines of all languages, the user's templates laid over ours.
pub struct Templates {
    engines: FxHashMap<Dialect, Tera>,
    /// The names of the user's templates.
    replaced: Vec<String>,
}

impl Templates {
    /// Reads all templates.
    ///
    /// A template of the user's with a built-in's name replaces it; the built-in stays there as
    /// `builtin/<name>`, to be extended. Names that are no built-in's, and templates that cannot be
    /// parsed, are findings.
    #[must_use]
    pub fn read(user: &[Template], report: &mut Report) -> Self {
        let mut engines: FxHashMap<Dialect, Tera> = FxHashMap::default();
        let templates = || {
            OUTPUTS.iter().flat_map(|output| {
                output.templates().iter().map(move |(name, text)| (output.dialect_of(name), name, text))
            })
        };
        for (dialect, ..) in templates() {
            engines.entry(dialect).or_insert_with(|| {
                let mut engine = dialect.engine();
                engine.register_function("pieces", |_: Kwargs, _: &State| Value::safe_string(PIECES));
                engine
            });
        }
        for (dialect, engine) in &mut engines {
            let mut texts: Vec<(String, String)> = Vec::new();
            for (_, name, text) in templates().filter(|(of, ..)| of == dialect) {
                let own = user.iter().find(|template| template.name == *name);
                // Nobody else extends it, and reading templates is half of a small site's time.
                if !user.is_empty() {
                    texts.push((format!("builtin/{name}"), lone_tags(text)));
                }
                let text = match own {
                    Some(own) => limited(&lone_tags(&own.text)),
                    None => Ok(lone_tags(text)),
                };
                match text {
                    Ok(text) => texts.push(((*name).to_owned(), text)),
                    Err(words) => report.push(unreadable(format!("{name}: {words}"))),
                }
            }
            // Only templates of the user's lead to others, but those may be ours.
            let whole = || texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
            if !user.is_empty()
                && let Err(words) = check_references(whole())
            {
                report.push(unreadable(words));
                continue;
            }
            if let Err(error) = engine.add_raw_templates(texts) {
                report.push(unreadable(error.to_string()));
            }
        }
        for template in user.iter().filter(|template| !is_builtin(&template.name)) {
            let known: Vec<&str> =
                OUTPUTS.iter().flat_map(|output| output.templates()).map(|(name, _)| *name).collect();
            let near = known.iter().min_by_key(|name| crate::report::distance(name, &template.name));
            let message = format!("{} replaces no template of ours", template.path);
            let finding = Finding::nowhere(&UNKNOWN_TEMPLATE, message);
            report.push(
                finding.help(near.map_or_else(String::new, |near| format!("did you mean {near}.tera?"))),
            );
        }
        let replaced = user.iter().map(|template| template.name.clone()).collect();
        Self { engines, replaced }
    }

    /// What renders a site. `site` is what every template sees under that name.
    #[must_use]
    pub fn of(self, site: Value) -> Renderer {
        Renderer { templates: self, site }
    }
}

/// Renders the files of a site.
pub struct Renderer {
    templates: Templates,
    site: Value,
}

impl Renderer {
    /// Reads all templates, for a site.
    #[must_use]
    pub fn new(user: &[Template], site: Value, report: &mut Report) -> Self {
        Templates::read(user, report).of(site)
    }

    /// A planned file as the tree writes it.
    #[must_use]
    pub fn file<'f>(&'f self, output: &'static dyn Output, file: &'f PlannedFile<'f>) -> RenderedFile<'f> {
        RenderedFile { renderer: self, output, file }
    }

    /// What keeps a file of the user's own template from being rendered. What its template prints is known only
    /// when it is rendered.
    #[must_use]
    pub fn refuses(&self, output: &'static dyn Output, file: &PlannedFile<'_>) -> Option<Finding> {
        let Body::OwnTemplate { name, .. } = file.body else { return None };
        let error = self.file(output, file).write_to(&mut std::io::sink()).err()?;
        let whole = Block { head: "", text: "" };
        let place = file.source_map.as_ref().and_then(|source_map| source_map(&whole)?.span);
        let message = format!("the template {name} cannot be rendered");
        let whole = format!("{error:#}");
        let words = whole.strip_prefix(&message).and_then(|words| words.strip_prefix(": ")).unwrap_or(&whole);
        let finding = match place {
            Some(place) => Finding::new(&TEMPLATE, place, message),
            None => Finding::nowhere(&TEMPLATE, message),
        };
        Some(finding.help(words))
    }

    fn engine(&self, dialect: Dialect) -> Result<&Tera> {
        self.templates.engines.get(&dialect).context("no templates for this language")
    }
}

fn unreadable(words: String) -> Finding {
    Finding::nowhere(&TEMPLATE, "a template cannot be read").help(words)
}

fn is_builtin(name: &str) -> bool {
    OUTPUTS.iter().flat_map(|output| output.templates()).any(|(known, _)| *known == name)
}

/// A file that is rendered when it is written.
pub struct RenderedFile<'f> {
    renderer: &'f Renderer,
    output: &'static dyn Output,
    file: &'f PlannedFile<'f>,
}

impl Content for RenderedFile<'_> {
    fn write_to(&self, out: &mut dyn Write) -> Result<()> {
        let dialect = self.output.dialect_of(self.file.template());
        let view = |own: &Context| {
            let mut view = own.clone();
            view.insert_value("site", self.renderer.site.clone());
            view
        };
        match &self.file.body {
            Body::Text(text) => Ok(out.write_all(text.as_bytes())?),
            Body::Function(write) => write(out),
            Body::OwnTemplate { name, text, view: own } => {
                // There are few of them, and few sites have one.
                let text = limited(&lone_tags(text)).map_err(|words| anyhow!("{name}: {words}"))?;
                let text = dialect.engine().render_str(&text, &view(own), true);
                let text = text.map_err(|error| explain(name, &error))?;
                Lines { out, crlf: dialect.ends_in_crlf() }.put(text.as_bytes())
            }
            Body::Template { name, view: own, pieces } => {
                let mut lines = Lines { out, crlf: dialect.ends_in_crlf() };
                let engine = self.renderer.engine(dialect)?;
                let whole = engine.render(name, &view(own)).map_err(|error| explain(name, &error))?;
                let mut parts = whole.split(PIECES);
                lines.put(parts.next().unwrap_or_default().as_bytes())?;
                for part in parts {
                    if let Some(pieces) = pieces {
                        let replaced = &self.renderer.templates.replaced;
                        pieces(&mut PieceSink { engine, replaced, lines: &mut lines, buffer: Vec::new() })?;
                    }
                    lines.put(part.as_bytes())?;
                }
                Ok(())
            }
        }
    }
}

/// Takes text with lines of ours.
struct Lines<'w> {
    out: &'w mut dyn Write,
    /// Whether they end as Windows has them.
    crlf: bool,
}

impl Lines<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.crlf {
            return Ok(self.out.write_all(bytes)?);
        }
        // Places of the bytes themselves: both slices are inside.
        let mut from = 0;
        for end in memchr::memchr_iter(b'\n', bytes) {
            self.out.write_all(&bytes[from..end])?;
            self.out.write_all(b"\r\n")?;
            from = end + 1;
        }
        Ok(self.out.write_all(&bytes[from..])?)
    }
}

struct PieceSink<'p, 'w> {
    engine: &'p Tera,
    replaced: &'p [String],
    lines: &'p mut Lines<'w>,
    /// Used again for each template.
    buffer: Vec<u8>,
}

impl Sink for PieceSink<'_, '_> {
    fn write(&mut self, template: &str, view: &Context) -> Result<()> {
        // Into memory first: when a template stops in its middle, nothing of it is in the file.
        self.buffer.clear();
        self.engine.render_to(template, view, &mut self.buffer).map_err(|error| explain(template, &error))?;
        self.lines.put(&self.buffer)
    }

    fn render(&mut self, template: &str, view: &Context) -> Result<String> {
        let mut text = self.engine.render(template, view).map_err(|error| explain(template, &error))?;
        // The line of the template that prints it has a line break of its own.
        text.truncate(text.trim_end_matches('\n').len());
        Ok(text)
    }

    fn is_replaced(&self, template: &str) -> bool {
        self.replaced.iter().any(|name| name == template)
    }

    fn put(&mut self, rendered: &str) -> Result<()> {
        self.lines.put(rendered.as_bytes())
    }

    fn each(&mut self, pieces: usize, make: Piece<'_>) -> Result<()> {
        let (engine, replaced, crlf) = (self.engine, self.replaced, self.lines.crlf);
        let one = |piece| {
            let mut out = Vec::new();
            let lines = &mut Lines { out: &mut out, crlf };
            make(piece, &mut PieceSink { engine, replaced, lines, buffer: Vec::new() }).map(|()| out)
        };
        in_order(pieces, one, |made| Ok(self.lines.out.write_all(&made?)?))
    }
}

/// A rendering error in words: what the guard said, if it was the guard.
fn explain(template: &str, error: &tera::Error) -> anyhow::Error {
    match refusal(error) {
        Some(refusal) => anyhow!("the template {template} cannot be rendered: {refusal}"),
        None => anyhow!("the template {template} cannot be rendered: {error}"),
    }
}
