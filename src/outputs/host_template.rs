//! Writes hosts faster than by rendering their template for each of them.
//!
//! Our template only tests whether a host has a text (its name, its MAC address …) and prints the text bare or quoted.
//! So the output for two hosts that have the same set of texts, a *shape*, differs in these texts only. For each shape
//! the template is rendered once, with marks instead of texts, and the result is cut at the marks. A host is then
//! written by putting its texts between the parts.
//!
//! A template of the user may do anything, so it is rendered for each host. A text that would need a refusal by the
//! guard or the quoting is also rendered, so that the error is the usual one.

use std::collections::hash_map::Entry;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use anyhow::{Result, anyhow};
use foldhash::HashMap;
use tera::{Context, Value};

use super::Sink;
use super::dhcpd::statement::Statement;
use crate::dialects::{Rendered, dhcpd};
use crate::model::{Dotted, Mac, RootPath, TakeText, TextBytes, WriteTo};

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

// The indexes of the texts in `TEXTS`.
const NAME: usize = 0;
const MAC: usize = 1;
const IP: usize = 2;
const HOST_NAME: usize = 3;
const ROOT_PATH: usize = 4;
const INITIATOR: usize = 5;
const BODY: usize = 6;

/// The texts of a host.
pub(super) struct HostTexts<'h> {
    /// The name of the host block.
    pub name: &'h str,
    pub mac: Mac,
    pub ip: Option<Ipv4Addr>,
    pub host_name: Option<&'h str>,
    pub root_path: Option<&'h RootPath<'h>>,
    pub initiator: Option<&'h str>,
    /// The rendered profile.
    pub body: Option<&'h str>,
    /// Whether the boot options are left out in subnets that do not boot.
    pub guarded: bool,
}

impl HostTexts<'_> {
    /// Which texts there are.
    fn there(&self) -> [bool; COUNT] {
        let mut there = [true; COUNT];
        there[IP] = self.ip.is_some();
        there[HOST_NAME] = self.host_name.is_some();
        there[ROOT_PATH] = self.root_path.is_some();
        there[INITIATOR] = self.initiator.is_some();
        there[BODY] = self.body.is_some();
        there
    }

    fn shape(&self) -> Shape {
        let bit = |(at, there): (usize, bool)| u8::from(there) << at;
        let guarded = u8::from(self.guarded) << COUNT;
        self.there().into_iter().enumerate().map(bit).fold(guarded, |shape, bit| shape | bit)
    }

    /// Appends a text.
    fn write(&self, at: usize, out: &mut impl TakeText) {
        // Writing into memory never fails.
        let _ = match at {
            NAME => self.name.write_to(out),
            MAC => self.mac.write_to(out),
            IP => self.ip.map_or(Ok(()), |ip| Dotted(ip).write_to(out)),
            HOST_NAME => self.host_name.unwrap_or_default().write_to(out),
            ROOT_PATH => self.root_path.map_or(Ok(()), |path| path.write_to(out)),
            INITIATOR => self.initiator.unwrap_or_default().write_to(out),
            _ => self.body.unwrap_or_default().write_to(out),
        };
    }

    fn text(&self, at: usize) -> String {
        let mut text = String::new();
        self.write(at, &mut text);
        text
    }

    /// The values of the template, with these texts, and with the further options of a disk.
    fn view(&self, text: &dyn Fn(usize) -> String, disk: &[Statement]) -> Context {
        let mut view = Context::new();
        for ((at, (name, _)), _) in TEXTS.iter().enumerate().zip(self.there()).filter(|(_, there)| *there) {
            if at == BODY {
                view.insert(*name, &Rendered::new(text(at)));
            } else {
                view.insert_value(*name, Value::normal_string(&text(at)));
            }
        }
        if !disk.is_empty() {
            view.insert("disk", disk);
        }
        view.insert_value("guarded", Value::from(self.guarded));
        view
    }
}

/// The part of the template of a host in dhcpd.conf that depends on the subnet.
const HOST_DISK: &str = "dhcpd/host_disk";

/// The number of bytes that are collected before they are written to the file.
const ENOUGH: usize = 1 << 13;

/// Which texts a host has, a bit for each, and whether its boot options depend on the subnet.
type Shape = u8;

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
    /// The cut templates that this piece has used.
    cut_templates: HashMap<Shape, Arc<HostTemplate>>,
    /// Text that is not yet written to the file.
    out: TextBytes,
}

impl<'s> Hosts<'s> {
    pub(super) fn new(template: &'static str, shared: &'s HostTemplates, sink: &'s mut dyn Sink) -> Self {
        Self {
            shared,
            ours: ![template, HOST_DISK].iter().any(|template| sink.is_replaced(template)),
            sink,
            template,
            cut_templates: HashMap::default(),
            out: TextBytes(Vec::with_capacity(2 * ENOUGH)),
        }
    }

    /// The sink, for text between hosts.
    pub(super) fn sink(&mut self) -> Result<&mut dyn Sink> {
        self.flush()?;
        Ok(self.sink)
    }

    fn flush(&mut self) -> Result<()> {
        self.sink.put(&self.out.0)?;
        self.out.0.clear();
        Ok(())
    }

    /// Writes one host. Few hosts have further options of a disk; those are rendered.
    pub(super) fn write(&mut self, host: &HostTexts<'_>, disk: &[Statement]) -> Result<()> {
        if self.ours && disk.is_empty() {
            let shape = host.shape();
            let cut_template = match self.cut_templates.entry(shape) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let render = || self.sink.render(self.template, &host.view(&mark, &[]));
                    new.insert(self.shared.get(shape, render)?)
                }
            };
            let before = self.out.0.len();
            if cut_template.fill(host, &mut self.out) {
                return if self.out.0.len() < ENOUGH { Ok(()) } else { self.flush() };
            }
            self.out.0.truncate(before);
        }
        self.flush()?;
        self.sink.write(self.template, &host.view(&|at| host.text(at), disk))
    }
}

/// The mark for a text in a template that will be cut: a bare word that occurs in no template.
fn mark(at: usize) -> String {
    format!("0ipxegen-mark-{at}-")
}

/// A rendered template, cut at the texts of a host.
struct HostTemplate {
    /// For each text: the part before it, its index, and whether it is quoted. The quotes are in the parts.
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
            let quoted = before.ends_with('"') && behind.starts_with('"');
            slots.push((before.to_owned(), at, quoted));
            marked = behind;
        }
        Self { slots, end: marked.to_owned() }
    }

    /// Appends the parts with the texts of a host. Returns false if the guard or the quoting refuses one of them.
    fn fill(&self, host: &HostTexts<'_>, out: &mut TextBytes) -> bool {
        for (before, at, quoted) in &self.slots {
            out.0.extend_from_slice(before.as_bytes());
            // Checked where it stands, so that it is not copied once more.
            let start = out.0.len();
            host.write(*at, out);
            let text = out.0.get(start..).unwrap_or_default();
            if !*quoted {
                let is_bare = match *at {
                    // A profile is rendered already.
                    MAC | IP | BODY => true,
                    NAME => dhcpd::is_bare(host.name),
                    other => dhcpd::is_bare(&host.text(other)),
                };
                if !is_bare {
                    return false;
                }
            } else if !dhcpd::is_literal(text, TEXTS[*at].1) {
                let literal = dhcpd::quote(&host.text(*at), TEXTS[*at].1).ok();
                let inside = literal.as_deref().and_then(|text| text.strip_prefix('"')?.strip_suffix('"'));
                let Some(inside) = inside else { return false };
                out.0.truncate(start);
                out.0.extend_from_slice(inside.as_bytes());
            }
        }
        out.0.extend_from_slice(self.end.as_bytes());
        true
    }
}

impl Hosts<'_> {
    /// Writes the rest to the file.
    pub(super) fn finish(mut self) -> Result<()> {
        self.flush()
    }
}
