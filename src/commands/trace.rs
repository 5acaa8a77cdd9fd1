//! `ipxegen trace`: what one machine gets, step by step.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::builder::PossibleValuesParser;

use super::own_templates::TemplatesArg;
use super::{
    Ending, SiteArg, TextOrJson, console, load_traced, rendered, server_of_root, show_findings,
    wrong_argument,
};
use crate::dhcp::Identifiers;
use crate::files::Lookup;
use crate::model::{InvalidValue, Pattern, Site, Validated};
use crate::plan::plan;
use crate::report::Report;
use crate::resolve::TracedHost;
use crate::trace::{Files, Shown, TracedKind, Who, follow, json, print, site_notes, who};

/// Show what a machine gets, step by step, and where each value comes from
///
/// The steps: the firmware's DHCP request, the first stage, iPXE's DHCP request, the script, the menu as this client sees
/// it, and the entry that starts without a key. Each value has its place in the site and its layer.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 the machine is traced, even if its boot stops; 1 there is no such machine, or the \
                        site has errors; 2 failure."
)]
pub(super) struct Args {
    /// The machine: the name of a host, a MAC address or an IPv4 address; with --from also of a stranger
    #[arg(value_name = "WHO")]
    who: String,
    #[command(flatten)]
    site: SiteArg,
    /// Show each step as this kind of client (repeatable); without it, one line for each kind
    #[arg(long = "as", value_name = "KIND")]
    #[arg(value_parser = PossibleValuesParser::new(TracedKind::all().map(TracedKind::name)))]
    kinds: Vec<String>,
    /// The vendor class (option 60) that the machine sends when it does not boot, such as a phone's; alone, it shows the
    /// steps of `--as plain`
    #[arg(long, value_name = "TEXT")]
    vendor_class: Option<OptionValue>,
    /// The user class (option 77) that it sends, except as iPXE; `hex:0a:1b` for bytes, here and below
    #[arg(long, value_name = "TEXT")]
    user_class: Option<OptionValue>,
    /// The client identifier (option 61) that it sends, with its type: a text is sent as it is, without the byte that names
    /// the type. PXE ROMs send `hex:00:` and the UUID, iPXE and Windows `hex:01:` and the MAC address
    #[arg(long, value_name = "TEXT")]
    client_id: Option<OptionValue>,
    /// The UUID (option 97) that it sends
    #[arg(long, value_name = "UUID")]
    uuid: Option<OptionValue>,
    /// The circuit-id (option 82) that the relay adds, usually the switch port
    #[arg(long, value_name = "TEXT")]
    circuit_id: Option<OptionValue>,
    /// The remote-id (option 82) that the relay adds, usually the switch
    #[arg(long, value_name = "TEXT")]
    remote_id: Option<OptionValue>,
    /// The subnet that the machine is in; by default that of its fixed address
    #[arg(long, value_name = "SUBNET")]
    from: Option<String>,
    /// Also show the values that other layers override
    #[arg(long)]
    all: bool,
    /// Look at the files below this folder: the server's root, or a copy of it
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// The server whose root DIR is; required if the site has several servers
    #[arg(long, value_name = "SERVER", requires = "root")]
    server: Option<String>,
    #[command(flatten)]
    templates: TemplatesArg,
    /// The output format
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    // Other commands have the site first.
    if !args.site.site.exists() && Path::new(&args.who).is_file() {
        let machine = args.site.site.display();
        bail!("the machine comes first: ipxegen trace {machine} {}", args.who);
    }
    let sources = args.site.access.sources()?;
    let mut report = Report::new();
    let traced = Some(TracedHost::of(&args.who));
    let Some(site) = load_traced(&args.site, &sources, traced, &mut report)? else {
        return show_findings(&report, &sources, false);
    };
    if report.has_errors() {
        return show_findings(&report, &sources, false);
    }
    let mut wrong = Report::new();
    let (machine, server) = arguments(args, &site, &mut wrong);
    let Some(machine) = machine.filter(|_| wrong.is_empty()) else {
        return show_findings(&wrong, &sources, false);
    };
    let mut lookup = match (&args.root, server) {
        (Some(root), Some(server)) => Some(Lookup::new(&site, root, server)?),
        _ => None,
    };
    let plan = plan(&site, &mut report);
    let renderer = args.templates.renderer(&site, &sources, &mut report)?;
    let rendered = |path: &str| match server.and_then(|at| site.servers.get(at)) {
        Some(server) => rendered(&plan, &renderer, &server.name, path),
        None => Ok(None),
    };
    let files = lookup.as_mut().map(|lookup| Files { lookup, rendered: &rendered });
    let (kinds, steps) = kinds(args, &machine);
    let trace = follow(&site, machine, &kinds, &report, files)?;
    match args.format {
        TextOrJson::Text => {
            let shown = Shown { steps, overridden: args.all };
            let mut out = console::stdout();
            print(&trace, &site, &sources, shown, &mut out)?;
            out.flush()?;
        }
        TextOrJson::Json => {
            let mut out = console::document();
            let value = console::masker(&sources).value(json(&trace, &site, &sources));
            serde_json::to_writer_pretty(&mut out, &value)?;
            writeln!(out)?;
            out.flush()?;
        }
    }
    Ok(Ending::Well)
}

/// The kinds of client that are traced, and whether each step is shown: not where the machine can be of many kinds.
fn kinds(args: &Args, machine: &Who<'_>) -> (Vec<TracedKind>, bool) {
    let asked: Vec<TracedKind> = args.kinds.iter().filter_map(|name| TracedKind::of(name)).collect();
    if !asked.is_empty() {
        return (asked, true);
    }
    if args.vendor_class.is_some() {
        return (vec![TracedKind::Plain], true);
    }
    let kinds = machine.possible_kinds();
    let is_one = kinds.len() == 1;
    (kinds, is_one)
}

/// The value of an option on the command line: a text, or bytes after `hex:`.
#[derive(Clone, Debug)]
struct OptionValue(String);

impl From<&str> for OptionValue {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl OptionValue {
    /// Its bytes. `as_text` makes those of a text.
    fn bytes(&self, as_text: fn(&str) -> Validated<Pattern>) -> Validated<Vec<u8>> {
        let text = self.0.as_str();
        let pattern = match text.strip_prefix("hex:") {
            Some(digits) => Pattern::hex(digits)?,
            None => as_text(text)?,
        };
        match pattern.any.into_iter().next() {
            Some(bytes) if !bytes.prefix => Ok(bytes.bytes),
            _ => Err(InvalidValue::new(format!("`{text}` is the beginning of a value"))
                .help("a client sends a whole value, without `*`")),
        }
    }
}

/// Takes the values that the command line gives. Reports those that no client can send.
fn identify(args: &Args, to: &mut Identifiers, wrong: &mut Report) {
    let mut read =
        |option: &str, value: &Option<OptionValue>, as_text: fn(&str) -> Validated<Pattern>| match value
            .as_ref()?
            .bytes(as_text)
        {
            Ok(bytes) => Some(bytes),
            Err(refused) => {
                wrong_argument(
                    wrong,
                    format!("--{option}: {}", refused.message),
                    refused.help.unwrap_or_default(),
                );
                None
            }
        };
    let vendor_class = read("vendor-class", &args.vendor_class, Pattern::text);
    let all = [
        (&mut to.user_class, read("user-class", &args.user_class, Pattern::text)),
        (&mut to.client_id, read("client-id", &args.client_id, Pattern::text)),
        (&mut to.uuid, read("uuid", &args.uuid, Pattern::uuid)),
        (&mut to.circuit_id, read("circuit-id", &args.circuit_id, Pattern::text)),
        (&mut to.remote_id, read("remote-id", &args.remote_id, Pattern::text)),
    ];
    for (old, new) in all {
        if let Some(new) = new {
            *old = new;
        }
    }
    match vendor_class.map(String::from_utf8) {
        Some(Ok(text)) => to.vendor_class = text,
        Some(Err(_)) => {
            let message = "--vendor-class: the bytes are not UTF-8".to_owned();
            wrong_argument(wrong, message, "name a text".to_owned());
        }
        None => {}
    }
}

/// The machine, and the server whose root is looked at. Reports what does not exist.
fn arguments<'s>(args: &Args, site: &'s Site<'s>, wrong: &mut Report) -> (Option<Who<'s>>, Option<usize>) {
    let machine = match who(site, &args.who, args.from.as_deref()) {
        Ok(mut machine) => {
            identify(args, &mut machine.identifiers, wrong);
            machine.notes.extend(machine.kinds_note());
            let notes = site_notes(site, &machine);
            machine.notes.extend(notes);
            Some(machine)
        }
        Err(not_found) => {
            wrong_argument(wrong, not_found.message, not_found.help);
            None
        }
    };
    let server = args.root.as_ref().and_then(|_| server_of_root(args.server.as_deref(), site, wrong));
    (machine, server)
}
