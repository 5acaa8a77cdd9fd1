//! The template of a host, rendered once for each shape and then only filled in.
//!
//! Our own template asks of a host's texts only whether they are there, and prints them bare or in
//! quotes. So hosts with the same texts differ in nothing but these, and what stands around them
//! need not be rendered a million times: the template is rendered with marks instead of texts, and
//! cut up there. A template of the user's may ask anything; it is rendered for each host. Texts that
//! are filled in pass the same guard and the same quoting; what they refuse is rendered, to be
//! refused there, in words.

use std::sync::{Arc, Mutex};

use anyhow::{Result, anyhow};
use rustc_hash::FxHashMap;
use tera::{Context, Value};

use super::Sink;
use super::handout::Statement;
use crate::dialects::{Rendered, dhcpd};
use crate::model::WriteTo;

/// The texts of a host: the name in the template, and the most bytes that it may have in quotes.
const TEXTS: [(&str, usize); COUNT] = [
    ("name", 0),
    ("mac", 0),
    ("ip", 0),
    ("host_name", 63),
    ("root_path", 255),
    ("initiator", 223),
    ("body", 0),
];
const COUNT: usize = 7;

/// The texts by their places in [`TEXTS`].
pub(super) const NAME: usize = 0;
pub(super) const MAC: usize = 1;
pub(super) const IP: usize = 2;
pub(super) const HOST_NAME: usize = 3;
pub(super) const ROOT_PATH: usize = 4;
pub(super) const INITIATOR: usize = 5;
/// Already rendered.
pub(super) const BODY: usize = 6;

/// How many bytes are collected before they are put into the file.
const ENOUGH: usize = 1 << 16;

/// Which texts a host has, and whether what it boots is held back.
type Shape = ([bool; COUNT], bool);

/// The stencils of a file, which all its pieces use.
#[derive(Default)]
pub(super) struct HostTemplates(Mutex<FxHashMap<Shape, Arc<HostTemplate>>>);

impl HostTemplates {
    /// The stencil of a shape; what `make` renders of it, if it is new.
    fn get(&self, shape: Shape, make: impl FnOnce() -> Result<String>) -> Result<Arc<HostTemplate>> {
        let known = || self.0.lock().map_err(|_| anyhow!("a stencil was not finished"));
        if let Some(stencil) = known()?.get(&shape) {
            return Ok(Arc::clone(stencil));
        }
        let stencil = Arc::new(HostTemplate::cut(&format!("{}\n", make()?)));
        known()?.insert(shape, Arc::clone(&stencil));
        Ok(stencil)
    }
}

/// Hosts on their way into a file.
pub(super) struct Hosts<'s> {
    sink: &'s mut dyn Sink,
    shared: &'s HostTemplates,
    template: &'static str,
    /// Whether the template is ours.
    ours: bool,
    texts: [String; COUNT],
    there: [bool; COUNT],
    /// What else a host says of its disk; few do, and those are rendered.
    disk: Vec<Statement>,
    guarded: bool,
    /// Those that were used so far.
    stencils: FxHashMap<Shape, Arc<HostTemplate>>,
    /// What is filled in and not yet in the file.
    out: String,
}

impl<'s> Hosts<'s> {
    pub(super) fn new(template: &'static str, shared: &'s HostTemplates, sink: &'s mut dyn Sink) -> Self {
        Self {
            shared,
            ours: !sink.is_replaced(template),
            sink,
            template,
            texts: <[String; COUNT]>::default(),
            there: [false; COUNT],
            disk: Vec::new(),
            guarded: false,
            stencils: FxHashMap::default(),
            out: String::new(),
        }
    }

    /// Sets a text of the hosts that follow.
    pub(super) fn set(&mut self, at: usize, value: Option<impl WriteTo>) {
        let (Some(there), Some(text)) = (self.there.get_mut(at), self.texts.get_mut(at)) else { return };
        *there = value.is_some();
        if let Some(value) = value {
            text.clear();
            // Writing to a string never fails.
            let _ = value.write_to(text);
        }
    }

    /// Sets the further options of a host's disk.
    pub(super) fn disk(&mut self, statements: Vec<Statement>) {
        self.disk = statements;
    }

    /// Whether what a host boots is held back under a lid.
    pub(super) fn guard(&mut self, guarded: bool) {
        self.guarded = guarded;
    }

    /// The sink, for what stands between hosts.
    pub(super) fn sink(&mut self) -> Result<&mut dyn Sink> {
        self.flush()?;
        Ok(self.sink)
    }

    fn flush(&mut self) -> Result<()> {
        self.sink.put(&self.out)?;
        self.out.clear();
        Ok(())
    }

    /// Writes one host.
    pub(super) fn write(&mut self) -> Result<()> {
        if self.ours && self.disk.is_empty() {
            let shape = (self.there, self.guarded);
            if !self.stencils.contains_key(&shape) {
                let view = self.view(&mark);
                let stencil = self.shared.get(shape, || self.sink.render(self.template, &view))?;
                self.stencils.insert(shape, stencil);
            }
            let before = self.out.len();
            if self.stencils.get(&shape).is_some_and(|stencil| stencil.fill(&self.texts, &mut self.out)) {
                return if self.out.len() < ENOUGH { Ok(()) } else { self.flush() };
            }
            self.out.truncate(before);
        }
        self.flush()?;
        let view = self.view(&|at| self.texts.get(at).cloned().unwrap_or_default());
        self.sink.write(self.template, &view)
    }

    /// What the template sees, with these texts.
    fn view(&self, text: &dyn Fn(usize) -> String) -> Context {
        let mut view = Context::new();
        for (at, (name, _)) in TEXTS.iter().enumerate().filter(|(at, _)| self.there[*at]) {
            if at == BODY {
                view.insert(*name, &Rendered::new(text(at)));
            } else {
                view.insert_value(*name, Value::normal_string(&text(at)));
            }
        }
        if !self.disk.is_empty() {
            view.insert("disk", &self.disk);
        }
        view.insert_value("guarded", Value::from(self.guarded));
        view
    }
}

/// What stands for a text when a template is rendered to be cut up: bare, and nothing of the
/// template's own.
fn mark(at: usize) -> String {
    format!("0ipxegen-mark-{at}-")
}

/// The text around the texts of a host.
struct HostTemplate {
    /// What stands before a text, which text, and whether it is quoted.
    slots: Vec<(String, usize, bool)>,
    end: String,
}

impl HostTemplate {
    fn cut(mut marked: &str) -> Self {
        let mut slots = Vec::new();
        let first = |marked: &str| {
            let found = (0..COUNT).filter_map(|at| Some((marked.find(&mark(at))?, at)));
            found.min()
        };
        while let Some((place, at)) = first(marked) {
            let (before, behind) = marked.split_at(place);
            let behind = behind.get(mark(at).len()..).unwrap_or_default();
            match (before.strip_suffix('"'), behind.strip_prefix('"')) {
                (Some(before), Some(behind)) => {
                    slots.push((before.to_owned(), at, true));
                    marked = behind;
                }
                _ => {
                    slots.push((before.to_owned(), at, false));
                    marked = behind;
                }
            }
        }
        Self { slots, end: marked.to_owned() }
    }

    /// Whether the texts may stand there.
    fn fill(&self, texts: &[String; COUNT], out: &mut String) -> bool {
        for (before, at, quoted) in &self.slots {
            out.push_str(before);
            let text = &texts[*at];
            if *quoted {
                if dhcpd::quote_into(out, text, TEXTS[*at].1).is_err() {
                    return false;
                }
            } else if *at == BODY || dhcpd::is_bare(text) {
                out.push_str(text);
            } else {
                return false;
            }
        }
        out.push_str(&self.end);
        true
    }
}

impl Hosts<'_> {
    /// Writes what is left.
    pub(super) fn finish(mut self) -> Result<()> {
        self.flush()
    }
}
