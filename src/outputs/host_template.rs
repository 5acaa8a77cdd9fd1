//! Writes hosts faster than by rendering their template for each of them.
//!
//! Our template only tests whether a host has a text (its name, its MAC address …) and prints the text bare or quoted.
//! So the output for two hosts that have the same set of texts, a *shape*, differs in these texts only. For each shape
//! the template is rendered once, with marks instead of texts, and the result is cut at the marks. A host is then
//! written by putting its texts between the parts.
//!
//! A template of the user may do anything, so it is rendered for each host. A text that would need a refusal by the
//! guard or the quoting is also rendered, so that the error is the usual one.

use std::sync::{Arc, Mutex};

use anyhow::{Result, anyhow};
use foldhash::HashMap;
use tera::{Context, Value};

use super::Sink;
use super::dhcpd::statement::Statement;
use crate::dialects::{Rendered, dhcpd};
use crate::model::WriteTo;

/// The texts of a host: the name in the template, and the longest quoted text in bytes.
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

/// The indexes of the texts in [`TEXTS`].
pub(super) const NAME: usize = 0;
pub(super) const MAC: usize = 1;
pub(super) const IP: usize = 2;
pub(super) const HOST_NAME: usize = 3;
pub(super) const ROOT_PATH: usize = 4;
pub(super) const INITIATOR: usize = 5;
/// The rendered profile.
pub(super) const BODY: usize = 6;

/// The part of the template of a host in dhcpd.conf that depends on the subnet.
const HOST_DISK: &str = "dhcpd/host_disk";

/// The number of bytes that are collected before they are written to the file.
const ENOUGH: usize = 1 << 16;

/// Which texts a host has, and whether its boot options depend on the subnet.
type Shape = ([bool; COUNT], bool);

/// The cut templates of a file, which all its pieces share.
#[derive(Default)]
pub(super) struct HostTemplates(Mutex<HashMap<Shape, Arc<HostTemplate>>>);

impl HostTemplates {
    /// The cut template of a shape. `make` renders it if the shape is new.
    fn get(&self, shape: Shape, make: impl FnOnce() -> Result<String>) -> Result<Arc<HostTemplate>> {
        let known = || self.0.lock().map_err(|_| anyhow!("another thread failed while it cut a template"));
        if let Some(cut_template) = known()?.get(&shape) {
            return Ok(Arc::clone(cut_template));
        }
        let cut_template = Arc::new(HostTemplate::cut(&format!("{}\n", make()?)));
        known()?.insert(shape, Arc::clone(&cut_template));
        Ok(cut_template)
    }
}

/// Writes hosts into a file.
pub(super) struct Hosts<'s> {
    sink: &'s mut dyn Sink,
    shared: &'s HostTemplates,
    template: &'static str,
    /// Whether the template is ours and not replaced by the user.
    ours: bool,
    texts: [String; COUNT],
    there: [bool; COUNT],
    /// The further options of a disk. Few hosts have any; those are rendered.
    disk: Vec<Statement>,
    guarded: bool,
    /// The cut templates that this piece has used.
    cut_templates: HashMap<Shape, Arc<HostTemplate>>,
    /// Text that is not yet written to the file.
    out: String,
}

impl<'s> Hosts<'s> {
    pub(super) fn new(template: &'static str, shared: &'s HostTemplates, sink: &'s mut dyn Sink) -> Self {
        Self {
            shared,
            ours: ![template, HOST_DISK].iter().any(|template| sink.is_replaced(template)),
            sink,
            template,
            texts: <[String; COUNT]>::default(),
            there: [false; COUNT],
            disk: Vec::new(),
            guarded: false,
            cut_templates: HashMap::default(),
            out: String::new(),
        }
    }

    /// Sets a text of the following hosts.
    pub(super) fn set(&mut self, at: usize, value: Option<impl WriteTo>) {
        let (Some(there), Some(text)) = (self.there.get_mut(at), self.texts.get_mut(at)) else { return };
        *there = value.is_some();
        if let Some(value) = value {
            text.clear();
            // Writing to a string never fails.
            let _ = value.write_to(text);
        }
    }

    /// Sets the further options of the disk of the following hosts.
    pub(super) fn disk(&mut self, statements: Vec<Statement>) {
        self.disk = statements;
    }

    /// Sets whether the boot options of the following hosts are left out in subnets that do not boot.
    pub(super) fn guard(&mut self, guarded: bool) {
        self.guarded = guarded;
    }

    /// The sink, for text between hosts.
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
            if !self.cut_templates.contains_key(&shape) {
                let view = self.view(&mark);
                let cut_template = self.shared.get(shape, || self.sink.render(self.template, &view))?;
                self.cut_templates.insert(shape, cut_template);
            }
            let before = self.out.len();
            if self
                .cut_templates
                .get(&shape)
                .is_some_and(|cut_template| cut_template.fill(&self.texts, &mut self.out))
            {
                return if self.out.len() < ENOUGH { Ok(()) } else { self.flush() };
            }
            self.out.truncate(before);
        }
        self.flush()?;
        let view = self.view(&|at| self.texts.get(at).cloned().unwrap_or_default());
        self.sink.write(self.template, &view)
    }

    /// The values of the template, with these texts.
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

/// The mark for a text in a template that will be cut: a bare word that occurs in no template.
fn mark(at: usize) -> String {
    format!("0ipxegen-mark-{at}-")
}

/// A rendered template, cut at the texts of a host.
struct HostTemplate {
    /// For each text: the part before it, its index, and whether it is quoted.
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

    /// Appends the parts with these texts. Returns false if the guard or the quoting refuses one of them.
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
    /// Writes the rest to the file.
    pub(super) fn finish(mut self) -> Result<()> {
        self.flush()
    }
}
