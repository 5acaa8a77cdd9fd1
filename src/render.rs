//! Renders planned files: one template engine per language, big files piece by piece.

mod fault;
mod hosts;
mod own_templates;
mod version;

pub use fault::TemplateFault;
pub use version::{is_outdated, original_of, version_line, without_version};

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, Result};
use foldhash::HashMap;
use tera::{Context, Kwargs, State, Tera, Value};

use self::fault::{Faults, Where};
use self::own_templates::OwnTemplates;
use crate::dialects::{Dialect, StringReader, Wants, lone_tags, reset_budget};
use crate::outputs::{Body, OUTPUTS, Output, OwnFile, Piece, PlannedFile, Sink};
use crate::parallel::in_order;
use crate::report::catalogue::TEMPLATE;
use crate::report::{Finding, Report};
use crate::source::{Span, Template};
use crate::tree::Content;

/// Stands in a rendered file where its pieces belong. No text of the user's holds it: every filter
/// refuses or escapes control characters.
const PIECES: &str = "\u{2}pieces\u{2}";

/// The engines of all languages, the user's templates laid over ours.
pub struct Templates {
    engines: HashMap<Dialect, Tera>,
    own: OwnTemplates,
}

impl Templates {
    /// Reads all templates.
    ///
    /// A template of the user's with a built-in's name replaces it; the built-in stays there as
    /// `builtin/<name>`, to be extended. One below `mine/` is for others to include. Other names, and templates
    /// that cannot be parsed, are findings.
    #[must_use]
    pub fn read(user: &[Template], report: &mut Report) -> Self {
        let own = OwnTemplates::read(user, report);
        // In the order of the outputs, and so are the findings about templates without a place.
        let mut dialects: Vec<Dialect> = Vec::new();
        for (dialect, ..) in builtin() {
            if !dialects.contains(&dialect) {
                dialects.push(dialect);
            }
        }
        let mut engines: HashMap<Dialect, Tera> = HashMap::default();
        for dialect in dialects {
            let engine = engines.entry(dialect).or_insert_with(|| engine(dialect));
            let mut texts: Vec<(String, String)> = Vec::new();
            let mut replaced = Vec::new();
            for (_, name, text) in builtin().filter(|(of, ..)| *of == dialect) {
                // Nobody else extends it, and reading templates is half of a small site's time.
                if !own.is_empty() {
                    texts.push((format!("builtin/{name}"), lone_tags(text)));
                }
                match own.get(name) {
                    Some(template) => {
                        texts.push((name.to_owned(), template.prepared.text().to_owned()));
                        replaced.push(template);
                    }
                    None => texts.push((name.to_owned(), lone_tags(text))),
                }
            }
            let partials = own.partials_of(&replaced);
            texts.extend(
                partials.iter().map(|(name, text)| ((*name).to_owned(), text.prepared.text().to_owned())),
            );
            let used = replaced.iter().copied().chain(partials.into_iter().map(|(_, template)| template));
            if !replaced.is_empty() && !own.check(dialect, used, &texts, report) {
                continue;
            }
            if let Err(error) = engine.add_raw_templates(texts) {
                report.extend(own.unreadable(&error));
            }
        }
        Self { engines, own }
    }

    /// Makes the renderer of a site. `site` is the value that every template sees under that name.
    #[must_use]
    pub fn of(mut self, site: Value) -> Renderer {
        let vars = Where::field(&site, "vars").unwrap_or_else(|| Value::from(tera::Map::new()));
        for engine in self.engines.values_mut() {
            see(engine, &site, &vars);
        }
        Renderer { templates: self, site, vars, files: Mutex::default() }
    }
}

/// Every template sees the site.
fn see(engine: &mut Tera, site: &Value, vars: &Value) {
    engine.global_context().insert_value("site", site.clone());
    engine.global_context().insert_value("vars", vars.clone());
}

fn engine(dialect: Dialect) -> Tera {
    let mut engine = dialect.engine();
    engine.register_function("pieces", |_: Kwargs, _: &State| Value::safe_string(PIECES));
    engine
}

/// The built-in templates: their language, name and text.
fn builtin() -> impl Iterator<Item = (Dialect, &'static str, &'static str)> {
    let of = |output: &&'static dyn Output| {
        let output = *output;
        output.templates().iter().map(move |(name, text)| (output.dialect_of(name), *name, *text))
    };
    OUTPUTS.iter().flat_map(of)
}

/// Renders the files of a site.
pub struct Renderer {
    templates: Templates,
    site: Value,
    vars: Value,
    /// The engines of the user's own files, by the place of their templates.
    files: Mutex<HashMap<Span, Arc<FileEngine>>>,
}

/// The engine of one file of the user's own.
enum FileEngine {
    Ready(Box<OwnEngine>),
    Wrong(Vec<Finding>),
}

struct OwnEngine {
    engine: Tera,
    faults: Faults,
    wants: Wants,
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

    /// Whether a template of the user's takes part in a file.
    #[must_use]
    pub fn is_own(&self, output: &'static dyn Output, file: &PlannedFile<'_>) -> bool {
        match file.body {
            Body::OwnTemplate { .. } => true,
            Body::Template { .. } => self.templates.own.replaces(output),
            Body::Text(_) | Body::Function(_) => false,
        }
    }

    /// The faults of the user's template that keep a file from being rendered. Some show only when it is rendered.
    #[must_use]
    pub fn refuses(&self, output: &'static dyn Output, file: &PlannedFile<'_>) -> Vec<Finding> {
        if !self.is_own(output, file) {
            return Vec::new();
        }
        if let Body::OwnTemplate { file: own, .. } = &file.body
            && let FileEngine::Wrong(findings) = &*self.engine_of(own)
        {
            return findings.clone();
        }
        let dialect = output.dialect_of(file.template());
        // The whole is looked at only where the language tells whether it is whole.
        if matches!(file.body, Body::OwnTemplate { .. }) || !dialect.tells_whole() {
            return self
                .file(output, file)
                .write_to(&mut io::sink())
                .err()
                .map(|error| finding(&error))
                .into_iter()
                .collect();
        }
        let mut bytes = Vec::new();
        if let Err(error) = self.file(output, file).write_to(&mut bytes) {
            return vec![finding(&error)];
        }
        let text = String::from_utf8_lossy(&bytes);
        let broken = dialect.balanced(&text).err().map(|refused| {
            let line =
                text.get(..refused.at.unwrap_or_default()).unwrap_or_default().matches('\n').count() + 1;
            let message =
                format!("a template makes {} unreadable: {} in line {line}", file.path, refused.message);
            let finding = match self.templates.own.place(file.template()) {
                Some(place) => Finding::new(&TEMPLATE, place, message),
                None => Finding::nowhere(&TEMPLATE, message),
            };
            finding.help(format!("`ipxegen render --stdout {}` prints the file", file.path))
        });
        broken.into_iter().collect()
    }

    /// The user's templates that replace ours in a file.
    #[must_use]
    pub fn own_templates(&self, output: &'static dyn Output, file: &PlannedFile<'_>) -> Vec<String> {
        if matches!(file.body, Body::Template { .. }) && self.is_own(output, file) {
            self.templates.own.names_of(output)
        } else {
            Vec::new()
        }
    }

    fn engine(&self, dialect: Dialect) -> Result<&Tera> {
        self.templates.engines.get(&dialect).context("no templates for this language")
    }

    /// The engine of a file of the user's own, made once for each template.
    fn engine_of(&self, file: &OwnFile<'_>) -> Arc<FileEngine> {
        let make = || {
            let (engine, faults, wants) = match self.templates.own.file_engine(file) {
                Ok(made) => made,
                Err(findings) => return FileEngine::Wrong(findings),
            };
            let mut engine = OwnEngine { engine, faults, wants };
            see(&mut engine.engine, &self.site, &self.vars);
            FileEngine::Ready(Box::new(engine))
        };
        let Ok(mut files) = self.files.lock() else { return Arc::new(make()) };
        Arc::clone(files.entry(file.span).or_insert_with(|| Arc::new(make())))
    }
}

/// A failure of rendering as a finding.
#[must_use]
pub fn finding(error: &anyhow::Error) -> Finding {
    match error.downcast_ref::<TemplateFault>() {
        Some(fault) => fault.finding(),
        None => Finding::nowhere(&TEMPLATE, "a file cannot be rendered").help(format!("{error:#}")),
    }
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
        let own = &self.renderer.templates.own;
        let is_own = matches!(self.file.body, Body::OwnTemplate { .. });
        let strings = (is_own || !own.is_empty()).then(|| dialect.string_reader());
        let mut lines =
            LineWriter { out, crlf: dialect.ends_in_crlf(), strings, nested: None, buffer: Vec::new() };
        reset_budget();
        let (template, view, pieces) = match &self.file.body {
            Body::Text(text) => return Ok(lines.out.write_all(text.as_bytes())?),
            Body::Function(write) => return write(lines.out),
            Body::OwnTemplate { file, view } => return self.write_own(file, view, &mut lines),
            Body::Template { name, view, pieces } => (*name, view, pieces),
        };
        let engine = self.renderer.engine(dialect)?;
        let around = Where { view, site: &self.renderer.site, hosts: None };
        let whole =
            engine.render(template, view).map_err(|error| own.faults().explain(template, &error, around))?;
        let mut parts = whole.split(PIECES);
        lines
            .put(parts.next().unwrap_or_default().as_bytes())
            .map_err(|error| own.faults().nested(lines.nested, error))?;
        for (number, part) in parts.enumerate() {
            if let Some(pieces) = pieces {
                if number > 0 && own.get(template).is_some() {
                    return Err(own.faults().whole(template, "`pieces()` is printed more than once").into());
                }
                let site = &self.renderer.site;
                pieces(&mut PieceSink { engine, own, site, lines: &mut lines, buffer: Vec::new() })?;
            }
            lines.put(part.as_bytes()).map_err(|error| own.faults().nested(lines.nested, error))?;
        }
        Ok(())
    }
}

impl RenderedFile<'_> {
    /// A file of the user's own template, written while it is rendered.
    fn write_own(&self, file: &OwnFile<'_>, view: &Context, lines: &mut LineWriter<'_>) -> Result<()> {
        let made = self.renderer.engine_of(file);
        let own = match &*made {
            FileEngine::Ready(own) => own,
            FileEngine::Wrong(findings) => {
                let first = findings.first().cloned();
                return Err(first.map_or_else(
                    || anyhow::anyhow!("{} cannot be read", file.name),
                    |finding| TemplateFault::from(finding).into(),
                ));
            }
        };
        let mut view = view.clone();
        if let Some((name, value)) = &file.item {
            view.insert_value(*name, value());
        }
        if own.wants.hosts || own.wants.groups {
            view.insert_value("site", hosts::with_hosts(&self.renderer.site, &file.hosts, own.wants));
        }
        let render = |lines: &mut LineWriter<'_>| own.engine.render_to(file.name, &view, lines);
        let rendered = hosts::part_by_part(&file.hosts, || render(lines))?;
        let around = Where { view: &view, site: &self.renderer.site, hosts: Some(&file.hosts) };
        rendered.map_err(|error| match lines.nested {
            Some(_) => own.faults.nested(lines.nested, anyhow::anyhow!("{error}")),
            None => own.faults.explain(file.name, &error, around).into(),
        })
    }
}

/// Takes text with lines of ours.
struct LineWriter<'w> {
    out: &'w mut dyn Write,
    /// Whether they end as Windows has them.
    crlf: bool,
    /// Follows the strings of a file with a template of the user's.
    strings: Option<StringReader>,
    /// The place of a literal that is inside another one.
    nested: Option<Span>,
    /// Used again for each text.
    buffer: Vec<u8>,
}

impl LineWriter<'_> {
    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.read(bytes, if self.crlf { Self::ended } else { Self::as_it_is })
    }

    /// Takes text whose lines have their ends already.
    fn put_lines(&mut self, bytes: &[u8]) -> Result<()> {
        self.read(bytes, Self::as_it_is)
    }

    /// Follows the strings of a text and writes it.
    fn read(&mut self, bytes: &[u8], write: fn(&mut Self, &[u8]) -> io::Result<()>) -> Result<()> {
        let Some(strings) = &mut self.strings else { return Ok(write(self, bytes)?) };
        let mut plain = std::mem::take(&mut self.buffer);
        plain.clear();
        if let Err((start, end)) = strings.read(bytes, &mut plain) {
            self.nested = Some(Span::new(start, end));
            return Err(io::Error::other("a literal is inside another one").into());
        }
        write(self, &plain)?;
        self.buffer = plain;
        Ok(())
    }

    fn as_it_is(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// Writes a text with the line ends of Windows.
    fn ended(&mut self, bytes: &[u8]) -> io::Result<()> {
        // Places of the bytes themselves: both slices are inside.
        let mut from = 0;
        for end in memchr::memchr_iter(b'\n', bytes) {
            self.out.write_all(&bytes[from..end])?;
            self.out.write_all(b"\r\n")?;
            from = end + 1;
        }
        self.out.write_all(&bytes[from..])
    }
}

impl Write for LineWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes).map_err(|error| match error.downcast() {
            Ok(error) => error,
            Err(error) => io::Error::other(error),
        })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

struct PieceSink<'p, 'w> {
    engine: &'p Tera,
    own: &'p OwnTemplates,
    site: &'p Value,
    lines: &'p mut LineWriter<'w>,
    /// Used again for each template.
    buffer: Vec<u8>,
}

impl PieceSink<'_, '_> {
    fn explain(&self, template: &str, error: &tera::Error, view: &Context) -> anyhow::Error {
        self.own.faults().explain(template, error, Where { view, site: self.site, hosts: None }).into()
    }
}

impl Sink for PieceSink<'_, '_> {
    fn write(&mut self, template: &str, view: &Context) -> Result<()> {
        // Into memory first: when a template stops in its middle, nothing of it is in the file.
        self.buffer.clear();
        let rendered = self.engine.render_to(template, view, &mut self.buffer);
        rendered.map_err(|error| self.explain(template, &error, view))?;
        let put = self.lines.put(&self.buffer);
        put.map_err(|error| self.own.faults().nested(self.lines.nested, error))
    }

    fn render(&mut self, template: &str, view: &Context) -> Result<String> {
        let text = self.engine.render(template, view);
        let mut text = text.map_err(|error| self.explain(template, &error, view))?;
        // The line of the template that prints it has a line break of its own.
        text.truncate(text.trim_end_matches('\n').len());
        Ok(text)
    }

    fn is_replaced(&self, template: &str) -> bool {
        self.own.get(template).is_some()
    }

    fn put(&mut self, rendered: &[u8]) -> Result<()> {
        self.lines.put(rendered).map_err(|error| self.own.faults().nested(self.lines.nested, error))
    }

    fn line_end(&self) -> &'static str {
        if self.lines.crlf { "\r\n" } else { "\n" }
    }

    fn put_lines(&mut self, rendered: &[u8]) -> Result<()> {
        self.lines.put_lines(rendered).map_err(|error| self.own.faults().nested(self.lines.nested, error))
    }

    fn each(&mut self, pieces: usize, make: Piece<'_>) -> Result<()> {
        let (engine, own, site, crlf) = (self.engine, self.own, self.site, self.lines.crlf);
        let strings = self.lines.strings;
        // The text of a piece goes into memory that an earlier one has used.
        let used = Mutex::new(Vec::new());
        let one = |piece| {
            let mut out: Vec<u8> = used.lock().ok().and_then(|mut used| used.pop()).unwrap_or_default();
            let lines = &mut LineWriter { out: &mut out, crlf, strings, nested: None, buffer: Vec::new() };
            make(piece, &mut PieceSink { engine, own, site, lines, buffer: Vec::new() }).map(|()| out)
        };
        in_order(pieces, one, |made| {
            let mut made = made?;
            self.lines.out.write_all(&made)?;
            made.clear();
            if let Ok(mut used) = used.lock() {
                used.push(made);
            }
            Ok(())
        })
    }
}
