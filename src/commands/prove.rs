//! `import --prove`: the DHCP server with the imported files and the one with the files that ipxegen renders are asked the
//! same.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use super::trial::{files, require_root_for, secret};
use super::{AccessArg, Ending, SiteArg, console, load, show_findings};
use crate::import::{Imported, OldServer, SourceFile, is_unusable, old_servers, old_servers6, text_of};
use crate::limits::PATTERN_HOSTS;
use crate::plan::plan;
use crate::render::Renderer;
use crate::report::{Report, visible};
use crate::signals;
use crate::trial::{self, Change, Options, Proof, Trialled};

/// The most clients of one difference that are printed.
const CLIENTS: usize = 4;

/// The most differences that are printed.
const MOST: usize = 100;

/// Fails unless root runs the program.
pub(super) fn require_root() -> Result<()> {
    require_root_for("--prove")
}

/// Proves that the site of imported files says what the files say.
pub(super) fn prove(imported: &Imported, sources: &[SourceFile], limit: Duration) -> Result<Ending> {
    let Some(old) = only_server(sources)? else { return Ok(Ending::Findings) };
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let site = write_site(imported, folder.path())?;
    prove_site(&site, Some(folder), (&old, only_server6(sources)?.as_ref()), &imported.draft.server, limit)
}

/// Proves that another site says what the files say, for the server of this name.
pub(super) fn prove_other(
    site: &SiteArg,
    sources: &[SourceFile],
    server: &str,
    limit: Duration,
) -> Result<Ending> {
    match only_server(sources)? {
        Some(old) => prove_site(site, None, (&old, only_server6(sources)?.as_ref()), server, limit),
        None => Ok(Ending::Findings),
    }
}

/// The DHCP server of the files; `None`, with a message, if it answers nobody.
fn only_server(sources: &[SourceFile]) -> Result<Option<OldServer>> {
    let mut servers = old_servers(sources);
    let files = "a dhcpd.conf, a kea-dhcp4.conf or the files of dnsmasq";
    let Some(old) = servers.pop() else { bail!("--prove needs the files of a DHCP server: {files}") };
    if !servers.is_empty() {
        bail!("--prove takes the files of one DHCP server, with those that they include: {files}");
    }
    if old.has_a_subnet() {
        return Ok(Some(old));
    }
    let mut err = console::stderr();
    let (path, program) = (visible(&old.path), old.program());
    writeln!(err, "ipxegen: nothing was proved: {path} declares no subnet, so {program} answers nobody")?;
    for missing in &old.missing {
        let missing = visible(missing);
        writeln!(err, "  it includes {missing}, which is missing: add that file to the command line")?;
    }
    Ok(None)
}

/// The DHCPv6 server of the files.
fn only_server6(sources: &[SourceFile]) -> Result<Option<OldServer>> {
    let mut servers = old_servers6(sources);
    let server = servers.pop();
    if !servers.is_empty() {
        bail!("--prove takes the files of one DHCPv6 server, with those that they include");
    }
    Ok(server)
}

/// Writes the site and its tables into a folder; returns the arguments that name it.
fn write_site(imported: &Imported, folder: &Path) -> Result<SiteArg> {
    let path = folder.join("site.yaml");
    let text = text_of(&imported.draft);
    let tables = imported.draft.files.iter().map(|(name, text)| (folder.join(name), text.as_str()));
    for (path, text) in tables.chain([(path.clone(), text.as_str())]) {
        if let Some(folder) = path.parent() {
            // The passwords of disks are in a folder of their own.
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let access = AccessArg { allow_path: Vec::new(), allow_env: Vec::new() };
    Ok(SiteArg { site: path, with: Vec::new(), access, max_hosts: PATTERN_HOSTS })
}

/// `folder` has the site, and is removed before a daemon is started: a process that is killed leaves no passwords behind.
fn prove_site(
    arguments: &SiteArg,
    folder: Option<TempDir>,
    (old, old6): (&OldServer, Option<&OldServer>),
    own: &str,
    limit: Duration,
) -> Result<Ending> {
    let mut err = console::stderr();
    let sources = arguments.access.sources()?;
    let mut report = Report::new();
    let Some(site) = load(arguments, &sources, &mut report)? else {
        return show_findings(&report, &sources, false);
    };
    if site.dhcp.as_ref().is_some_and(|dhcp| dhcp.proxy) {
        bail!("nothing was proved: a proxy sends most boot files from port 4011, which --prove does not ask");
    }
    let mut plan = plan(&site, &mut report);
    let renderer =
        Renderer::new(&[], tera::Value::from_serializable(&crate::outputs::site_view(&site)), &mut report);
    if report.has_errors() {
        writeln!(err, "ipxegen: nothing was proved: the site has errors")?;
        show_findings(&report, &sources, false)?;
        return Ok(Ending::Findings);
    }
    // Of a pair, that which the files are of.
    let servers = site.dhcp.as_ref().map(|dhcp| dhcp.servers.as_slice()).unwrap_or_default();
    let is_own = |at: &&usize| site.servers.get(**at).is_some_and(|server| server.name == own);
    let server = servers.iter().find(is_own).or_else(|| servers.first()).copied();
    let server = server.context("the site has no DHCP server")?;
    let name = site.servers.get(server).map(|server| server.name.clone()).unwrap_or_default();
    plan.files.retain(|planned| planned.entry.server == name);
    let new = Trialled::new(&site, files(&plan, &renderer)?, secret(&plan))?.without_programs()?;
    let six = |old: &OldServer| Trialled::imported(old.daemon, old.config.clone().into_bytes(), true);
    let old6 = old6.map(six).transpose()?;
    let new6 = match old6.is_some() && site.subnets.iter().any(|subnet| subnet.v6.is_some()) {
        true => Some(Trialled::new6(&site, files(&plan, &renderer)?, secret(&plan))?.without_programs()?),
        false => None,
    };
    if let Some(folder) = folder {
        folder.close().context("cannot remove the temporary folder")?;
    }
    let imported = trial::Imported {
        daemon: old.daemon,
        config: old.config.clone().into_bytes(),
        vendor_classes: &old.vendor_classes,
        is_wrong: &is_unusable,
    };
    let held = signals::hold()?;
    let proof = trial::prove(&site, server, &imported, &new, &Options::new(limit, held.came()));
    let proof6 = match (old6, &new6) {
        (Some(old6), Some(new6)) => {
            Some(trial::prove6(&site, server, &old6, new6, &Options::new(limit, held.came())))
        }
        (Some(_), None) => Some(Ok(unanswered())),
        (None, _) => None,
    };
    held.obey();
    print(&proof?, proof6.transpose()?.as_ref(), old, new.program)
}

/// The proof where the site has no DHCPv6, and the files have.
fn unanswered() -> Proof {
    let text = |text: &str| Some(text.to_owned());
    let clients = vec!["every client, since no subnet has `cidr6`".to_owned()];
    let (what, old, new) = ("IPv6 answer".to_owned(), text("an answer"), text("none"));
    let changes = vec![Change { what, old, new, is_fault: false, clients }];
    Proof::Compared { requests: 0, machines: 0, left_out: 0, changes }
}

fn print(proof: &Proof, proof6: Option<&Proof>, old: &OldServer, program: &str) -> Result<Ending> {
    let (path, before) = (old.path.as_str(), old.program());
    let down = |proof: &str, what: &str, why: &str| -> Result<Ending> {
        let mut err = console::stderr();
        writeln!(err, "ipxegen: {proof}: {what}:")?;
        for line in why.lines() {
            writeln!(err, "  {}", visible(line))?;
        }
        Ok(Ending::Findings)
    };
    let nothing = "nothing was proved";
    let (requests, machines, left_out, changes) = match proof {
        Proof::OldDown(why) => {
            return down(nothing, &format!("{before} does not run with {}", visible(path)), why);
        }
        Proof::NewDown(why) => {
            return down(nothing, &format!("{program} does not run with the rendered files"), why);
        }
        Proof::Stopped => bail!("nothing was proved: interrupted by a signal"),
        Proof::Compared { requests, machines, left_out, changes } => (requests, machines, left_out, changes),
    };
    // Either server may refuse to start, as dhcpd does if no subnet of IPv6 is on its wires.
    let not_six = "DHCPv6 was not proved";
    let (requests6, changes6, well) = match proof6 {
        None => (0, &[][..], Ending::Well),
        Some(Proof::OldDown(why)) => {
            (0, &[][..], down(not_six, "the old DHCPv6 server does not run with its files", why)?)
        }
        Some(Proof::NewDown(why)) => {
            (0, &[][..], down(not_six, "the DHCPv6 server does not run with the rendered files", why)?)
        }
        Some(Proof::Stopped) => bail!("nothing was proved: interrupted by a signal"),
        Some(Proof::Compared { requests, changes, .. }) => (*requests, changes.as_slice(), Ending::Well),
    };
    let changes = changes.iter().chain(changes6);
    let (faults, changes): (Vec<&Change>, Vec<&Change>) = changes.partition(|change| change.is_fault);
    let mut err = console::stderr();
    let plural = if *machines == 1 { "" } else { "s" };
    let asked = format!("asked {requests} times as {machines} machine{plural}");
    let asked = match left_out {
        0 => asked,
        left_out => format!("{asked} ({left_out} hosts were left out)"),
    };
    let asked = match requests6 {
        0 => asked,
        requests => format!("{asked}, and {requests} times by IPv6"),
    };
    if !faults.is_empty() {
        writeln!(
            err,
            "The old file gives these clients boot files that they cannot use; the site does not:"
        )?;
        list(&faults, &mut err)?;
    }
    if changes.is_empty() {
        writeln!(
            err,
            "ipxegen: nothing would change for a client; {before} with the old files and {program} with the new ones were {asked}"
        )?;
        return Ok(well);
    }
    writeln!(err, "This would change:")?;
    list(&changes, &mut err)?;
    writeln!(err, "ipxegen: {before} with {} and {program} with the new files were {asked}", visible(path))?;
    Ok(Ending::Findings)
}

fn list(changes: &[&Change], err: &mut dyn Write) -> Result<()> {
    for change in changes.iter().take(MOST) {
        let [old, new] =
            [&change.old, &change.new].map(|value| value.as_deref().map_or("none".into(), visible));
        let shown: Vec<&str> = change.clients.iter().take(CLIENTS).map(String::as_str).collect();
        let more = match change.clients.len().saturating_sub(CLIENTS) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let clients = shown.join("; ");
        writeln!(err, "  {}: {old} → {new}: {}{more}", visible(&change.what), visible(&clients))?;
    }
    if let Some(more) = changes.len().checked_sub(MOST).filter(|more| *more > 0) {
        writeln!(err, "  and {more} more differences")?;
    }
    Ok(())
}
