//! `apply --probe`: the DHCP server is started with the new files and asked, before they are put in place.

use std::io::Write as _;

use anyhow::{Result, bail};

use super::{console, content};
use crate::model::Site;
use crate::plan::Plan;
use crate::render::Renderer;
use crate::report::catalogue::ANSWER_DIFFERS;
use crate::report::visible;
use crate::signals;
use crate::source::Sources;
use crate::trial::{Difference, Options, Trial, TrialFile, Trialled, has_dhcp6, run, run6};

/// The most differences, and the most requests of one, that are printed.
const MOST: usize = 20;
const REQUESTS: usize = 3;

/// The outputs whose files a DHCP server reads.
const OUTPUTS: [&str; 3] = ["dhcpd", "kea", "dnsmasq"];

/// Fails unless root runs the program.
pub(super) fn require_root() -> Result<()> {
    require_root_for("--probe")
}

/// Fails unless root runs the program with an option.
pub(super) fn require_root_for(option: &str) -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        bail!("{option} needs root: it starts the DHCP server in a network namespace");
    }
    Ok(())
}

/// The unit of the DHCP server among the files of a server.
pub(super) fn dhcp_unit(plan: &Plan<'_>) -> Option<String> {
    let mut files = plan.files.iter().filter(|planned| OUTPUTS.contains(&planned.output.name()));
    files.find_map(|planned| planned.entry.reload.clone())
}

/// Whether the DHCP server of a server answers as the site says. `plan` has the files of that server only. Prints what
/// does not.
pub(super) fn passes(
    site: &Site<'_>,
    plan: &Plan<'_>,
    renderer: &Renderer,
    sources: &Sources,
    server: &str,
    limit: std::time::Duration,
) -> Result<bool> {
    let mut err = console::stderr();
    let at = site.servers.iter().position(|known| known.name == server);
    let runs = |at: &usize| site.dhcp.as_ref().is_some_and(|dhcp| dhcp.servers.contains(at));
    let Some(at) = at.filter(runs) else {
        writeln!(
            err,
            "ipxegen: {} runs no DHCP server of the site: --probe sends no requests",
            visible(server)
        )?;
        return Ok(true);
    };
    let daemon = Trialled::new(site, files(plan, renderer)?, secret(plan))?;
    let daemon6 = match has_dhcp6(site) {
        true => Some(Trialled::new6(site, files(plan, renderer)?, secret(plan))?),
        false => None,
    };
    let held = signals::hold()?;
    let trial = run(site, at, &daemon, &Options::new(limit, held.came()));
    held.obey();
    if !is_right(trial, daemon.program, "", sources)? {
        return Ok(false);
    }
    let Some(daemon) = daemon6 else { return Ok(true) };
    let held = signals::hold()?;
    let trial = run6(site, at, &daemon, &Options::new(limit, held.came()));
    held.obey();
    is_right(trial, daemon.program, " by IPv6", sources)
}

/// Whether the server answered as the site says, or differently where the site accepts it. Prints the result. `how` is
/// added to the number of requests.
fn is_right(trial: Result<Trial>, program: &str, how: &str, sources: &Sources) -> Result<bool> {
    let mut err = console::stderr();
    let (requests, differences, gave_up) = match trial? {
        Trial::Stopped => bail!("nothing was changed: interrupted by a signal"),
        Trial::Down(why) => {
            writeln!(err, "ipxegen: nothing was changed: {program} does not run with the new files:")?;
            for line in why.lines() {
                writeln!(err, "  {}", visible(line))?;
            }
            return Ok(false);
        }
        Trial::Asked { requests, differences, gave_up } => (requests, differences, gave_up),
    };
    let (accepted, differences): (Vec<Difference>, Vec<Difference>) =
        differences.into_iter().partition(|difference| difference.accepted);
    let count = if requests == 1 { "1 request".to_owned() } else { format!("{requests} requests") };
    let count = count + how;
    let accepted = match accepted.len() {
        0 => String::new(),
        1 => format!("; the site accepts 1 difference (`{}`)", ANSWER_DIFFERS.id),
        more => format!("; the site accepts {more} differences (`{}`)", ANSWER_DIFFERS.id),
    };
    if differences.is_empty() && !gave_up {
        writeln!(err, "ipxegen: {program} with the new files answers {count} as the site says{accepted}")?;
        return Ok(true);
    }
    for difference in differences.iter().take(MOST) {
        print(difference, sources, &mut err)?;
    }
    if let Some(more) = differences.len().checked_sub(MOST).filter(|more| *more > 0) {
        writeln!(err, "and {more} more differences")?;
    }
    if gave_up {
        writeln!(err, "the last requests had no answer, so no more were sent")?;
    }
    writeln!(
        err,
        "ipxegen: nothing was changed: {program} with the new files does not answer {count} as the site says{accepted}"
    )?;
    if !differences.is_empty() {
        writeln!(
            err,
            "If a difference is intended, `allow: {{ {}: reason }}` accepts it",
            ANSWER_DIFFERS.id
        )?;
    }
    Ok(false)
}

fn print(difference: &Difference, sources: &Sources, err: &mut dyn std::io::Write) -> Result<()> {
    let place = difference.check.span.and_then(|span| sources.locate(span));
    let place = place.map_or(String::new(), |at| format!(" ({}:{})", visible(at.file.name()), at.line));
    writeln!(err, "{}{place}", visible(&difference.check.text))?;
    let shown: Vec<&str> = difference.requests.iter().take(REQUESTS).map(String::as_str).collect();
    let more = match difference.requests.len().saturating_sub(REQUESTS) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    writeln!(err, "  {}{more}", visible(&shown.join("; ")))?;
    Ok(())
}

/// All files of the plan.
pub(super) fn files(plan: &Plan<'_>, renderer: &Renderer) -> Result<Vec<TrialFile>> {
    let mut files = Vec::new();
    for planned in &plan.files {
        let entry = &planned.entry;
        let content = content(renderer, planned)?;
        let owner = format!("{}:{}", entry.owner, entry.group);
        files.push(TrialFile { path: entry.path.clone(), mode: entry.mode, owner, content });
    }
    Ok(files)
}

/// The words before secrets in the daemon's messages, by the manifest: all of its messages are secret if there are none.
pub(super) fn secret(plan: &Plan<'_>) -> Option<Vec<String>> {
    let of_daemon = plan.files.iter().filter(|planned| OUTPUTS.contains(&planned.output.name()));
    let mut secrets = of_daemon.filter_map(|planned| planned.entry.secret.clone());
    let first = secrets.next()?;
    secrets.try_fold(first, |mut all, more| {
        let whole = all.is_empty() || more.is_empty();
        all.extend(more);
        Some(if whole { Vec::new() } else { all })
    })
}
