//! The daemons and scripts whose files ipxegen writes: one file each, listed in [`OUTPUTS`].
//!
//! An output decides which files a server gets and which values their templates print. It also knows everything else
//! about its files: where `raw` may add text, what to do after a change, which program checks them, and how `diff`
//! reads them. So a new output is a new file here and a line in the list.

mod action;
mod apache;
mod checkers;
mod dhcpd;
mod dhcpd6;
mod dnsmasq;
mod exports;
mod external_dhcp;
mod files;
mod host_template;
mod host_values;
mod ipxe;
mod ipxe_options;
mod isc_dhcp_server;
mod iscsi_initiators;
mod kea;
mod kea6;
mod lio;
mod loaders_build;
mod mounts;
mod nginx;
mod published;
mod raw_effects;
mod raw_scope;
#[cfg(test)]
mod reader_tests;
mod relay;
mod settings;
mod site;
mod smb;
mod source_map;
mod targets;
mod tftpd_hpa;
mod tgt;
mod tmpfiles;
mod verbatim;
mod web;
mod winpe_build;
mod wsdd;

pub use action::{Action, action, is_dhcp_server};
pub use checkers::{Checker, CheckerOutput, Harness, HarnessPaths, Line, Message};
use host_values::host_values;
pub use ipxe::{ClientMenu, Screen, ScreenItem, ScriptClient, client_menu, platform, script_settings};
pub use raw_effects::{RawEffects, raw_effects, raw_names};
pub use raw_scope::{RawScope, raw_outputs};
pub use site::{host_view, site_view};
pub use source_map::{Block, BlockSource, SourceMap};

use std::borrow::Cow;
use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use anyhow::Result;
use serde::Serialize;
use tera::{Context, Map, Value};

use crate::dialects::Dialect;
use crate::diff::Reader;
use crate::model::{Server, Site};
use crate::source::Span;

/// A daemon or script whose files ipxegen writes.
pub trait Output: Sync {
    /// Its name in `templates/<name>/`, `--only <name>` and `raw`.
    fn name(&self) -> &'static str;

    /// The language of its files.
    fn dialect(&self) -> Dialect;

    /// The language of one of its templates, if it has templates in several languages.
    fn dialect_of(&self, template: &str) -> Dialect {
        let _ = template;
        self.dialect()
    }

    /// The names and texts of its templates. A name begins with that of the output.
    fn templates(&self) -> &'static [(&'static str, &'static str)];

    /// The parts of site.yaml in which `raw` may have text for it.
    fn raw_scopes(&self) -> &'static [RawScope] {
        &[]
    }

    /// The keys that `raw` may not have in a scope, because the output writes them itself, each with the word of the site
    /// that says the same. The keys of a path are separated by dots.
    fn own_keys(&self, scope: RawScope) -> &'static [(&'static str, &'static str)] {
        let _ = scope;
        &[]
    }

    /// Reads the facts of its files, for the first lines of `diff`; without it, `diff` shows the changed lines only.
    fn reader(&self) -> Option<Reader> {
        None
    }

    /// How a unit that its files name takes up a change. `None` means that another output knows the unit, or that
    /// a reload does it.
    fn action(&self, unit: &str) -> Option<Action> {
        let _ = unit;
        None
    }

    /// The checkers of its files: the first word of each file's command names one of them.
    fn checkers(&self) -> &'static [Checker] {
        &[]
    }

    /// The files of a server, by its index; none if the server does not run the daemon.
    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>>;

    /// The files below `build/`, which belong to no server. Their paths begin with a slash that stands for that folder.
    fn build_files<'s>(&self, site: &'s Site<'_>) -> Vec<PlannedFile<'s>> {
        let _ = site;
        Vec::new()
    }

    /// The ports that its daemon answers on.
    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        let _ = (site, server);
        Vec::new()
    }

    /// The steps left to the user before the files work: packages, files, links, accounts.
    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        let _ = (site, server);
        Vec::new()
    }
}

/// Every output, in the order in which their files are listed.
pub static OUTPUTS: &[&dyn Output] = &[
    &dhcpd::Dhcpd,
    &dhcpd6::Dhcpd6,
    &ipxe_options::IpxeOptions,
    &isc_dhcp_server::IscDhcpServer,
    &kea::Kea,
    &kea6::Kea6,
    &dnsmasq::Dnsmasq,
    &tftpd_hpa::TftpdHpa,
    &exports::Exports,
    &smb::Smb,
    &wsdd::Wsdd,
    &nginx::Nginx,
    &apache::Apache,
    &tmpfiles::Tmpfiles,
    &mounts::Mounts,
    &relay::Relay,
    &tgt::Tgt,
    &lio::Lio,
    &ipxe::Ipxe,
    &published::Published,
    &files::Files,
    &iscsi_initiators::IscsiInitiators,
    &loaders_build::LoadersBuild,
    &winpe_build::WinpeBuild,
    &external_dhcp::ExternalDhcp,
];

/// A file to be rendered.
pub struct PlannedFile<'s> {
    /// Its path on the server.
    pub path: String,
    /// Its permissions.
    pub mode: u32,
    /// Its group; its owner is always root.
    pub group: String,
    /// Set if it holds a secret: the words after which the rest of a line is never shown. Without words, no line is.
    pub secret: Option<&'static [&'static str]>,
    /// The systemd unit that uses it; [`action`] says what to do with the unit after a change.
    pub reload: Option<Cow<'static, str>>,
    /// The command that checks it on the server.
    pub check: Option<Vec<String>>,
    /// The system whose version of the daemon it is for, if the site names it and the text depends on it.
    pub system: Option<&'static str>,
    /// The source of its text.
    pub body: Body<'s>,
    /// Finds the places in the site that its lines come from; a file without a checker has none.
    pub source_map: Option<SourceMap<'s>>,
}

/// The source of a file's text.
pub enum Body<'s> {
    /// A template of the output.
    Template {
        /// Its name.
        name: &'static str,
        /// The values that it prints.
        view: Context,
        /// Renders the rest piece by piece where the template says `{{ pieces() }}`.
        pieces: Option<Pieces<'s>>,
    },
    /// A template that the user wrote for a file of the site.
    OwnTemplate {
        /// The template, and the values that it may use.
        file: OwnFile<'s>,
        /// The values that it prints.
        view: Context,
    },
    /// The text itself.
    Text(Cow<'s, str>),
    /// A function that writes a long text, or one that a library makes.
    Function(WriteBody<'s>),
}

/// A template of the user's own, for a file that only the user knows.
pub struct OwnFile<'s> {
    /// Its name.
    pub name: &'s str,
    /// Its text.
    pub text: &'s str,
    /// The place of its text.
    pub span: Span,
    /// The place of the file's path in the site.
    pub path: Span,
    /// The hosts that it may go through.
    pub hosts: HostValues<'s>,
    /// The part of the site that this file is for, under its name in the template.
    pub item: Option<(&'static str, ItemValue<'s>)>,
}

/// Makes the value of the part of the site that a file is for.
pub type ItemValue<'s> = Box<dyn Fn() -> Value + Sync + 's>;

/// The hosts of a site as values of templates, made when they are asked for.
#[derive(Clone)]
pub struct HostValues<'s> {
    /// How many there are.
    pub count: usize,
    /// Ports of a range, by name.
    pub of: Arc<dyn Fn(Range<usize>) -> Map + Send + Sync + 's>,
    /// The groups that they are in, by name.
    pub groups: Arc<dyn Fn() -> Map + Send + Sync + 's>,
}

/// Writes the text of a file.
pub type WriteBody<'s> = Box<dyn Fn(&mut dyn Write) -> Result<()> + 's>;

/// Renders the many equal parts of a file, such as hosts.
pub type Pieces<'s> = Box<dyn Fn(&mut dyn Sink) -> Result<()> + 's>;

/// The number of hosts in one piece.
const PIECE: usize = 1024;

/// Renders one piece of a file, by its number.
pub type Piece<'p> = &'p (dyn Fn(usize, &mut dyn Sink) -> Result<()> + Sync);

/// Takes rendered pieces.
pub trait Sink {
    /// Renders a template into the file.
    ///
    /// # Errors
    /// If the template cannot be rendered or the file cannot be written.
    fn write(&mut self, template: &str, view: &Context) -> Result<()>;

    /// Renders a template for use in another one.
    ///
    /// # Errors
    /// If the template cannot be rendered.
    fn render(&mut self, template: &str, view: &Context) -> Result<String>;

    /// Whether the user has replaced the template of this name.
    fn is_replaced(&self, template: &str) -> bool;

    /// Writes rendered text into the file.
    ///
    /// # Errors
    /// If the file cannot be written.
    fn put(&mut self, rendered: &[u8]) -> Result<()>;

    /// The end of the file's lines.
    fn line_end(&self) -> &'static str;

    /// Writes rendered text whose lines have the end of the file's lines already.
    ///
    /// # Errors
    /// If the file cannot be written.
    fn put_lines(&mut self, rendered: &[u8]) -> Result<()>;

    /// Renders pieces and writes them into the file in their order. They are rendered in parallel, so no piece may
    /// depend on another.
    ///
    /// # Errors
    /// If a template cannot be rendered or the file cannot be written.
    fn each(&mut self, pieces: usize, make: Piece<'_>) -> Result<()>;
}

impl<'s> PlannedFile<'s> {
    /// A file that a template of the output makes.
    fn new(path: impl Into<String>, template: &'static str, view: Context) -> Self {
        Self::of(path, Body::Template { name: template, view, pieces: None })
    }

    fn of(path: impl Into<String>, body: Body<'s>) -> Self {
        Self {
            path: path.into(),
            mode: 0o644,
            group: "root".to_owned(),
            secret: None,
            reload: None,
            check: None,
            system: None,
            body,
            source_map: None,
        }
    }

    /// A file with this text.
    fn literal(path: impl Into<String>, text: impl Into<Cow<'s, str>>) -> Self {
        Self::of(path, Body::Text(text.into()))
    }

    /// A file that a function writes.
    fn written(path: impl Into<String>, write: WriteBody<'s>) -> Self {
        Self::of(path, Body::Function(write))
    }

    /// A file that a template of the user makes.
    fn own(path: impl Into<String>, file: OwnFile<'s>, view: Context) -> Self {
        Self::of(path, Body::OwnTemplate { file, view })
    }

    /// The place in the site that says where it is; only the site's own files have one.
    #[must_use]
    pub const fn place(&self) -> Option<Span> {
        match &self.body {
            Body::OwnTemplate { file, .. } => Some(file.path),
            _ => None,
        }
    }

    /// The name of the output's template that makes it; empty if none does.
    #[must_use]
    pub const fn template(&self) -> &'static str {
        match &self.body {
            Body::Template { name, .. } => name,
            _ => "",
        }
    }

    const fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// Marks a file with a secret, which only root may read. The rest of a line after one of these words is never shown;
    /// without words, no line is.
    fn secret(mut self, marks: &'static [&'static str]) -> Self {
        self.secret = Some(marks);
        self.mode = 0o640;
        self
    }

    /// Sets the group that may read it, and its permissions.
    fn group(mut self, group: &str, mode: u32) -> Self {
        group.clone_into(&mut self.group);
        self.mode = mode;
        self
    }

    fn reload(mut self, unit: impl Into<Cow<'static, str>>) -> Self {
        self.reload = Some(unit.into());
        self
    }

    fn check(mut self, command: &[&str]) -> Self {
        self.check = Some(command.iter().map(|word| (*word).to_owned()).collect());
        self
    }

    /// The file has the words of the daemon that the server's system has.
    fn for_system_of(mut self, server: &Server) -> Self {
        self.system = server.os.as_ref().map(|os| os.value.name());
        self
    }

    fn source_map(mut self, source_map: impl Fn(&Block<'_>) -> Option<BlockSource> + 's) -> Self {
        self.source_map = Some(Box::new(source_map));
        self
    }

    /// Adds the pieces of a template.
    fn pieces(mut self, all: Pieces<'s>) -> Self {
        if let Body::Template { pieces, .. } = &mut self.body {
            *pieces = Some(all);
        }
        self
    }
}

/// A step that is left to the user.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ManualStep {
    /// `package`, `file`, `link`, `unit`, `account`, `target`, `relay` or `ports`.
    pub kind: &'static str,
    /// The name of the package, the path of the file …
    pub what: String,
    /// The reason, as text.
    pub why: String,
}

impl ManualStep {
    fn new(kind: &'static str, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { kind, what: what.into(), why: why.into() }
    }
}

/// A port that a daemon answers on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its number.
    pub number: u16,
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// The daemon.
    pub daemon: &'static str,
}

impl Port {
    const fn udp(number: u16, daemon: &'static str) -> Self {
        Self { number, protocol: "udp", daemon }
    }

    const fn tcp(number: u16, daemon: &'static str) -> Self {
        Self { number, protocol: "tcp", daemon }
    }
}

/// The ports of a server, as one step that is left to the user: a firewall must let clients reach them.
#[must_use]
pub fn open_ports(site: &Site<'_>, server: usize) -> Option<ManualStep> {
    let mut ports: Vec<Port> = Vec::new();
    for port in OUTPUTS.iter().flat_map(|output| output.ports(site, server)) {
        let known = |other: &Port| (other.number, other.protocol) == (port.number, port.protocol);
        if !ports.iter().any(known) {
            ports.push(port);
        }
    }
    let listed: Vec<String> =
        ports.iter().map(|port| format!("{}/{} {}", port.number, port.protocol, port.daemon)).collect();
    let why = "a firewall on this machine must let clients reach them";
    (!listed.is_empty()).then(|| ManualStep::new("ports", listed.join(", "), why))
}

/// The values that every template has. The renderer adds `site`.
///
/// `source`, which headers print, is the name of the site and not of its file. So the name of the file changes no
/// byte, and no daemon is reloaded because the file was renamed.
fn view(site: &Site<'_>) -> Context {
    let mut view = Context::new();
    view.insert("source", &site.name);
    view
}

/// Adds each field of a struct to the values of a template. A unit struct has none.
fn insert_fields(view: &mut Context, fields: &impl Serialize) {
    if let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(fields) {
        for (name, value) in fields {
            view.insert(name, &value);
        }
    }
}

/// The output with this name.
#[must_use]
pub fn output(name: &str) -> Option<&'static dyn Output> {
    OUTPUTS.iter().copied().find(|output| output.name() == name)
}
