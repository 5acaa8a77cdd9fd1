//! `ipxegen probe`: asks the network as clients would, and compares what comes with the site.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::builder::PossibleValuesParser;

use super::own_templates::TemplatesArg;
use super::{
    Ending, SiteArg, TextOrJson, console, load, rendered, server_of_root, show_findings, wrong_argument,
};
use crate::dhcp::Policy;
use crate::files::Lookup;
use crate::model::Site;
use crate::plan::plan;
use crate::probe::{Known, Line, Outcome, Probed, Probing, json, print, probe6, stranger, subnet_of};
use crate::report::Report;
use crate::source::Sources;
use crate::trace::{TracedKind, Who, who};
use crate::wire::Interface;

/// Ask the network as clients would, and compare the answers with the site
///
/// Sends a DHCPDISCOVER for each kind of client, and in a subnet with `cidr6` a SOLICIT or an INFORMATION-REQUEST, but never
/// a REQUEST, so that no lease is taken; then fetches the first stage, the script and the files of the default entry. Run
/// it as root, in the network of the clients, on another machine than the DHCP server.
#[derive(clap::Args)]
#[command(
    after_help = "Exit codes: 0 everything is as the site says; 1 it is not, or the site has errors; 2 something could \
                  not be asked."
)]
pub(super) struct Args {
    #[command(flatten)]
    site: SiteArg,
    /// The network interface to ask through
    #[arg(long, value_name = "IF")]
    interface: String,
    /// Ask as this kind of client (repeatable); by default as all kinds that boot
    #[arg(long = "as", value_name = "KIND")]
    #[arg(value_parser = PossibleValuesParser::new(TracedKind::all().map(TracedKind::name)))]
    kinds: Vec<String>,
    /// Ask with the MAC address of this host in the request (repeatable); by default as a stranger
    #[arg(long = "host", value_name = "HOST")]
    hosts: Vec<String>,
    /// Ask the site's DHCP servers as a relay in this subnet would
    #[arg(long, value_name = "SUBNET")]
    relay: Option<String>,
    /// The subnet that the interface is in, if it has no address there
    #[arg(long, value_name = "SUBNET", conflicts_with = "relay")]
    from: Option<String>,
    /// Wait so long for offers, and for each packet of a server
    #[arg(long, value_name = "SECONDS", default_value_t = 6)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=60))]
    timeout: u64,
    /// Compare the files with those below this folder: the server's root, or a copy of it
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
    let sources = args.site.access.sources()?;
    let mut report = Report::new();
    let Some(site) = load(&args.site, &sources, &mut report)? else {
        return show_findings(&report, &sources, false);
    };
    if report.has_errors() {
        return show_findings(&report, &sources, false);
    }
    let interface = Interface::named(&args.interface).context("--interface")?;
    let mut wrong = Report::new();
    let relay = args.relay.as_deref().and_then(|name| subnet(&site, "--relay", name, &mut wrong));
    let machines = machines(args, &site, &interface, relay, &mut wrong);
    let server = args.root.as_ref().and_then(|_| server_of_root(args.server.as_deref(), &site, &mut wrong));
    if !wrong.is_empty() {
        return show_findings(&wrong, &sources, false);
    }
    let mut lookup = match (&args.root, server) {
        (Some(root), Some(server)) => Some(Lookup::new(&site, root, server)?),
        _ => None,
    };
    let plan = plan(&site, &mut report);
    let renderer = args.templates.renderer(&site, &sources, &mut report)?;
    let rendered = |server: usize, path: &str| match site.servers.get(server) {
        Some(server) => rendered(&plan, &renderer, &server.name, path),
        None => Ok(None),
    };
    let mut below_root = |server: usize, path: &str| match &mut lookup {
        Some(lookup) if lookup.server == server => lookup.file_below(path),
        _ => Ok(None),
    };
    let policy = Policy::new(&site);
    let mut line = Line::open(&site, &interface, relay)?;
    let how = how(&args.interface, &line);
    let shows = std::io::stderr().is_terminal();
    let mut says = |what: &str| {
        if shows {
            console::say(&format!("asks: {what}"));
        }
    };
    let mut probing = Probing {
        site: &site,
        policy: &policy,
        line: &mut line,
        timeout: Duration::from_secs(args.timeout),
        known: &mut Known { rendered: &rendered, below_root: &mut below_root },
        says: &mut says,
    };
    let kinds: Vec<TracedKind> = args.kinds.iter().filter_map(|name| TracedKind::of(name)).collect();
    let mut probed = Vec::new();
    for machine in machines {
        let mut one = probing.probe(machine.clone(), &kinds)?;
        // A relay for DHCPv6 has an address of its own in each network, which this machine lacks.
        if relay.is_none() {
            let timeout = probing.timeout;
            one.sections.extend(probe6(&site, &machine, &kinds, &interface, timeout, probing.says)?);
        }
        probed.push(one);
    }
    show(&probed, args.format, &how, &site, &sources)?;
    match Outcome::of(&probed) {
        Outcome::Right => Ok(Ending::Well),
        Outcome::Wrong(_) => Ok(Ending::Findings),
        Outcome::NotAsked(_) => bail!("not everything could be asked"),
    }
}

fn show(probed: &[Probed], format: TextOrJson, how: &str, site: &Site<'_>, sources: &Sources) -> Result<()> {
    match format {
        TextOrJson::Text => {
            let mut out = console::stdout();
            print(probed, how, site, sources, &mut out)?;
            out.flush()?;
        }
        TextOrJson::Json => {
            let mut out = console::document();
            let value = console::masker(sources).value(json(probed, site, sources));
            serde_json::to_writer_pretty(&mut out, &value)?;
            writeln!(out)?;
            out.flush()?;
        }
    }
    Ok(())
}

/// How the questions are asked.
fn how(interface: &str, line: &Line) -> String {
    match line.relay() {
        None => format!("by {interface}"),
        Some((address, false)) => format!("by {interface} as the relay {address}"),
        Some((address, true)) => format!("by {interface} as the relay {address}, which names the subnet"),
    }
}

/// The machines that ask. Reports what does not exist.
fn machines<'s>(
    args: &Args,
    site: &'s Site<'s>,
    interface: &Interface,
    relay: Option<usize>,
    wrong: &mut Report,
) -> Vec<Who<'s>> {
    let from = args.from.as_deref().and_then(|name| subnet(site, "--from", name, wrong));
    let only = || (site.subnets.len() == 1).then_some(0);
    let Some(at) = relay.or(from).or_else(|| subnet_of(site, interface)).or_else(only) else {
        if wrong.is_empty() {
            let message = format!("--interface: `{}` has no address in a subnet of the site", interface.name);
            wrong_argument(wrong, message, "say with --from SUBNET which network it is in".to_owned());
        }
        return Vec::new();
    };
    if args.hosts.is_empty() {
        return vec![Who::new(None, stranger(interface), at)];
    }
    let name = site.subnets.get(at).map(|subnet| subnet.name.value.as_str());
    let mut machines = Vec::new();
    for host in &args.hosts {
        match who(site, host, name) {
            Ok(machine) => machines.push(machine),
            Err(not_found) => wrong_argument(wrong, format!("--host: {}", not_found.message), not_found.help),
        }
    }
    machines
}

/// The subnet of a name, by index. Reports a name that does not exist.
fn subnet(site: &Site<'_>, option: &str, name: &str, wrong: &mut Report) -> Option<usize> {
    let at = site.subnets.iter().position(|subnet| subnet.name.value == name);
    if at.is_none() {
        let names = site.subnets.iter().take(12).map(|subnet| format!("`{}`", subnet.name.value));
        let help = format!("the subnets are {}", names.collect::<Vec<_>>().join(", "));
        wrong_argument(wrong, format!("{option}: the site has no subnet `{name}`"), help);
    }
    at
}
